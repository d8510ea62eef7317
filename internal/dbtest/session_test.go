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
	"github.com/moresql/moresql/catalog"
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
		'headers', nullif(current_setting('request.headers', true), '')::json -> 'x-seen', 'host',
		nullif(current_setting('request.headers', true), '')::json -> 'host',
		'cookies', nullif(current_setting('request.cookies', true), '')::json, 'claims',
		nullif(current_setting('request.jwt.claims', true), '')::json,
		'tenant', current_setting('talk.tenant', true), 'role', current_user) $$`,
	`CREATE FUNCTION talk.hidden() RETURNS SETOF talk.secret LANGUAGE sql STABLE
		AS 'SELECT * FROM talk.secret'`,

	`CREATE FUNCTION talk.tell(status text, headers text) RETURNS void LANGUAGE sql AS $$
		SELECT set_config('response.status', status, true),
		set_config('response.headers', headers, true) $$`,
	`CREATE FUNCTION talk.one(status text, headers text) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.tell($1, $2); RETURN 7; END $$`,
	`CREATE FUNCTION talk.many(status text, headers text) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.tell($1, $2); RETURN QUERY SELECT generate_series(1, 3); END $$`,
	`CREATE FUNCTION talk.none(status text, headers text) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.tell($1, $2); END $$`,
	`CREATE FUNCTION talk.void(status text, headers text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.tell($1, $2); END $$`,
	`CREATE PROCEDURE talk.call(status text, headers text, OUT n int) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.tell($1, $2); n := 7; END $$`,
	`CREATE PROCEDURE talk.quiet(status text, headers text) LANGUAGE plpgsql AS $$
		BEGIN PERFORM talk.tell($1, $2); END $$`,
	`CREATE FUNCTION talk.write(status text, headers text) RETURNS int LANGUAGE sql
		AS $$ INSERT INTO talk.runs VALUES (1); SELECT talk.tell($1, $2); SELECT 7 $$`,
	`CREATE PROCEDURE talk.writes(status text, headers text) LANGUAGE sql
		AS $$ INSERT INTO talk.runs VALUES (1); SELECT talk.tell($1, $2) $$`,

	`CREATE FUNCTION talk.add(a int, rows int) RETURNS TABLE (n int) LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO talk.runs VALUES (a); RETURN QUERY SELECT generate_series(1, rows); END $$`,
	`CREATE FUNCTION talk.fail() RETURNS int LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO talk.runs VALUES (1); RAISE EXCEPTION 'no'; END $$`,
}

// What a function sees of the request is what was sent, as values; and nothing of it is left on the
// connection for the next call.
func TestHTTPSettings(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		session := moresql.Session(func(r *http.Request) (s moresql.Settings, err error) {
			s.Role, s.Values = "talk_user", map[string]string{"talk.tenant": r.Header.Get("X-Tenant")}
			if claims := r.Header.Get("X-Claims"); claims != "" {
				s.Claims = json.RawMessage(claims)
			}
			return s, nil
		})
		mux := http.NewServeMux()
		mux.Handle("/bare", moresql.New(db, quiet).Handler("talk.seen", moresql.Scalar()))
		mux.Handle("/session", moresql.New(db, quiet, session).Handler("talk.seen", moresql.Scalar()))
		mux.Handle("/s/", http.StripPrefix("/s",
			moresql.New(db, quiet, session, moresql.HTTPSettings()).Handler("talk.seen", moresql.Scalar())))
		mux.Handle("/prepared/",
			moresql.New(db, quiet, session, moresql.HTTPSettings(), moresql.Prepared()).
				Handler("talk.seen", moresql.Scalar()))
		mux.Handle("/readonly/",
			moresql.New(db, quiet, session, moresql.HTTPSettings(), moresql.ReadOnly()).
				Handler("talk.seen", moresql.Scalar()))
		base := listen(t, mux)
		host := strings.TrimPrefix(base, "http://")
		const hostile = `'; DROP TABLE talk.runs; -- "\" \' $1 ${x} \u0000 %s {}` // as text
		for _, test := range []struct {
			reason, method, path string
			header               []string
			want                 map[string]any // the members that are not null, beside host
		}{
			{reason: "what is plain", method: "GET", path: "/s/a",
				header: []string{"X-Seen", "1", "Cookie", "a=1; b=2"}, want: map[string]any{
					"method": "GET", "path": "/s/a", "headers": "1",
					"cookies": map[string]string{"a": "1", "b": "2"}}},
			{reason: "another method", method: "POST", path: "/s/",
				want: map[string]any{"method": "POST", "path": "/s/"}},
			{reason: "a field of several lines", method: "GET", path: "/s/",
				header: []string{"X-Seen", "1", "X-Seen", "2, 3"},
				want:   map[string]any{"method": "GET", "path": "/s/", "headers": "1, 2, 3"}},
			{reason: "claims, and a setting of the program's", method: "GET", path: "/s/",
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
					// c is none (RFC 6265, 4.1.1)
					"method": "GET", "path": "/s/", "cookies": map[string]string{"a": "'--$1%00", "b": "x"}}},
			{reason: "a field that is no UTF-8", method: "GET", path: "/s/",
				header: []string{"X-Seen", "a\xffb"},
				want:   map[string]any{"method": "GET", "path": "/s/", "headers": "a\ufffdb"}},
			{reason: "kept statements", method: "GET", path: "/prepared/a",
				want: map[string]any{"method": "GET", "path": "/prepared/a"}},
			{reason: "and their next call", method: "PUT", path: "/prepared/b",
				header: []string{"X-Seen", "2"},
				want:   map[string]any{"method": "PUT", "path": "/prepared/b", "headers": "2"}},
			{reason: "reading only", method: "GET", path: "/readonly/",
				want: map[string]any{"method": "GET", "path": "/readonly/"}},
			{reason: "Session alone", method: "GET", path: "/session", header: []string{"X-Tenant", "t"},
				want: map[string]any{"tenant": "t"}},
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

		// What cannot be text of the database is refused, and the connection is good.
		for reason, test := range map[string]struct {
			path   string
			header []string
		}{
			"NUL in the path":           {"/s/%00", nil},
			"no UTF-8 in the path":      {"/s/%FF", nil},
			"no UTF-8 in a setting":     {"/s/", []string{"X-Tenant", "\xff"}},
			"NUL, with kept statements": {"/prepared/%00", nil},
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

// checkSeen compares what talk.seen has answered; members that are null or "" are left out of both
// sides.
func checkSeen(t *testing.T, reason string, a exchange, want map[string]any) {
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
		// a setting that was set before on the connection is that, else NULL (PostgreSQL manual, 20.16)
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

// What a routine says of its answer holds, of whatever kind it is and however it is called.
func TestHTTPSettingsAnswer(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		cat, err := catalog.Load(t.Context(), db, "talk")
		if err != nil {
			t.Fatal(err)
		}
		m := moresql.New(db, quiet, moresql.HTTPSettings())
		both := moresql.Fields("status", "headers")
		mux := http.NewServeMux()
		for _, name := range []string{"one", "many", "none", "void", "write"} {
			mux.Handle("/"+name, m.Handler("talk."+name, both))
		}
		procedure := m.With(moresql.WithCaller(moresql.Procedure{}))
		mux.Handle("/call", procedure.Handler("talk.call", both, moresql.Out("n"), moresql.One()))
		mux.Handle("/quiet", procedure.Handler("talk.quiet", both))
		mux.Handle("/writes", procedure.Handler("talk.writes", both))
		mux.Handle("/asked", m.Handler("talk.many", both, moresql.Query()))
		mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
		base := listen(t, mux)
		const list, three = `[{"X-Told":"a","x-two":"1"},{"X-Two":"2"}]`, `[{"n":1},{"n":2},{"n":3}]`
		for path, body := range map[string]string{
			"/one": `[{"one":7}]`, "/many": three, "/none": `[]`, "/void": ``, "/call": `{"n":7}`,
			"/quiet": ``,
			"/asked": three, "/asked?n=gt.1&order=n.desc": `[{"n":3},{"n":2}]`, "/asked?n=gt.9": `[]`,
			"/rpc/one": `7`, "/rpc/many": three, "/rpc/none": `[]`, "/rpc/void": ``, "/rpc/call": `{"n":7}`,
			"/rpc/quiet": ``, "/rpc/many?n=eq.2": `[{"n":2}]`,
		} {
			post := func(status, headers string, header ...string) exchange {
				body, err := json.Marshal(map[string]string{"status": status, "headers": headers})
				if err != nil {
					t.Fatal(err)
				}
				return send(t, "POST", base+path, string(body), append(header, "Content-Type", jsonType)...)
			}
			if a := post("203", list); a.status != 203 || a.body != body || a.header.Get("X-Told") != "a" ||
				strings.Join(a.header.Values("X-Two"), " ") != "1 2" {
				t.Errorf("%s: %d %v %s", path, a.status, a.header, a.body)
			}
			if a := post("", `{"Content-Type":"text/x-told"}`); a.status >= 300 || a.body != body ||
				body != "" && a.header.Get("Content-Type") != "text/x-told" {
				t.Errorf("%s with its own type: %d %v %s", path, a.status, a.header, a.body)
			}
			if a := post("404", ""); a.status != 404 || a.body != body {
				t.Errorf("%s with a status alone: %d %s", path, a.status, a.body)
			}
			if a := post("304", ""); a.status != 304 || a.body != "" {
				t.Errorf("%s with a status that has no body: %d %s", path, a.status, a.body)
			}
			if a := post("", ""); a.status >= 300 || a.header.Get("X-Told") != "" || a.body != body {
				t.Errorf("%s tells nothing, after it has told something: %d %v %s", path, a.status, a.header,
					a.body)
			}
		}

		// What is no status and no header is the function's mistake: nothing of it goes out, and nothing
		// is kept of the call.
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
			t.Errorf("%d runs are kept", n)
		}
	})
}

