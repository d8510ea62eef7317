package sqlstate

import (
	"database/sql"
	"os"
	"testing"

	"github.com/lib/pq/pqerror"

	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// Who has raised an error is known by the name of a C function, so PostgreSQL is asked.
func TestRaisedPostgreSQL(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, test := range []struct {
		reason, body string
		want         Details
	}{
		{"RAISE", `RAISE 'm' USING DETAIL = 'd', HINT = 'h'`, Details{"P0001", "m", "d", "h", true}},
		{"RAISE with a condition", `RAISE unique_violation USING MESSAGE = 'm'`, Details{Code: "23505", Message: "m", Raised: true}},
		{"RAISE with a state", `RAISE 'm' USING ERRCODE = 'AB123'`, Details{Code: "AB123", Message: "m", Raised: true}},
		{"RAISE of what is the database's by its code", `RAISE 'm' USING ERRCODE = 'XX000'`, Details{Code: "XX000", Message: "m", Raised: true}},
		{
			"an error that is handed on", `PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN RAISE`,
			Details{Code: "22012", Message: "division by zero"},
		},
		{
			"STRICT", `PERFORM set_config('plpgsql.print_strict_params', 'on', true); DECLARE x int; BEGIN SELECT 1 INTO STRICT x WHERE false; END`,
			Details{Code: "P0002", Message: "query returned no rows"},
		},
		{"ASSERT", `ASSERT false, 'm'`, Details{Code: "P0004", Message: "m"}},
	} {
		_, err := db.Exec(`DO $$ BEGIN ` + test.body + `; END $$`)
		if got := Of(err); got != test.want {
			t.Errorf("%s: %+v, want %+v (%v)", test.reason, got, test.want, err)
		}
	}
}

// No class of appendix A, as lib/pq has it from PostgreSQL's source, counts as an author's own.
func TestAppendixA(t *testing.T) {
	const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	found := 0
	for _, a := range characters {
		for _, b := range characters {
			class := string(a) + string(b)
			if pqerror.Class(class).Name() == "" {
				continue
			}
			found++
			if own(class + "000") {
				t.Errorf("the class %s counts as an author's own", class)
			}
		}
	}
	if found < 40 { // it has 43
		t.Errorf("lib/pq knows %d classes", found)
	}
}

// Where an error comes from is in a context whose words are the server's.
func TestBoundPostgreSQL(t *testing.T) {
	db, err := sql.Open("postgres", pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE FUNCTION pg_temp.check_it(t text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN t > nowhere; END';
		CREATE DOMAIN pg_temp.checked AS text CHECK (pg_temp.check_it(VALUE))`); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason, query string
		args          []any
		code          string
		bound, within bool
		public        string // the message, "" where it does not matter
	}{
		{"a value that is none of its type", "SELECT $1::int", []any{"x"}, "22P02", true, false, `invalid input syntax for type integer: "x"`},
		{"a value of a type with a syntax of its own", "SELECT $1::jsonpath", []any{"$["}, "42601", true, false, ""},
		{"the statement", "SELECT nowhere", nil, "42703", false, false, ""},
		{"what the statement calls", "SELECT pg_temp.check_it($1)", []any{"x"}, "42703", false, true, ""},
		{"what is in a row", "SELECT v::int FROM (VALUES (lower('X'))) AS r(v)", nil, "22P02", false, false, `invalid input syntax for type integer: "…"`},
		{"more than that", `SELECT set_config('work_mem', v, true) FROM (VALUES (lower('"X'))) AS r(v)`, nil, "22023", false, false, `invalid value for parameter "…"`},
		{"within a message", "SELECT (v || '99999999999')::int FROM (VALUES (lower('1'))) AS r(v)", nil, "22003", false, false, `value "…" is out of range for type integer`},
		{"nothing of a row", "SELECT 1 / (v - 1) FROM (VALUES (length('X'))) AS r(v)", nil, "22012", false, false, "division by zero"},
		{"what the type of a value calls", "SELECT $1::pg_temp.checked", []any{"x"}, "42703", false, false, ""},
	} {
		_, err := db.Exec(test.query, test.args...)
		if code := Of(err).Code; code != test.code || Bound(err) != test.bound || Within(err) != test.within || test.public != "" && Public(err) != test.public {
			t.Errorf("%s: %s, bound %v, within %v, public %q (%v)", test.reason, code, Bound(err), Within(err), Public(err), err)
		}
	}
}
