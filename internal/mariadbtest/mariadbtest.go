// Package mariadbtest gives tests a throwaway MariaDB, as internal/pgtest gives
// them a PostgreSQL. A package that uses both stops both:
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		pgtest.Stop()
//		mariadbtest.Stop()
//		os.Exit(code)
//	}
//
// Without MariaDB on the machine a test that needs it is skipped, or fails when
// MORESQL_REQUIRE_DATABASES is 1. MORESQL_TEST_MYSQL_DSN names a running server
// to use instead, in the form of the go-sql-driver.
package mariadbtest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/moresql/moresql/internal/testserver"
)

// variable is the environment variable with the DSN of a running server.
const variable = "MORESQL_TEST_MYSQL_DSN"

var shared = testserver.NewShared(recipe())

// DSN returns the data source name of the server that the tests of a package
// share, with its empty database test. It may be called by parallel tests.
func DSN(tb testing.TB) string {
	tb.Helper()
	if dsn := os.Getenv(variable); dsn != "" {
		return dsn
	}
	return dsn(shared.Server(tb).Port)
}

// URI returns the URI of the server that DSN returns.
func URI(tb testing.TB) string {
	tb.Helper()
	if dsn := os.Getenv(variable); dsn != "" {
		uri, err := toURI(dsn)
		if err != nil {
			tb.Fatalf("%s: %v", variable, err)
		}
		return uri
	}
	return uri(shared.Server(tb).Port)
}

// Stop ends the shared server, if any test has started it.
func Stop() {
	shared.Stop()
}

// A Server is a MariaDB that one test has to itself.
type Server struct {
	server *testserver.Server
}

// Start starts a server for a test that would disturb others on a shared one. It
// is stopped when the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return &Server{recipe().Start(tb)}
}

// DSN returns the data source name of the server, in the form of the go-sql-driver.
func (s *Server) DSN() string {
	return dsn(s.server.Port)
}

// URI returns the URI of the server.
func (s *Server) URI() string {
	return uri(s.server.Port)
}

// Stop ends the server before the end of the test. It may be called again.
func (s *Server) Stop() {
	s.server.Stop()
}

func recipe() testserver.Recipe {
	return testserver.Recipe{
		Name:     "MariaDB",
		Package:  "mariadb-server",
		Variable: variable,
		User:     "mysql",
		Find:     func() (testserver.Programs, bool) { return find(folders) },
		Files:    map[string]string{"init.sql": "CREATE DATABASE IF NOT EXISTS test;\n"},
		Install: func(dir string) []string {
			return []string{"--no-defaults", "--datadir=" + data(dir),
				"--auth-root-authentication-method=normal", "--skip-test-db"}
		},
		Serve: func(dir string, port int) []string {
			return []string{"--no-defaults", "--datadir=" + data(dir),
				"--init-file=" + filepath.Join(dir, "init.sql"),
				"--bind-address=127.0.0.1",
				fmt.Sprintf("--port=%d", port),
				"--socket=" + filepath.Join(dir, "socket"),
				"--pid-file=" + filepath.Join(dir, "pid"),
				"--skip-name-resolve",
				"--skip-log-bin",
				"--character-set-server=utf8mb4",
				"--default-time-zone=+00:00",
				// Small, and the data need not survive a crash.
				"--innodb-buffer-pool-size=32M",
				"--innodb-log-file-size=8M",
				"--innodb-flush-log-at-trx-commit=0",
				"--key-buffer-size=1M",
				"--performance-schema=OFF",
			}
		},
		Ready:    "ready for connections",
		Shutdown: syscall.SIGTERM,
	}
}

func data(dir string) string {
	return filepath.Join(dir, "data")
}

// folders may hold the server besides those in PATH, which often has no sbin for
// users other than root.
var folders = []string{"/usr/sbin", "/usr/libexec", "/usr/local/sbin"}

// find looks for the programs under their new and old names. MySQL's mysqld is
// not mistaken for MariaDB's: MySQL has no program of its own for installing.
func find(folders []string) (testserver.Programs, bool) {
	p := testserver.Programs{
		Install: testserver.Lookup(folders, "mariadb-install-db", "mysql_install_db"),
		Serve:   testserver.Lookup(folders, "mariadbd", "mysqld"),
	}
	return p, p.Install != "" && p.Serve != ""
}
