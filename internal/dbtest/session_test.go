package dbtest

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var sessionSchema = []string{
	`DROP SCHEMA IF EXISTS talk CASCADE`,
	`DO $$ BEGIN CREATE ROLE talk_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`DO $$ BEGIN CREATE ROLE talk_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`CREATE SCHEMA talk`, `GRANT USAGE ON SCHEMA talk TO talk_user, talk_other`,
	`CREATE TABLE talk.runs (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
	`GRANT INSERT, SELECT ON talk.runs TO talk_user`,
	`CREATE TABLE talk.secret (n int)`,

	`CREATE FUNCTION talk.seen() RETURNS json LANGUAGE sql STABLE AS $$ SELECT json_build_object(
		'method', current_setting('request.method', true), 'path', current_setting('request.path', true),
		'headers', nullif(current_setting('request.headers', true), '')::json -> 'x-seen',
		'host', nullif(current_setting('request.headers', true), '')::json -> 'host',
		'cookies', nullif(current_setting('request.cookies', true), '')::json,
		'claims', nullif(current_setting('request.jwt.claims', true), '')::json,
		'tenant', current_setting('talk.tenant', true), 'role', current_user) $$`,
	`CREATE FUNCTION talk.hidden() RETURNS SETOF talk.secret LANGUAGE sql STABLE
		AS 'SELECT * FROM talk.secret'`,

	`CREATE FUNCTION talk.respond(status text, headers text) RETURNS void LANGUAGE sql AS $$
		SELECT set_config('response.status', status, true),
		set_config('response.headers', headers, true) $$`,
	`CREATE FUNCTION talk.one(status text, headers text) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.respond($1, $2); RETURN 7; END $$`,
	`CREATE FUNCTION talk.many(status text, headers text) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.respond($1, $2); RETURN QUERY SELECT generate_series(1, 3); END $$`,
	`CREATE FUNCTION talk.none(status text, headers text) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.respond($1, $2); END $$`,
	`CREATE FUNCTION talk.void(status text, headers text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.respond($1, $2); END $$`,
	`CREATE PROCEDURE talk.call(status text, headers text, OUT n int) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.respond($1, $2); n := 7; END $$`,
	`CREATE PROCEDURE talk.quiet(status text, headers text) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.respond($1, $2); END $$`,
	`CREATE FUNCTION talk.write(status text, headers text) RETURNS int LANGUAGE sql
		AS $$ INSERT INTO talk.runs VALUES (1); SELECT talk.respond($1, $2); SELECT 7 $$`,
	`CREATE PROCEDURE talk.writes(status text, headers text) LANGUAGE sql
		AS $$ INSERT INTO talk.runs VALUES (1); SELECT talk.respond($1, $2) $$`,

	`CREATE FUNCTION talk.add(a int, rows int) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO talk.runs VALUES (a); RETURN QUERY SELECT generate_series(1, rows); END $$`,
	`CREATE FUNCTION talk.fail() RETURNS int LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO talk.runs VALUES (1); RAISE EXCEPTION 'no'; END $$`,
}

// TestHTTPSettingsShowRequestToFunction checks that a function sees what the request has sent, as
// values, and that the next call on the connection sees nothing of it.
func TestHTTPSettingsShowRequestToFunction(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		session := rest.Session(func(r *http.Request) (id rest.Identity, err error) {
			id.Role, id.Values = "talk_user", map[string]string{"talk.tenant": r.Header.Get("X-Tenant")}
			if claims := r.Header.Get("X-Claims"); claims != "" {
				id.Claims = json.RawMessage(claims)
			}
			return id, nil
		})
		m := moresql.New(db, quiet, moresql.Shape(row.Scalar))
		speaking := m.With(session, rest.HTTPSettings()).Handler("talk.seen")
		mux := http.NewServeMux()
		mux.Handle("/bare", m.Handler("talk.seen"))
		mux.Handle("/session", m.Handler("talk.seen", session))
		mux.Handle("/s/", http.StripPrefix("/s", speaking))
		mux.Handle("/whole/", speaking)
		mux.Handle("/readonly/",
			m.Handler("talk.seen", session, rest.HTTPSettings(), moresql.ReadOnly()))
		base := listen(t, mux)
		host := strings.TrimPrefix(base, "http://")
		const hostile = `'; DROP TABLE talk.runs; -- "\" \' $1 ${x} \u0000 %s {}` // stays text
		for _, test := range []struct {
			reason, method, path string
			header               []string
			want                 map[string]any // the members that are not null, without host
		}{
			{reason: "a plain request", method: "GET", path: "/s/a",
				header: []string{"X-Seen", "1", "Cookie", "a=1; b=2"},
				want: map[string]any{"method": "GET", "path": "/s/a", "headers": "1",
					"cookies": map[string]string{"a": "1", "b": "2"}}},
			{reason: "another method", method: "POST", path: "/s/",
				want: map[string]any{"method": "POST", "path": "/s/"}},
			{reason: "a header with several values", method: "GET", path: "/s/",
				header: []string{"X-Seen", "1", "X-Seen", "2, 3"},
				want:   map[string]any{"method": "GET", "path": "/s/", "headers": "1, 2, 3"}},
			{reason: "claims and a setting", method: "GET", path: "/s/",
				header: []string{"X-Claims", `{"sub":"ann","n":12345678901234567890}`, "X-Tenant", "t"},
				want: map[string]any{
					"method": "GET", "path": "/s/",
					"claims": json.RawMessage(`{"sub":"ann","n":12345678901234567890}`), "tenant": "t"}},
			{reason: "hostile values", method: "GET", path: "/s/",
				header: []string{"X-Seen", hostile, "X-Tenant", hostile},
				want:   map[string]any{"method": "GET", "path": "/s/", "headers": hostile, "tenant": hostile}},
			{reason: "a hostile path", method: "GET", path: "/s/%27%3B--%22%5C%24%31%0A",
				want: map[string]any{"method": "GET", "path": "/s/';--\"\\$1\n"}},
			{reason: "a hostile cookie", method: "GET", path: "/s/",
				header: []string{"Cookie", `a='--$1%00; b="x"; c="\"`}, want: map[string]any{
					// c is not a valid cookie (RFC 6265, 4.1.1)
					"method": "GET", "path": "/s/", "cookies": map[string]string{"a": "'--$1%00", "b": "x"}}},
			{reason: "a header that is not UTF-8", method: "GET", path: "/s/",
				header: []string{"X-Seen", "a\xffb"},
				want:   map[string]any{"method": "GET", "path": "/s/", "headers": "a\ufffdb"}},
			{reason: "a whole path", method: "GET", path: "/whole/a",
				want: map[string]any{"method": "GET", "path": "/whole/a"}},
			{reason: "its next call", method: "PUT", path: "/whole/b", header: []string{"X-Seen", "2"},
				want: map[string]any{"method": "PUT", "path": "/whole/b", "headers": "2"}},
			{reason: "a read-only transaction", method: "GET", path: "/readonly/",
				want: map[string]any{"method": "GET", "path": "/readonly/"}},
			{reason: "Session without HTTPSettings", method: "GET", path: "/session",
				header: []string{"X-Tenant", "t"}, want: map[string]any{"tenant": "t"}},
		} {
			for name, empty := range map[string]any{"cookies": map[string]string{}, "tenant": ""} {
				if _, ok := test.want[name]; !ok && (name == "tenant" || test.path != "/session") {
					test.want[name] = empty
				}
			}
			test.want["role"] = "talk_user"
			if test.path != "/session" {
				test.want["host"] = host
			}
			checkSeen(t, test.reason, send(t, test.method, base+test.path, "", test.header...), test.want)
			checkSeen(t, "the next call after "+test.reason,
				send(t, "GET", base+"/bare", "", test.header...), map[string]any{"role": "postgres"})
		}

		// What the database cannot hold as text is refused, and the connection stays usable.
		for reason, test := range map[string]struct {
			path   string
			header []string
		}{
			"NUL in the path":            {"/s/%00", nil},
			"NUL in a whole path":        {"/whole/%00", nil},
			"invalid UTF-8 in the path":  {"/s/%FF", nil},
			"invalid UTF-8 in a setting": {"/s/", []string{"X-Tenant", "\xff"}},
		} {
			if a := send(t, "GET", base+test.path, "", test.header...); a.status != 400 ||
				!strings.Contains(a.body, "2202") {
				t.Errorf("%s: %d %s", reason, a.status, a.body)
			}
			checkSeen(t, "the next call after "+reason, send(t, "GET", base+"/bare", ""),
				map[string]any{"role": "postgres"})
		}
	})
}

