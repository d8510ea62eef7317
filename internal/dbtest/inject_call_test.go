package dbtest

import (
	"database/sql"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// TestPlainCallIsOneStatement checks that a call without filters sends the one statement that one
// would write by hand, whatever else the request contains. Routines runs that of a GET in a
// transaction, which is READ ONLY.
func TestPlainCallIsOneStatement(t *testing.T) {
	setUp(t, openPostgres(t), injectSchema...)
	for _, name := range []string{"postgres", "pgx"} {
		db, r := record(t, name, pgtest.URI(t))
		cat, err := catalog.Load(t.Context(), openPostgres(t), "inject")
		if err != nil {
			t.Fatal(err)
		}
		m := moresql.New(db, quiet)
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		mux.Handle("/find", m.Handler("inject.find", moresql.Fields("name")))
		base := listen(t, mux)
		for target, want := range map[string][]string{
			"/find?name=x&id=eq.1&limit=3&select=id": {"SELECT * FROM inject.find($1)"},
			"/rpc/number?n=1": {
				"BEGIN", `SELECT * FROM "inject"."number"("n" => $1::integer)`},
		} {
			a := send(t, "GET", base+target, "", "Range", "x", "Prefer", "return=minimal")
			if got := slices.Sorted(maps.Keys(r.take())); a.status != 200 ||
				!slices.Equal(got, want) {
				t.Errorf("%s: %d %q, want %q", target, a.status, got, want)
			}
		}
	}
}

// TestProbingColumnsDoesNotRunFunction checks that the columns of a declared function are found
// without running it, and that a call runs it once with any filter.
func TestProbingColumnsDoesNotRunFunction(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS probe CASCADE`, `CREATE SCHEMA probe`,
		`CREATE SEQUENCE probe.runs`, `CREATE TYPE probe.pair AS (a int, b text)`,
		`CREATE FUNCTION probe.set_plpgsql() RETURNS SETOF probe.pair LANGUAGE plpgsql AS $$
			BEGIN PERFORM nextval('probe.runs'); RETURN NEXT (1, 'x'::text); END $$`,
		`CREATE FUNCTION probe.one_plpgsql() RETURNS probe.pair LANGUAGE plpgsql AS $$
			BEGIN PERFORM nextval('probe.runs'); RETURN (1, 'x'::text); END $$`,
		`CREATE FUNCTION probe.scalar_plpgsql(OUT a int) LANGUAGE plpgsql AS $$
			BEGIN a := nextval('probe.runs'); END $$`,
		`CREATE FUNCTION probe.outs(OUT a int, OUT b text) LANGUAGE plpgsql AS $$
			BEGIN a := nextval('probe.runs'); END $$`,
		`CREATE FUNCTION probe.set_sql() RETURNS SETOF probe.pair LANGUAGE sql
			AS $$ SELECT nextval('probe.runs')::int, 'x' $$`,
		`CREATE FUNCTION probe.one_sql() RETURNS probe.pair LANGUAGE sql
			AS $$ SELECT nextval('probe.runs')::int, 'x' $$`,
		`CREATE FUNCTION probe.table_sql() RETURNS TABLE (a int) LANGUAGE sql
			AS $$ SELECT nextval('probe.runs')::int $$`,
		`CREATE FUNCTION probe.stable_that_lies() RETURNS TABLE (a int) LANGUAGE plpgsql STABLE AS $$
			BEGIN PERFORM nextval('probe.runs'); RETURN QUERY SELECT 1; END $$`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "probe")
		runs := func() int {
			n := queryInt(t, db, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM probe.runs")
			setUp(t, db, "ALTER SEQUENCE probe.runs RESTART")
			return n
		}
		m := moresql.New(db, quiet, rest.Query())
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		names := []string{"set_plpgsql", "one_plpgsql", "scalar_plpgsql", "outs", "set_sql", "one_sql",
			"table_sql", "stable_that_lies"}
		for _, f := range names {
			mux.Handle("/plain/"+f, m.Handler("probe."+f))
			mux.Handle("/http/"+f, m.Handler("probe."+f, rest.HTTPSettings()))
		}
		base := listen(t, mux)
		for _, f := range names {
			for _, path := range []string{"/plain/", "/http/", "/rpc/"} {
				a := send(t, "POST", base+path+f+"?nope=eq.1", "")
				if n := runs(); a.status != 400 || n != 0 {
					t.Errorf("%s%s: %d, and %d runs for an unknown column", path, f, a.status, n)
				}
				for _, query := range []string{"", "limit=1", "order=a&a=gt.0&limit=5"} {
					for _, prefer := range []string{"", "count=exact"} {
						a := send(t, "POST", base+path+f+"?"+query, "", "Prefer", prefer)
						if path == "/rpc/" && f == "stable_that_lies" { // READ ONLY, as it is declared
							if n := runs(); a.status != 405 || n != 0 {
								t.Errorf("%s%s?%s: %d %s, and %d runs", path, f, query, a.status, a.body, n)
							}
						} else if n := runs(); a.status >= 300 || n != 1 {
							t.Errorf("%s%s?%s, %q: %d %s, and %d runs", path, f, query, prefer, a.status, a.body, n)
						}
					}
				}
			}
		}
	})
}