// A call is kept when its answer is good, and only then.
func TestSessionTransaction(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
			return moresql.Settings{Role: "talk_user"}, nil
		})
		mux := http.NewServeMux()
		m := moresql.New(db, quiet, session)
		fields := moresql.Fields("a", "rows")
		mux.Handle("/add", m.Handler("talk.add", fields))
		mux.Handle("/http", m.Handler("talk.add", fields, moresql.HTTPSettings()))
		mux.Handle("/prepared", m.Handler("talk.add", fields, moresql.Prepared()))
		mux.Handle("/bare", moresql.New(db, quiet).Handler("talk.add", fields))
		mux.Handle("/readonly", m.Handler("talk.add", fields, moresql.ReadOnly()))
		mux.Handle("/one", m.Handler("talk.add", fields, moresql.One()))
		mux.Handle("/each", m.Handler("talk.add", fields, moresql.Each(func(*row.Row) error {
			return errors.New("no")
		})))
		mux.Handle("/fail", m.Handler("talk.fail"))
		base := listen(t, mux)
		for _, test := range []struct {
			reason, path string
			status       int // 0 is an answer that breaks off
			added        int
		}{
			{reason: "a good call", path: "/add?a=1&rows=1", status: 200, added: 1},
			{reason: "a long one", path: "/add?a=1&rows=10000", status: 200, added: 1},
			{reason: "a constraint that is looked at by COMMIT", path: "/add?a=0&rows=1", status: 409},
			{reason: "with settings of HTTP", path: "/http?a=0&rows=1", status: 409},
			{reason: "and no rows", path: "/http?a=0&rows=0", status: 409},
			{reason: "with kept statements", path: "/prepared?a=0&rows=1", status: 409},
			{reason: "with kept statements, again", path: "/prepared?a=0&rows=1", status: 409},
			{reason: "in the one statement of a call without a session", path: "/bare?a=0&rows=1",
				status: 409},
			{reason: "when the answer has begun", path: "/add?a=0&rows=10000"},
			{reason: "with settings of HTTP", path: "/http?a=0&rows=10000"},
			{reason: "with kept statements", path: "/prepared?a=0&rows=10000"},
			{reason: "without a session", path: "/bare?a=0&rows=10000"},
			{reason: "reading only", path: "/readonly?a=1&rows=1", status: 405},
			{reason: "an error of the function", path: "/fail", status: 400},
			{reason: "no row where one is wanted", path: "/one?a=1&rows=0", status: 404},
			{reason: "several", path: "/one?a=1&rows=2", status: 500},
			{reason: "an error of the program's", path: "/each?a=1&rows=1", status: 500},
		} {
			setUp(t, db, "TRUNCATE talk.runs", "INSERT INTO talk.runs VALUES (0)")
			status, err := whole(t, "POST", base+test.path)
			if test.status == 0 && (status != 200 || !errors.Is(err, io.ErrUnexpectedEOF)) ||
				test.status != 0 && (status != test.status || err != nil) {
				t.Errorf("%s: %d, %v, want %d", test.reason, status, err, test.status)
			}
			if n := queryInt(t, db, "SELECT count(*) FROM talk.runs") - 1; n != test.added {
				t.Errorf("%s: %d rows are kept, want %d", test.reason, n, test.added)
			}
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections in use", n)
		}
	})
}

// whole reads an answer and returns what reading it has ended with.
func whole(t *testing.T, method, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}
