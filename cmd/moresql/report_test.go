package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The response to an error has the status of its SQLSTATE (README.md, Errors), and what an author
// has raised in full.
func TestCommandReportsErrorsAsTheyAre(t *testing.T) {
	c, db := startContract(t, `
		CREATE TABLE api.parts (id int PRIMARY KEY, n int CHECK (n > 0),
			whole int REFERENCES api.parts);
		INSERT INTO api.parts VALUES (1, 1);
		CREATE FUNCTION api.raise(code text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'the message' USING ERRCODE = code, DETAIL = 'the detail',
				HINT = 'the hint'; END $$;
		CREATE FUNCTION api.run(statement text) RETURNS void LANGUAGE plpgsql
			AS $$ BEGIN EXECUTE statement; END $$;
		CREATE FUNCTION api.gone() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
		"-channel", "", "-timeout", "2s")
	for _, test := range []struct {
		path, argument string
		status         int
		code           string
	}{
		{"/rpc/raise", "P0001", 400, "P0001"}, {"/rpc/raise", "XY123", 400, "XY123"},
		{"/rpc/raise", "PT418", 418, "PT418"}, {"/rpc/raise", "23505", 409, "23505"},
		{"/rpc/raise", "P0002", 404, "P0002"}, {"/rpc/raise", "40001", 503, "40001"},
		{"/rpc/raise", "57014", 504, "57014"}, {"/rpc/raise", "XX000", 500, "XX000"},
		{"/rpc/run", "INSERT INTO api.parts VALUES (1, 1)", 409, "23505"},
		{"/rpc/run", "INSERT INTO api.parts VALUES (2, 1, 3)", 409, "23503"},
		{"/rpc/run", "INSERT INTO api.parts VALUES (2, 0)", 400, "23514"},
		{"/rpc/run", "INSERT INTO api.parts VALUES (NULL, 1)", 400, "23502"},
		{"/rpc/run", "SELECT 1 / 0", 400, "22012"},
		{"/rpc/run", "SELECT pg_sleep(60)", 504, ""},
		{"/rpc/run", "SELEC", 500, "42601"},
		{"/rpc/nowhere", "", 404, "PGRST202"},
	} {
		name := strings.Replace(test.path, "/rpc/raise", "code", 1)
		name = strings.Replace(name, "/rpc/run", "statement", 1)
		body, err := json.Marshal(map[string]string{name: test.argument})
		if err != nil {
			t.Fatal(err)
		}
		status, header, got := c.request("POST", test.path, jsonType, string(body))
		var p struct {
			Status                       int
			Code, Message, Details, Hint string
		}
		err = json.Unmarshal([]byte(got), &p)
		raised := p.Message == "the message" && p.Details == "the detail" && p.Hint == "the hint"
		if status != test.status || p.Status != status || p.Code != test.code || err != nil ||
			!isProblem(header) || raised != (test.path == "/rpc/raise") {
			t.Errorf("%s %s: %d %s, want %d and %s", test.path, test.argument, status, got, test.status,
				test.code)
		}
	}
	// The catalog is out of date, which nobody but the log can say.
	mustExec(t, db, "DROP FUNCTION api.gone()")
	for range 2 {
		if status, _, body := c.get("/rpc/gone"); status != http.StatusNotFound {
			t.Errorf("a function that is gone: %d %s", status, body)
		}
	}
	c.stop()
	if log := c.stderr.String(); strings.Count(log, "level=WARN") != 1 ||
		!strings.Contains(log, "procedure=api.gone") {
		t.Errorf("the log is\n%s", log)
	}
}

// KILL ends the connection after the procedure has had its effect, and no function writes for GET.
func TestCommandCallsOnceAndReadsForGETOnMariaDB(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	for _, s := range []string{
		"CREATE TABLE log (id int)",
		"CREATE PROCEDURE last_words() BEGIN INSERT INTO log VALUES (1); COMMIT; " +
			"KILL CONNECTION_ID(); DO SLEEP(10); END",
		"CREATE FUNCTION writes() RETURNS int READS SQL DATA BEGIN INSERT INTO log VALUES (2); " +
			"RETURN 1; END",
		"CREATE FUNCTION adds() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO log VALUES (3); " +
			"RETURN 1; END",
		"CREATE PROCEDURE tidy() DELETE FROM log",
	} {
		mustExec(t, db, s)
	}
	c := start(t, uri, "-schema", databaseOf(uri))
	for _, test := range []struct {
		method, path string
		least, most  int
	}{
		{"POST", "/rpc/last_words", 500, 599},
		{"GET", "/rpc/writes", 405, 405}, {"HEAD", "/rpc/writes", 405, 405},
		{"GET", "/rpc/adds", 405, 405}, {"GET", "/rpc/last_words", 405, 405},
	} {
		status, _, body := c.request(test.method, test.path, "", "")
		if status < test.least || status > test.most {
			t.Errorf("%s %s: %d %s", test.method, test.path, status, body)
		}
	}
	if n := count(t, db, "SELECT COUNT(*) FROM log"); n != 1 {
		t.Errorf("%d rows are written", n)
	}
	for _, want := range []string{"*/1", "*/0"} { // what a procedure changes is counted
		r := c.newRequest("POST", "/rpc/tidy", "")
		r.Header.Set("Prefer", "count=exact")
		status, header, body := c.do(r)
		if status != 204 || header.Get("Content-Range") != want {
			t.Errorf("%d %s %v; want %s", status, body, header, want)
		}
	}
	c.stop()
}

// A file that another program writes to is waited for, and then the call may be tried again.
func TestCommandReportsALockedSQLite(t *testing.T) {
	folder, uri := newQueries(t, func(*testing.T) string { return "" })
	file := strings.TrimPrefix(uri, "sqlite:")
	c := launchPlainly(t, "", "-addr", "localhost:0", "-db", file, "-sql", folder)
	c.await(c.stdout, "listening on ")
	other, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("DELETE FROM movies"); err != nil {
		t.Fatal(err)
	}
	status, _, body := c.request("POST", "/rpc/add", jsonType, `{"title":"Heat"}`)
	if status != http.StatusServiceUnavailable || !strings.Contains(body, `"code":"55P03"`) {
		t.Errorf("%d %s", status, body)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	status, _, body = c.request("POST", "/rpc/add", jsonType, `{"title":"Heat"}`)
	if status != http.StatusNoContent {
		t.Errorf("afterwards %d %s", status, body)
	}
	c.stop()
}
