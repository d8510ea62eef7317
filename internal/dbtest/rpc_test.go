package dbtest

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// rpcSchema creates a routine of every kind.
var rpcSchema = []string{
	`DROP SCHEMA IF EXISTS rpc CASCADE`, `CREATE SCHEMA rpc`,
	`CREATE TYPE rpc.mood AS ENUM ('sad', 'happy')`,
	`CREATE DOMAIN rpc.age AS int CHECK (VALUE >= 0)`,
	`CREATE TYPE rpc.point3 AS (x int, "Y" numeric, z text)`,
	`CREATE TABLE rpc.cars (gone int, id int, name text, tags text[], at timestamptz)`,
	`ALTER TABLE rpc.cars DROP COLUMN gone`,
	`INSERT INTO rpc.cars VALUES (1, '2CV', '{slow,"very cheap"}', '2024-01-02 03:04:05+00'),
		(2, NULL, NULL, NULL)`,
	`CREATE FUNCTION rpc.one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'`,
	`CREATE FUNCTION rpc.nothing() RETURNS void LANGUAGE sql AS ''`,
	`CREATE FUNCTION rpc.add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'`,
	`CREATE FUNCTION rpc.add(a int, b int, c int) RETURNS int LANGUAGE sql IMMUTABLE
		AS 'SELECT a + b + c'`,
	`CREATE FUNCTION rpc.greet("Name" text, greeting text DEFAULT 'hello') RETURNS text
		LANGUAGE sql STABLE AS $$ SELECT greeting || ' ' || "Name" $$`,
	`CREATE FUNCTION rpc.twins(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$`,
	`CREATE FUNCTION rpc.twins(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$`,
	`CREATE FUNCTION rpc.fewest(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'one' $$`,
	`CREATE FUNCTION rpc.fewest(a int, b int DEFAULT 2) RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT 'two' $$`,
	`CREATE FUNCTION rpc.numbers(n int) RETURNS SETOF int LANGUAGE sql STABLE
		AS 'SELECT generate_series(1, n)'`,
	`CREATE FUNCTION rpc.days() RETURNS SETOF date LANGUAGE sql STABLE
		AS $$ SELECT date '2024-01-01' UNION ALL SELECT 'infinity' $$`,
	`CREATE FUNCTION rpc.get_cars() RETURNS SETOF rpc.cars LANGUAGE sql STABLE
		AS 'SELECT * FROM rpc.cars ORDER BY id'`,
	`CREATE FUNCTION rpc.first_car() RETURNS rpc.cars LANGUAGE sql STABLE
		AS 'SELECT * FROM rpc.cars ORDER BY id LIMIT 1'`,
	`CREATE FUNCTION rpc.tabled() RETURNS TABLE (a int, "b c" interval) LANGUAGE sql STABLE
		AS $$ SELECT 1, interval '1 day' $$`,
	`CREATE FUNCTION rpc.outs(i int, OUT double int, OUT text text) LANGUAGE sql STABLE
		AS $$ SELECT i * 2, 'n' || i $$`,
	`CREATE FUNCTION rpc.anything() RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1, 'x'::text $$`,
	`CREATE FUNCTION rpc.things() RETURNS SETOF record LANGUAGE sql STABLE
		AS $$ SELECT 1, 'x'::text UNION ALL SELECT 2, NULL $$`,
	`CREATE FUNCTION rpc.mood() RETURNS rpc.mood LANGUAGE sql STABLE
		AS $$ SELECT 'happy'::rpc.mood $$`,
	`CREATE FUNCTION rpc.moods(m rpc.mood[]) RETURNS rpc.mood[] LANGUAGE sql STABLE AS $$ SELECT m $$`,
	`CREATE FUNCTION rpc.age(a rpc.age) RETURNS rpc.age LANGUAGE sql STABLE AS $$ SELECT a $$`,
	`CREATE FUNCTION rpc.sum_all(VARIADIC list int[]) RETURNS bigint LANGUAGE sql STABLE
		AS 'SELECT sum(i) FROM unnest(list) i'`,
	`CREATE FUNCTION rpc.list(a text[]) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT a'`,
	`CREATE FUNCTION rpc.moved(p rpc.point3, by int DEFAULT 1) RETURNS rpc.point3 LANGUAGE sql STABLE
		AS 'SELECT (p.x + by, p."Y", p.z)::rpc.point3'`,
	`CREATE FUNCTION rpc.same_json(j jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT j'`,
	`CREATE FUNCTION rpc.same_bytea(b bytea) RETURNS bytea LANGUAGE sql STABLE AS 'SELECT b'`,
	`CREATE FUNCTION rpc.whole(json) RETURNS json LANGUAGE sql STABLE AS 'SELECT $1'`,
	`CREATE FUNCTION rpc.whole_text(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1'`,
	`CREATE FUNCTION rpc.whole_bytea(bytea) RETURNS int LANGUAGE sql STABLE AS 'SELECT length($1)'`,
	`CREATE FUNCTION rpc.kinds(json) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'json' $$`,
	`CREATE FUNCTION rpc.kinds(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$`,
	`CREATE FUNCTION rpc.kinds(bytea) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'bytea' $$`,
	`CREATE FUNCTION rpc.kinds(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$`,
	`CREATE DOMAIN rpc.bytes AS bytea`,
	`CREATE FUNCTION rpc.whole_domain(rpc.bytes) RETURNS int LANGUAGE sql STABLE
		AS 'SELECT length($1)'`,
	`CREATE FUNCTION rpc.any_type(a anyelement) RETURNS anyelement LANGUAGE sql STABLE AS 'SELECT a'`,
	`CREATE PROCEDURE rpc.partly(a int, OUT int) LANGUAGE plpgsql AS $$ BEGIN $2 := a + 1; END $$`,
	`CREATE PROCEDURE rpc.divide(a int, b int, OUT quotient int, OUT rest int) LANGUAGE plpgsql AS $$
		BEGIN quotient := a / b; rest := a % b; END $$`,
	`CREATE PROCEDURE rpc.quiet() LANGUAGE sql AS ''`,
	`CREATE FUNCTION rpc."Odd ""name"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`,
}

