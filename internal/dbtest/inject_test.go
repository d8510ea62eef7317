package dbtest

import (
	"bytes"
	"database/sql"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// unquoted are the places of grammarPlaces whose texts no message may quote.
var unquoted = []string{"a value", "a number", "a negated value", "a pattern",
	"a pattern in any case", "an operand of is", "a list", "a list in quotes", "or, in quotes",
	"limit", "offset", "Range", "Prefer"}

// inject puts every hostile text in every place. The statements must be those of the harmless
// texts, the database must be unchanged afterwards, and no text may cause a server error.
func inject(t *testing.T, r *recorder, handler http.Handler, places []place, state func() string) {
	t.Helper()
	var logged bytes.Buffer
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(&logged, "", 0)
	server.Config.MaxHeaderBytes = 4 << 20
	server.Start()
	defer server.Close()
	client := &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	before := state()
	r.take()
	sent, succeeded := 0, 0
	for _, p := range places {
		for _, text := range p.harmless {
			response, err := client.Do(p.request(server.URL, text))
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			// PostgreSQL refuses this one: text has no operator ->.
			if response.StatusCode >= 400 && text != "a->b" {
				t.Errorf("%s, harmless %q: %d %.300s", p.name, text, response.StatusCode, body)
			}
		}
		known := r.take()
		if len(known) == 0 {
			t.Errorf("%s: no statement was sent", p.name)
		}
		for _, text := range hostile {
			response, err := client.Do(p.request(server.URL, text))
			// Go's client refuses to send it.
			if err != nil && strings.Contains(err.Error(), "invalid header field value") {
				continue
			}
			if err != nil {
				t.Fatalf("%s, %.60q: %.300v", p.name, text, err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			sent++
			switch {
			case err != nil:
				t.Errorf("%s, %.60q: %.300v", p.name, text, err)
			case response.StatusCode >= 500:
				t.Errorf("%s, %.60q: %d %.300s", p.name, text, response.StatusCode, body)
			case response.StatusCode < 400:
				succeeded++
			case bytes.Contains(body, []byte("PGRST100")) && bytes.Contains(body, []byte(marker)) &&
				slices.Contains(unquoted, p.name):
				t.Errorf("%s, %.60q: the error quotes the text: %.300s", p.name, text, body)
			case len(body) > 4<<10:
				t.Errorf("%s, %.60q: an error of %d bytes", p.name, text, len(body))
			}
			if response.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %.60q: the text has set a header: %v", p.name, text, response.Header)
			}
			for statement := range r.take() {
				if !known[statement] && !probe.MatchString(statement) {
					t.Errorf("%s, %.60q: another statement: %.600s", p.name, text, statement)
				}
			}
		}
	}
	if succeeded < sent/4 {
		t.Errorf("of %d requests %d succeeded", sent, succeeded)
	}
	if after := state(); after != before {
		t.Errorf("the database was %s and is %s", before, after)
	}
	if strings.Contains(logged.String(), "panic") {
		t.Errorf("%.2000s", logged.String())
	}
}

var injectSchema = []string{
	`DROP SCHEMA IF EXISTS inject CASCADE`, `CREATE SCHEMA inject`,
	`CREATE TABLE inject.secrets (id int, name text, price numeric, data jsonb, doc json, tags text[],
		words tsvector, during int4range, photo bytea, at timestamptz)`,
	`INSERT INTO inject.secrets VALUES (1, 'Ann', 1.5, '{"a": {"b": 1}}', '{"a": 1}', '{x,y}', 'w',
		'[1,5)', 'p', '2024-01-02Z'), (2, 'x', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
	`CREATE FUNCTION inject.rows() RETURNS SETOF inject.secrets LANGUAGE sql STABLE
		AS 'SELECT * FROM inject.secrets'`,
	`CREATE FUNCTION inject.find(name text) RETURNS SETOF inject.secrets LANGUAGE sql STABLE
		AS 'SELECT * FROM inject.secrets s WHERE s.name = $1'`,
	`CREATE FUNCTION inject.echo(name text) RETURNS TABLE (name text) LANGUAGE sql STABLE
		AS 'SELECT $1'`,
	`CREATE FUNCTION inject.number(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n'`,
	`CREATE FUNCTION inject.document(j jsonb) RETURNS jsonb LANGUAGE sql STABLE AS 'SELECT j'`,
	`CREATE FUNCTION inject.list(a text[]) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT a'`,
	`CREATE FUNCTION inject.bytes(b bytea) RETURNS int LANGUAGE sql STABLE AS 'SELECT length(b)'`,
	`CREATE FUNCTION inject.whole(json) RETURNS json LANGUAGE sql STABLE AS 'SELECT $1'`,
	`CREATE FUNCTION inject.named(name text, kind text) RETURNS text LANGUAGE sql STABLE
		AS 'SELECT name'`,
	`CREATE FUNCTION inject.request() RETURNS json LANGUAGE sql STABLE
		AS $$ SELECT json_build_object('method', current_setting('request.method'),
		'path', current_setting('request.path'), 'headers', current_setting('request.headers')::json,
		'cookies', current_setting('request.cookies')::json) $$`,
	`CREATE PROCEDURE inject.proc(name text) LANGUAGE sql AS ''`,
}

// TestInjectedTextStaysValueOnPostgreSQL injects into functions, procedures, filters, settings,
// bodies and headers.
func TestInjectedTextStaysValueOnPostgreSQL(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, injectSchema...)
	state := func() string {
		return queryText(t, admin, `SELECT concat_ws(' ', (SELECT md5(string_agg(s::text, '' ORDER BY id))
			FROM inject.secrets s),
			(SELECT md5(string_agg(c.oid || relname || coalesce(relacl::text, ''), '' ORDER BY c.oid))
			FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
				WHERE nspname IN ('inject', 'public')),
			(SELECT md5(string_agg(p.oid || prosrc, '' ORDER BY p.oid)) FROM pg_proc p
			WHERE pronamespace = 'inject'::regnamespace),
			(SELECT md5(string_agg(r::text, '' ORDER BY oid)) FROM pg_roles r),
			(SELECT md5(string_agg(nspname, '' ORDER BY oid)) FROM pg_namespace WHERE nspname !~ '^pg_'))`)
	}
	same := func(text string) string { return text }
	for _, name := range []string{"postgres", "pgx"} {
		t.Run(name, func(t *testing.T) {
			db, r := record(t, name, pgtest.URI(t))
			cat := load(t, admin, "inject")
			m := moresql.New(db, quiet)
			mux := http.NewServeMux()
			mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
			mux.Handle("/http/rpc/",
				http.StripPrefix("/http/rpc", rest.Routines(m, cat, rest.HTTPSettings())))
			mux.Handle("/rows", m.Handler("inject.rows", rest.MaxPage(10)))
			mux.Handle("/find/{name}", m.Handler("inject.find", moresql.Fields("name"), rest.Query()))
			mux.Handle("/find", m.Handler("inject.find", moresql.Fields("name"), rest.Query()))
			mux.Handle("/http/{name...}",
				m.Handler("inject.find", moresql.Fields("name"), rest.HTTPSettings(), rest.Query()))
			mux.Handle("/header", m.Handler("inject.find", moresql.Bind(binder.Header("name", "X-Name"))))
			mux.Handle("/cookie", m.Handler("inject.find", moresql.Bind(binder.Cookie("name", "c"))))
			mux.Handle("/body", m.Handler("inject.find", moresql.Bind(binder.BodyText("name"))))
			mux.Handle("/bytes", m.Handler("inject.bytes", moresql.Bind(binder.BodyBytes("b"))))
			mux.Handle("/file", m.Handler("inject.bytes", moresql.Bind(binder.File("b"))))
			mux.Handle("/filename",
				m.Handler("inject.named",
					moresql.Bind(binder.FileName("name", "b"), binder.FileType("kind", "b").Optional())))
			mux.Handle("/away",
				m.Handler("inject.echo", moresql.Fields("name"), moresql.Response{Redirect: "/to?name={name}"}))
			places := []place{
				{"a procedure's name", get("/rpc/§"), []string{"rows", ""}}, // "" has the list
				{"a segment of the path", get("/find/§"), []string{"Ann"}},
				{"the rest of the path", get("/http/§"), []string{"Ann"}},
				{"an argument's name", get("/rpc/find", "§", "Ann"), []string{"name"}},
				{"an argument", get("/rpc/find", "name", "§"), []string{"Ann"}},
				{"a number's argument", get("/rpc/number", "n", "§"), []string{"1"}},
				{"a document's argument", get("/rpc/document", "j", "§"), []string{"1"}},
				{"a list's argument", get("/rpc/list", "a", "§", "a", "b"), []string{"Ann"}},
				{"a list's only argument", get("/rpc/list", "a", "§"), []string{"Ann"}},
				{"bytes' argument", get("/rpc/bytes", "b", "§"), []string{"Ann"}},
				{"a regular expression", get("/rows", "name", "match.§"), []string{"A"}},
				{"a regular expression in any case", get("/rows", "name", "imatch.§"), []string{"A"}},
				{"any of an array", get("/rows", "name", "eq(any).{§}"), []string{"Ann"}},
				{"the quantifier of an operator", get("/rows", "name", "eq(§).{a}"), []string{"any", "all"}},
				{"an array", get("/rpc/rows", "tags", "cs.{§}"), []string{"x"}},
				{"a document", get("/rpc/rows", "data", "cs.§"), []string{"1"}},
				{"json", get("/rpc/rows", "doc", "eq.§"), []string{"1"}},
				{"a range", get("/rpc/rows", "during", "ov.§"), []string{"[1,2)"}},
				{"bytes", get("/rpc/rows", "photo", "eq.§"), []string{"p"}},
				{"a time", get("/rpc/rows", "at", "gt.§"), []string{"2024-01-01"}},
				{"a text search", get("/rpc/rows", "name", "fts.§"), []string{"w"}},
				{"a search of words", get("/rpc/rows", "words", "wfts(english).§"), []string{"w"}},
				{"the configuration of a search", get("/rpc/rows", "words", "fts(§).w"), []string{"english"}},
				{"truth", get("/rpc/rows", "name", "is.§"), []string{"null"}},
				{"a header", inHeader("/header", "X-Name", "§"), []string{"Ann"}},
				{"a cookie", inHeader("/cookie", "Cookie", "c=§"), []string{"Ann"}},
				{"a header that a function reads", inHeader("/http/rpc/request", "X-Any", "§"),
					[]string{"Ann"}},
				{"a cookie that a function reads", inHeader("/http/rpc/request", "Cookie", "§=§"),
					[]string{"Ann"}},
				{"Authorization that a function reads",
					inHeader("/http/rpc/request", "Authorization", "Bearer §"), []string{"Ann"}},
				{"a query that a function reads", get("/http/rpc/find", "name", "§"), []string{"Ann"}},
				{"a body", post("/body", "text/plain", same), []string{"Ann"}},
				{"a body of bytes", post("/bytes", "application/octet-stream", same), []string{"Ann"}},
				{"a whole document", post("/rpc/whole", jsonType, asJSON("[§]")), []string{"Ann"}},
				{"JSON", post("/rpc/whole", jsonType, same), []string{"[1]"}},
				{"a JSON string", post("/rpc/find", jsonType, asJSON(`{"name": §}`)), []string{"Ann"}},
				{"a JSON name", post("/rpc/find", jsonType, asJSON(`{§: "Ann"}`)), []string{"name"}},
				{"JSON for a list", post("/rpc/list", jsonType, asJSON(`{"a": [§, "b"]}`)), []string{"Ann"}},
				{"JSON for a document", post("/rpc/document", jsonType, asJSON(`{"j": {§: §}}`)),
					[]string{"Ann"}},
				{"JSON of a declared field", post("/find", jsonType, asJSON(`{"name": §}`)), []string{"Ann"}},
				{"a procedure's argument", post("/rpc/proc", jsonType, asJSON(`{"name": §}`)),
					[]string{"Ann"}},
				{"a form", post("/find", formType, asForm("name=§")), []string{"Ann"}},
				{"a form's name", post("/rpc/find", formType, asForm("§=Ann")), []string{"name"}},
				{"Content-Type", func(base, text string) *http.Request {
					return post("/find?name=Ann", text, same)(base, "")
				}, []string{jsonType}},
				{"a part's value", upload("/find", disposition(`name="name"`), "§"), []string{"Ann"}},
				{"a part's name", upload("/rpc/find", disposition(`name="§"`), "Ann"), []string{"name"}},
				{"a file", upload("/file", disposition(`name="b"; filename="f"`), "§"), []string{"Ann"}},
				{"a file's name", upload("/filename", disposition(`name="b"; filename="§"`), "x"),
					[]string{"Ann"}},
				{"a redirect", get("/away", "name", "§"), []string{"Ann"}},
			}
			places = append(places, grammarPlaces("/rows")...)
			places = append(places, grammarPlaces("/rpc/rows")...)
			inject(t, r, mux, places, state)
		})
	}
}

// injectStatements replace the functions where a database has none.
var injectStatements = fstest.MapFS{
	"rows.sql": {Data: []byte("SELECT id, name, data, price FROM secrets")},
	"find.sql": {Data: []byte("SELECT id, name FROM secrets WHERE name = :name")},
	"echo.sql": {Data: []byte("SELECT :name AS name")},
}

// testInjectStatements injects into the handlers of injectStatements.
func testInjectStatements(t *testing.T, db *sql.DB, r *recorder, d moresql.Dialect,
	state func() string) {
	t.Helper()
	statements := loadStatements(t, injectStatements, d)
	m := moresql.New(db, quiet, moresql.CallBy(statements))
	mux := http.NewServeMux()
	mux.Handle("/rpc/",
		http.StripPrefix("/rpc", rest.Routines(m, statements.Catalog(), rest.MaxPage(10))))
	mux.Handle("/rows", m.Handler("rows", rest.MaxPage(10)))
	mux.Handle("/find/{name}", m.Handler("find", moresql.Fields("name"), rest.Query()))
	mux.Handle("/find", m.Handler("find", moresql.Fields("name")))
	places := []place{
		{"a procedure's name", get("/rpc/§"), []string{"rows", ""}}, // "" has the list
		{"a segment of the path", get("/find/§"), []string{"Ann"}},
		{"an argument's name", get("/rpc/find", "§", "Ann"), []string{"name"}},
		{"an argument", get("/rpc/find", "name", "§"), []string{"Ann"}},
		{"a value of the result", get("/rpc/echo", "name", "§"), []string{"Ann"}},
		{"a JSON string", post("/rpc/find", jsonType, asJSON(`{"name": §}`)), []string{"Ann"}},
		{"a JSON name", post("/rpc/find", jsonType, asJSON(`{§: "Ann"}`)), []string{"name"}},
		{"a form", post("/find", formType, asForm("name=§")), []string{"Ann"}},
	}
	places = append(places, grammarPlaces("/rows")...)
	places = append(places, grammarPlaces("/rpc/rows")...)
	inject(t, r, mux, places, state)
}

func TestInjectedTextStaysValueOnSQLite(t *testing.T) {
	db, r := record(t, "sqlite", "file:"+t.TempDir()+"/test.db")
	setUp(t, db, "CREATE TABLE secrets (id INTEGER PRIMARY KEY, name TEXT, data JSON, price REAL)",
		`INSERT INTO secrets VALUES (1, 'Ann', '{"a": {"b": 1}}', 1.5), (2, 'x', NULL, NULL)`)
	testInjectStatements(t, db, r, moresql.SQLite, func() string {
		return queryText(t, db, `SELECT (SELECT group_concat(sql)
			FROM sqlite_master) || (SELECT group_concat(id || name || coalesce(data, '')) FROM secrets)`)
	})
}

func TestInjectedTextStaysValueOnMariaDB(t *testing.T) {
	admin := openMariaDB(t)
	setUp(t, admin, "DROP DATABASE IF EXISTS inject", "CREATE DATABASE inject CHARACTER SET utf8mb4",
		"CREATE TABLE inject.secrets (id INT PRIMARY KEY, name VARCHAR(100), data JSON, price DOUBLE)",
		`INSERT INTO inject.secrets VALUES (1, 'Ann', '{"a": {"b": 1}}', 1.5), (2, 'x', NULL, NULL)`)
	dsn := mariadbtest.DSN(t)
	dsn = dsn[:strings.LastIndex(dsn, "/")] + "/inject"
	db, r := record(t, "mysql", dsn)
	testInjectStatements(t, db, r, moresql.MySQL, func() string {
		return queryText(t, admin, `SELECT CONCAT_WS(' ',
			(SELECT GROUP_CONCAT(id, name, COALESCE(data, '') ORDER BY id) FROM inject.secrets),
			(SELECT GROUP_CONCAT(table_name ORDER BY table_name) FROM information_schema.tables
			WHERE table_schema = 'inject'),
			(SELECT COUNT(*) FROM information_schema.schemata), (SELECT COUNT(*) FROM mysql.global_priv))`)
	})
}
