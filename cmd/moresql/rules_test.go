package main

import (
	"strings"
	"testing"
)

// The rules of PostgREST for functions hold on the socket of the command as in the library.
func TestCommandKeepsTheRulesOfFunctions(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `
		CREATE SCHEMA api; CREATE SCHEMA two;
		CREATE TABLE api.users (id int, name text);
		INSERT INTO api.users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
		CREATE FUNCTION api.here() RETURNS text LANGUAGE sql AS $$ SELECT 'api' $$;
		CREATE FUNCTION two.here() RETURNS text LANGUAGE sql AS $$ SELECT 'two' $$;
		CREATE FUNCTION api.users_below(id int) RETURNS SETOF api.users LANGUAGE sql
			AS 'SELECT * FROM api.users WHERE id < $1 ORDER BY id';
		CREATE FUNCTION api.user_of(i int) RETURNS api.users LANGUAGE sql
			AS 'SELECT * FROM api.users WHERE id = i';
		CREATE FUNCTION api.poly(a int, b anyelement DEFAULT NULL::int) RETURNS int LANGUAGE sql
			AS 'SELECT a';
		CREATE FUNCTION api.both(json) RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE FUNCTION api.both(jsonb) RETURNS int LANGUAGE sql AS 'SELECT 2';
		CREATE FUNCTION api.size(bytea) RETURNS int LANGUAGE sql AS 'SELECT length($1)';
		CREATE FUNCTION api.size_of(id int, picture bytea) RETURNS int LANGUAGE sql
			AS 'SELECT id + length(picture)'`)
	c := start(t, uri, "-schema", "api", "-schema", "two")
	large := strings.Repeat("x", 1<<20+1)
	for _, test := range []struct {
		method, target, field, value, body string
		status                             int
		want                               string
	}{
		{method: "GET", target: "/here", status: 200, want: `"api"`},
		{method: "POST", target: "/size_of", field: "Content-Type",
			value: "multipart/form-data; boundary=b", status: 200, want: "102",
			body: "--b\r\nContent-Disposition: form-data; name=id\r\n\r\n100\r\n--b\r\n" +
				"Content-Disposition: form-data; name=picture; filename=a\r\n\r\n\x00\xff\r\n--b--\r\n"},
		{method: "GET", target: "/here", field: "Accept-Profile", value: "two", status: 200,
			want: `"two"`},
		{method: "POST", target: "/here", field: "Content-Profile", value: "two", status: 200,
			want: `"two"`},
		{method: "GET", target: "/here", field: "Accept-Profile", value: "x", status: 406},
		{method: "GET", target: "/users_below?id=3&id=gt.1", status: 200,
			want: `[{"id":2,"name":"bob"}]`},
		{method: "GET", target: "/users_below?id=9&id=2", status: 200,
			want: `[{"id":1,"name":"ann"}]`},
		{method: "GET", target: "/users_below?id=2&select=", status: 200,
			want: `[{"id":1,"name":"ann"}]`},
		{method: "HEAD", target: "/users_below?id=9", field: "Range", value: "0-0", status: 200},
		{method: "GET", target: "/user_of?i=1", status: 200, want: `{"id":1,"name":"ann"}`},
		{method: "GET", target: "/user_of?i=9", status: 200, want: `null`},
		{method: "GET", target: "/poly?a=1", status: 200, want: `1`},
		{method: "POST", target: "/poly?columns=a", field: "Content-Type", value: jsonType,
			body: `[{"a":1,"c":2},{"a":3,"c":4}]`, status: 200, want: `1`},
		{method: "POST", target: "/both", field: "Content-Type", value: jsonType, body: `{}`,
			status: 300},
		{method: "POST", target: "/size", field: "Content-Type", value: "application/octet-stream",
			body: large, status: 413},
	} {
		r := c.newRequest(test.method, "/rpc"+test.target, test.body)
		if test.field != "" {
			r.Header.Set(test.field, test.value)
		}
		status, _, body := c.do(r)
		if status != test.status || test.want != "" && compact(body) != test.want {
			t.Errorf("%s %s, %s %s: %d %s, want %d %s", test.method, test.target, test.field, test.value,
				status, body, test.status, test.want)
		}
	}
	c.stop()
}