// TestRPCServesEveryKindOfRoutine compares each response with the JSON that PostgreSQL writes.
func TestRPCServesEveryKindOfRoutine(t *testing.T) {
	setUp(t, openPostgres(t), rpcSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "rpc")
		h := http.StripPrefix("/rpc", rest.Routines(moresql.New(db, quiet), cat))
		for _, test := range []struct {
			reason, method, target, contentType, body string
			status                                    int
			// a query of the body, or "" if it does not matter
			want string
		}{
			{reason: "scalar", method: "GET", target: "/one", status: 200,
				want: "SELECT to_json(rpc.one())"},
			{reason: "void", method: "POST", target: "/nothing", status: 204},
			{reason: "GET of a function that is not declared to read", method: "GET", target: "/nothing",
				status: 204},
			{reason: "GET of a procedure", method: "GET", target: "/quiet", status: 405},
			{reason: "another method", method: "DELETE", target: "/one", status: 405},
			{reason: "OPTIONS", method: "OPTIONS", target: "/one", status: 204},
			{reason: "arguments by name", method: "GET", target: "/add?b=2&a=40", status: 200,
				want: "SELECT to_json(rpc.add(40, 2))"},
			{reason: "names select the overload", method: "GET", target: "/add?b=2&a=40&c=1", status: 200,
				want: "SELECT to_json(rpc.add(40, 2, 1))"},
			{reason: "a missing argument", method: "GET", target: "/add?a=40", status: 404},
			{reason: "an unknown argument", method: "GET", target: "/add?a=1&b=2&d=3", status: 404},
			{reason: "a missing function", method: "GET", target: "/ad", status: 404},
			{reason: "a longer path", method: "GET", target: "/add/1", status: 404},
			{reason: "overloads that differ only in types", method: "GET", target: "/twins?a=1",
				status: 300},
			{reason: "overloads that differ only in a default", method: "GET", target: "/fewest?a=1",
				status: 300},
			{reason: "a default that is used", method: "GET", target: "/greet?Name=ann", status: 200,
				want: "SELECT to_json(rpc.greet('ann'))"},
			{reason: "a default that is overridden", method: "POST", target: "/greet", contentType: jsonType,
				body: `{"Name": "ann", "greeting": "bye"}`, status: 200,
				want: "SELECT to_json(rpc.greet('ann', 'bye'))"},
			{reason: "a form", method: "POST", target: "/greet", contentType: formType, body: `Name=a+b`,
				status: 200, want: "SELECT to_json(rpc.greet('a b'))"},
			{reason: "null", method: "POST", target: "/greet", contentType: jsonType, body: `{"Name": null}`,
				status: 200, want: "SELECT 'null'::json"},
			{reason: "a set of scalars", method: "GET", target: "/numbers?n=3", status: 200,
				want: "SELECT json_agg(v) FROM rpc.numbers(3) v"},
			{reason: "an empty set", method: "GET", target: "/numbers?n=0", status: 200,
				want: "SELECT '[]'::json"},
			{reason: "a set of dates", method: "GET", target: "/days", status: 200,
				want: "SELECT json_agg(v) FROM rpc.days() v"},
			{reason: "a set of composites", method: "GET", target: "/get_cars", status: 200,
				want: "SELECT json_agg(v) FROM rpc.get_cars() v"},
			{reason: "composite", method: "GET", target: "/first_car", status: 200,
				want: "SELECT to_json(v) FROM rpc.first_car() v"},
			{reason: "table", method: "GET", target: "/tabled", status: 200,
				want: "SELECT json_agg(v) FROM rpc.tabled() v"},
			{reason: "out parameters", method: "GET", target: "/outs?i=4", status: 200,
				want: "SELECT to_json(v) FROM rpc.outs(4) v"},
			{reason: "untyped record", method: "GET", target: "/anything", status: 200,
				want: "SELECT to_json(rpc.anything())"},
			{reason: "a set of untyped records", method: "GET", target: "/things", status: 200,
				want: "SELECT json_agg(v) FROM (SELECT rpc.things() AS v) s"},
			{reason: "enum", method: "GET", target: "/mood", status: 200,
				want: "SELECT to_json(rpc.mood())"},
			{reason: "an array of enums from repeated values", method: "GET", target: "/moods?m=sad&m=happy",
				status: 200, want: "SELECT to_json(rpc.moods('{sad,happy}'))"},
			{reason: "an array from one value", method: "GET", target: "/moods?m=sad", status: 200,
				want: "SELECT to_json(rpc.moods('{sad}'))"},
			{reason: "an array literal", method: "GET", target: "/moods?m={sad}", status: 200,
				want: "SELECT to_json(rpc.moods('{sad}'))"},
			{reason: "a JSON array", method: "POST", target: "/list", contentType: jsonType,
				body: `{"a": ["x y", null, "\"q\"", "{}"]}`, status: 200,
				want: `SELECT to_json(rpc.list(ARRAY['x y', NULL, '"q"', '{}']))`},
			{reason: "a domain", method: "GET", target: "/age?a=7", status: 200,
				want: "SELECT to_json(rpc.age(7))"},
			{reason: "a value that a domain refuses", method: "GET", target: "/age?a=-7", status: 400},
			{reason: "VARIADIC from repeated values", method: "GET", target: "/sum_all?list=1&list=2",
				status: 200, want: "SELECT to_json(rpc.sum_all(1, 2))"},
			{reason: "VARIADIC from one value", method: "GET", target: "/sum_all?list=5", status: 200,
				want: "SELECT to_json(rpc.sum_all(5))"},
			{reason: "VARIADIC from JSON", method: "POST", target: "/sum_all", contentType: jsonType,
				body: `{"list": [1, 2, 3]}`, status: 200, want: "SELECT to_json(rpc.sum_all(1, 2, 3))"},
			{reason: "two values for a scalar", method: "GET", target: "/add?a=1&a=2&b=3", status: 200,
				want: "SELECT to_json(rpc.add(2, 3))"},
			{reason: "a composite from JSON", method: "POST", target: "/moved", contentType: jsonType,
				body: `{"p": {"x": 1, "Y": 2.50, "z": "a,b\"c"}}`, status: 200,
				want: `SELECT to_json(rpc.moved((1, 2.50, 'a,b"c')))`},
			{reason: "any JSON", method: "POST", target: "/same_json", contentType: jsonType,
				body: `{"j": [1, {"a": "x"}]}`, status: 200, want: `SELECT '[1, {"a": "x"}]'::json`},
			{reason: "bytea as PostgreSQL reads it", method: "GET", target: `/same_bytea?b=\x6869`,
				status: 200, want: `SELECT to_json(rpc.same_bytea('\x6869'))`},
			{reason: "the whole body", method: "POST", target: "/whole", contentType: jsonType,
				body: `[1, 2]`, status: 200, want: `SELECT '[1, 2]'::json`},
			{reason: "the whole body, an object", method: "POST", target: "/whole", contentType: jsonType,
				body: `{"a": 1}`, status: 200, want: `SELECT '{"a": 1}'::json`},
			{reason: "the whole body, text", method: "POST", target: "/whole_text",
				contentType: "text/plain", body: `say "hi"`, status: 200,
				want: `SELECT to_json('say "hi"'::text)`},
			{reason: "the whole body, binary", method: "POST", target: "/whole_bytea",
				contentType: "application/octet-stream", body: "\\x00\xff", status: 200,
				want: `SELECT '5'::json`},
			{reason: "the whole body selects the overload, JSON", method: "POST", target: "/kinds",
				contentType: jsonType, body: `[1]`, status: 200, want: `SELECT '"json"'::json`},
			{reason: "the whole body selects the overload, text", method: "POST", target: "/kinds",
				contentType: "text/plain", body: `x`, status: 200, want: `SELECT '"text"'::json`},
			{reason: "the whole body selects the overload, bytes", method: "POST", target: "/kinds",
				contentType: "application/octet-stream", body: "\xff", status: 200,
				want: `SELECT '"bytea"'::json`},
			{reason: "names take precedence over the whole body", method: "POST", target: "/kinds",
				contentType: jsonType, body: `{"a": 1}`, status: 200, want: `SELECT '"int"'::json`},
			{reason: "names that match no overload are the whole body", method: "POST", target: "/kinds",
				contentType: jsonType, body: `{"b": 1}`, status: 200, want: `SELECT '"json"'::json`},
			{reason: "the whole body, a domain over bytea", method: "POST", target: "/whole_domain",
				contentType: "application/octet-stream", body: `\x4142`, status: 200, want: `SELECT '6'::json`},
			{reason: "a polymorphic type, which a text cannot determine", method: "GET",
				target: "/any_type?a=1", status: 404},
			{reason: "GET with wrong arguments of a function that is not declared to read",
				method: "GET", target: "/nothing?a=1", status: 404},
			{reason: "a procedure", method: "POST", target: "/divide", contentType: jsonType,
				body: `{"a": 17, "b": 5}`, status: 200, want: `SELECT '{"quotient": 3, "rest": 2}'::json`},
			{reason: "a procedure without a result", method: "POST", target: "/quiet", status: 204},
			{reason: "an odd name", method: "GET", target: `/Odd%20%22name`, status: 200,
				want: "SELECT '1'::json"},
			{reason: "malformed JSON", method: "POST", target: "/add", contentType: jsonType,
				body: `{"a": 1,}`, status: 400},
			{reason: "malformed data", method: "GET", target: "/add?a=x&b=1", status: 400},
		} {
			status, body := do(h, test.method, "/rpc"+test.target, test.contentType, test.body)
			if status != test.status {
				t.Errorf("%s: %d %s, want %d", test.reason, status, body, test.status)
				continue
			}
			if test.want == "" {
				continue
			}
			want := queryText(t, db, "SELECT coalesce(("+test.want+")::text, 'null')")
			if !sameJSON(t, body, want) {
				t.Errorf("%s: %s, want %s", test.reason, body, want)
			}
		}
	})
}

