package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/filter/filtertest"
)

// The tests of this file record what the command sends to PostgreSQL on the wire.

// startWired starts the command with the sample and the schema api, which setup fills, on a wire.
func startWired(t *testing.T, setup string, args ...string) (*command, *wire, *sql.DB) {
	t.Helper()
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, "CREATE SCHEMA api;"+setup)
	w := newWire(t, uri)
	args = append([]string{"-init", "-schema", "api", "-channel", ""}, args...)
	c := start(t, w.uri, args...)
	w.take()
	return c, w, db
}

// A call of the sample is one statement and nothing else. Package rest adds a transaction, and no
// more than that; a request that the command refuses itself is nothing to the database.
func TestCommandSendsOneStatement(t *testing.T) {
	c, w, _ := startWired(t, `
		CREATE FUNCTION api.one(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a';
		CREATE FUNCTION api.may_write(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
		CREATE FUNCTION api.list() RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
		CREATE PROCEDURE api.nothing() LANGUAGE sql AS ''`)
	const begin, beginRead = "BEGIN", "BEGIN READ ONLY"
	const one = `SELECT * FROM "api"."one"("a" => $1::integer)`
	car := `{"name":"Lancia","model":"Fulvia","doors":2}`
	for _, test := range []struct {
		method, target, body string
		header               string // and its value, after ": "
		status               int
		sent                 []string
	}{
		{method: "GET", target: "/user?username=ada&password=analytical", status: 200,
			sent: []string{"SELECT * FROM get_user($1, $2)"}},
		{method: "GET", target: "/cars", status: 200, sent: []string{"SELECT * FROM get_cars()"}},
		{method: "POST", target: "/cars", body: car, status: 201,
			sent: []string{"SELECT * FROM create_car($1, $2, $3)"}},
		{method: "PUT", target: "/cars/1", body: car, status: 200,
			sent: []string{"SELECT * FROM update_car($1, $2, $3, $4)"}},
		{method: "GET", target: "/cars/99", status: 404,
			sent: []string{"SELECT * FROM get_car($1)"}},
		{method: "HEAD", target: "/cars/1", status: 200, sent: []string{"SELECT * FROM get_car($1)"}},
		{method: "GET", target: "/rpc/one?a=1", status: 200, sent: []string{beginRead, one, "ROLLBACK"}},
		{method: "GET", target: "/rpc/one?a=x", status: 400, // the server skips what follows an error
			sent: []string{beginRead, one, "ROLLBACK", "ROLLBACK"}},
		{method: "POST", target: "/rpc/one", body: `{"a":1}`, status: 200,
			sent: []string{beginRead, one, "ROLLBACK"}}, // it is declared STABLE
		{method: "POST", target: "/rpc/may_write", body: `{"a":1}`, status: 200,
			sent: []string{begin, `SELECT * FROM "api"."may_write"("a" => $1::integer)`, "COMMIT"}},
		{method: "POST", target: "/rpc/nothing", body: "{}", status: 204,
			sent: []string{`CALL "api"."nothing"()`}},

		{method: "GET", target: "/", status: 200},
		{method: "GET", target: "/health", status: 200},
		{method: "GET", target: "/nowhere", status: 404},
		{method: "GET", target: "/rpc/nowhere", status: 404},
		{method: "GET", target: "/rpc/one", status: 404},
		{method: "GET", target: "/rpc/one?b=1", status: 404},
		{method: "PATCH", target: "/cars", status: 405},
		{method: "GET", target: "/rpc/nothing", status: 405},
		{method: "GET", target: "/cars", header: "Accept: image/tiff", status: 406},
		{method: "GET", target: "/rpc/one?a=1", header: "Accept: image/png", status: 406},
		{method: "GET", target: "/rpc/one?a=1", header: "Accept-Profile: other", status: 406},
		{method: "POST", target: "/cars", body: `{"name":`, status: 400},
		{method: "POST", target: "/rpc/one", body: `{"a":` + strings.Repeat(" ", 1<<20) + "1}",
			status: 413},
		{method: "POST", target: "/cars", body: car, header: "Content-Type: text/plain", status: 415},
		{method: "POST", target: "/cars", body: car, header: "Origin: https://evil.example",
			status: 403},
		{method: "GET", target: "/cars", header: "Host: evil.example", status: 421},
	} {
		r := c.newRequest(test.method, test.target, test.body)
		if test.body != "" {
			r.Header.Set("Content-Type", jsonType)
		}
		if name, value, _ := strings.Cut(test.header, ": "); name == "Host" {
			r.Host = value
		} else if name != "" {
			r.Header.Set(name, value)
		}
		status, _, body := c.do(r)
		sent := w.take()
		for i, s := range sent {
			sent[i] = strings.TrimRight(s, "; ")
		}
		if status != test.status || !slices.Equal(sent, test.sent) {
			t.Errorf("%s %s, %s: %d %.200s, sent %q, want %d and %q", test.method, test.target,
				test.header, status, body, sent, test.status, test.sent)
		}
	}
	c.stop()
}

