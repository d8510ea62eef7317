package dbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// rulesSchema has what PostgREST's rules for functions are about.
var rulesSchema = []string{
	`DROP SCHEMA IF EXISTS rules CASCADE`, `DROP SCHEMA IF EXISTS rules_two CASCADE`,
	`DROP SCHEMA IF EXISTS rules_none CASCADE`,
	`CREATE SCHEMA rules`, `CREATE SCHEMA rules_two`, `CREATE SCHEMA rules_none`,
	`CREATE TABLE rules.written (n int)`, `CREATE SEQUENCE rules.numbers`,
	`CREATE TABLE rules.users (id int, name text, at timestamptz)`,
	`INSERT INTO rules.users SELECT i, 'u' || i, timestamptz '2024-01-02 03:04:05+00'
		FROM generate_series(1, 5) i`,

	`CREATE FUNCTION rules.reads(n int) RETURNS int LANGUAGE sql AS 'SELECT n'`,
	`CREATE FUNCTION rules.writes(n int DEFAULT 1) RETURNS int LANGUAGE sql
		AS 'INSERT INTO rules.written VALUES (n) RETURNING n'`,
	`CREATE FUNCTION rules.lies() RETURNS int STABLE LANGUAGE plpgsql
		AS 'BEGIN RETURN rules.writes(); END'`,
	`CREATE FUNCTION rules.lies_more() RETURNS int IMMUTABLE LANGUAGE plpgsql
		AS 'BEGIN RETURN rules.writes(); END'`,
	`CREATE FUNCTION rules.escapes() RETURNS int LANGUAGE plpgsql AS $$
		BEGIN PERFORM set_config('transaction_read_only', 'off', false); RETURN rules.writes(); END $$`,
	`CREATE FUNCTION rules.counts() RETURNS bigint LANGUAGE sql
		AS $$ SELECT nextval('rules.numbers') $$`,
	`CREATE FUNCTION rules.writes_set() RETURNS SETOF rules.written LANGUAGE sql
		AS 'INSERT INTO rules.written VALUES (7) RETURNING *'`,
	`CREATE PROCEDURE rules.did() LANGUAGE sql AS 'INSERT INTO rules.written VALUES (2)'`,
	`CREATE PROCEDURE rules.ends() LANGUAGE plpgsql AS
		'BEGIN COMMIT; INSERT INTO rules.written VALUES (3); END'`,

	`CREATE FUNCTION rules.below(id int) RETURNS SETOF rules.users LANGUAGE sql STABLE
		AS 'SELECT * FROM rules.users WHERE id < $1 ORDER BY id'`,
	`CREATE FUNCTION rules.say(name text, times int DEFAULT 1) RETURNS text LANGUAGE sql STABLE
		AS 'SELECT repeat(name, times)'`,
	`CREATE FUNCTION rules.add_all(a int, VARIADIC b int[] DEFAULT '{10}') RETURNS int
		LANGUAGE sql STABLE AS 'SELECT a + sum(n)::int FROM unnest(b) n'`,
	`CREATE FUNCTION rules.all_users() RETURNS SETOF rules.users LANGUAGE sql STABLE
		AS 'SELECT * FROM rules.users ORDER BY id'`,
	`CREATE FUNCTION rules.user_of(i int) RETURNS rules.users LANGUAGE sql STABLE
		AS 'SELECT * FROM rules.users WHERE id = i'`,
	`CREATE FUNCTION rules.user_by(i int) RETURNS rules.users LANGUAGE plpgsql AS $$
		DECLARE u rules.users; BEGIN
			SELECT * INTO u FROM rules.users WHERE id = i;
			IF NOT FOUND THEN RETURN NULL; END IF; RETURN u; END $$`,
	`CREATE FUNCTION rules.nulls() RETURNS rules.users LANGUAGE sql STABLE
		AS 'SELECT NULL::int, NULL::text, NULL::timestamptz'`,
	`CREATE FUNCTION rules.outs(i int, OUT a int, OUT at date) STRICT LANGUAGE sql STABLE
		AS $$ SELECT i, date '2024-01-02' $$`,
	`CREATE DOMAIN rules.a_user AS rules.users`,
	`CREATE FUNCTION rules.domain_of(i int) RETURNS rules.a_user LANGUAGE sql STABLE
		AS 'SELECT u FROM rules.users u WHERE id = i'`,
	`CREATE FUNCTION rules.made(i int) RETURNS rules.users LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO rules.written VALUES (i); RETURN ROW(i, 'made', NULL)::rules.users; END $$`,

	`CREATE FUNCTION rules.poly(a int, b anyelement DEFAULT NULL::int) RETURNS int LANGUAGE sql
		STABLE AS 'SELECT a'`,
	`CREATE FUNCTION rules.poly_same(a int, b anyelement DEFAULT 'x'::text) RETURNS anyelement
		LANGUAGE sql STABLE AS 'SELECT b'`,
	`CREATE FUNCTION rules.poly_set(b anyarray DEFAULT '{1,2}'::int[]) RETURNS SETOF anyelement
		LANGUAGE sql STABLE AS 'SELECT unnest(b)'`,
	`CREATE FUNCTION rules.both(json) RETURNS text LANGUAGE sql AS $$ SELECT 'json' $$`,
	`CREATE FUNCTION rules.both(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'jsonb' $$`,
	`CREATE FUNCTION rules.size(bytea) RETURNS int LANGUAGE sql AS 'SELECT length($1)'`,
	`CREATE FUNCTION rules.length(text) RETURNS int LANGUAGE sql AS 'SELECT length($1)'`,
	`CREATE FUNCTION rules.add_them(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + b'`,
	`CREATE FUNCTION rules.maybe(a int, b int DEFAULT 5) RETURNS text LANGUAGE sql STABLE
		AS $$ SELECT concat_ws(',', a, coalesce(b::text, 'null')) $$`,

	`CREATE FUNCTION rules.where_am_i() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'one' $$`,
	`CREATE FUNCTION rules_two.where_am_i() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'two' $$`,
	`CREATE FUNCTION rules_two.only_two() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '2' $$`,
}

