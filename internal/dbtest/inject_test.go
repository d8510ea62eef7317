package dbtest

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"io"
	"log"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
)

// A recorder opens a driver's connections and keeps the text of every statement that they are asked
// for.
type recorder struct {
	driver driver.Driver
	dsn    string
	mutex  sync.Mutex
	texts  map[string]bool
}

// record returns a database whose statements are recorded.
func record(t *testing.T, name, dsn string) (*sql.DB, *recorder) {
	r := &recorder{driver: open(t, name, dsn).Driver(), dsn: dsn}
	db := sql.OpenDB(r)
	t.Cleanup(func() { db.Close() })
	return db, r
}

func (r *recorder) Driver() driver.Driver { return r.driver }

func (r *recorder) Connect(context.Context) (driver.Conn, error) {
	c, err := r.driver.Open(r.dsn)
	return recorded{c, r}, err
}

func (r *recorder) note(text string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.texts == nil {
		r.texts = map[string]bool{}
	}
	r.texts[lists.ReplaceAllString(text, "$1")] = true
}

// lists are placeholders in a row, of which there may be as many as a request has values.
var lists = regexp.MustCompile(`(\?)(?:, \?)+`)

// probe asks for the columns of a result, again after some errors.
var probe = regexp.MustCompile(`^SELECT t\.\* FROM \(.*\) AS t LIMIT (\$\d+::bigint|\?)$`)

// take returns what has been recorded since the last time.
func (r *recorder) take() map[string]bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	texts := r.texts
	r.texts = nil
	return texts
}

// recorded is a connection with all that the four drivers have of database/sql/driver's.
type recorded struct {
	driver.Conn
	recorder *recorder
}

func (c recorded) Prepare(text string) (driver.Stmt, error) {
	c.recorder.note(text)
	return c.Conn.Prepare(text)
}

func (c recorded) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.recorder.note(text)
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
}

func (c recorded) QueryContext(ctx context.Context, text string,
	args []driver.NamedValue) (driver.Rows, error) {
	c.recorder.note(text)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c recorded) ExecContext(ctx context.Context, text string,
	args []driver.NamedValue) (driver.Result, error) {
	c.recorder.note(text)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c recorded) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.recorder.note("BEGIN")
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c recorded) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c recorded) ResetSession(ctx context.Context) error {
	if resetter, ok := c.Conn.(driver.SessionResetter); ok {
		return resetter.ResetSession(ctx)
	}
	return nil
}

func (c recorded) IsValid() bool {
	validator, ok := c.Conn.(driver.Validator)
	return !ok || validator.IsValid()
}

// marker is in every hostile text, to be found where it must not be.
const marker = "zq7x"

