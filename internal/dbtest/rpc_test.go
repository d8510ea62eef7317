package dbtest

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// rpcSchema has a function of every kind.
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

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func TestRPC(t *testing.T) {
	setUp(t, openPostgres(t), rpcSchema...)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		cat, err := catalog.Load(t.Context(), db, "rpc")
		if err != nil {
			t.Fatal(err)
		}
		h := http.StripPrefix("/rpc", moresql.New(db, quiet).RPC(cat))
		for _, test := range []struct {
			reason, method, target, contentType, body string
			status                                    int
			// SQL for the body, or "" where it does not matter
			want string
		}{
			{reason: "scalar", method: "GET", target: "/one", status: 200,
				want: "SELECT to_json(rpc.one())"},
			{reason: "void", method: "POST", target: "/nothing", status: 204},
			{reason: "what may write is not for GET", method: "GET", target: "/nothing", status: 405},
			{reason: "nor is a procedure", method: "GET", target: "/quiet", status: 405},
			{reason: "other methods", method: "DELETE", target: "/one", status: 405},
			{reason: "options", method: "OPTIONS", target: "/one", status: 204},
			{reason: "by name", method: "GET", target: "/add?b=2&a=40", status: 200,
				want: "SELECT to_json(rpc.add(40, 2))"},
			{reason: "the names pick the overload", method: "GET", target: "/add?b=2&a=40&c=1", status: 200,
				want: "SELECT to_json(rpc.add(40, 2, 1))"},
			{reason: "one is missing", method: "GET", target: "/add?a=40", status: 404},
			{reason: "one is unknown", method: "GET", target: "/add?a=1&b=2&d=3", status: 404},
			{reason: "no such function", method: "GET", target: "/ad", status: 404},
			{reason: "no such path", method: "GET", target: "/add/1", status: 404},
			{reason: "types alone do not tell overloads apart", method: "GET", target: "/twins?a=1",
				status: 300},
			{reason: "nor does a default that is left out", method: "GET", target: "/fewest?a=1",
				status: 300},
			{reason: "a default", method: "GET", target: "/greet?Name=ann", status: 200,
				want: "SELECT to_json(rpc.greet('ann'))"},
			{reason: "no default", method: "POST", target: "/greet", contentType: jsonType,
				body: `{"Name": "ann", "greeting": "bye"}`, status: 200,
				want: "SELECT to_json(rpc.greet('ann', 'bye'))"},
			{reason: "a form", method: "POST", target: "/greet",
				contentType: formType, body: `Name=a+b`, status: 200,
				want: "SELECT to_json(rpc.greet('a b'))"},
			{reason: "null", method: "POST", target: "/greet", contentType: jsonType, body: `{"Name": null}`,
				status: 200, want: "SELECT 'null'::json"},
			{reason: "set of scalars", method: "GET", target: "/numbers?n=3", status: 200,
				want: "SELECT json_agg(v) FROM rpc.numbers(3) v"},
			{reason: "set of none", method: "GET", target: "/numbers?n=0", status: 200,
				want: "SELECT '[]'::json"},
			{reason: "set of dates", method: "GET", target: "/days", status: 200,
				want: "SELECT json_agg(v) FROM rpc.days() v"},
			{reason: "set of composites", method: "GET", target: "/get_cars", status: 200,
				want: "SELECT json_agg(v) FROM rpc.get_cars() v"},
			{reason: "composite", method: "GET", target: "/first_car", status: 200,
				want: "SELECT to_json(v) FROM rpc.first_car() v"},
			{reason: "table", method: "GET", target: "/tabled", status: 200,
				want: "SELECT json_agg(v) FROM rpc.tabled() v"},
			{reason: "out parameters", method: "GET", target: "/outs?i=4", status: 200,
				want: "SELECT to_json(v) FROM rpc.outs(4) v"},
			{reason: "untyped record", method: "GET", target: "/anything", status: 200,
				want: "SELECT to_json(rpc.anything())"},
			{reason: "set of untyped records", method: "GET", target: "/things", status: 200,
				want: "SELECT json_agg(v) FROM (SELECT rpc.things() AS v) s"},
			{reason: "enum", method: "GET", target: "/mood", status: 200,
				want: "SELECT to_json(rpc.mood())"},
			{reason: "array of enums, repeated", method: "GET", target: "/moods?m=sad&m=happy", status: 200,
				want: "SELECT to_json(rpc.moods('{sad,happy}'))"},
			{reason: "array of one", method: "GET", target: "/moods?m=sad", status: 200,
				want: "SELECT to_json(rpc.moods('{sad}'))"},
			{reason: "array literal", method: "GET", target: "/moods?m={sad}", status: 200,
				want: "SELECT to_json(rpc.moods('{sad}'))"},
			{reason: "JSON array", method: "POST", target: "/list", contentType: jsonType,
				body: `{"a": ["x y", null, "\"q\"", "{}"]}`, status: 200,
				want: `SELECT to_json(rpc.list(ARRAY['x y', NULL, '"q"', '{}']))`},
			{reason: "domain", method: "GET", target: "/age?a=7", status: 200,
				want: "SELECT to_json(rpc.age(7))"},
			{reason: "domain refused", method: "GET", target: "/age?a=-7", status: 400},
			{reason: "variadic, repeated", method: "GET", target: "/sum_all?list=1&list=2", status: 200,
				want: "SELECT to_json(rpc.sum_all(1, 2))"},
			{reason: "variadic, once", method: "GET", target: "/sum_all?list=5", status: 200,
				want: "SELECT to_json(rpc.sum_all(5))"},
			{reason: "variadic JSON", method: "POST", target: "/sum_all", contentType: jsonType,
				body: `{"list": [1, 2, 3]}`, status: 200, want: "SELECT to_json(rpc.sum_all(1, 2, 3))"},
			{reason: "a name twice for one value", method: "GET", target: "/add?a=1&a=2&b=3", status: 400},
			{reason: "composite from JSON", method: "POST", target: "/moved", contentType: jsonType,
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
			{reason: "the whole body picks the overload, JSON", method: "POST", target: "/kinds",
				contentType: jsonType, body: `[1]`, status: 200, want: `SELECT '"json"'::json`},
			{reason: "the whole body picks the overload, text", method: "POST", target: "/kinds",
				contentType: "text/plain", body: `x`, status: 200, want: `SELECT '"text"'::json`},
			{reason: "the whole body picks the overload, bytes", method: "POST", target: "/kinds",
				contentType: "application/octet-stream", body: "\xff", status: 200,
				want: `SELECT '"bytea"'::json`},
			{reason: "names go before the whole body", method: "POST", target: "/kinds",
				contentType: jsonType, body: `{"a": 1}`, status: 200, want: `SELECT '"int"'::json`},
			{reason: "names that do not fit are the whole body", method: "POST", target: "/kinds",
				contentType: jsonType, body: `{"b": 1}`, status: 200, want: `SELECT '"json"'::json`},
			{reason: "the whole body, a domain over bytea", method: "POST", target: "/whole_domain",
				contentType: "application/octet-stream", body: `\x4142`, status: 200, want: `SELECT '6'::json`},
			{reason: "a type that no text tells", method: "GET", target: "/any_type?a=1", status: 404},
			{reason: "what may write, with wrong arguments", method: "GET", target: "/nothing?a=1",
				status: 405},
			{reason: "procedure", method: "POST", target: "/divide", contentType: jsonType,
				body: `{"a": 17, "b": 5}`, status: 200, want: `SELECT '{"quotient": 3, "rest": 2}'::json`},
			{reason: "procedure without a result", method: "POST", target: "/quiet", status: 204},
			{reason: "an odd name", method: "GET", target: `/Odd%20%22name`, status: 200,
				want: "SELECT '1'::json"},
			{reason: "bad JSON", method: "POST", target: "/add", contentType: jsonType, body: `{"a": 1,}`,
				status: 400},
			{reason: "bad data", method: "GET", target: "/add?a=x&b=1", status: 400},
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

// A refusal says what there is instead.
func TestRPCRefusals(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, rpcSchema...)
	cat, err := catalog.Load(t.Context(), db, "rpc")
	if err != nil {
		t.Fatal(err)
	}
	h := moresql.New(db, quiet).RPC(cat)
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
	procedures := moresql.New(db, quiet, moresql.WithCaller(moresql.Procedure{})).RPC(cat)
	if status, body := do(procedures, "GET", "/numbers?n=2", "", ""); status != 200 ||
		body != "[1,2]" {
		t.Errorf("a function, where procedures are called by default: %d %s", status, body)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/nothing", nil))
	if allow := w.Header().Get("Allow"); allow != "POST, OPTIONS" {
		t.Errorf("Allow = %q", allow)
	}
}

// A function that lies about its volatility writes nothing through a GET that only reads.
func TestReadOnly(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS reading CASCADE", "CREATE SCHEMA reading",
		"CREATE TABLE reading.written (n int)",
		`CREATE FUNCTION reading.insert_into() RETURNS int LANGUAGE sql
			AS 'INSERT INTO reading.written VALUES (1) RETURNING n'`,
		`CREATE FUNCTION reading.lies() RETURNS int LANGUAGE plpgsql STABLE AS $$
			BEGIN RETURN reading.insert_into(); END $$`,
		`CREATE FUNCTION reading.many() RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 3)'`)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		cat, err := catalog.Load(t.Context(), db, "reading")
		if err != nil {
			t.Fatal(err)
		}
		m := moresql.New(db, quiet, moresql.ReadOnly())
		for _, test := range []struct {
			reason         string
			h              http.Handler
			method, target string
			status         int
		}{
			{reason: "a GET that reads", h: m.RPC(cat), method: "GET", target: "/many", status: 200},
			{reason: "a GET that writes", h: m.RPC(cat), method: "GET", target: "/lies", status: 405},
			{reason: "a POST that writes", h: m.RPC(cat), method: "POST", target: "/insert_into",
				status: 200},
			{reason: "a handler that writes", h: m.Handler("reading.insert_into"), method: "POST",
				target: "/", status: 405},
		} {
			if status, body := do(test.h, test.method, test.target, "", ""); status != test.status {
				t.Errorf("%s: %d %s, want %d", test.reason, status, body, test.status)
			}
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		status, body := do(moresql.New(tx, quiet, moresql.ReadOnly()).Handler("reading.many"), "GET", "/",
			"", "")
		if status != 500 {
			t.Errorf("in a transaction of the program's own: %d %s", status, body)
		}
		if n := db.Stats().InUse; n != 1 {
			t.Errorf("%d connections in use, want the transaction's", n)
		}
	})
	if n := queryText(t, openPostgres(t), "SELECT count(*)::text FROM reading.written"); n != "2" {
		t.Errorf("%s rows were written, want those of the two POSTs", n)
	}
}

// The overload that was meant is called, also when the role may not call another that the server
// would prefer.
func TestRPCRevoked(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, "DROP SCHEMA IF EXISTS revoked CASCADE", "CREATE SCHEMA revoked",
		"CREATE FUNCTION revoked.h(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$",
		"CREATE FUNCTION revoked.h(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$",
		"DO $$ BEGIN CREATE ROLE rpc_guest; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
		"GRANT USAGE ON SCHEMA revoked TO rpc_guest",
		"REVOKE EXECUTE ON FUNCTION revoked.h(text) FROM PUBLIC")
	conn, err := admin.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SET ROLE rpc_guest"); err != nil {
		t.Fatal(err)
	}
	defer conn.ExecContext(context.Background(), "RESET ROLE")
	cat, err := catalog.Load(t.Context(), conn, "revoked")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := do(moresql.New(conn, quiet).RPC(cat), "GET", "/h?a=1", "", ""); status != 200 ||
		body != `"int"` {
		t.Errorf("%d %s", status, body)
	}
}