// A rule is a request and what PostgREST's documentation, or PostgreSQL itself, says of it.
type rule struct {
	reason, method, target string
	header                 []string // names and values, alternating
	body                   string
	status                 int
	want                   string            // a query of the JSON of the body, or ""
	exact                  string            // the body itself, or ""
	code, message, details string            // of an error; all may be any without
	fields                 map[string]string // of the header; "" for none
}

var rules = []rule{
	// 34: GET and HEAD are READ ONLY, whatever the declaration says, and so is POST where it says so
	{reason: "a VOLATILE function that reads", target: "/reads?n=4", status: 200,
		want: "to_json(rules.reads(4))"},
	{reason: "the same, HEAD", method: "HEAD", target: "/reads?n=4", status: 200},
	{reason: "a VOLATILE function that writes", target: "/writes", status: 405, code: "25006",
		fields: map[string]string{"Allow": "POST, OPTIONS"}},
	{reason: "the same, HEAD", method: "HEAD", target: "/writes", status: 405},
	{reason: "a STABLE function that writes", target: "/lies", status: 405, code: "25006"},
	{reason: "an IMMUTABLE function that writes", target: "/lies_more", status: 405, code: "25006"},
	{reason: "a STABLE function that writes, POST", method: "POST", target: "/lies", status: 405,
		code: "25006", fields: map[string]string{"Allow": "OPTIONS"}},
	{reason: "an IMMUTABLE function that writes, POST", method: "POST", target: "/lies_more",
		status: 405, code: "25006"},
	{reason: "a sequence", target: "/counts", status: 405, code: "25006"},
	{reason: "rows that are written", target: "/writes_set", status: 405, code: "25006"},
	{reason: "rows that are written, filtered and counted", target: "/writes_set?n=gt.1&limit=1",
		header: []string{"Prefer", "count=exact"}, status: 405, code: "25006"},
	{reason: "a function that would lift the restriction", target: "/escapes", status: 500},
	{reason: "a procedure", target: "/did", status: 405, code: "PGRST101"},
	{reason: "a procedure that ends its transaction", target: "/ends", status: 405},
	{reason: "a procedure, HEAD", method: "HEAD", target: "/ends", status: 405},
	{reason: "methods of a function", method: "OPTIONS", target: "/writes", status: 204,
		fields: map[string]string{"Allow": "GET, HEAD, POST, OPTIONS"}},
	{reason: "methods of a procedure", method: "OPTIONS", target: "/did", status: 204,
		fields: map[string]string{"Allow": "POST, OPTIONS"}},
	{reason: "another method", method: "DELETE", target: "/writes", status: 405, code: "PGRST101"},

	{reason: "a VARIADIC parameter", target: "/add_all?a=1&b=2&b=3", status: 200,
		want: "to_json(rules.add_all(1, 2, 3))"},
	{reason: "the same left to its default", target: "/add_all?a=1", status: 200,
		want: "to_json(rules.add_all(1))"},
	{reason: "the same in a body", method: "POST", target: "/add_all", body: `{"a":1}`,
		header: []string{"Content-Type", jsonType}, status: 200, want: "to_json(rules.add_all(1))"},

	// 35: repeated names
	{reason: "the last value", target: "/say?name=a&name=b", status: 200,
		want: "to_json(rules.say('b'))"},
	{reason: "the last value of a form", method: "POST", target: "/say", body: "name=a&name=b",
		header: []string{"Content-Type", formType}, status: 200, want: "to_json(rules.say('b'))"},
	{reason: "a value that looks like a filter", target: "/say?name=eq.b", status: 200,
		want: "to_json(rules.say('eq.b'))"},
	{reason: "the last, which looks like a filter", target: "/say?name=a&name=eq.b", status: 200,
		want: "to_json(rules.say('eq.b'))"},
	{reason: "parameter and filter", target: "/below?id=5&id=gt.2", status: 200,
		want: "(SELECT json_agg(u) FROM rules.below(5) u WHERE id > 2)"},
	{reason: "filter and parameter", target: "/below?id=gt.2&id=5", status: 200,
		want: "(SELECT json_agg(u) FROM rules.below(5) u WHERE id > 2)"},
	{reason: "parameters and filters", target: "/below?id=1&id=gt.1&id=5&id=not.eq.3&select=id",
		status: 200,
		want:   "(SELECT json_agg(json_build_object('id', id)) FROM rules.below(5) WHERE id IN (2, 4))"},

	// 38: ranges
	{reason: "a Range", target: "/all_users", header: []string{"Range", "1-2"}, status: 200,
		want:   "(SELECT json_agg(u) FROM rules.all_users() u WHERE id IN (2, 3))",
		fields: map[string]string{"Content-Range": "1-2/*"}},
	{reason: "a Range of a HEAD has no meaning", method: "HEAD", target: "/all_users",
		header: []string{"Range", "1-2", "Prefer", "count=exact"}, status: 200,
		fields: map[string]string{"Content-Range": "0-4/5"}},
	{reason: "a page of a HEAD", method: "HEAD", target: "/all_users?limit=2&offset=1", status: 200,
		fields: map[string]string{"Content-Range": "1-2/*"}},
	{reason: "a counted page of a HEAD", method: "HEAD", target: "/all_users?limit=2&offset=1",
		header: []string{"Prefer", "count=exact"}, status: 206,
		fields: map[string]string{"Content-Range": "1-2/5"}},

	// 39: columns, and arrays of objects
	{reason: "columns choose", method: "POST", target: "/add_them?columns=a,b",
		body: `{"a": 1, "b": 2, "c": 3}`, status: 200, want: "to_json(rules.add_them(1, 2))"},
	{reason: "quoted columns", method: "POST", target: `/add_them?columns=%22a%22,b`,
		body: `{"a": 1, "b": 2, "c": 3}`, status: 200, want: "to_json(rules.add_them(1, 2))"},
	{reason: "a column that the body lacks is NULL", method: "POST", target: "/maybe?columns=a,b",
		body: `{"a": 1}`, status: 200, want: "to_json(rules.maybe(1, NULL))"},
	{reason: "a column leaves a default", method: "POST", target: "/maybe?columns=a",
		body: `{"a": 1, "b": 2}`, status: 200, want: "to_json(rules.maybe(1))"},
	{reason: "columns of a form", method: "POST", target: "/maybe?columns=a", body: "a=1&b=2",
		header: []string{"Content-Type", formType}, status: 200, want: "to_json(rules.maybe(1))"},
	{reason: "columns of a GET", target: "/maybe?columns=a&a=1&b=2", status: 200,
		want: "to_json(rules.maybe(1, 2))"},
	{reason: "an unknown column", method: "POST", target: "/maybe?columns=a,x", body: `{"a": 1}`,
		status: 404, code: "PGRST202"},
	{reason: "columns twice", method: "POST", target: "/maybe?columns=a&columns=b", body: `{"a": 1}`,
		status: 400, code: "PGRST100"},
	{reason: "columns that are no list", method: "POST", target: "/maybe?columns=a,", body: `{"a": 1}`,
		status: 400, code: "PGRST100"},
	{reason: "empty columns", method: "POST", target: "/maybe?columns=", body: `{"a": 1}`, status: 200,
		want: "to_json(rules.maybe(1))"},
	{reason: "an array of objects", method: "POST", target: "/add_them",
		body: `[{"a": 1, "b": 2}, {"a": 4, "b": 6}, {"a": 100, "b": 200}]`, status: 200,
		want: "to_json(rules.add_them(1, 2))"},
	{reason: "an array with other keys", method: "POST", target: "/add_them",
		body: `[{"a": 1, "b": 2}, {"a": 4, "c": 6}]`, status: 400, code: "PGRST102"},
	{reason: "an array with other keys, of which some are chosen", method: "POST",
		target: "/add_them?columns=b,a", body: `[{"a": 1, "b": 2, "c": 3}, {"a": 4}]`, status: 200,
		want: "to_json(rules.add_them(1, 2))"},
	{reason: "an array of numbers", method: "POST", target: "/add_them", body: `[1, 2]`, status: 400,
		code: "PGRST102"},
	{reason: "a malformed array", method: "POST", target: "/add_them", body: `[{"a": 1,`, status: 400},

	// 40: schemas
	{reason: "the first schema", target: "/where_am_i", status: 200, want: `'"one"'`,
		fields: map[string]string{"Content-Profile": "rules"}},
	{reason: "Accept-Profile", target: "/where_am_i", header: []string{"Accept-Profile", "rules_two"},
		status: 200, want: `'"two"'`, fields: map[string]string{"Content-Profile": "rules_two"}},
	{reason: "Accept-Profile with a part", target: "/all_users?limit=1&select=id",
		header: []string{"Accept-Profile", "rules"}, status: 200, want: `'[{"id": 1}]'`,
		fields: map[string]string{"Content-Profile": "rules"}},
	{reason: "Accept-Profile of HEAD", method: "HEAD", target: "/where_am_i",
		header: []string{"Accept-Profile", "rules_two"}, status: 200,
		fields: map[string]string{"Content-Profile": "rules_two"}},
	{reason: "Content-Profile", method: "POST", target: "/where_am_i", body: `{}`,
		header: []string{"Content-Profile", "rules_two"}, status: 200, want: `'"two"'`},
	{reason: "Accept-Profile does not choose for POST", method: "POST", target: "/where_am_i",
		body: `{}`, header: []string{"Accept-Profile", "rules_two"}, status: 200, want: `'"one"'`},
	{reason: "Content-Profile does not choose for GET", target: "/where_am_i",
		header: []string{"Content-Profile", "rules_two"}, status: 200, want: `'"one"'`},
	{reason: "a function of another schema", target: "/only_two",
		header: []string{"Accept-Profile", "rules"}, status: 404, code: "PGRST202"},
	{reason: "a schema without functions", target: "/where_am_i",
		header: []string{"Accept-Profile", "rules_none"}, status: 404, code: "PGRST202"},
	{reason: "an unknown schema", target: "/where_am_i", header: []string{"Accept-Profile", "x"},
		status: 406, code: "PGRST106"},
	{reason: "an unknown schema of a POST", method: "POST", target: "/where_am_i", body: `{}`,
		header: []string{"Content-Profile", "pg_catalog"}, status: 406, code: "PGRST106"},
	{reason: "an unknown schema of OPTIONS", method: "OPTIONS", target: "/where_am_i",
		header: []string{"Accept-Profile", "x"}, status: 406},

	// 41: bodies over the limit
	{reason: "a large body for bytea", method: "POST", target: "/size",
		header: []string{"Content-Type", "application/octet-stream"}, body: strings.Repeat("x", 1<<20+1),
		status: 413},
	{reason: "a large body for text", method: "POST", target: "/length",
		header: []string{"Content-Type", "text/plain"}, body: strings.Repeat("x", 1<<20+1), status: 413},
	{reason: "the largest body", method: "POST", target: "/size",
		header: []string{"Content-Type", "application/octet-stream"}, body: strings.Repeat("x", 1<<20),
		status: 200, want: "'1048576'"},
	{reason: "a body of another type", method: "POST", target: "/size",
		header: []string{"Content-Type", "image/png"}, body: "x", status: 415},

	// 42: an empty select
	{reason: "an empty select", target: "/all_users?select=", status: 200,
		want: "(SELECT json_agg(u) FROM rules.all_users() u)"},

	// 43: polymorphic parameters with defaults
	{reason: "a polymorphic parameter that is left out", target: "/poly?a=1", status: 200,
		want: "to_json(rules.poly(1))"},
	{reason: "the same by POST", method: "POST", target: "/poly", body: `{"a": 1}`, status: 200,
		want: "to_json(rules.poly(1))"},
	{reason: "a polymorphic result", target: "/poly_same?a=1", status: 200,
		want: "to_json(rules.poly_same(1))"},
	{reason: "a set of a polymorphic type", target: "/poly_set", status: 200,
		want: "(SELECT json_agg(v) FROM rules.poly_set() v)"},
	{reason: "a polymorphic parameter that is given", target: "/poly?a=1&b=2", status: 404,
		code: "PGRST202"},

	// 44: ambiguous whole bodies
	{reason: "json and jsonb", method: "POST", target: "/both", body: `{"a": 1}`, status: 300,
		code: "PGRST203"},

	// 46: NULL composites
	{reason: "a composite", target: "/user_of?i=1", status: 200, want: "to_json(rules.user_of(1))"},
	{reason: "a NULL composite", target: "/user_of?i=9", status: 200,
		want: "to_json(rules.user_of(9))"},
	{reason: "a NULL composite of plpgsql", target: "/user_by?i=9", status: 200, want: "'null'"},
	{reason: "a NULL composite by POST", method: "POST", target: "/user_by", body: `{"i": 9}`,
		status: 200, want: "'null'"},
	{reason: "a composite of NULLs", target: "/nulls", status: 200, want: "to_json(rules.nulls())"},
	{reason: "OUT parameters", target: "/outs?i=1", status: 200, want: "to_json(rules.outs(1))"},
	{reason: "OUT parameters of a STRICT function", method: "POST", target: "/outs",
		body: `{"i": null}`, status: 200, want: "to_json(rules.outs(NULL))"},
	{reason: "a domain over a composite", target: "/domain_of?i=2", status: 200,
		want: "to_json(rules.domain_of(2))"},
	{reason: "a NULL domain over a composite", target: "/domain_of?i=9", status: 200, want: "'null'"},
	{reason: "a part of a composite", target: "/user_of?i=1&select=name", status: 200,
		want: `'{"name": "u1"}'`},
	{reason: "a part of a NULL composite", target: "/user_of?i=9&select=name", status: 200,
		want: "'null'"},
	{reason: "a composite as the object that a client wants", target: "/user_of?i=1",
		header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 200,
		want: "to_json(rules.user_of(1))"},
	{reason: "a NULL composite is no such object", target: "/user_of?i=9",
		header: []string{"Accept", "application/vnd.pgrst.object+json"}, status: 406, code: "PGRST116"},
}

