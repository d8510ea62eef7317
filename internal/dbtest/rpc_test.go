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
	`INSERT INTO rpc.cars VALUES (1, '2CV', '{slow,"very cheap"}', '2024-01-02 03:04:05+00'), (2, NULL, NULL, NULL)`,
	`CREATE FUNCTION rpc.one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'`,
	`CREATE FUNCTION rpc.nothing() RETURNS void LANGUAGE sql AS ''`,
	`CREATE FUNCTION rpc.add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b'`,
	`CREATE FUNCTION rpc.add(a int, b int, c int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b + c'`,
	`CREATE FUNCTION rpc.greet("Name" text, greeting text DEFAULT 'hello') RETURNS text LANGUAGE sql STABLE AS $$ SELECT greeting || ' ' || "Name" $$`,
	`CREATE FUNCTION rpc.twins(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$`,
	`CREATE FUNCTION rpc.twins(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$`,
	`CREATE FUNCTION rpc.fewest(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'one' $$`,
	`CREATE FUNCTION rpc.fewest(a int, b int DEFAULT 2) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'two' $$`,
	`CREATE FUNCTION rpc.numbers(n int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT generate_series(1, n)'`,
	`CREATE FUNCTION rpc.days() RETURNS SETOF date LANGUAGE sql STABLE AS $$ SELECT date '2024-01-01' UNION ALL SELECT 'infinity' $$`,
	`CREATE FUNCTION rpc.get_cars() RETURNS SETOF rpc.cars LANGUAGE sql STABLE AS 'SELECT * FROM rpc.cars ORDER BY id'`,
	`CREATE FUNCTION rpc.first_car() RETURNS rpc.cars LANGUAGE sql STABLE AS 'SELECT * FROM rpc.cars ORDER BY id LIMIT 1'`,
	`CREATE FUNCTION rpc.tabled() RETURNS TABLE (a int, "b c" interval) LANGUAGE sql STABLE AS $$ SELECT 1, interval '1 day' $$`,
	`CREATE FUNCTION rpc.outs(i int, OUT double int, OUT text text) LANGUAGE sql STABLE AS $$ SELECT i * 2, 'n' || i $$`,
	`CREATE FUNCTION rpc.anything() RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1, 'x'::text $$`,
	`CREATE FUNCTION rpc.things() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, 'x'::text UNION ALL SELECT 2, NULL $$`,
	`CREATE FUNCTION rpc.mood() RETURNS rpc.mood LANGUAGE sql STABLE AS $$ SELECT 'happy'::rpc.mood $$`,
	`CREATE FUNCTION rpc.moods(m rpc.mood[]) RETURNS rpc.mood[] LANGUAGE sql STABLE AS $$ SELECT m $$`,
	`CREATE FUNCTION rpc.age(a rpc.age) RETURNS rpc.age LANGUAGE sql STABLE AS $$ SELECT a $$`,
	`CREATE FUNCTION rpc.sum_all(VARIADIC list int[]) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT sum(i) FROM unnest(list) i'`,
	`CREATE FUNCTION rpc.list(a text[]) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT a'`,
	`CREATE FUNCTION rpc.moved(p rpc.point3, by int DEFAULT 1) RETURNS rpc.point3 LANGUAGE sql STABLE AS 'SELECT (p.x + by, p."Y", p.z)::rpc.point3'`,
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
	`CREATE FUNCTION rpc.whole_domain(rpc.bytes) RETURNS int LANGUAGE sql STABLE AS 'SELECT length($1)'`,
	`CREATE FUNCTION rpc.any_type(a anyelement) RETURNS anyelement LANGUAGE sql STABLE AS 'SELECT a'`,
	`CREATE PROCEDURE rpc.partly(a int, OUT int) LANGUAGE plpgsql AS $$ BEGIN $2 := a + 1; END $$`,
	`CREATE PROCEDURE rpc.divide(a int, b int, OUT quotient int, OUT rest int) LANGUAGE plpgsql AS $$ BEGIN quotient := a / b; rest := a % b; END $$`,
	`CREATE PROCEDURE rpc.quiet() LANGUAGE sql AS ''`,
	`CREATE FUNCTION rpc."Odd ""name"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`,
}

