package dbtest

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// An embedding Caller has the abilities of Function by embedding, and statements of its own.
type embedding struct{ moresql.Function }

func (e embedding) Statement(proc string, params []moresql.Param) (moresql.Statement, error) {
	s, err := e.Function.Statement(proc, params)
	s.Query = "/* wrapped */ " + s.Query
	return s, err
}

// A describing Caller has them by a method that is written out.
type describing struct{ wrapping }

func (d describing) Unwrap() moresql.Caller { return nil }

func (d describing) Describe(proc string) moresql.Traits {
	return d.inner.(interface{ Describe(string) moresql.Traits }).Describe(proc)
}

// callersSchema creates a routine of every kind that a Caller may or may not be able to call.
var callersSchema = []string{
	`DROP SCHEMA IF EXISTS callers CASCADE`, `CREATE SCHEMA callers`,
	`CREATE TABLE callers.log (n int)`,
	`CREATE FUNCTION callers.scalar(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a * 2'`,
	`CREATE FUNCTION callers.preset(a int, b int DEFAULT 3) RETURNS int LANGUAGE sql STABLE
		AS 'SELECT a * b'`,
	`CREATE FUNCTION callers.list(n int) RETURNS TABLE (i int, t text) LANGUAGE sql STABLE
		AS $$ SELECT g, 't' || g FROM generate_series(1, n) g $$`,
	`CREATE FUNCTION callers.outs(a int, OUT b int, OUT c text) LANGUAGE sql STABLE
		AS $$ SELECT a + 1, 'c' || a $$`,
	`CREATE FUNCTION callers.between(a int, OUT b int, c int) LANGUAGE sql STABLE AS 'SELECT a - c'`,
	`CREATE FUNCTION callers.inout(INOUT a int) LANGUAGE sql STABLE AS 'SELECT a + 1'`,
	`CREATE FUNCTION callers.total(VARIADIC list int[]) RETURNS bigint LANGUAGE sql STABLE
		AS 'SELECT sum(i) FROM unnest(list) i'`,
	`CREATE FUNCTION callers.anything() RETURNS record LANGUAGE sql STABLE
		AS $$ SELECT 1, 'x'::text $$`,
	`CREATE FUNCTION callers.things() RETURNS SETOF record LANGUAGE sql STABLE
		AS $$ SELECT 1, 'x'::text $$`,
	`CREATE FUNCTION callers.nothing(a int) RETURNS void LANGUAGE sql
		AS 'INSERT INTO callers.log VALUES (a)'`,
	`CREATE PROCEDURE callers.write(a int) LANGUAGE sql AS 'INSERT INTO callers.log VALUES (a)'`,
	`CREATE PROCEDURE callers.change(INOUT a int, INOUT t text DEFAULT 'q') LANGUAGE plpgsql
		AS $$ BEGIN a := a + 1; t := t || '!'; END $$`,
	`CREATE PROCEDURE callers.triple(a int, OUT b int) LANGUAGE plpgsql
		AS $$ BEGIN b := a * 3; END $$`,
}

// A routineCall is a request for a routine and the response to it.
type routineCall struct {
	method, target, body string
	status               int
	want                 string
	own                  bool // a Caller that has its own say writes the statement
}

// testCalls calls routines by a Caller, which marks its statements if it has its own say.
func testCalls(t *testing.T, db *sql.DB, caller moresql.Caller, cat *catalog.Catalog,
	calls []routineCall,
) {
	t.Helper()
	l := &logging{DB: db}
	h := rest.Routines(moresql.New(l, quiet, moresql.CallBy(caller)), cat)
	plain := caller == moresql.Caller(moresql.Function{Named: true}) ||
		caller == moresql.Caller(moresql.Procedure{Dialect: moresql.MySQL})
	for _, c := range calls {
		l.seen = nil
		status, body := do(h, c.method, c.target, jsonType, c.body)
		if status != c.status || body != c.want {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.target, status, body, c.status, c.want)
		}
		if len(l.seen) == 0 { // several statements need a connection, which is not logged
			continue
		}
		marked := strings.Contains(strings.Join(l.seen, "; "), "/* wrapped */")
		if marked != (c.own && !plain) {
			t.Errorf("%s %s: the statement of the Caller is used: %v, %q",
				c.method, c.target, marked, l.seen)
		}
	}
}