// TestRulesOfFunctions has the rules hold on every driver, with and without a session and settings.
func TestRulesOfFunctions(t *testing.T) {
	setUp(t, openPostgres(t), rulesSchema...)
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Claims: map[string]string{"sub": "1"}}, nil
	})
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "rules", "rules_two", "rules_none")
		m := moresql.New(db, quiet)
		for name, options := range map[string][]moresql.Option{
			"plain": nil, "session": {session}, "settings": {rest.HTTPSettings()},
			"pages": {rest.MaxPage(100)},
		} {
			url := listen(t, rest.Routines(m, cat, options...))
			for _, r := range rules {
				r.check(t, db, name, url)
			}
		}
	})
	const written = "SELECT count(*) FROM rules.written"
	if n := queryInt(t, openPostgres(t), written); n != 0 {
		t.Errorf("%d rows were written by GET", n)
	}
	if n := queryInt(t, openPostgres(t), "SELECT last_value FROM rules.numbers"); n != 1 {
		t.Errorf("the sequence is at %d", n)
	}
}

func (r rule) check(t *testing.T, db *sql.DB, name, url string) {
	t.Helper()
	method, header := r.method, r.header
	if method == "" {
		method = "GET"
	}
	if r.body != "" && !strings.Contains(strings.Join(header, " "), "Content-Type") {
		header = append([]string{"Content-Type", jsonType}, header...)
	}
	got := send(t, method, url+r.target, r.body, header...)
	if got.status != r.status {
		t.Errorf("%s, %s: %d %s, want %d", name, r.reason, got.status, got.body, r.status)
		return
	}
	for field, value := range r.fields {
		if got.header.Get(field) != value {
			t.Errorf("%s, %s: %s is %q, want %q", name, r.reason, field, got.header.Get(field), value)
		}
	}
	if r.code != "" {
		p := problemOf(t, got)
		if p.Code != r.code || r.message != "" && (p.Message != r.message || p.Details != r.details) {
			t.Errorf("%s, %s: %s, want %s %q %q", name, r.reason, got.body, r.code, r.message, r.details)
		}
	}
	if r.exact != "" && got.body != r.exact {
		t.Errorf("%s, %s: %q, want %q", name, r.reason, got.body, r.exact)
	}
	if r.want == "" {
		return
	}
	want := queryText(t, db, "SELECT coalesce(("+r.want+")::text, 'null')")
	if !sameJSON(t, got.body, want) {
		t.Errorf("%s, %s: %s, want %s", name, r.reason, got.body, want)
	}
}