// TestRPCRefusalsNameAlternatives checks the suggestions of refusals.
func TestRPCRefusalsNameAlternatives(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, rpcSchema...)
	cat := load(t, db, "rpc")
	h := rest.Routines(moresql.New(db, quiet), cat)
	for target, want := range map[string][]string{
		"/add?a=1":        {`"code":"PGRST202"`, "(a)", "rpc.add(a integer, b integer)"},
		"/get_car":        {`"code":"PGRST202"`, "rpc.get_cars()"},
		"/twins?a=1":      {`"code":"PGRST203"`, "rpc.twins(a integer)", "rpc.twins(a text)"},
		"/zzzzzzzzzzzzzz": {`"code":"PGRST202"`, "zzzzzzzzzzzzzz"},
	} {
		_, body := do(h, "GET", target, "", "")
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s: %s lacks %s", target, body, part)
			}
		}
	}
	procedures := rest.Routines(moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{})), cat)
	if status, body := do(procedures, "GET", "/numbers?n=2", "", ""); status != 200 ||
		body != "[1,2]" {
		t.Errorf("a function, although Procedure is the Caller: %d %s", status, body)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/quiet", nil))
	if allow := w.Header().Get("Allow"); allow != "POST, OPTIONS" {
		t.Errorf("Allow = %q", allow)
	}
}

