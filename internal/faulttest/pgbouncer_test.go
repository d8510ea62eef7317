package faulttest

import (
	"cmp"
	"database/sql"
	"fmt"
	"os/exec"
	"regexp"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// ways are the drivers with the parameters that docs/pgbouncer.md requires.
var ways = []struct{ name, driver, parameters string }{
	{"lib/pq", "postgres", "&binary_parameters=yes"},
	{"pgx exec", "pgx", "&default_query_exec_mode=exec"},
	{"pgx simple protocol", "pgx", "&default_query_exec_mode=simple_protocol"},
	{"pgx cache describe", "pgx", "&default_query_exec_mode=cache_describe"},
	{"drivers/pgx", "drivers/pgx", ""},
	{"drivers/pgx exec", "drivers/pgx", "&default_query_exec_mode=exec"},
}

// openWay opens a pool whose connections stay open.
func openWay(t *testing.T, driver, uri string, connections int) *sql.DB {
	t.Helper()
	db := open(t, driver, uri)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// startPgBouncer starts PgBouncer for a database, with the settings of docs/pgbouncer.md followed
// by others, and returns its URI.
func startPgBouncer(t *testing.T, database string, settings ...string) string {
	t.Helper()
	return pgtest.StartPgBouncer(t, "../../docs/pgbouncer.md", database, settings...)
}

// tracksStatements reports whether this version of PgBouncer can track prepared statements.
func tracksStatements(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command(pgtest.PgBouncer(), "--version").Output()
	version := regexp.MustCompile(`PgBouncer (\d+)\.(\d+)`).FindStringSubmatch(string(out))
	if err != nil || version == nil {
		t.Fatalf("the version of PgBouncer: %q, %v", out, err)
	}
	var major, minor int
	fmt.Sscan(version[1], &major)
	fmt.Sscan(version[2], &minor)
	return cmp.Or(cmp.Compare(major, 1), cmp.Compare(minor, 21)) >= 0
}
