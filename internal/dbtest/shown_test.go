package dbtest

import (
	"database/sql"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestShownArraysAndRowsAreArguments sends back what a response shows, as a text too: in a query, a
// form and a filter. It is the JSON of to_json, which begins like no text of PostgreSQL's.
func TestShownArraysAndRowsAreArguments(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS shown CASCADE", "CREATE SCHEMA shown",
		"CREATE TYPE shown.pair AS (a int, b text)")
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, test := range []struct{ typ, value string }{
			{"int[]", "ARRAY[1, NULL, 3]"},
			{"int[]", "'{}'"},
			{"text[]", `ARRAY[['a,b', 'c"\d'], ['[1]', '{x}']]`},
			{"timestamptz[]", "ARRAY['2024-01-02 03:04:05.6+00'::timestamptz]"},
			{"shown.pair", `ROW(1, 'x,"y)')`},
			{"regclass", "'pg_class'::regclass"},
			{"regtype", "'integer'::regtype"},
			{"shown.pair[]", `ARRAY[ROW(1, 'x')::shown.pair, ROW(NULL, '')::shown.pair]`},
		} {
			setUp(t, openPostgres(t), "CREATE OR REPLACE FUNCTION shown.same(v "+test.typ+") RETURNS "+
				"TABLE (w "+test.typ+", n int) LANGUAGE sql STABLE AS 'SELECT v, 1'")
			h := rest.Routines(moresql.New(db, quiet), load(t, db, "shown"))
			shown := queryText(t, db, "SELECT to_json(("+test.value+")::"+test.typ+")::text")
			want, text := `[{"w":`+shown+`,"n":1}]`, shown
			if name, err := strconv.Unquote(shown); err == nil { // a JSON string is its text
				text = name
			}
			v := url.QueryEscape(text)
			list := url.QueryEscape(`in.("` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `")`)
			for reason, got := range map[string]func() (int, string){
				"query": func() (int, string) { return do(h, "GET", "/same?v="+v, "", "") },
				"form": func() (int, string) {
					return do(h, "POST", "/same", "application/x-www-form-urlencoded", "v="+v)
				},
				"filter": func() (int, string) { return do(h, "GET", "/same?v="+v+"&w=eq."+v, "", "") },
				"list":   func() (int, string) { return do(h, "GET", "/same?v="+v+"&w="+list, "", "") },
			} {
				if status, body := got(); status != 200 || body != want {
					t.Errorf("%s %s in a %s: %d %s", test.typ, shown, reason, status, body)
				}
			}
			setUp(t, openPostgres(t), "DROP FUNCTION shown.same")
		}
	})
}