// TestRPCServesMariaDBAndSQLite serves the routines of MariaDB and named statements of SQLite.
func TestRPCServesMariaDBAndSQLite(t *testing.T) {
	maria := openMariaDB(t)
	setUp(t, maria, "CREATE DATABASE IF NOT EXISTS rpc",
		"CREATE OR REPLACE PROCEDURE rpc.pair(a INT, b INT) READS SQL DATA SELECT a, b UNION SELECT b, a",
		"CREATE OR REPLACE FUNCTION rpc.twice(n INT) RETURNS INT NO SQL DETERMINISTIC RETURN n * 2",
		"CREATE OR REPLACE PROCEDURE rpc.half(a INT, OUT h INT) SET h = a DIV 2")
	fromMaria, err := catalog.LoadMySQL(t.Context(), maria, "rpc")
	if err != nil {
		t.Fatal(err)
	}
	statements := loadStatements(t, fstest.MapFS{
		"find.sql": {Data: []byte("SELECT :a AS a, :b AS b")},
		"make.sql": {Data: []byte("CREATE TABLE IF NOT EXISTS made (a)")},
	}, moresql.SQLite)
	mariaDB := rest.Routines(moresql.New(maria, quiet, call), fromMaria)
	sqlite := func() http.Handler { // with an empty database for each test
		caller := moresql.CallBy(statements)
		return rest.Routines(moresql.New(openSQLite(t), quiet, caller), statements.Catalog())
	}
	for _, test := range []struct {
		reason               string
		h                    http.Handler
		method, target, body string
		status               int
		want                 string
	}{
		{reason: "MariaDB, by name", h: mariaDB, method: "POST", target: "/pair",
			body: `{"b": 2, "a": 1}`, status: 200, want: `[{"a":1,"b":2},{"a":2,"b":1}]`},
		{reason: "MariaDB, GET of a procedure, which can end its transaction", h: mariaDB,
			method: "GET", target: "/pair?b=2&a=1", status: 405},
		{reason: "MariaDB, JSON", h: mariaDB, method: "POST", target: "/pair", body: `{"a": 1, "b": "2"}`,
			status: 200, want: `[{"a":1,"b":2},{"a":2,"b":1}]`},
		{reason: "MariaDB, a function", h: mariaDB, method: "GET", target: "/twice?n=4", status: 200,
			want: `8`},
		{reason: "MariaDB, OUT", h: mariaDB, method: "POST", target: "/half", body: `{"a": 9}`,
			status: 200, want: `{"h":4}`},
		{reason: "MariaDB, GET of a procedure that may write", h: mariaDB, method: "GET",
			target: "/half?a=9", status: 405},
		{reason: "MariaDB, a missing argument", h: mariaDB, method: "GET", target: "/twice",
			status: 404},
		{reason: "SQLite, by name", h: sqlite(), method: "GET", target: "/find?b=x&a=y", status: 200,
			want: `[{"a":"y","b":"x"}]`},
		{reason: "SQLite, an argument left out", h: sqlite(), method: "GET", target: "/find?b=x",
			status: 200, want: `[{"a":null,"b":"x"}]`},
		{reason: "SQLite, an unknown argument", h: sqlite(), method: "GET", target: "/find?c=x",
			status: 404},
		{reason: "SQLite, a statement that writes", h: sqlite(), method: "POST", target: "/make",
			status: 204},
		{reason: "SQLite, GET of a statement that writes", h: sqlite(), method: "GET", target: "/make",
			status: 405},
	} {
		contentType := ""
		if test.body != "" {
			contentType = jsonType
		}
		status, body := do(test.h, test.method, test.target, contentType, test.body)
		if status != test.status || test.want != "" && body != test.want {
			t.Errorf("%s: %d %s, want %d %s", test.reason, status, body, test.status, test.want)
		}
	}
}
