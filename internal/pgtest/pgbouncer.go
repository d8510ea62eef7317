package pgtest

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/moresql/moresql/internal/testserver"
)

// PgBouncer returns the path of the program, which Debian installs outside of a user's PATH, or "".
func PgBouncer() string {
	return cmp.Or(testserver.Lookup(nil, "pgbouncer"),
		testserver.Lookup([]string{"/usr/sbin"}, "pgbouncer"))
}

// StartPgBouncer starts PgBouncer for a database, with the settings of a page, docs/pgbouncer.md,
// followed by others, and returns its URI. It is stopped when the test ends.
func StartPgBouncer(tb testing.TB, page, database string, settings ...string) string {
	tb.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		tb.Fatal(err)
	}
	_, ini, _ := strings.Cut(string(text), "```ini\n")
	ini, _, ok := strings.Cut(ini, "```")
	u, err := url.Parse(database)
	if err != nil || !ok {
		tb.Fatal("no database, or no settings: ", err)
	}
	program := PgBouncer()
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
	}.Start(tb)
	u.Host = fmt.Sprintf("127.0.0.1:%d", server.Port)
	return u.String()
}