const jsonType = "application/json"

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
			want                                      string // SQL for the body, or "" where it does not matter
		}{
			{"scalar", "GET", "/one", "", "", 200, "SELECT to_json(rpc.one())"},
			{"void", "POST", "/nothing", "", "", 204, ""},
			{"what may write is not for GET", "GET", "/nothing", "", "", 405, ""},
			{"nor is a procedure", "GET", "/quiet", "", "", 405, ""},
			{"other methods", "DELETE", "/one", "", "", 405, ""},
			{"options", "OPTIONS", "/one", "", "", 204, ""},
			{"by name", "GET", "/add?b=2&a=40", "", "", 200, "SELECT to_json(rpc.add(40, 2))"},
			{"the names pick the overload", "GET", "/add?b=2&a=40&c=1", "", "", 200, "SELECT to_json(rpc.add(40, 2, 1))"},
			{"one is missing", "GET", "/add?a=40", "", "", 404, ""},
			{"one is unknown", "GET", "/add?a=1&b=2&d=3", "", "", 404, ""},
			{"no such function", "GET", "/ad", "", "", 404, ""},
			{"no such path", "GET", "/add/1", "", "", 404, ""},
			{"types alone do not tell overloads apart", "GET", "/twins?a=1", "", "", 300, ""},
			{"nor does a default that is left out", "GET", "/fewest?a=1", "", "", 300, ""},
			{"a default", "GET", "/greet?Name=ann", "", "", 200, "SELECT to_json(rpc.greet('ann'))"},
			{"no default", "POST", "/greet", jsonType, `{"Name": "ann", "greeting": "bye"}`, 200, "SELECT to_json(rpc.greet('ann', 'bye'))"},
			{"a form", "POST", "/greet", "application/x-www-form-urlencoded", `Name=a+b`, 200, "SELECT to_json(rpc.greet('a b'))"},
			{"null", "POST", "/greet", jsonType, `{"Name": null}`, 200, "SELECT 'null'::json"},
			{"set of scalars", "GET", "/numbers?n=3", "", "", 200, "SELECT json_agg(v) FROM rpc.numbers(3) v"},
			{"set of none", "GET", "/numbers?n=0", "", "", 200, "SELECT '[]'::json"},
			{"set of dates", "GET", "/days", "", "", 200, "SELECT json_agg(v) FROM rpc.days() v"},
			{"set of composites", "GET", "/get_cars", "", "", 200, "SELECT json_agg(v) FROM rpc.get_cars() v"},
			{"composite", "GET", "/first_car", "", "", 200, "SELECT to_json(v) FROM rpc.first_car() v"},
			{"table", "GET", "/tabled", "", "", 200, "SELECT json_agg(v) FROM rpc.tabled() v"},
			{"out parameters", "GET", "/outs?i=4", "", "", 200, "SELECT to_json(v) FROM rpc.outs(4) v"},
			{"untyped record", "GET", "/anything", "", "", 200, "SELECT to_json(rpc.anything())"},
			{"set of untyped records", "GET", "/things", "", "", 200, "SELECT json_agg(v) FROM (SELECT rpc.things() AS v) s"},
			{"enum", "GET", "/mood", "", "", 200, "SELECT to_json(rpc.mood())"},
			{"array of enums, repeated", "GET", "/moods?m=sad&m=happy", "", "", 200, "SELECT to_json(rpc.moods('{sad,happy}'))"},
			{"array of one", "GET", "/moods?m=sad", "", "", 200, "SELECT to_json(rpc.moods('{sad}'))"},
			{"array literal", "GET", "/moods?m={sad}", "", "", 200, "SELECT to_json(rpc.moods('{sad}'))"},
			{"JSON array", "POST", "/list", jsonType, `{"a": ["x y", null, "\"q\"", "{}"]}`, 200, `SELECT to_json(rpc.list(ARRAY['x y', NULL, '"q"', '{}']))`},
			{"domain", "GET", "/age?a=7", "", "", 200, "SELECT to_json(rpc.age(7))"},
			{"domain refused", "GET", "/age?a=-7", "", "", 400, ""},
			{"variadic, repeated", "GET", "/sum_all?list=1&list=2", "", "", 200, "SELECT to_json(rpc.sum_all(1, 2))"},
			{"variadic, once", "GET", "/sum_all?list=5", "", "", 200, "SELECT to_json(rpc.sum_all(5))"},
			{"variadic JSON", "POST", "/sum_all", jsonType, `{"list": [1, 2, 3]}`, 200, "SELECT to_json(rpc.sum_all(1, 2, 3))"},
			{"a name twice for one value", "GET", "/add?a=1&a=2&b=3", "", "", 400, ""},
			{"composite from JSON", "POST", "/moved", jsonType, `{"p": {"x": 1, "Y": 2.50, "z": "a,b\"c"}}`, 200, `SELECT to_json(rpc.moved((1, 2.50, 'a,b"c')))`},
			{"any JSON", "POST", "/same_json", jsonType, `{"j": [1, {"a": "x"}]}`, 200, `SELECT '[1, {"a": "x"}]'::json`},
			{"bytea as PostgreSQL reads it", "GET", `/same_bytea?b=\x6869`, "", "", 200, `SELECT to_json(rpc.same_bytea('\x6869'))`},
			{"the whole body", "POST", "/whole", jsonType, `[1, 2]`, 200, `SELECT '[1, 2]'::json`},
			{"the whole body, an object", "POST", "/whole", jsonType, `{"a": 1}`, 200, `SELECT '{"a": 1}'::json`},
			{"the whole body, text", "POST", "/whole_text", "text/plain", `say "hi"`, 200, `SELECT to_json('say "hi"'::text)`},
			{"the whole body, binary", "POST", "/whole_bytea", "application/octet-stream", "\\x00\xff", 200, `SELECT '5'::json`},
			{"the whole body picks the overload, JSON", "POST", "/kinds", jsonType, `[1]`, 200, `SELECT '"json"'::json`},
			{"the whole body picks the overload, text", "POST", "/kinds", "text/plain", `x`, 200, `SELECT '"text"'::json`},
			{"the whole body picks the overload, bytes", "POST", "/kinds", "application/octet-stream", "\xff", 200, `SELECT '"bytea"'::json`},
			{"names go before the whole body", "POST", "/kinds", jsonType, `{"a": 1}`, 200, `SELECT '"int"'::json`},
			{"names that do not fit are the whole body", "POST", "/kinds", jsonType, `{"b": 1}`, 200, `SELECT '"json"'::json`},
			{"the whole body, a domain over bytea", "POST", "/whole_domain", "application/octet-stream", `\x4142`, 200, `SELECT '6'::json`},
			{"a type that no text tells", "GET", "/any_type?a=1", "", "", 404, ""},
			{"what may write, with wrong arguments", "GET", "/nothing?a=1", "", "", 405, ""},
			{"procedure", "POST", "/divide", jsonType, `{"a": 17, "b": 5}`, 200, `SELECT '{"quotient": 3, "rest": 2}'::json`},
			{"procedure without a result", "POST", "/quiet", "", "", 204, ""},
			{"an odd name", "GET", `/Odd%20%22name`, "", "", 200, "SELECT '1'::json"},
			{"bad JSON", "POST", "/add", jsonType, `{"a": 1,}`, 400, ""},
			{"bad data", "GET", "/add?a=x&b=1", "", "", 400, ""},
		} {
			status, body := do(h, test.method, "/rpc"+test.target, test.contentType, test.body)
			if status != test.status {
				t.Errorf("%s: %d %s, want %d", test.reason, status, body, test.status)
				continue
			}
			if test.want == "" {
				continue
			}
			if want := ask(t, db, "SELECT coalesce(("+test.want+")::text, 'null')"); !sameJSON(t, body, want) {
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
	if status, body := do(procedures, "GET", "/numbers?n=2", "", ""); status != 200 || body != "[1,2]" {
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
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS reading CASCADE", "CREATE SCHEMA reading", "CREATE TABLE reading.written (n int)",
		"CREATE FUNCTION reading.insert_into() RETURNS int LANGUAGE sql AS 'INSERT INTO reading.written VALUES (1) RETURNING n'",
		"CREATE FUNCTION reading.lies() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN reading.insert_into(); END $$",
		"CREATE FUNCTION reading.many() RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT generate_series(1, 3)'")
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
			{"a GET that reads", m.RPC(cat), "GET", "/many", 200},
			{"a GET that writes", m.RPC(cat), "GET", "/lies", 405},
			{"a POST that writes", m.RPC(cat), "POST", "/insert_into", 200},
			{"a handler that writes", m.Handler("reading.insert_into"), "POST", "/", 405},
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
		if status, body := do(moresql.New(tx, quiet, moresql.ReadOnly()).Handler("reading.many"), "GET", "/", "", ""); status != 500 {
			t.Errorf("in a transaction of the program's own: %d %s", status, body)
		}
		if n := db.Stats().InUse; n != 1 {
			t.Errorf("%d connections in use, want the transaction's", n)
		}
	})
	if n := ask(t, openPostgres(t), "SELECT count(*)::text FROM reading.written"); n != "2" {
		t.Errorf("%s rows were written, want those of the two POSTs", n)
	}
}

