package dbtest

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// TestSelectOfScalarsReturnsObjects selects more than one column of functions that return scalars,
// and write: each request either has an effect and objects, or neither.
func TestSelectOfScalarsReturnsObjects(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS scalars CASCADE`, `CREATE SCHEMA scalars`,
		`CREATE TABLE scalars.log (id serial)`, `CREATE TYPE scalars.mood AS ENUM ('good')`,
		`CREATE FUNCTION scalars.logged() RETURNS void LANGUAGE sql
			AS 'INSERT INTO scalars.log DEFAULT VALUES'`,
		`CREATE FUNCTION scalars.one() RETURNS int LANGUAGE plpgsql
			AS $$ BEGIN PERFORM scalars.logged(); RETURN 7; END $$`,
		`CREATE FUNCTION scalars.many() RETURNS SETOF int LANGUAGE plpgsql
			AS $$ BEGIN PERFORM scalars.logged(); RETURN NEXT 7; RETURN NEXT 8; END $$`,
		`CREATE FUNCTION scalars.doc() RETURNS json LANGUAGE plpgsql
			AS $$ BEGIN PERFORM scalars.logged(); RETURN '{"a": 1, "b": [2]}'; END $$`,
		`CREATE FUNCTION scalars.word() RETURNS scalars.mood LANGUAGE plpgsql
			AS $$ BEGIN PERFORM scalars.logged(); RETURN 'good'; END $$`,
		`CREATE FUNCTION scalars.list() RETURNS int[] LANGUAGE plpgsql
			AS $$ BEGIN PERFORM scalars.logged(); RETURN '{1,2}'; END $$`,
		`CREATE FUNCTION scalars.out(OUT a int) LANGUAGE plpgsql
			AS $$ BEGIN PERFORM scalars.logged(); a := 7; END $$`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet)
		formats := moresql.Encoders(encoder.JSON(), encoder.CSV(), encoder.Text())
		routines := rest.Routines(m, load(t, db, "scalars"), formats)
		scalar := m.Handler("scalars.one", rest.Query(), moresql.Shape(row.Scalar))
		scalars := m.Handler("scalars.many", rest.Query(), moresql.Shape(row.Scalars))
		text := m.Handler("scalars.one", rest.Query(), moresql.Encoders(encoder.Text()))
		for _, test := range []struct {
			door                  http.Handler
			target, accept, query string
			status                int
			body                  string // not compared with "" for errors
		}{
			{routines, "/one", "", "select=one,x:one", 200, `{"one":7,"x":7}`},
			{routines, "/one", "", "select=one,one", 200, `{"one":7,"one":7}`},
			{routines, "/one", "", "select=*,x:one", 200, `{"one":7,"x":7}`},
			{routines, "/one", "", "select=one", 200, `7`},
			{routines, "/one", "", "", 200, `7`},
			{routines, "/one", "application/vnd.pgrst.object+json", "select=one,x:one", 200,
				`{"one":7,"x":7}`},
			{routines, "/one", "text/csv", "select=one,x:one", 200, "one,x\r\n7,7\r\n"},
			{routines, "/one", "text/plain", "select=one,x:one", 406, ""},
			{routines, "/one", "text/plain", "select=x:one", 200, "7"},
			{routines, "/one", "", "select=one,none", 400, ""},
			{routines, "/many", "", "select=many,x:many", 200,
				`[{"many":7,"x":7},{"many":8,"x":8}]`},
			{routines, "/many", "", "select=many", 200, `[7,8]`},
			{routines, "/doc", "", "select=doc->a,doc->b->0", 200, `{"a":1,"b":2}`},
			{routines, "/word", "", "select=word,x:word", 200, `{"word":"good","x":"good"}`},
			{routines, "/list", "", "select=list,x:list", 200, `{"list":[1,2],"x":[1,2]}`},
			{routines, "/out", "", "select=a,x:a", 200, `{"a":7,"x":7}`},
			{routines, "/logged", "", "select=logged,x:logged", 400, ""},
			{scalar, "/", "", "select=one,x:one", 200, `{"one":7,"x":7}`},
			{scalars, "/", "", "select=many,x:many", 200, `[{"many":7,"x":7},{"many":8,"x":8}]`},
			{text, "/", "", "select=one,x:one", 400, ""},
		} {
			before := queryInt(t, db, "SELECT count(*) FROM scalars.log")
			r := send(t, "POST", listen(t, test.door)+test.target+"?"+test.query, "{}",
				"Content-Type", jsonType, "Accept", test.accept)
			wrote := queryInt(t, db, "SELECT count(*) FROM scalars.log") > before
			if r.status != test.status || wrote != (r.status == 200) ||
				r.status == 200 && strings.TrimSpace(r.body) != strings.TrimSpace(test.body) {
				t.Errorf("%s %s %s: %d %s, want %d %s (wrote: %v)", test.target, test.accept, test.query,
					r.status, r.body, test.status, test.body, wrote)
			}
		}
	})
}