// checkSeen compares what talk.seen has returned. Members that are null or "" count as absent.
func checkSeen(t *testing.T, reason string, a received, want map[string]any) {
	t.Helper()
	all := []string{"method", "path", "headers", "host", "cookies", "claims", "tenant", "role"}
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 ||
		len(got) != len(all) {
		t.Errorf("%s: %d %s", reason, a.status, a.body)
		return
	}
	for _, name := range all {
		text, err := json.Marshal(want[name])
		if err != nil {
			t.Fatal(err)
		}
		left, right := string(got[name]), string(text)
		// A setting is "" after a transaction that has set it, and NULL before (PostgreSQL manual,
		// 20.16).
		if left == `""` {
			left = "null"
		}
		if right == `""` {
			right = "null"
		}
		if !sameJSON(t, left, right) {
			t.Errorf("%s: %s is %s, want %s", reason, name, left, right)
		}
	}
}

// TestHTTPSettingsSetStatusAndHeader has routines of every kind set the status and the header of
// their response.
func TestHTTPSettingsSetStatusAndHeader(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		cat := load(t, db, "talk")
		m := moresql.New(db, quiet, rest.HTTPSettings())
		both := moresql.Fields("status", "headers")
		mux := http.NewServeMux()
		for _, name := range []string{"one", "many", "none", "void", "write"} {
			mux.Handle("/"+name, m.Handler("talk."+name, both))
		}
		procedure := m.With(moresql.CallBy(moresql.Procedure{}))
		mux.Handle("/call", procedure.Handler("talk.call", both,
			moresql.Bind(binder.Out("n")), moresql.Shape(row.One)))
		mux.Handle("/quiet", procedure.Handler("talk.quiet", both))
		mux.Handle("/writes", procedure.Handler("talk.writes", both))
		mux.Handle("/filtered", m.Handler("talk.many", both, rest.Query()))
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		base := listen(t, mux)
		const list, three = `[{"X-Set":"a"},{"x-two":"1"},{"X-Two":"2"}]`, `[{"n":1},{"n":2},{"n":3}]`
		for path, body := range map[string]string{
			"/one": `[{"one":7}]`, "/many": three, "/none": `[]`, "/void": ``, "/call": `{"n":7}`,
			"/quiet":    ``,
			"/filtered": three, "/filtered?n=gt.1&order=n.desc": `[{"n":3},{"n":2}]`,
			"/filtered?n=gt.9": `[]`,
			"/rpc/one":         `7`, "/rpc/many": three, "/rpc/none": `[]`, "/rpc/void": ``,
			"/rpc/call":  `{"n":7}`,
			"/rpc/quiet": ``, "/rpc/many?n=eq.2": `[{"n":2}]`,
		} {
			post := func(status, headers string, header ...string) received {
				body, err := json.Marshal(map[string]string{"status": status, "headers": headers})
				if err != nil {
					t.Fatal(err)
				}
				return send(t, "POST", base+path, string(body), append(header, "Content-Type", jsonType)...)
			}
			if a := post("203", list); a.status != 203 || a.body != body || a.header.Get("X-Set") != "a" ||
				strings.Join(a.header.Values("X-Two"), " ") != "1 2" {
				t.Errorf("%s: %d %v %s", path, a.status, a.header, a.body)
			}
			if a := post("", `[{"Content-Type":"text/x-set"}]`); a.status >= 300 || a.body != body ||
				body != "" && a.header.Get("Content-Type") != "text/x-set" {
				t.Errorf("%s sets Content-Type: %d %v %s", path, a.status, a.header, a.body)
			}
			if a := post("404", ""); a.status != 404 || a.body != body {
				t.Errorf("%s sets only a status: %d %s", path, a.status, a.body)
			}
			if a := post("304", ""); a.status != 304 || a.body != "" {
				t.Errorf("%s sets a status without a body: %d %s", path, a.status, a.body)
			}
			if a := post("", ""); a.status >= 300 || a.header.Get("X-Set") != "" || a.body != body {
				t.Errorf("%s sets nothing, after a call that has: %d %v %s", path, a.status, a.header,
					a.body)
			}
		}

		// An invalid status or header is the function's mistake: nothing of it is sent, and the call is
		// rolled back.
		for _, bad := range [][2]string{
			{"teapot-7", ""}, {"99", ""}, {"600", ""}, {"-200", ""}, {"200 OK-7", ""},
			{"9999999999999999999999", ""},
			{"", "teapot-7"}, {"", `"teapot-7"`}, {"", `[{"teapot-7":1}]`}, {"", `[["teapot-7","x"]]`},
			{"", `[{"teapot 7":"x"}]`},
			{"", `[{"X":"a\r\nteapot-7: 1"}]`}, {"", `[{"X\r\nteapot-7":"1"}]`}, {"", `[{"":"teapot-7"}]`},
			{"", `[{"content-length":"7"}]`}, {"", `[{"Transfer-Encoding":"chunked"}]`},
		} {
			for _, path := range []string{"/write", "/writes", "/rpc/write", "/rpc/writes"} {
				body, _ := json.Marshal(map[string]string{"status": bad[0], "headers": bad[1]})
				a := send(t, "POST", base+path, string(body), "Content-Type", jsonType)
				if a.status != 500 || strings.Contains(a.body, "teapot") ||
					strings.Contains(fmt.Sprint(a.header), "eapot") {
					t.Errorf("%s with %q: %d %v %s", path, bad, a.status, a.header, a.body)
				}
			}
		}
		if n := queryInt(t, db, "SELECT count(*) FROM talk.runs"); n != 0 {
			t.Errorf("%d runs are committed", n)
		}
	})
}