// The overload that was meant is called, also when the role may not call another that the server would prefer.
func TestRPCRevoked(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, "DROP SCHEMA IF EXISTS revoked CASCADE", "CREATE SCHEMA revoked",
		"CREATE FUNCTION revoked.h(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$",
		"CREATE FUNCTION revoked.h(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$",
		"DO $$ BEGIN CREATE ROLE rpc_guest; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
		"GRANT USAGE ON SCHEMA revoked TO rpc_guest", "REVOKE EXECUTE ON FUNCTION revoked.h(text) FROM PUBLIC")
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
	if status, body := do(moresql.New(conn, quiet).RPC(cat), "GET", "/h?a=1", "", ""); status != 200 || body != `"int"` {
		t.Errorf("%d %s", status, body)
	}
}

// A statement that pgx keeps must not outlive the signature it was made for.
func TestRPCChanged(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "DROP SCHEMA IF EXISTS changed CASCADE", "CREATE SCHEMA changed", "CREATE FUNCTION changed.g(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a::text $$")
		cat, err := catalog.Load(t.Context(), db, "changed")
		if err != nil {
			t.Fatal(err)
		}
		h := moresql.New(db, quiet).RPC(cat)
		if status, body := do(h, "GET", "/g?a=7", "", ""); status != 200 || body != `"7"` {
			t.Fatalf("%d %s", status, body)
		}
		setUp(t, db, "DROP FUNCTION changed.g(int)", "CREATE FUNCTION changed.g(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a $$")
		if err := cat.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, body := do(h, "GET", "/g?a=x", "", ""); status != 200 || body != `"x"` {
			t.Errorf("%d %s", status, body)
		}
	})
}

