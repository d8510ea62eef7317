// Package pgtest gives tests a throwaway PostgreSQL. The first test of a package
// that needs the server starts it, and all tests of the package share it:
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		pgtest.Stop()
//		os.Exit(code)
//	}
//
//	func TestCars(t *testing.T) {
//		db, err := sql.Open("postgres", pgtest.URI(t))
//		…
//	}
//
// A program that is not a test starts one with Run.
//
// Without PostgreSQL on the machine such a test is skipped, or fails when
// MORESQL_REQUIRE_DATABASES is 1. MORESQL_TEST_POSTGRES names the folder of the
// programs to start, of another version; a test fails without them.
// MORESQL_TEST_DATABASE_URI names a running server to use instead.
package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/moresql/moresql/internal/testserver"
)

// Environment variables: variable has the URI of a running server, folderVariable the
// folder of the programs to start.
const (
	variable       = "MORESQL_TEST_DATABASE_URI"
	folderVariable = "MORESQL_TEST_POSTGRES"
)

var shared = testserver.NewShared(recipe())

// URI returns the URI of the server that the tests of a package share. It may
// be called by parallel tests.
func URI(tb testing.TB) string {
	tb.Helper()
	if uri := os.Getenv(variable); uri != "" {
		return uri
	}
	return uri(shared.Server(tb))
}

// Stop ends the shared server, if any test has started it.
func Stop() {
	shared.Stop()
}

// A Server is a PostgreSQL that one test or program has to itself.
type Server struct {
	server *testserver.Server
}

// Start starts a server for a test that would disturb others on a shared one. It
// is stopped when the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return &Server{recipe().Start(tb)}
}

// Run starts a server for a program that is not a test, which has to Stop it.
// Settings, such as "shared_buffers=512MB", override those of the servers for
// tests.
func Run(settings ...string) (*Server, error) {
	s, err := recipe(settings...).Run()
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// Replica starts a streaming replica of the server, a hot standby (PostgreSQL
// manual, 27.2), which has to be stopped as well. It begins as a copy of the server's
// files, for which the server is halted: pg_basebackup is not packaged with every
// server. Settings are those of Run.
func (s *Server) Replica(settings ...string) (*Server, error) {
	r := recipe(append(settings, "primary_conninfo="+s.URI())...)
	r.Ready = "database system is ready to accept" // read-only connections
	r.Find = func() (testserver.Programs, bool) {
		p, ok := programs()
		p.Install = "/bin/sh"
		return p, ok
	}
	r.Install = func(dir string) []string {
		return []string{"-c", `cp -R "$0" "$1" && touch "$1/standby.signal"`,
			data(s.server.Dir), data(dir)}
	}
	s.Halt()
	replica, err := r.Run()
	if err != nil {
		return nil, err
	}
	if err := s.Resume(); err != nil {
		replica.Stop()
		return nil, err
	}
	return &Server{replica}, nil
}

// URI returns the URI at which the server listens.
func (s *Server) URI() string {
	return uri(s.server)
}

// Halt ends the server and keeps its data; open connections are cut.
func (s *Server) Halt() { s.server.Halt() }

// Resume restarts a halted server at the same URI.
func (s *Server) Resume() error { return s.server.Resume() }

// Stop ends the server and removes its data, before the end of the test too. It
// may be called again.
func (s *Server) Stop() {
	s.server.Stop()
}

func uri(s *testserver.Server) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.Port)
}

func recipe(settings ...string) testserver.Recipe {
	return testserver.Recipe{
		Name:     "PostgreSQL",
		Package:  "postgresql",
		Variable: variable,
		User:     "postgres",
		Find:     programs,
		Install: func(dir string) []string {
			// The C locale sorts the same on every machine.
			return []string{"-D", data(dir), "--username=postgres", "--auth=trust",
				"--encoding=UTF8", "--locale=C", "--no-sync"}
		},
		Serve: func(dir string, port int) []string {
			args := []string{"-D", data(dir),
				"-c", "listen_addresses=127.0.0.1",
				"-c", fmt.Sprintf("port=%d", port),
				"-c", "unix_socket_directories=" + dir,
				"-c", "max_connections=200",
				"-c", "timezone=UTC",
				// The data need not survive a crash.
				"-c", "fsync=off",
				"-c", "synchronous_commit=off",
				"-c", "full_page_writes=off",
			}
			for _, setting := range settings {
				args = append(args, "-c", setting)
			}
			return args
		},
		Ready:    "database system is ready to accept connections",
		Shutdown: syscall.SIGINT, // "fast": open connections are cut
	}
}

func data(dir string) string {
	return filepath.Join(dir, "data")
}
