package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// What the command answers with an error has had no effect, what it cuts says so, and a function
// that is called runs.
func TestCommandUndoesWhatItAnswersWithAnError(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.log (n int);
		CREATE FUNCTION api.two() RETURNS TABLE (n int) LANGUAGE sql
			AS 'INSERT INTO api.log VALUES (1), (2) RETURNING n';
		CREATE FUNCTION api.three() RETURNS SETOF record LANGUAGE sql
			AS 'INSERT INTO api.log VALUES (1), (2), (3) RETURNING n';
		CREATE PROCEDURE api.commits() LANGUAGE plpgsql
			AS 'BEGIN INSERT INTO api.log VALUES (1); COMMIT; END'`)
	c := start(t, uri, "-schema", "api", "-max-rows", "2")
	for _, test := range []struct {
		reason, path string
		header       []string
		status, rows int
		contentRange string
	}{
		{reason: "a single object of two", path: "/rpc/two", status: 406,
			header: []string{"Accept", "application/vnd.pgrst.object+json"}},
		{reason: "an offset after the last row", path: "/rpc/two?offset=9", status: 416,
			header: []string{"Prefer", "count=exact"}, contentRange: "*/2"},
		{reason: "a limit of 0", path: "/rpc/two?limit=0", status: 200, rows: 2, contentRange: "*/2"},
		{reason: "a list that is cut", path: "/rpc/three", status: 200, rows: 3, contentRange: "0-1/3"},
		{reason: "a procedure that commits", path: "/rpc/commits", status: 204, rows: 1},
	} {
		mustExec(t, db, "TRUNCATE api.log")
		body := strings.NewReader("{}")
		r, err := http.NewRequestWithContext(t.Context(), "POST", c.url()+test.path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", jsonType)
		if test.header != nil {
			r.Header.Set(test.header[0], test.header[1])
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		n := count(t, db, "SELECT count(*) FROM api.log")
		if res.StatusCode != test.status || n != test.rows ||
			res.Header.Get("Content-Range") != test.contentRange {
			t.Errorf("%s: %d %v %s, and %d rows", test.reason, res.StatusCode, res.Header, text, n)
		}
	}
	c.stop()
}

// A batch of calls at /rpc/ has all of its effects or none.
func TestCommandRunsABatchInOneTransaction(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.log (n int UNIQUE);
		CREATE FUNCTION api.keep(n int) RETURNS int LANGUAGE sql
			AS 'INSERT INTO api.log VALUES (n) RETURNING n'`)
	c := start(t, uri, "-schema", "api", "-max-calls", "3")
	for _, test := range []struct {
		reason, body string
		status, rows int
		want         string
	}{
		{reason: "two calls", body: `[{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":2}}]`,
			status: 200, rows: 2, want: `[1,2]`},
		{reason: "the second fails", status: 409, want: `"call":{"index":1,"name":"api.keep"}`,
			body: `[{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":1}}]`},
		{reason: "more than -max-calls", status: 413, want: `"call":{"index":3}`,
			body: `[{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":2}},
				{"call":"keep","args":{"n":3}},{"call":"keep","args":{"n":4}}]`},
	} {
		mustExec(t, db, "TRUNCATE api.log")
		res, err := http.Post(c.url()+"/rpc/", jsonType, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		n := count(t, db, "SELECT count(*) FROM api.log")
		if res.StatusCode != test.status || n != test.rows || !strings.Contains(string(text), test.want) {
			t.Errorf("%s: %d %s, and %d rows", test.reason, res.StatusCode, text, n)
		}
	}
	c.stop()
}
