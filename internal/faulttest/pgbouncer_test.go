package faulttest

import (
	"cmp"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/moresql/moresql/internal/testserver"
)

// ways are the drivers with the parameters that docs/pgbouncer.md requires.
var ways = []struct{ name, driver, parameters string }{
	{"lib/pq", "postgres", "&binary_parameters=yes"},
	{"pgx exec", "pgx", "&default_query_exec_mode=exec"},
	{"pgx simple protocol", "pgx", "&default_query_exec_mode=simple_protocol"},
	{"pgx cache describe", "pgx", "&default_query_exec_mode=cache_describe"},
	{"drivers/pgx", "drivers/pgx", "&default_query_exec_mode=exec"},
}

// openWay opens a pool whose connections stay open.
func openWay(t *testing.T, driver, uri string, connections int) *sql.DB {
	t.Helper()
	db := open(t, driver, uri)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// pgBouncer returns the path of the program, which Debian installs outside of a user's PATH.
func pgBouncer() string {
	return cmp.Or(testserver.Lookup(nil, "pgbouncer"),
		testserver.Lookup([]string{"/usr/sbin"}, "pgbouncer"))
}

// startPgBouncer starts PgBouncer for a database, with the settings of docs/pgbouncer.md followed
// by others, and returns its URI.
func startPgBouncer(t *testing.T, database string, settings ...string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/pgbouncer.md")
	if err != nil {
		t.Fatal(err)
	}
	_, ini, _ := strings.Cut(string(page), "```ini\n")
	ini, _, ok := strings.Cut(ini, "```")
	u, err := url.Parse(database)
	if err != nil || !ok {
		t.Fatal("no database, or no settings: ", err)
	}
	program := pgBouncer()
	lines := append([]string{"[databases]", "* = host=" + u.Hostname() + " port=" + u.Port(), ini,
		"listen_addr = 127.0.0.1", "unix_socket_dir =", "auth_type = trust", "auth_file = users"},
		settings...)
	server := testserver.Recipe{
		Name: "PgBouncer", Package: "pgbouncer", User: "postgres",
		Find: func() (testserver.Programs, bool) {
			return testserver.Programs{Install: "/bin/sh", Serve: "/bin/sh"}, program != ""
		},
		Files: map[string]string{
			"users":  `"postgres" ""`,
			"common": strings.Join(lines, "\n") + "\n",
		},
		Install: func(string) []string { return []string{"-c", ":"} },
		Serve: func(_ string, port int) []string {
			return []string{"-c", `{ cat common; echo "listen_port = $2"; } >ini && exec "$1" ini`, "sh",
				program, fmt.Sprint(port)}
		},
		Ready:    "process up",
		Shutdown: syscall.SIGTERM, // an immediate shutdown
	}.Start(t)
	u.Host = fmt.Sprintf("127.0.0.1:%d", server.Port)
	return u.String()
}

// tracksStatements reports whether this version of PgBouncer can track prepared statements.
func tracksStatements(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command(pgBouncer(), "--version").Output()
	version := regexp.MustCompile(`PgBouncer (\d+)\.(\d+)`).FindStringSubmatch(string(out))
	if err != nil || version == nil {
		t.Fatalf("the version of PgBouncer: %q, %v", out, err)
	}
	var major, minor int
	fmt.Sscan(version[1], &major)
	fmt.Sscan(version[2], &minor)
	return cmp.Or(cmp.Compare(major, 1), cmp.Compare(minor, 21)) >= 0
}