// A statement that pgx keeps must not outlive the signature it was made for.
func TestRPCChanged(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "DROP SCHEMA IF EXISTS changed CASCADE", "CREATE SCHEMA changed",
			"CREATE FUNCTION changed.g(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a::text $$")
		cat, err := catalog.Load(t.Context(), db, "changed")
		if err != nil {
			t.Fatal(err)
		}
		h := moresql.New(db, quiet).RPC(cat)
		if status, body := do(h, "GET", "/g?a=7", "", ""); status != 200 || body != `"7"` {
			t.Fatalf("%d %s", status, body)
		}
		setUp(t, db, "DROP FUNCTION changed.g(int)",
			"CREATE FUNCTION changed.g(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a $$")
		if err := cat.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, body := do(h, "GET", "/g?a=x", "", ""); status != 200 || body != `"x"` {
			t.Errorf("%d %s", status, body)
		}
	})
}

// A catalog is reloaded under load: no request fails, and a changed function is called by its new
// signature.
func TestRPCReload(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, "DROP SCHEMA IF EXISTS reload CASCADE", "CREATE SCHEMA reload",
		"CREATE FUNCTION reload.stays(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a'",
		"CREATE FUNCTION reload.goes() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'",
		"CREATE FUNCTION reload.changes(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a'")
	cat, err := catalog.Load(t.Context(), db, "reload")
	if err != nil {
		t.Fatal(err)
	}
	h := moresql.New(db, quiet).RPC(cat)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for ctx.Err() == nil {
				if status, body := do(h, "GET", "/stays?a=7", "", ""); status != 200 || body != "7" {
					t.Errorf("%d %s", status, body)
					return
				}
			}
		})
	}
	for range 100 {
		if err := cat.Reload(context.Background()); err != nil {
			t.Error(err)
		}
	}
	cancel()
	group.Wait()

	setUp(t, db, "DROP FUNCTION reload.goes()", "DROP FUNCTION reload.changes(int)",
		`CREATE FUNCTION reload.changes(b text, c text) RETURNS text LANGUAGE sql STABLE
			AS 'SELECT b || c'`)
	if err := cat.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	if status, _ := do(h, "GET", "/goes", "", ""); status != 404 {
		t.Errorf("a function that is gone: %d", status)
	}
	if status, body := do(h, "GET", "/changes?b=x&c=y", "", ""); status != 200 || body != `"xy"` {
		t.Errorf("a function that has changed: %d %s", status, body)
	}
}