// hostile are texts with a meaning in SQL, for one of its lexers, in JSON, URLs or headers, and
// rubbish.
var hostile = func() []string {
	var list []string
	for i, text := range []string{
		"' OR '1'='1", "'; DROP TABLE secrets; --", `"; DROP TABLE secrets; --`,
		"`; DROP TABLE secrets; #", "1); DROP TABLE secrets; --",
		"/* */", "-- ", "#", "*/", `\'`, `\`, "''", `""`, "$1", "?", ":name", "@p1", "$$", "$x$", "%s",
		"E'\\''", "U&'\\0027'", "0x27",
		"\u2019 OR \u20191\u2019=\u20191", "\u02bc; DROP TABLE secrets", "\uff07; DROP TABLE secrets",
		"\u201c", "\uff1b", "\ufeff", "\u202e",
		"\x00", "a\x00'b", "\xff", "\xbf\x27", "\xc0\xa7", "\xed\xa0\x80", "\r\nSet-Cookie: a=b\r\n\r\n",
		"\t\v\f\x1b", "../../secrets", "..",
		"{}", `{"`, `{a,"b`, "[[", "a,b", "(", ")", "))", "a.b", "a->b", "x::text", "NaN", "1e999",
		"9223372036854775808", "-1", "null",
		"pg_sleep(9)", "UNION SELECT 1", "𝒳", "$.a", `"`, "<script>", "javascript:alert(1)",
		strings.Repeat("'", 1000),
	} {
		if list = append(list, text+marker); i < 20 { // texts that matter at the end, too
			list = append(list, marker+text)
		}
	}
	return append(list, "", "..", ".", "\x00", "'", `"`, `\`, strings.Repeat("[", 200_000),
		marker+strings.Repeat("x';", 230_000))
}()

// A place is where a request can have a text.
type place struct {
	name     string
	request  func(base, text string) *http.Request
	harmless []string // texts that produce every statement which may be sent for this place
}

// get returns requests whose path and query have the text in place of §.
func get(path string, query ...string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		v := url.Values{}
		for pair := range slices.Chunk(query, 2) {
			v.Add(strings.ReplaceAll(pair[0], "§", text), strings.ReplaceAll(pair[1], "§", text))
		}
		r, _ := http.NewRequest("GET",
			base+strings.ReplaceAll(path, "§", url.PathEscape(text))+"?"+v.Encode(), nil)
		return r
	}
}

// post returns requests whose body is made of the text.
func post(path, mediaType string,
	body func(text string) string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		r, _ := http.NewRequest("POST", base+path, strings.NewReader(body(text)))
		r.Header.Set("Content-Type", mediaType)
		return r
	}
}

// inHeader returns requests with a header that has the text in place of §.
func inHeader(path, name, value string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		r, _ := http.NewRequest("GET", base+path, nil)
		r.Header.Set(name, strings.ReplaceAll(value, "§", text))
		return r
	}
}

// asJSON writes a text as a string of JSON, byte for byte, in place of § in a template.
func asJSON(template string) func(string) string {
	return func(text string) string {
		quoted, _ := json.Marshal(text)
		if !strings.Contains(text, "\xff") {
			return strings.ReplaceAll(template, "§", string(quoted))
		}
		return strings.ReplaceAll(template, "§",
			`"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)+`"`)
	}
}

// asForm writes a text, escaped, in place of § in a template.
func asForm(template string) func(string) string {
	return func(text string) string {
		return strings.ReplaceAll(template, "§", url.QueryEscape(text))
	}
}

// upload returns multipart requests with one part.
func upload(path string, header func(text string) textproto.MIMEHeader,
	content string) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, _ := w.CreatePart(header(text))
		io.WriteString(part, strings.ReplaceAll(content, "§", text))
		w.Close()
		r, _ := http.NewRequest("POST", base+path, &b)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return r
	}
}

// disposition returns the header of a part that has the text in place of §.
func disposition(value string) func(string) textproto.MIMEHeader {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A")
	return func(text string) textproto.MIMEHeader {
		return textproto.MIMEHeader{
			"Content-Disposition": {"form-data; " + strings.ReplaceAll(value, "§", escape.Replace(text))}}
	}
}

// unquoted are the places of grammarPlaces whose texts no message may quote.
var unquoted = []string{"a value", "a number", "a negated value", "a pattern",
	"a pattern in any case", "what is", "a list", "a list in quotes", "or, in quotes",
	"limit", "offset", "Range", "Prefer"}

// inject puts every hostile text in every place. The statements must be those of the harmless texts,
// the database must be unchanged afterwards, and no text may cause a server error.
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

// grammarPlaces are those of what a request asks of a result with the columns id, name and data.
func grammarPlaces(path string) []place {
	rows := func(query ...string) func(base, text string) *http.Request { return get(path, query...) }
	return []place{
		{"a parameter's name", rows("§", "eq.1"), []string{"name"}},
		{"a quoted name", rows(`"§"`, "eq.1"), []string{"name"}},
		{"a filter", rows("name", "§"), []string{"eq.1"}},
		{"an operator", rows("name", "§.1"), []string{"eq"}},
		{"a value", rows("name", "eq.§"), []string{"Ann"}},
		{"a number", rows("id", "eq.§"), []string{"1"}},
		{"a negated value", rows("name", "not.eq.§"), []string{"Ann"}},
		{"a pattern", rows("name", "like.§"), []string{"Ann"}},
		{"a pattern in any case", rows("name", "ilike.§"), []string{"Ann"}},
		{"what is", rows("id", "is.§"), []string{"null", "not_null"}},
		{"a list", rows("name", "in.(§,b)"), []string{"Ann"}},
		{"a list in quotes", rows("name", `in.("§",b)`), []string{"Ann"}},
		{"and", rows("and", `(name.eq.§,id.eq.1)`), []string{"Ann"}},
		{"or, in quotes", rows("or", `(name.eq."§",id.eq.1)`), []string{"Ann"}},
		{"a tree", rows("or", "§"), []string{"(id.eq.1)"}},
		{"a path", rows("data->>§", "eq.1"), []string{"a", "1", "a->b"}},
		{"a quoted path", rows(`data->"§"->>b`, "eq.1"), []string{"a"}},
		{"a path of another column's", rows(`name->>§`, "eq.1"), []string{"a", "1", "a->b"}},
		{"select", rows("select", "§"), []string{"id", "name", "*"}},
		{"a column of select", rows("select", "id,§"), []string{"name"}},
		{"an alias", rows("select", "§:id"), []string{"a"}},
		{"a quoted alias", rows("select", `"§":id`), []string{"a"}},
		{"a path of select", rows("select", "data->§"), []string{"a", "1", "a->b"}},
		{"order", rows("order", "§"), []string{"name"}},
		{"an order's direction", rows("order", "name.§"), []string{"asc", "desc"}},
		{"limit", rows("limit", "§"), []string{"1"}},
		{"offset", rows("offset", "§"), []string{"0"}},
		{"Range", inHeader(path, "Range", "§"), []string{"0-1", "0-", "x"}},
		{"the end of Range", inHeader(path, "Range", "items=0-§"), []string{"1", "", "x"}},
		{"Prefer", inHeader(path, "Prefer", "count=§"), []string{"exact", "none"}},
		{"Accept", inHeader(path, "Accept", "§"), []string{"*/*"}},
		{"X-Request-Id", inHeader(path+"?id=eq.1", "X-Request-Id", "§"), []string{"1"}},
	}
}

// TestInjectedTextStaysValueOnPostgreSQL injects into functions, procedures, filters, settings, bodies
// and headers.
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
			cat, err := catalog.Load(t.Context(), admin, "inject")
			if err != nil {
				t.Fatal(err)
			}
			m := moresql.New(db, quiet)
			mux := http.NewServeMux()
			mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
			mux.Handle("/http/rpc/", http.StripPrefix("/http/rpc", m.RPC(cat, moresql.HTTPSettings())))
			mux.Handle("/rows", m.Handler("inject.rows", moresql.MaxPage(10)))
			mux.Handle("/find/{name}", m.Handler("inject.find", moresql.Fields("name"), moresql.Query()))
			mux.Handle("/find", m.Handler("inject.find", moresql.Fields("name"), moresql.Query()))
			mux.Handle("/http/{name...}",
				m.Handler("inject.find", moresql.Fields("name"), moresql.HTTPSettings(), moresql.Query()))
			mux.Handle("/header", m.Handler("inject.find", moresql.Bind(binder.Header("name", "X-Name"))))
			mux.Handle("/cookie", m.Handler("inject.find", moresql.Bind(binder.Cookie("name", "c"))))
			mux.Handle("/body", m.Handler("inject.find", moresql.Bind(binder.BodyText("name"))))
			mux.Handle("/bytes", m.Handler("inject.bytes", moresql.Bind(binder.BodyBytes("b"))))
			mux.Handle("/file", m.Handler("inject.bytes", moresql.Bind(binder.File("b"))))
			mux.Handle("/filename",
				m.Handler("inject.named",
					moresql.Bind(binder.FileName("name", "b"), binder.FileType("kind", "b").OrAbsent())))
			mux.Handle("/away",
				m.Handler("inject.echo", moresql.Fields("name"), moresql.Redirect("/to?name={name}")))
			places := []place{
				{"a procedure's name", get("/rpc/§"), []string{"rows"}},
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
	statements, err := moresql.LoadStatements(injectStatements, d)
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db, quiet, moresql.WithCaller(statements))
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(statements.Catalog(), moresql.MaxPage(10))))
	mux.Handle("/rows", m.Handler("rows", moresql.MaxPage(10)))
	mux.Handle("/find/{name}", m.Handler("find", moresql.Fields("name"), moresql.Query()))
	mux.Handle("/find", m.Handler("find", moresql.Fields("name")))
	places := []place{
		{"a procedure's name", get("/rpc/§"), []string{"rows"}},
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

// TestPlainCallIsOneStatement checks that a call without filters sends the one statement that one
// would write by hand, whatever else the request contains.
func TestPlainCallIsOneStatement(t *testing.T) {
	setUp(t, openPostgres(t), injectSchema...)
	for _, name := range []string{"postgres", "pgx"} {
		db, r := record(t, name, pgtest.URI(t))
		cat, err := catalog.Load(t.Context(), openPostgres(t), "inject")
		if err != nil {
			t.Fatal(err)
		}
		m := moresql.New(db, quiet)
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
		mux.Handle("/find", m.Handler("inject.find", moresql.Fields("name")))
		base := listen(t, mux)
		for target, want := range map[string]string{
			"/find?name=x&id=eq.1&limit=3&select=id": "SELECT * FROM inject.find($1)",
			"/rpc/number?n=1":                        `SELECT * FROM "inject"."number"("n" => $1::integer)`,
		} {
			a := send(t, "GET", base+target, "", "Range", "x", "Prefer", "return=minimal")
			if got := slices.Collect(maps.Keys(r.take())); a.status != 200 ||
				!slices.Equal(got, []string{want}) {
				t.Errorf("%s: %d %q, want %q", target, a.status, got, want)
			}
		}
	}
}

// TestProbingColumnsDoesNotRunFunction checks that the columns of a declared function are found
// without running it, and that a call runs it once with any filter.
func TestProbingColumnsDoesNotRunFunction(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS probe CASCADE`, `CREATE SCHEMA probe`,
		`CREATE SEQUENCE probe.runs`, `CREATE TYPE probe.pair AS (a int, b text)`,
		`CREATE FUNCTION probe.set_plpgsql() RETURNS SETOF probe.pair LANGUAGE plpgsql AS $$
			BEGIN PERFORM nextval('probe.runs'); RETURN NEXT (1, 'x'::text); END $$`,
		`CREATE FUNCTION probe.one_plpgsql() RETURNS probe.pair LANGUAGE plpgsql AS $$
			BEGIN PERFORM nextval('probe.runs'); RETURN (1, 'x'::text); END $$`,
		`CREATE FUNCTION probe.scalar_plpgsql(OUT a int) LANGUAGE plpgsql AS $$
			BEGIN a := nextval('probe.runs'); END $$`,
		`CREATE FUNCTION probe.outs(OUT a int, OUT b text) LANGUAGE plpgsql AS $$
			BEGIN a := nextval('probe.runs'); END $$`,
		`CREATE FUNCTION probe.set_sql() RETURNS SETOF probe.pair LANGUAGE sql
			AS $$ SELECT nextval('probe.runs')::int, 'x' $$`,
		`CREATE FUNCTION probe.one_sql() RETURNS probe.pair LANGUAGE sql
			AS $$ SELECT nextval('probe.runs')::int, 'x' $$`,
		`CREATE FUNCTION probe.table_sql() RETURNS TABLE (a int) LANGUAGE sql
			AS $$ SELECT nextval('probe.runs')::int $$`,
		`CREATE FUNCTION probe.stable_that_lies() RETURNS TABLE (a int) LANGUAGE plpgsql STABLE AS $$
			BEGIN PERFORM nextval('probe.runs'); RETURN QUERY SELECT 1; END $$`)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		cat, err := catalog.Load(t.Context(), db, "probe")
		if err != nil {
			t.Fatal(err)
		}
		runs := func() int {
			n := queryInt(t, db, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM probe.runs")
			setUp(t, db, "ALTER SEQUENCE probe.runs RESTART")
			return n
		}
		m := moresql.New(db, quiet, moresql.Query())
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
		names := []string{"set_plpgsql", "one_plpgsql", "scalar_plpgsql", "outs", "set_sql", "one_sql",
			"table_sql", "stable_that_lies"}
		for _, f := range names {
			mux.Handle("/plain/"+f, m.Handler("probe."+f))
			mux.Handle("/http/"+f, m.Handler("probe."+f, moresql.HTTPSettings()))
		}
		base := listen(t, mux)
		for _, f := range names {
			for _, path := range []string{"/plain/", "/http/", "/rpc/"} {
				a := send(t, "POST", base+path+f+"?nope=eq.1", "")
				if n := runs(); a.status != 400 || n != 0 {
					t.Errorf("%s%s: %d, and %d runs for an unknown column", path, f, a.status, n)
				}
				for _, query := range []string{"", "limit=1", "order=a&a=gt.0&limit=5"} {
					for _, prefer := range []string{"", "count=exact"} {
						a := send(t, "POST", base+path+f+"?"+query, "", "Prefer", prefer)
						if n := runs(); a.status >= 300 || n != 1 {
							t.Errorf("%s%s?%s, %q: %d %s, and %d runs", path, f, query, prefer, a.status, a.body, n)
						}
					}
				}
			}
		}
	})
}