// TestWrappedCallersCallEveryKindOfRoutine calls each kind of routine by Callers that wrap Function
// in three ways. Each has its own say where it can write the call.
func TestWrappedCallersCallEveryKindOfRoutine(t *testing.T) {
	setUp(t, openPostgres(t), callersSchema...)
	function := moresql.Function{Named: true}
	calls := []routineCall{
		{"GET", "/scalar?a=7", "", 200, "14", true},
		{"POST", "/scalar", `{"a": 7}`, 200, "14", true},
		{"GET", "/preset?a=7", "", 200, "21", true},
		{"GET", "/preset?a=7&b=5", "", 200, "35", true},
		{"GET", "/list?n=2", "", 200, `[{"i":1,"t":"t1"},{"i":2,"t":"t2"}]`, true},
		{"GET", "/list?n=9&i=gt.8&select=t", "", 200, `[{"t":"t9"}]`, true},
		{"GET", "/outs?a=7", "", 200, `{"b":8,"c":"c7"}`, true},
		{"POST", "/outs", `{"a": 7}`, 200, `{"b":8,"c":"c7"}`, true},
		{"GET", "/between?a=7&c=3", "", 200, `{"b":4}`, true},
		{"GET", "/inout?a=7", "", 200, `{"a":8}`, true},
		{"POST", "/nothing", `{"a": 1}`, 204, "", true},
		{"GET", "/total?list=1&list=2&list=39", "", 200, "42", false},
		{"POST", "/total", `{"list": [1, 2, 39]}`, 200, "42", false},
		{"GET", "/anything", "", 200, `{"?column?":1,"text":"x"}`, false},
		{"GET", "/things", "", 200, `[{"?column?":1,"text":"x"}]`, false},
		{"POST", "/write", `{"a": 2}`, 204, "", false},
		{"POST", "/change", `{"a": 7}`, 200, `{"a":8,"t":"q!"}`, false},
		{"POST", "/triple", `{"a": 7}`, 200, `{"b":21}`, false},
	}
	for name, caller := range map[string]moresql.Caller{
		"Function": function, "Unwrap": wrapping{function}, "Unwrap, twice": wrapping{wrapping{function}},
		"embedding": embedding{function}, "embedding, wrapped": wrapping{embedding{function}},
		"Describe": describing{wrapping{function}},
	} {
		t.Run(name, func(t *testing.T) {
			eachConnector(t, func(t *testing.T, db *sql.DB) {
				testCalls(t, db, caller, load(t, db, "callers"), calls)
			})
		})
	}
}

// TestWrappedCallersCallRoutinesOfMariaDB does so with Procedure, which cannot call a function.
func TestWrappedCallersCallRoutinesOfMariaDB(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE DATABASE callers",
		"CREATE FUNCTION callers.twice(a INT) RETURNS INT DETERMINISTIC NO SQL RETURN a * 2",
		"CREATE PROCEDURE callers.list(n INT) SELECT n AS i, 'x' AS t UNION ALL SELECT n + 1, 'y'",
		"CREATE PROCEDURE callers.triple(a INT, OUT b INT) SET b = a * 3",
		"CREATE PROCEDURE callers.change(INOUT a INT) SET a = a + 1")
	cat, err := catalog.LoadMySQL(t.Context(), db, "callers")
	if err != nil {
		t.Fatal(err)
	}
	calls := []routineCall{
		{"GET", "/twice?a=7", "", 200, "14", false},
		{"POST", "/twice", `{"a": 7}`, 200, "14", false},
		{"POST", "/list", `{"n": 1}`, 200, `[{"i":1,"t":"x"},{"i":2,"t":"y"}]`, true},
		{"POST", "/triple", `{"a": 7}`, 200, `{"b":21}`, true},
		{"POST", "/change", `{"a": 7}`, 200, `{"a":8}`, true},
	}
	procedure := moresql.Procedure{Dialect: moresql.MySQL}
	for name, caller := range map[string]moresql.Caller{
		"Procedure": procedure, "Unwrap": wrapping{procedure},
		"Unwrap, twice": wrapping{wrapping{procedure}}, "Describe": describing{wrapping{procedure}},
	} {
		t.Run(name, func(t *testing.T) { testCalls(t, db, caller, cat, calls) })
	}
}
