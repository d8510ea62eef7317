package dbtest

import (
	"database/sql"
	"encoding/json"
	"mime"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// TestDownloadNamesFileInAnyLanguage names files of successful responses, which errors must not
// have.
func TestDownloadNamesFileInAnyLanguage(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, formatSchema...)
	for _, name := range []string{"cars.csv", `Über "sicht".csv`, "日本.csv", "a;b\r\nc.csv"} {
		base := listen(t, moresql.New(db, quiet).Handler("formats.rows", moresql.Fields("n"),
			moresql.Encoders(encoder.CSV()), moresql.Response{Download: name}))
		a := send(t, "GET", base+"?n=1", "")
		kind, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		if err != nil || kind != "attachment" || params["filename"] != name {
			t.Errorf("%q: %q %v", name, a.header.Get("Content-Disposition"), err)
		}
		if a = send(t, "GET", base+"?n=x", ""); a.status != 400 ||
			a.header.Get("Content-Disposition") != "" {
			t.Errorf("an error: %d %v", a.status, a.header)
		}
	}
}

// TestRedirectCannotLeaveItsTemplate has values of rows that try to lead to another place than the
// template allows.
func TestRedirectCannotLeaveItsTemplate(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `CREATE OR REPLACE FUNCTION place(a text, b text) RETURNS TABLE (a text, b text)
		LANGUAGE sql AS 'SELECT $1, $2 WHERE $1 IS DISTINCT FROM $$none$$'`)
	m := moresql.New(db, quiet)
	for _, test := range []struct{ reason, to, a, b, want string }{
		{reason: "a plain value", to: "/cars/{a}", a: "1", want: "/cars/1"},
		{reason: "a slash", to: "/cars/{a}", a: "1/../../x", want: "/cars/1%2F..%2F..%2Fx"},
		{reason: "a query", to: "/cars/{a}", a: "1?x=1#y", want: "/cars/1%3Fx=1%23y"},
		{reason: "values in a query", to: "/cars?id={a}&x={b}", a: "1&admin=1", b: "é ü",
			want: "/cars?id=1%26admin%3D1&x=%C3%A9+%C3%BC"},
		{reason: "an empty value in a query", to: "/cars?id={a}", want: "/cars?id="},
		{reason: "line breaks", to: "/cars/{a}", a: "1\r\nSet-Cookie: x=y",
			want: "/cars/1%0D%0ASet-Cookie%3A%20x=y"},
		{reason: "a backslash, which browsers take for a slash", to: "/{a}", a: `\evil.example`,
			want: "/%5Cevil.example"},
		{reason: "a scheme", to: "{a}", a: "javascript:alert(1)", want: "javascript%3Aalert%281%29"},
		{reason: "another host", to: "{a}", a: "//evil.example", want: "%2F%2Fevil.example"},
		{reason: "a percent sign", to: "/cars/{a}", a: "%2e%2e", want: "/cars/%252e%252e"},
		{reason: "another host by an empty segment", to: "/{a}/{b}", b: "evil.example"},
		{reason: "the parent folder", to: "/cars/{a}", a: ".."},
		{reason: "the parent folder in two parts", to: "/cars/{a}{b}/x", a: ".", b: "."},
		{reason: "the folder itself", to: "/cars/{a}/x", a: "."},
		{reason: "an empty value", to: "/cars/{a}"},
		{reason: "dots that are a plain name", to: "/cars/{a}", a: "...", want: "/cars/..."},
		{reason: "no row", to: "/cars/{a}", a: "none"},
	} {
		base := listen(t, m.Handler("place",
			moresql.Fields("a", "b"), moresql.Response{Redirect: test.to}))
		body, _ := json.Marshal(map[string]string{"a": test.a, "b": test.b})
		a := send(t, "POST", base, string(body), "Content-Type", jsonType)
		location := a.header.Get("Location")
		if location != test.want || test.want != "" && a.status != 303 ||
			test.want == "" && (a.status < 400 || a.status >= 500) || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %q, want %q; %s", test.reason, a.status, location, test.want, a.body)
		}
	}
}

// TestRedirectKeepsHeaderThatRoutineSets logs a user in by a function, and by a procedure, that
// set a cookie, and redirects.
func TestRedirectKeepsHeaderThatRoutineSets(t *testing.T) {
	const cookie = `set_config('response.headers', '[{"Set-Cookie": "sid=7"}]', true)`
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS entrance CASCADE", "CREATE SCHEMA entrance",
		`CREATE FUNCTION entrance.login(name text) RETURNS TABLE (id int) LANGUAGE sql
			AS $$ SELECT `+cookie+`; SELECT 7 $$`,
		`CREATE PROCEDURE entrance.enter(name text, INOUT id int DEFAULT 7) LANGUAGE plpgsql
			AS $$ BEGIN PERFORM `+cookie+`; END $$`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet, rest.HTTPSettings(), moresql.Response{Redirect: "/users/{id}"})
		cat := load(t, db, "entrance")
		mux := http.NewServeMux()
		mux.Handle("/login", m.Handler("entrance.login", moresql.Fields("name")))
		mux.Handle("/enter", m.Handler("entrance.enter", moresql.Fields("name"),
			moresql.CallBy(moresql.Procedure{})))
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		base := listen(t, mux)
		for _, path := range []string{"/login", "/enter", "/rpc/login", "/rpc/enter"} {
			a := send(t, "POST", base+path, `{"name": "ann"}`, "Content-Type", jsonType)
			if a.status != 303 || a.header.Get("Location") != "/users/7" ||
				a.header.Get("Set-Cookie") != "sid=7" {
				t.Errorf("%s: %d %v %s", path, a.status, a.header, a.body)
			}
		}
	})
}
