package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// filmTables are tables as SQLite and MariaDB declare them alike.
var filmTables = []string{
	"CREATE TABLE directors (id int PRIMARY KEY, name varchar(20), born date)",
	"CREATE TABLE films (id int PRIMARY KEY, title varchar(300), price decimal(6,2), picture blob," +
		" director_id int, FOREIGN KEY (director_id) REFERENCES directors (id))",
	"CREATE VIEW titles AS SELECT id, title FROM films",
	"INSERT INTO directors VALUES (1, 'Ann', '1960-01-02'), (2, 'Bob', NULL)",
	"INSERT INTO films VALUES (1, 'Up', 9.75, x'00ff', 1), (2, 'Down', NULL, NULL, 1)",
	"INSERT INTO films VALUES (3, 'Left', 0.25, x'', 2)",
}

// startOthers starts the command with -tables on each database besides PostgreSQL.
func startOthers(t *testing.T, test func(*testing.T, *command, *sql.DB), args ...string) {
	t.Run("SQLite", func(t *testing.T) {
		c, db := startFile(t, args...)
		test(t, c, db)
		c.stop()
	})
	t.Run("MariaDB", func(t *testing.T) {
		uri := newMariaDB(t)
		db := connect(t, uri)
		for _, s := range filmTables {
			mustExec(t, db, s)
		}
		name := uri[strings.LastIndex(uri, "/")+1:]
		c := start(t, uri, append([]string{"-tables", "-schema", name}, args...)...)
		test(t, c, db)
		c.stop()
	})
}

// startFile starts the command with -tables on a file of SQLite.
func startFile(t *testing.T, args ...string) (*command, *sql.DB) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "films.db")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	mustExec(t, db, strings.Join(filmTables, ";"))
	c := launchPlainly(t, "sqlite://"+file,
		append([]string{"-addr", "localhost:0", "-tables"}, args...)...)
	c.await(c.stdout, "listening on ")
	return c, db
}

// What is wanted is written by hand from the rows above.
func TestCommandServesTablesOfOtherDatabases(t *testing.T) {
	startOthers(t, func(t *testing.T, c *command, db *sql.DB) {
		for _, test := range []struct {
			reason, method, target, prefer string
			status                         int
			want                           string // the body, or what an error has in it
		}{
			{reason: "a table", target: "/directors?order=id", status: 200,
				want: `[{"id":1,"name":"Ann","born":"1960-01-02"},{"id":2,"name":"Bob","born":null}]`},
			{reason: "a view", target: "/titles?id=eq.1", status: 200, want: `[{"id":1,"title":"Up"}]`},
			{reason: "to one, bytes and decimals",
				target: "/films?select=price,picture,directors(name)&id=lt.2", status: 200,
				want: `[{"price":9.75,"picture":"\\x00ff","directors":{"name":"Ann"}}]`},
			{reason: "to many, the same in JSON", status: 200,
				target: "/directors?select=id,films(price,picture)&films.order=id.desc&id=eq.1",
				want: `[{"id":1,"films":[{"price":null,"picture":null},` +
					`{"price":9.75,"picture":"\\x00ff"}]}]`},
			{reason: "counted", target: "/films?select=id&limit=1&order=id", prefer: "count=exact",
				status: 206, want: `[{"id":1}]`},
			{reason: "aggregates", target: "/films?select=director_id,count()&order=director_id",
				status: 200, want: `[{"director_id":1,"count":2},{"director_id":2,"count":1}]`},
			{reason: "a text search", target: "/films?title=fts.up", status: 400, want: "not supported by"},
			{reason: "an array", target: "/films?title=cs.{a}", status: 400, want: "not supported by"},
			{reason: "a range", target: "/films?id=sl.[1,2)", status: 400, want: "not supported by"},
			{reason: "several values", target: "/films?id=eq(any).{1,2}", status: 400,
				want: "not supported by"},
			{reason: "a type of PostgreSQL", target: "/films?select=id::inet", status: 400, want: "42704"},
			{reason: "an estimate, if nothing else will do", target: "/films",
				prefer: "handling=strict, count=planned", status: 400, want: "PGRST122"},
			{reason: "methods", method: "OPTIONS", target: "/films", status: 204},
			{reason: "no such table", target: "/film", status: 404, want: "PGRST205"},
		} {
			if test.method == "" {
				test.method = "GET"
			}
			r := c.newRequest(test.method, test.target, "")
			r.Header.Set("Prefer", test.prefer)
			status, _, body := c.do(r)
			isIt := compact(body) == test.want
			if test.status >= 400 {
				isIt = strings.Contains(body, test.want)
			}
			if status != test.status || !isIt {
				t.Errorf("%s: %d %s, want %d %s", test.reason, status, body, test.status, test.want)
			}
		}
		if _, _, list := c.get("/"); !strings.Contains(list, "GET    /films\n") {
			t.Errorf("the tables are not listed:\n%s", list)
		}
		mustExec(t, db, "CREATE TABLE later (a int)")
		if err := c.process.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		c.becomes("/later", 200, `[]`)
	}, "-aggregates")
}