// A catalog is reloaded under load: no request fails, and a changed function is called by its new signature.
func TestRPCReload(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, "DROP SCHEMA IF EXISTS reload CASCADE", "CREATE SCHEMA reload", "CREATE FUNCTION reload.stays(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a'",
		"CREATE FUNCTION reload.goes() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'", "CREATE FUNCTION reload.changes(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a'")
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

	setUp(t, db, "DROP FUNCTION reload.goes()", "DROP FUNCTION reload.changes(int)", "CREATE FUNCTION reload.changes(b text, c text) RETURNS text LANGUAGE sql STABLE AS 'SELECT b || c'")
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
		{"by place", "rpc.add", []moresql.Option{moresql.Fields("x", "y")}, ""},
		{"without a schema", "one", nil, ""},
		{"a default is left out", "rpc.greet", []moresql.Option{moresql.Fields("Name")}, ""},
		{"by name", "rpc.greet", []moresql.Option{named, moresql.Fields("Name"), moresql.Optional("greeting")}, ""},
		{"OUT parameters", "rpc.divide", []moresql.Option{procedure, moresql.Fields("a", "b"), moresql.Out("quotient", "rest")}, ""},
		{"VARIADIC takes any number", "rpc.sum_all", []moresql.Option{moresql.Fields("a", "b", "c")}, ""},
		{"VARIADIC wants one", "rpc.sum_all", nil, "no routine takes"},
		{"VARIADIC not by name", "rpc.sum_all", []moresql.Option{named, moresql.Fields("list")}, "no routine takes"},
		{"an OUT parameter is no field", "rpc.divide", []moresql.Option{procedure, moresql.Fields("a", "b", "quotient", "rest")}, "no routine takes"},
		{"misspelt", "rpc.get_car", nil, "get_car: there is no such function in the catalog: perhaps you mean rpc.get_cars()"},
		{"another schema", "api.one", nil, "one: there is no such function"},
		{"a procedure is no function", "rpc.quiet", nil, "quiet: there is no such function"},
		{"too few", "rpc.add", []moresql.Option{moresql.Fields("a")}, "rpc.add(a integer, b integer)"},
		{"a name that is none", "rpc.greet", []moresql.Option{named, moresql.Fields("name")}, "no routine takes the declared parameters (name)"},
		{"optional without a default", "rpc.greet", []moresql.Option{named, moresql.Optional("Name")}, "no routine takes"},
		{"ambiguous", "rpc.twins", []moresql.Option{moresql.Fields("a")}, "fit more than one routine: rpc.twins(a integer); rpc.twins(a text)"},
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
	if err := m.Check(t.Context(), cat); err == nil || !strings.Contains(err.Error(), "no1") || !strings.Contains(err.Error(), "no2") {
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
		{"MariaDB, by name", moresql.New(maria, quiet, call).RPC(fromMaria), "GET", "/pair?b=2&a=1", "", 200, `[{"a":1,"b":2},{"a":2,"b":1}]`},
		{"MariaDB, JSON", moresql.New(maria, quiet, call).RPC(fromMaria), "POST", "/pair", `{"a": 1, "b": "2"}`, 200, `[{"a":1,"b":2},{"a":2,"b":1}]`},
		{"MariaDB, a function", moresql.New(maria, quiet, call).RPC(fromMaria), "GET", "/twice?n=4", "", 200, `8`},
		{"MariaDB, OUT", moresql.New(maria, quiet, call).RPC(fromMaria), "POST", "/half", `{"a": 9}`, 200, `{"h":4}`},
		{"MariaDB, GET of what may write", moresql.New(maria, quiet, call).RPC(fromMaria), "GET", "/half?a=9", "", 405, ""},
		{"MariaDB, one is missing", moresql.New(maria, quiet, call).RPC(fromMaria), "GET", "/pair?a=1", "", 404, ""},
		{"SQLite", moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).RPC(statements.Catalog()), "GET", "/find?b=x&a=y", "", 200, `[{"a":"y","b":"x"}]`},
		{"SQLite, left out", moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).RPC(statements.Catalog()), "GET", "/find?b=x", "", 200, `[{"a":null,"b":"x"}]`},
		{"SQLite, unknown", moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).RPC(statements.Catalog()), "GET", "/find?c=x", "", 404, ""},
		{"SQLite, a write", moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).RPC(statements.Catalog()), "POST", "/make", "", 204, ""},
		{"SQLite, GET of a write", moresql.New(openSQLite(t), quiet, moresql.WithCaller(statements)).RPC(statements.Catalog()), "GET", "/make", "", 405, ""},
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
