package dbtest

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/row"
)

// TestPreparedStatementFollowsChangedFunction replaces the function of a prepared statement. One
// call may fail, the next must use the new function.
func TestPreparedStatementFollowsChangedFunction(t *testing.T) {
	const base = "CREATE FUNCTION stale(a int) RETURNS TABLE (n int) LANGUAGE sql AS 'SELECT a'"
	for _, way := range []way{connectors[0], connectors[1], {"pgx", openPgx}} {
		for _, change := range []struct{ reason, create, argument, want string }{
			{reason: "nothing changes", create: base, argument: "7", want: `[{"n":7}]`},
			{reason: "another type of result", create: `CREATE FUNCTION stale(a int)
				RETURNS TABLE (n text, m int) LANGUAGE sql AS $$ SELECT a || '!', a $$`, argument: "7",
				want: `[{"n":"7!","m":7}]`},
			{reason: "another type of parameter",
				create:   "CREATE FUNCTION stale(a text) RETURNS TABLE (n text) LANGUAGE sql AS 'SELECT a'",
				argument: "x", want: `[{"n":"x"}]`},
			{reason: "a wider type of parameter",
				create:   "CREATE FUNCTION stale(a bigint) RETURNS TABLE (n bigint) LANGUAGE sql AS 'SELECT a'",
				argument: "3000000000", want: `[{"n":3000000000}]`},
			{reason: "the server has deallocated the statement", create: "DEALLOCATE ALL; " + base,
				argument: "7", want: `[{"n":7}]`},
		} {
			t.Run(way.name+"/"+change.reason, func(t *testing.T) {
				db := way.open(t)
				db.SetMaxOpenConns(1)
				setUp(t, db, "DROP FUNCTION IF EXISTS stale", base)
				h := moresql.New(db, quiet).Handler("stale", moresql.Fields("a"))
				for range 2 {
					if status, body := do(h, "GET", "/?a=1", "", ""); status != 200 || body != `[{"n":1}]` {
						t.Fatalf("before: %d %s", status, body)
					}
				}
				setUp(t, db, "DROP FUNCTION stale; "+change.create)
				do(h, "GET", "/?a="+change.argument, "", "") // may fail
				if status, body := do(h, "GET", "/?a="+change.argument, "", ""); status != 200 ||
					body != change.want {
					t.Errorf("%d %s, want %s", status, body, change.want)
				}
			})
		}
	}
}

// TestPreparedStatementIsKeptOncePerConnection counts the prepared statements of the server while
// connections are opened and closed.
func TestPreparedStatementIsKeptOncePerConnection(t *testing.T) {
	db := openPrepared(t)
	db.SetMaxIdleConns(2)
	setUp(t, db, "DROP FUNCTION IF EXISTS kept",
		"CREATE FUNCTION kept(a int) RETURNS SETOF bigint LANGUAGE sql AS "+
			"$$ SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%kept(%' $$")
	m := moresql.New(db, quiet)
	for range 40 {
		var all sync.WaitGroup
		for range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				h := m.Handler("kept", moresql.Fields("a"), moresql.Shape(row.Scalar))
				status, body := do(h, "GET", "/?a=1", "", "")
				if status != 200 || body != "1" {
					t.Errorf("%d %s, want one statement on the connection", status, body)
				}
			}()
		}
		all.Wait()
	}
}

// TestStatementClosedWithinLoopKeepsRow closes, within a loop, a statement that the program has
// prepared on the connection of the loop's rows, and keeps a row after the loop.
func TestStatementClosedWithinLoopKeepsRow(t *testing.T) {
	for _, driver := range []string{"postgres", "pgx"} {
		db := open(t, driver, pgtest.URI(t))
		db.SetMaxOpenConns(1)
		setUp(t, db, "DROP FUNCTION IF EXISTS counted",
			"CREATE FUNCTION counted() RETURNS TABLE (n numeric) LANGUAGE sql AS "+
				"'SELECT i + 0.5 FROM generate_series(1, 100) i'")
		stmt, err := db.Prepare("SELECT 1")
		if err != nil {
			t.Fatal(err)
		}
		var kept row.Row
		for r, err := range moresql.New(db, quiet).Rows(t.Context(), "counted") {
			if err != nil {
				t.Fatal(err)
			}
			stmt.Close()
			kept = r
			break
		}
		var other string
		if err := db.QueryRow("SELECT repeat('overwritten ', 100)").Scan(&other); err != nil {
			t.Fatal(err)
		}
		if got := kept.Get("n").String(); got != "1.5" {
			t.Errorf("%s: after the loop the row has become %q", driver, got)
		}
	}
}

// embedded is a pool of the program's own type.
type embedded struct{ *sql.DB }

// TestStoppingEarlyDoesNotReadToEnd leaves a loop over a long result, which must not be read to its
// end first, also with a pool of the program's own type.
func TestStoppingEarlyDoesNotReadToEnd(t *testing.T) {
	db := open(t, "postgres", pgtest.URI(t))
	// STABLE, so that the function is inlined and its rows are sent as they are made.
	setUp(t, db, "DROP FUNCTION IF EXISTS endless",
		`CREATE FUNCTION endless() RETURNS TABLE (n bigint) LANGUAGE sql STABLE AS
			'SELECT i FROM (SELECT generate_series(1, 100000000) AS i) s'`)
	for _, pool := range []moresql.Querier{db, embedded{db}} {
		for r, err := range moresql.New(pool, quiet).Rows(t.Context(), "endless") {
			if err != nil || r.Get("n").Int() != 1 {
				t.Fatal(r, err)
			}
			break
		}
		if s := db.Stats(); s.InUse != 0 {
			t.Errorf("%s: %d connections in use", fmt.Sprintf("%T", pool), s.InUse)
		}
	}
}