// TestSessionTransactionCommitsOnlySuccess compares the effect of a call with its response: only a
// complete response of success may have one.
func TestSessionTransactionCommitsOnlySuccess(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
			return moresql.Settings{Role: "talk_user"}, nil
		})
		mux := http.NewServeMux()
		m := moresql.New(db, quiet, session)
		fields := moresql.Fields("a", "rows")
		mux.Handle("/add", m.Handler("talk.add", fields))
		mux.Handle("/http", m.Handler("talk.add", fields, rest.HTTPSettings()))
		mux.Handle("/bare", moresql.New(db, quiet).Handler("talk.add", fields))
		mux.Handle("/readonly", m.Handler("talk.add", fields, moresql.ReadOnly()))
		mux.Handle("/one", m.Handler("talk.add", fields, moresql.Shape(row.One)))
		mux.Handle("/each", m.Handler("talk.add", fields, moresql.Hooks{Row: func(*row.Row) error {
			return errors.New("no")
		}}))
		mux.Handle("/fail", m.Handler("talk.fail"))
		base := listen(t, mux)
		for _, test := range []struct {
			reason, path string
			status       int // 0 for a response that breaks off
			added        int
		}{
			{reason: "a successful call", path: "/add?a=1&rows=1", status: 200, added: 1},
			{reason: "a successful call of many rows", path: "/add?a=1&rows=10000", status: 200, added: 1},
			{reason: "a constraint that COMMIT checks", path: "/add?a=0&rows=1", status: 409},
			{reason: "the same with HTTP settings", path: "/http?a=0&rows=1", status: 409},
			{reason: "the same without rows", path: "/http?a=0&rows=0", status: 409},
			{reason: "the same again", path: "/add?a=0&rows=1", status: 409},
			{reason: "the same without a session", path: "/bare?a=0&rows=1", status: 409},
			{reason: "a constraint that COMMIT checks after the first block", path: "/add?a=0&rows=10000"},
			{reason: "a late one with HTTP settings", path: "/http?a=0&rows=10000"},
			{reason: "a late one without a session", path: "/bare?a=0&rows=10000"},
			{reason: "a read-only transaction", path: "/readonly?a=1&rows=1", status: 405},
			{reason: "an error of the function", path: "/fail", status: 400},
			{reason: "no row for One", path: "/one?a=1&rows=0", status: 404},
			{reason: "several rows for One", path: "/one?a=1&rows=2", status: 500},
			{reason: "an error of Each", path: "/each?a=1&rows=1", status: 500},
		} {
			setUp(t, db, "TRUNCATE talk.runs", "INSERT INTO talk.runs VALUES (0)")
			status, err := whole(t, "POST", base+test.path)
			if test.status == 0 && (status != 200 || !errors.Is(err, io.ErrUnexpectedEOF)) ||
				test.status != 0 && (status != test.status || err != nil) {
				t.Errorf("%s: %d, %v, want %d", test.reason, status, err, test.status)
			}
			if n := queryInt(t, db, "SELECT count(*) FROM talk.runs") - 1; n != test.added {
				t.Errorf("%s: %d rows are committed, want %d", test.reason, n, test.added)
			}
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections in use", n)
		}
	})
}

// whole reads a response to its end and returns the status and the error of the body.
func whole(t *testing.T, method, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
