package main

import (
	"database/sql"
	"strings"
	"testing"
)

// startTables starts the command with -tables on a database with films and their directors.
func startTables(t *testing.T, args ...string) (*command, *sql.DB) {
	t.Helper()
	return startTablesOf(t, newPostgreSQL(t), args...)
}

// startTablesOf starts it on a database that may have them already.
func startTablesOf(t *testing.T, uri string, args ...string) (*command, *sql.DB) {
	t.Helper()
	db := connect(t, uri)
	mustExec(t, db, `DROP SCHEMA IF EXISTS api, two CASCADE;
		CREATE SCHEMA api; CREATE SCHEMA two;
		CREATE TABLE api.directors (id int PRIMARY KEY, name text, born date);
		CREATE TABLE api.films (id int PRIMARY KEY, title text, price numeric(6,2),
			director_id int REFERENCES api.directors);
		CREATE VIEW api.titles AS SELECT id, title, director_id FROM api.films;
		CREATE TABLE api."odd name" ("a b" int); CREATE TABLE two.films (here text);
		CREATE FUNCTION api.of_film(id int) RETURNS SETOF api.directors LANGUAGE sql STABLE AS
			'SELECT d.* FROM api.directors d JOIN api.films f ON director_id = d.id WHERE f.id = $1';
		INSERT INTO api.directors VALUES (1, 'Ann', '1960-01-02'), (2, 'Bob', NULL);
		INSERT INTO api.films VALUES (1, 'Up', 9.90, 1), (2, 'Down', NULL, 1), (3, 'Left', 0.50, 2);
		INSERT INTO two.films VALUES ('two'); INSERT INTO api."odd name" VALUES (7);
		ANALYZE api.films`)
	return start(t, uri, append([]string{"-schema", "api", "-schema", "two", "-tables"},
		args...)...), db
}

func TestCommandServesTables(t *testing.T) {
	c, db := startTables(t)
	for _, test := range []struct {
		method, target, field, value string
		status                       int
		want                         string // SQL for the body, "" for a problem or no body
	}{
		{method: "GET", target: "/films?order=id", status: 200,
			want: "SELECT json_agg(f ORDER BY id) FROM api.films f"},
		{method: "HEAD", target: "/films", status: 200},
		{method: "OPTIONS", target: "/films", status: 204},
		{method: "GET", target: "/odd%20name", status: 200,
			want: `SELECT json_agg(o) FROM api."odd name" o`},
		{method: "GET", target: "/films", field: "Accept-Profile", value: "two", status: 200,
			want: "SELECT json_agg(f) FROM two.films f"},
		{method: "GET", target: "/films?select=title,director:directors(name)&price=gt.1", status: 200,
			want: `SELECT json_agg(r) FROM (SELECT title, (SELECT row_to_json(d) FROM (SELECT name
				FROM api.directors WHERE id = director_id) d) AS director FROM api.films WHERE price > 1) r`},
		{method: "GET", target: "/directors?select=id,titles!inner(title)&titles.title=like.L*",
			status: 200, want: `SELECT '[{"id": 2, "titles": [{"title": "Left"}]}]'`},
		{method: "GET", target: "/rpc/of_film?id=3&select=name,films(id)", status: 200,
			want: `SELECT '[{"name": "Bob", "films": [{"id": 3}]}]'`},
		{method: "GET", target: "/films?select=id&limit=1&order=id", field: "Prefer",
			value: "count=exact", status: 206, want: `SELECT '[{"id": 1}]'`},
		{method: "GET", target: "/film", status: 404},
		{method: "GET", target: "/films?select=nothing(id)", status: 400},
		{method: "POST", target: "/films", status: 400},
	} {
		r := c.newRequest(test.method, test.target, "")
		if test.field != "" {
			r.Header.Set(test.field, test.value)
		}
		status, _, body := c.do(r)
		if status != test.status {
			t.Errorf("%s %s: %d %s, want %d", test.method, test.target, status, body, test.status)
			continue
		}
		if test.want == "" {
			continue
		}
		var want string
		if err := db.QueryRow(test.want).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if compact(body) != compact(want) {
			t.Errorf("%s %s: %s, want %s", test.method, test.target, body, want)
		}
	}
	_, _, list := c.get("/")
	for _, want := range []string{"GET    /films", "GET    /odd%20name", "?limit=10'"} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not listed:\n%s", want, list)
		}
	}
	c.stop()
}

// Who misspells a column is told which one is meant.
func TestCommandHintsAtColumns(t *testing.T) {
	c, _ := startTables(t)
	for _, test := range [][4]string{
		{"GET", "/films?titel=eq.Up", "", "perhaps you mean \\\"title\\\""},
		{"POST", "/films", `{"id": 7, "titel": "x"}`, "Perhaps you meant the column 'title'"},
		{"POST", "/films?columns=id,titel", `{}`, "Perhaps you meant the column 'title'"},
	} {
		status, _, body := c.do(c.newRequest(test[0], test[1], test[2]))
		if status != 400 || !strings.Contains(body, test[3]) {
			t.Errorf("%s %s: %d %s, want %s", test[0], test[1], status, body, test[3])
		}
	}
	c.stop()
}

func TestCommandAggregatesIfAllowed(t *testing.T) {
	const target = "/films?select=director_id,price.sum(),count()&order=director_id"
	c, _ := startTables(t)
	if status, _, body := c.get(target); status != 400 || !strings.Contains(body, "PGRST123") {
		t.Errorf("not allowed: %d %s", status, body)
	}
	c.stop()
	c, db := startTables(t, "-aggregates")
	var want string
	err := db.QueryRow(`SELECT json_agg(r) FROM (SELECT director_id, sum(price), count(*)
		FROM api.films GROUP BY director_id ORDER BY director_id) r`).Scan(&want)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, body := c.get(target); status != 200 || compact(body) != compact(want) {
		t.Errorf("allowed: %d %s, want %s", status, body, want)
	}
	// Of functions that return rows of a table, too, as under PostgREST.
	status, _, body := c.get("/rpc/of_film?id=3&select=name,count()")
	if status != 200 || body != `[{"name":"Bob","count":1}]` {
		t.Errorf("of a function: %d %s", status, body)
	}
	c.stop()
}

// A table that is added is served after a reload, and so is a column.
func TestCommandReloadsTables(t *testing.T) {
	c, db := startTables(t)
	if status, _, _ := c.get("/later"); status != 404 {
		t.Errorf("before: %d", status)
	}
	mustExec(t, db, `CREATE TABLE api.later AS SELECT 1 AS a; ALTER TABLE api.films ADD late int;
		NOTIFY moresql`)
	c.becomes("/later", 200, `[{"a":1}]`)
	c.becomes("/films?select=late&limit=1", 200, `[{"late":null}]`)
	c.stop()
}

// Who has tables alone is told so, and not left with an empty list of routines.
func TestCommandSaysThatThereIsNoRoutine(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), "CREATE SCHEMA api; CREATE TABLE api.films (id int)")
	c := start(t, uri, "-schema", "api", "-tables")
	const want = "The routines of api are served. " +
		"There is none that a role of the login may execute.\n\n" +
		"The tables and views of api:\n\nGET    /films\n"
	if status, _, body := c.get("/"); status != 200 || !strings.Contains(body, want) {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}
