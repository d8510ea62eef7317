package main

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// The function speak reads the request from its settings, and sets the status and the header of the
// response.
func TestHTTPSettingsReachTheFunctionAndTheResponse(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		cache  string
		body   string
	}{
		{args: nil, status: 200, cache: "no-store", body: "null"},
		{
			args:   []string{"-http-settings"},
			status: 202,
			cache:  "max-age=60",
			body:   `"GET /rpc/speak"`,
		},
	} {
		c, _ := startSchemas(t, test.args...)
		status, header, body := c.get("/rpc/speak")
		if status != test.status || header.Get("Cache-Control") != test.cache || body != test.body {
			t.Errorf("%q: %d %v %s", test.args, status, header, body)
		}
		c.stop()
	}
}

// With -http-settings a call is one transaction, which its procedure cannot end: PostgreSQL says
// so, and the response what to do.
func TestProcedureEndsItsTransactionWithoutHTTPSettings(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE TABLE api.log (n int);
		CREATE PROCEDURE api.commits() LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO api.log VALUES (1); COMMIT; ROLLBACK; END $$`)
	for _, test := range []struct {
		args   []string
		status int
		parts  []string
		rows   int
	}{
		{
			args: []string{"-schema", "api", "-http-settings"}, status: 500, rows: 0,
			parts: []string{`"message":"invalid transaction termination"`, "leave COMMIT and ROLLBACK out"},
		},
		{args: []string{"-schema", "api"}, status: 204, rows: 1},
	} {
		c := start(t, uri, test.args...)
		status, _, body := c.request("POST", "/rpc/commits", jsonType, "{}")
		if n := count(t, db, "SELECT count(*) FROM api.log"); status != test.status || n != test.rows {
			t.Errorf("%q: %d %s, and %d rows", test.args, status, body, n)
		}
		for _, part := range test.parts {
			if !strings.Contains(body, part) {
				t.Errorf("%q: no %s in %s", test.args, part, body)
			}
		}
		c.stop()
	}
}

// A result that is no list has no pages.
func TestMaxRowsLinksToTheNextPage(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		c := start(t, "", "-max-rows", "2")
		c.readPages("/cars?select=id&order=id.desc", [][]string{{"3", "2"}, {"1"}})
		if status, _, body := c.get("/cars/1"); status != http.StatusOK {
			t.Errorf("one car: %d %s", status, body)
		}
		c.stop()
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		c, _ := startSchemas(t, "-max-rows", "5", "-init")
		c.readPages("/rpc/trips?select=id&order=id&limit=100", [][]string{
			{"1", "2", "3", "4", "5"},
			{"6", "7", "8"},
		})
		c.readPages("/cars?select=id&id=lt.3", [][]string{{"1", "2"}})
		for _, test := range []struct {
			target, body string
			status       int
		}{
			{"/scalar", "", 200},
			{"/first_car", "", 200},
			{"/nothing", "", 204},
			{"/quiet", "", 204},
			{"/divide", `{"a": 1, "b": 1}`, 200},
		} {
			status, _, body := c.request("POST", "/rpc"+test.target, jsonType, test.body)
			if status != test.status {
				t.Errorf("%s: %d %s", test.target, status, body)
			}
		}
		c.stop()
	})
}

// readPages gets a list and the pages that its links lead to, and compares the ids.
func (c *command) readPages(target string, want [][]string) {
	c.t.Helper()
	path, _, _ := strings.Cut(target, "?")
	for i, ids := range want {
		status, header, body := c.get(target, "Accept", "text/csv")
		lines := strings.Fields(body)
		if status != http.StatusOK || lines[0] != "id" || !reflect.DeepEqual(lines[1:], ids) {
			c.t.Errorf("%s: %d %q, want the ids %q", target, status, body, ids)
			return
		}
		next, found := strings.CutSuffix(strings.TrimPrefix(header.Get("Link"), "<"), `>; rel="next"`)
		if found != (i+1 < len(want)) {
			c.t.Errorf("%s: Link %q", target, header.Get("Link"))
			return
		}
		target = path + next
	}
}
