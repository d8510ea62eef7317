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

// TestRaisedGoesByPostgreSQLsOwnNames of C functions, so it takes a server.
func TestRaisedGoesByPostgreSQLsOwnNames(t *testing.T) {
	db := open(t)
	for _, test := range []struct {
		reason, body string
		want         Details
	}{
		{
			reason: "RAISE",
			body:   `RAISE 'm' USING DETAIL = 'd', HINT = 'h'`,
			want:   Details{"P0001", "m", "d", "h", true},
		},
		{
			reason: "RAISE with a condition",
			body:   `RAISE unique_violation USING MESSAGE = 'm'`,
			want:   Details{Code: "23505", Message: "m", Raised: true},
		},
		{
			reason: "RAISE with a state",
			body:   `RAISE 'm' USING ERRCODE = 'AB123'`,
			want:   Details{Code: "AB123", Message: "m", Raised: true},
		},
		{
			reason: "RAISE with a code of the database",
			body:   `RAISE 'm' USING ERRCODE = 'XX000'`,
			want:   Details{Code: "XX000", Message: "m", Raised: true},
		},
		{
			reason: "an error that is raised again",
			body:   `PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN RAISE`,
			want:   Details{Code: "22012", Message: "division by zero"},
		},
		{
			reason: "STRICT",
			body: `PERFORM set_config('plpgsql.print_strict_params', 'on', true);
				DECLARE x int; BEGIN SELECT 1 INTO STRICT x WHERE false; END`,
			want: Details{Code: "P0002", Message: "query returned no rows"},
		},
		{
			reason: "ASSERT",
			body:   `ASSERT false, 'm'`,
			want:   Details{Code: "P0004", Message: "m"},
		},
	} {
		_, err := db.Exec(`DO $$ BEGIN ` + test.body + `; END $$`)
		if got := Of(err); got != test.want {
			t.Errorf("%s: %+v, want %+v (%v)", test.reason, got, test.want, err)
		}
	}
}

// open opens a PostgreSQL.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestNoClassOfAppendixAIsMadeUp by an author, as far as lib/pq has them from the source of
// PostgreSQL.
func TestNoClassOfAppendixAIsMadeUp(t *testing.T) {
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
				t.Errorf("the class %s counts as one that an author has made up", class)
			}
		}
	}
	if found < 40 { // it has 43
		t.Errorf("lib/pq knows %d classes", found)
	}
}

// TestContextSaysWhereAnErrorComesFrom in the words of the server.
func TestContextSaysWhereAnErrorComesFrom(t *testing.T) {
	db := open(t)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE FUNCTION pg_temp.check_it(t text) RETURNS bool LANGUAGE plpgsql
			AS 'BEGIN RETURN t > nowhere; END';
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
		{
			reason: "a value that is not of its type",
			query:  "SELECT $1::int",
			args:   []any{"x"},
			code:   "22P02",
			bound:  true,
			public: `invalid input syntax for type integer: "x"`,
		},
		{
			reason: "a value of a type with a syntax of its own",
			query:  "SELECT $1::jsonpath",
			args:   []any{"$["},
			code:   "42601",
			bound:  true,
		},
		{
			reason: "the statement",
			query:  "SELECT nowhere",
			code:   "42703",
		},
		{
			reason: "what the statement calls",
			query:  "SELECT pg_temp.check_it($1)",
			args:   []any{"x"},
			code:   "42703",
			within: true,
		},
		{
			reason: "the value of a row",
			query:  "SELECT v::int FROM (VALUES (lower('X'))) AS r(v)",
			code:   "22P02",
			public: `invalid input syntax for type integer: "…"`,
		},
		{
			reason: "the value of a row with a quotation mark in it",
			query: `SELECT set_config('work_mem', v, true)
				FROM (VALUES (lower('"X'))) AS r(v)`,
			code:   "22023",
			public: `invalid value for parameter "…"`,
		},
		{
			reason: "the value of a row within a message",
			query:  "SELECT (v || '99999999999')::int FROM (VALUES (lower('1'))) AS r(v)",
			code:   "22003",
			public: `value "…" is out of range for type integer`,
		},
		{
			reason: "a message without the value of a row",
			query:  "SELECT 1 / (v - 1) FROM (VALUES (length('X'))) AS r(v)",
			code:   "22012",
			public: "division by zero",
		},
		{
			reason: "what the type of a value calls",
			query:  "SELECT $1::pg_temp.checked",
			args:   []any{"x"},
			code:   "42703",
		},
	} {
		_, err := db.Exec(test.query, test.args...)
		code, bound, within, public := Of(err).Code, Bound(err), Within(err), Public(err)
		if code != test.code || bound != test.bound || within != test.within ||
			test.public != "" && public != test.public {
			t.Errorf("%s: %s, bound %v, within %v, public %q (%v)",
				test.reason, code, bound, within, public, err)
		}
	}
}