// victims is a schema that filtertest's parameters filter and try to drop.
const victims = `
	CREATE TABLE api.victims (id int, name text, data jsonb, doc json, photo bytea, tags text[],
		words tsvector, born date, "unknown" text);
	INSERT INTO api.victims VALUES (1, 'Ann', '{"x": 1}', '{"x": 1}', 'p', '{a}', 'w', '2000-01-01',
		'u'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	CREATE FUNCTION api.rows() RETURNS SETOF api.victims LANGUAGE sql STABLE
		AS 'SELECT * FROM api.victims';
	CREATE FUNCTION api.find(name text) RETURNS SETOF api.victims LANGUAGE sql STABLE
		AS 'SELECT * FROM api.victims v WHERE v.name = $1';
	CREATE FUNCTION api.list(a text[]) RETURNS text[] LANGUAGE sql STABLE AS 'SELECT a';
	CREATE FUNCTION api.request() RETURNS json LANGUAGE sql STABLE
		AS $$ SELECT current_setting('request.headers')::json $$;
	CREATE FUNCTION api.whole(json) RETURNS json LANGUAGE sql STABLE AS 'SELECT $1'`

// A gap is where a request has a text, written as §. The harmless texts produce every statement
// that may be sent for it.
type gap struct {
	method, target, field, value, contentType, body string
	harmless                                        []string
}

var gaps = []gap{
	{method: "GET", target: "/cars/§", harmless: []string{"1"}},
	{method: "GET", target: "/films?title=§", harmless: []string{"a"}},
	{method: "GET", target: "/films?§=a", harmless: []string{"title", "other"}},
	{method: "GET", target: "/cars?name=eq.§", harmless: []string{"a"}},
	{method: "GET", target: "/rpc/§", harmless: []string{"rows"}},
	{method: "GET", target: "/rpc/find?name=§", harmless: []string{"a"}},
	{method: "GET", target: "/rpc/find?§=a", harmless: []string{"name"}},
	{method: "GET", target: "/rpc/list?a=§&a=b", harmless: []string{"a"}},
	{method: "GET", target: "/rpc/rows?name=in.(§,a)", harmless: []string{"a"}},
	{method: "GET", target: "/rpc/rows?limit=§", harmless: []string{"1"}},
	{method: "GET", target: "/rpc/request", field: "X-Any", value: "§", harmless: []string{"a"}},
	{method: "GET", target: "/rpc/request", field: "Cookie", value: "a=§", harmless: []string{"a"}},
	{method: "GET", target: "/rpc/rows", field: "Range", value: "§",
		harmless: []string{"0-1", "1-", "a"}},
	{method: "GET", target: "/rpc/rows", field: "Accept-Profile", value: "§",
		harmless: []string{"api"}},
	{method: "POST", target: "/rpc/find", contentType: jsonType, body: `{"name":§}`,
		harmless: []string{"a"}},
	{method: "POST", target: "/rpc/find", contentType: jsonType, body: `{§:"a"}`,
		harmless: []string{"name"}},
	{method: "POST", target: "/rpc/whole", contentType: jsonType, body: `[§]`,
		harmless: []string{"a"}},
	{method: "POST", target: "/rpc/find", contentType: formType, body: "name=§",
		harmless: []string{"a"}},
	{method: "POST", target: "/cars", contentType: jsonType,
		body: `{"name":§,"model":§,"doors":2}`, harmless: []string{"a"}},
}