// Check finds what has gone apart between the program and the database.
func TestCheck(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, rpcSchema...)
	cat, err := catalog.Load(t.Context(), db, "rpc")
	if err != nil {
		t.Fatal(err)
	}
	named := moresql.WithCaller(moresql.Function{Named: true})
	procedure := moresql.WithCaller(moresql.Procedure{})
	for _, test := range []struct {
		reason  string
		proc    string
		options []moresql.Option
		want    string // "" where all is well
	}{
		{reason: "by place", proc: "rpc.add", options: []moresql.Option{moresql.Fields("x", "y")}},
		{reason: "without a schema", proc: "one"},
		{reason: "a default is left out", proc: "rpc.greet",
			options: []moresql.Option{moresql.Fields("Name")}},
		{reason: "by name", proc: "rpc.greet",
			options: []moresql.Option{named, moresql.Fields("Name"), moresql.Optional("greeting")}},
		{reason: "OUT parameters", proc: "rpc.divide",
			options: []moresql.Option{procedure, moresql.Fields("a", "b"), moresql.Out("quotient", "rest")}},
		{reason: "VARIADIC takes any number", proc: "rpc.sum_all",
			options: []moresql.Option{moresql.Fields("a", "b", "c")}},
		{reason: "VARIADIC wants one", proc: "rpc.sum_all", want: "no routine takes"},
		{reason: "VARIADIC not by name", proc: "rpc.sum_all",
			options: []moresql.Option{named, moresql.Fields("list")}, want: "no routine takes"},
		{reason: "an OUT parameter is no field", proc: "rpc.divide",
			options: []moresql.Option{procedure, moresql.Fields("a", "b", "quotient", "rest")},
			want:    "no routine takes"},
		{reason: "misspelt", proc: "rpc.get_car",
			want: "get_car: there is no such function in the catalog: perhaps you mean rpc.get_cars()"},
		{reason: "another schema", proc: "api.one", want: "one: there is no such function"},
		{reason: "a procedure is no function", proc: "rpc.quiet",
			want: "quiet: there is no such function"},
		{reason: "too few", proc: "rpc.add", options: []moresql.Option{moresql.Fields("a")},
			want: "rpc.add(a integer, b integer)"},
		{reason: "a name that is none", proc: "rpc.greet",
			options: []moresql.Option{named, moresql.Fields("name")},
			want:    "no routine takes the declared parameters (name)"},
		{reason: "optional without a default", proc: "rpc.greet",
			options: []moresql.Option{named, moresql.Optional("Name")}, want: "no routine takes"},
		{reason: "ambiguous", proc: "rpc.twins", options: []moresql.Option{moresql.Fields("a")},
			want: "fit more than one routine: rpc.twins(a integer); rpc.twins(a text)"},
	} {
		m := moresql.New(db)
		m.Handler(test.proc, test.options...)
		err := m.Check(t.Context(), cat)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
	m := moresql.New(db)
	m.Handler("no1")
	m.With(procedure).Handler("no2")
	if err := m.Check(t.Context(), cat); err == nil || !strings.Contains(err.Error(), "no1") ||
		!strings.Contains(err.Error(), "no2") {
		t.Errorf("not all are named: %v", err)
	}
}