// A file of one's own must be there, has no sample, and is left as it was.
func TestCommandLeavesFilesOfSQLiteAlone(t *testing.T) {
	for _, test := range []struct {
		uri  string
		args []string
		want string
	}{
		{"sqlite://" + filepath.Join(t.TempDir(), "nothing.db"), []string{"-tables"}, "correct the path"},
		{"sqlite:films.db", nil, "serve them with -tables"},
		{"sqlite:films.db", []string{"-tables", "-init"}, "-init is for the sample"},
		{"sqlite:", []string{"-tables"}, "must be sqlite: and the path"},
		{"file:films.db", []string{"-tables"}, "must be sqlite: and the path"},
	} {
		c := launchPlainly(t, test.uri, append([]string{"-addr", "localhost:0"}, test.args...)...)
		c.await(c.stderr, test.want)
	}
}

// Parameters of a URI of MySQL are those of the driver and variables of the server, and modes of
// encryption have the names of other clients as well.
func TestCommandTakesParametersOfMariaDB(t *testing.T) {
	uri := newMariaDB(t) + "?"
	for query, want := range map[string]string{
		"sslmode=disable": "", "ssl-mode=DISABLED": "", "sslmode=prefer": "", "sql_mode=%27%27": "",
		"sslmode=require": "?tls=false", "useSSL=false": "does not know a parameter after the ? in",
	} {
		stdout, stderr, status := called(t, uri+query, "", nil, "check")
		if (status == 2) != (want != "") || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d, %s%s", query, status, stdout, stderr)
		}
	}
}

// A list has as many rows as -max-rows allows: that of a table, of a file, and of a procedure,
// whose CALL cannot stand in a FROM.
func TestCommandLimitsTheRowsOfMariaDB(t *testing.T) {
	uri := newMariaDB(t)
	db := connect(t, uri)
	for _, s := range append(filmTables,
		"CREATE PROCEDURE list() SELECT id FROM films ORDER BY id") {
		mustExec(t, db, s)
	}
	folder := filepath.Dir(write(t, "all.sql", "SELECT id FROM films ORDER BY id"))
	name := uri[strings.LastIndex(uri, "/")+1:]
	pages := [][]string{{"1", "2"}, {"3"}}
	c := start(t, uri, "-schema", name, "-max-rows", "2", "-tables")
	c.readPages("/films?select=id&order=id", pages)
	c.readPages("/films?select=id&order=id&limit=9", pages)
	if status, header, body := c.request("POST", "/rpc/list", "", ""); status != 200 ||
		header.Get("Content-Range") != "0-1/3" || compact(body) != `[{"id":1},{"id":2}]` {
		t.Errorf("POST: %d %v %s", status, header, body)
	}
	c.stop()
	c = start(t, uri, "-max-rows", "2", "-sql", folder)
	c.readPages("/rpc/all?order=id&limit=9", pages)
	c.stop()
}