// request returns the request with a text in the gap.
func (g gap) request(t *testing.T, url, text string) *http.Request {
	t.Helper()
	body := g.body
	switch g.contentType {
	case jsonType:
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		body = strings.ReplaceAll(body, "§", string(quoted))
	default:
		body = strings.ReplaceAll(body, "§", escape(text))
	}
	r, err := http.NewRequestWithContext(t.Context(), g.method,
		url+strings.ReplaceAll(g.target, "§", escape(text)), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if g.contentType != "" {
		r.Header.Set("Content-Type", g.contentType)
	}
	if g.field != "" {
		r.Header.Set(g.field, strings.ReplaceAll(g.value, "§", text))
	}
	return r
}

// escape escapes a text for a path and for a query.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// cleaning is what removes from a connection what a failed call with settings may have left.
const cleaning = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; " +
	"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"

// quotedName matches a name in quotes, as which an alias of a request may stand in a statement.
var quotedName = regexp.MustCompile(`"(?:[^"]|"")*"`)

// What an attacker writes into a request changes no statement, breaks nothing and causes no error
// of the server's, wherever it stands.
func TestCommandNeverSendsTextOfRequests(t *testing.T) {
	c, w, db := startWired(t, victims, "-http-settings")
	const query = `SELECT concat_ws(' ', (SELECT md5(string_agg(v::text, '' ORDER BY id))
			FROM api.victims v),
		(SELECT md5(string_agg(oid || relname || coalesce(relacl::text, ''), '' ORDER BY oid))
			FROM pg_class WHERE relnamespace IN ('api'::regnamespace, 'public'::regnamespace)),
		(SELECT md5(string_agg(oid || prosrc, '' ORDER BY oid)) FROM pg_proc
			WHERE pronamespace IN ('api'::regnamespace, 'public'::regnamespace)))`
	var before, after string
	if err := db.QueryRow(query).Scan(&before); err != nil {
		t.Fatal(err)
	}
	sent, succeeded := 0, 0
	send := func(r *http.Request, what string) {
		response, err := http.DefaultClient.Do(r)
		if err != nil { // a header that Go's client does not send
			if !strings.Contains(err.Error(), "invalid header field value") {
				t.Errorf("%.200s: %.300v", what, err)
			}
			return
		}
		defer response.Body.Close()
		io.Copy(io.Discard, response.Body)
		sent++
		if response.StatusCode < 400 {
			succeeded++
		}
		if response.StatusCode >= 500 || response.Header.Get("Set-Cookie") != "" {
			t.Errorf("%.200s: %d %v", what, response.StatusCode, response.Header)
		}
	}
	for i, g := range gaps {
		for _, text := range g.harmless {
			send(g.request(t, c.url(), text), text)
		}
		known := append(w.take(), "ROLLBACK", cleaning) // of a value that PostgreSQL refuses
		if len(known) == 2 {
			t.Errorf("%+v: nothing is sent", g)
		}
		for j, text := range filtertest.Texts() {
			if (i+j)%2 == 0 { // each text in every other gap
				continue
			}
			what := fmt.Sprintf("%+v, %.60q", g, text)
			send(g.request(t, c.url(), text), what)
			for _, s := range w.take() {
				if !slices.Contains(known, s) {
					t.Errorf("%s: another statement: %.600s", what, s)
				}
			}
		}
	}
	n := 0
	for pair := range filtertest.Hostile() {
		if n++; n%10 != 0 || len(pair.Name)+len(pair.Value) > 10_000 {
			continue
		}
		target := "/rpc/rows?" + escape(pair.Name) + "=" + escape(pair.Value)
		send(c.newRequest("GET", target, ""), target)
	}
	for _, s := range w.take() {
		if strings.Contains(quotedName.ReplaceAllString(s, ""), "DROP TABLE") {
			t.Errorf("a statement has the text of a request: %s", s)
		}
	}
	if err := db.QueryRow(query).Scan(&after); err != nil {
		t.Fatal(err)
	}
	if before != after || succeeded < sent/4 {
		t.Errorf("the database was %s and is %s; of %d requests %d succeeded", before, after, sent,
			succeeded)
	}
	c.stop()
	if strings.Contains(c.stderr.String(), "panic") {
		t.Errorf("%.2000s", c.stderr)
	}
}