// A function that returns one composite is called once, whatever is selected of it.
func TestCompositeFunctionRunsOnce(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, rulesSchema...)
	h := rest.Routines(moresql.New(db, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV())),
		load(t, db, "rules"))
	url := listen(t, h)
	for i, test := range []struct{ target, accept, want string }{
		{"/made", jsonType, `{"id":1,"name":"made","at":null}`},
		{"/made?select=name,id,at", jsonType, `{"name":"made","id":1,"at":null}`},
		{"/made?id=eq.1&name=eq.made", jsonType, `{"id":1,"name":"made","at":null}`},
		{"/made", "text/csv", "id,name,at\r\n1,made,\r\n"},
	} {
		got := send(t, "POST", url+test.target, `{"i": 1}`, "Content-Type", jsonType,
			"Accept", test.accept)
		n := queryInt(t, db, "SELECT count(*) FROM rules.written")
		if got.status != 200 || got.body != test.want || n != i+1 {
			t.Errorf("%s: %d %q, %d rows written", test.target, got.status, got.body, n)
		}
	}
}

// GET writes nothing on MariaDB either, which has READ ONLY transactions and functions that write.
func TestGetIsReadOnlyOnMariaDB(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE DATABASE IF NOT EXISTS rules",
		"CREATE OR REPLACE TABLE rules.written (n INT)",
		"CREATE OR REPLACE FUNCTION rules.reads(n INT) RETURNS INT RETURN n",
		`CREATE OR REPLACE FUNCTION rules.writes() RETURNS INT
			BEGIN INSERT INTO rules.written VALUES (1); RETURN 1; END`,
		`CREATE OR REPLACE FUNCTION rules.lies() RETURNS INT READS SQL DATA
			BEGIN INSERT INTO rules.written VALUES (1); RETURN 1; END`,
		`CREATE OR REPLACE PROCEDURE rules.ends() READS SQL DATA
			BEGIN COMMIT; INSERT INTO rules.written VALUES (1); SELECT 1; END`)
	cat, err := catalog.LoadMySQL(t.Context(), db, "rules")
	if err != nil {
		t.Fatal(err)
	}
	url := listen(t, rest.Routines(moresql.New(db, quiet, call), cat))
	for _, test := range []struct {
		method, target string
		status         int
		body           string
	}{
		{"GET", "/reads?n=4", 200, "4"},
		{"HEAD", "/reads?n=4", 200, ""},
		{"GET", "/reads?n=3&n=4", 200, "4"},
		{"GET", "/writes", 405, "25006"},
		{"HEAD", "/writes", 405, ""},
		{"GET", "/lies", 405, "25006"},
		{"POST", "/lies", 405, "25006"},
		{"GET", "/ends", 405, "PGRST101"},
	} {
		got := send(t, test.method, url+test.target, "")
		if got.status != test.status || !strings.Contains(got.body, test.body) {
			t.Errorf("%s %s: %d %s", test.method, test.target, got.status, got.body)
		}
	}
	if n := queryInt(t, db, "SELECT count(*) FROM rules.written"); n != 0 {
		t.Errorf("%d rows were written", n)
	}
	got := send(t, "POST", url+"/writes", "")
	if n := queryInt(t, db, "SELECT count(*) FROM rules.written"); got.status != 200 || n != 1 {
		t.Errorf("POST: %d %s, %s", got.status, got.body, fmt.Sprint(n))
	}
}