// Other databases serve their routines too, as far as they tell of them.
func TestRPCElsewhere(t *testing.T) {
	maria := openMariaDB(t)
	setUp(t, maria, "CREATE DATABASE IF NOT EXISTS rpc",
		"CREATE OR REPLACE PROCEDURE rpc.pair(a INT, b INT) READS SQL DATA SELECT a, b UNION SELECT b, a",
		"CREATE OR REPLACE FUNCTION rpc.twice(n INT) RETURNS INT NO SQL DETERMINISTIC RETURN n * 2",
		"CREATE OR REPLACE PROCEDURE rpc.half(a INT, OUT h INT) SET h = a DIV 2")
	fromMaria, err := catalog.LoadMySQL(t.Context(), maria, "rpc")
	if err != nil {
		t.Fatal(err)
	}
	statements, err := moresql.LoadStatements(fstest.MapFS{
		"find.sql": {Data: []byte("SELECT :a AS a, :b AS b")},
		"make.sql": {Data: []byte("CREATE TABLE IF NOT EXISTS made (a)")},
	}, moresql.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason               string
		h                    http.Handler
		method, target, body string
		status               int
		want                 string
	}{
		{reason: "MariaDB, by name", h: moresql.New(maria, quiet, call).RPC(fromMaria), method: "GET",
			target: "/pair?b=2&a=1", status: 200, want: `[{"a":1,"b":2},{"a":2,"b":1}]`},
		{reason: "MariaDB, JSON", h: moresql.New(maria, quiet, call).RPC(fromMaria), method: "POST",
			target: "/pair", body: `{"a": 1, "b": "2"}`, status: 200, want: `[{"a":1,"b":2},{"a":2,"b":1}]`},
		{reason: "MariaDB, a function", h: moresql.New(maria, quiet, call).RPC(fromMaria), method: "GET",
			target: "/twice?n=4", status: 200, want: `8`},
		{reason: "MariaDB, OUT", h: moresql.New(maria, quiet, call).RPC(fromMaria), method: "POST",
			target: "/half", body: `{"a": 9}`, status: 200, want: `{"h":4}`},
		{reason: "MariaDB, GET of what may write", h: moresql.New(maria, quiet, call).RPC(fromMaria),
			method: "GET", target: "/half?a=9", status: 405},
		{reason: "MariaDB, one is missing", h: moresql.New(maria, quiet, call).RPC(fromMaria),
			method: "GET", target: "/pair?a=1", status: 404},
		{reason: "SQLite",
			h: moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).
				RPC(statements.Catalog()),
			method: "GET", target: "/find?b=x&a=y", status: 200, want: `[{"a":"y","b":"x"}]`},
		{reason: "SQLite, left out",
			h: moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).
				RPC(statements.Catalog()),
			method: "GET", target: "/find?b=x", status: 200, want: `[{"a":null,"b":"x"}]`},
		{reason: "SQLite, unknown", h: moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).
			RPC(statements.Catalog()), method: "GET", target: "/find?c=x", status: 404},
		{reason: "SQLite, a write", h: moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).
			RPC(statements.Catalog()), method: "POST", target: "/make", status: 204},
		{reason: "SQLite, GET of a write",
			h: moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).
				RPC(statements.Catalog()),
			method: "GET", target: "/make", status: 405},
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
