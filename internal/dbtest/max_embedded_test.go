package dbtest

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// boundedSchema has lists of 0, 3 and 4 rows, and in these lists of 0 to 5.
var boundedSchema = []string{
	"CREATE TABLE authors (id int PRIMARY KEY, name varchar(20))",
	"CREATE TABLE books (id int PRIMARY KEY, author_id int, year int," +
		" FOREIGN KEY (author_id) REFERENCES authors (id))",
	"CREATE TABLE notes (id int PRIMARY KEY, book_id int, note varchar(20)," +
		" FOREIGN KEY (book_id) REFERENCES books (id))",
	"CREATE TABLE shelves (id int PRIMARY KEY)",
	"CREATE TABLE shelved (shelf_id int NOT NULL, book_id int NOT NULL, PRIMARY KEY (shelf_id," +
		" book_id), FOREIGN KEY (shelf_id) REFERENCES shelves (id)," +
		" FOREIGN KEY (book_id) REFERENCES books (id))",
	"INSERT INTO authors VALUES (1, 'none'), (2, 'three'), (3, 'four')",
	"INSERT INTO books VALUES (1, 2, 1999), (2, 2, 2000), (3, 2, 2001)",
	"INSERT INTO books VALUES (4, 3, 1999), (5, 3, 2000), (6, 3, 2001), (7, 3, 2001)",
	"INSERT INTO notes VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (4, 1, 'd'), (5, 1, 'e')",
	"INSERT INTO notes VALUES (6, 4, 'f')",
	"INSERT INTO shelves VALUES (1), (2)",
	"INSERT INTO shelved VALUES (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 1)",
}

// boundedRequests are requests with the parameter that an error says a list can be limited by, or
// nothing if all lists are as they are without MaxPage(3).
var boundedRequests = []struct{ target, limit string }{
	{"/authors?select=id,books(id)&books.order=id&order=id", "books.limit=3"},
	{"/authors?select=id,books(id)&books.order=id&order=id&id=lt.3", ""},
	{"/authors?select=id,books(id)&books.order=id&order=id&books.year=lt.2001", ""},
	{"/authors?select=id,books(id)&books.order=id&order=id&books.limit=3", ""},
	{"/authors?select=id,books(id)&books.order=id&order=id&books.limit=0", ""},
	{"/authors?select=id,books(id)&books.order=id&order=id&books.limit=4", "books.limit=3"},
	{"/authors?select=id,books(id)&books.order=id&order=id&books.offset=1", ""},
	{"/authors?select=id,books(id)&books.order=id&order=id&books.limit=9&books.offset=1", ""},
	{"/authors?select=id,b:books(id)&b.order=id&order=id", "b.limit=3"},
	{"/authors?select=id,%22b%20b%22:books(id)&order=id", `"b b".limit=3`},
	{"/authors?select=id,books()&books=not.is.null&order=id", ""},
	{"/authors?select=id,books!inner()&order=id", ""},
	{"/authors?select=id,...books(years:year)&books.order=id&order=id", "books.limit=3"},
	{"/authors?select=id,...books(years:year)&books.order=id&order=id&id=eq.2", ""},
	{"/books?select=id,notes(note)&notes.order=id&order=id&limit=3", "notes.limit=3"},
	{"/books?select=id,notes(note)&notes.order=id&order=id&limit=2&offset=1", ""},
	{"/books?select=id,authors(name,books(id))&authors.books.order=id&id=lt.4&order=id", ""},
	{"/books?select=id,authors(name,books(id))&id=eq.4", "authors.books.limit=3"},
	{"/books?select=id,...authors(name,books(id))&id=eq.4", "authors.books.limit=3"},
	{"/authors?select=id,books(id,notes(id))&books.notes.order=id&books.order=id&id=eq.1", ""},
	{"/authors?select=id,books(id,notes(id))&id=eq.2", "books.notes.limit=3"},
	{"/shelves?select=id,books(id)&books.order=id&order=id&id=eq.2", ""},
	{"/shelves?select=id,books(id)&books.order=id&order=id", "books.limit=3"},
	{"/notes?select=id,books(id,authors(name))&order=id&limit=3", ""},
}

// No row of a list is left out without a word: a list that is embedded in a row has as many rows as
// without MaxPage, or the response is an error that says how to limit it.
func TestMaxPageCutsNoEmbeddedListInSilence(t *testing.T) {
	test := func(t *testing.T, db *sql.DB, cat *catalog.Catalog) {
		all := listen(t, rest.Tables(moresql.New(db, quiet), cat))
		few := listen(t, rest.Tables(moresql.New(db, quiet, rest.MaxPage(3)), cat))
		for _, r := range boundedRequests {
			for _, prefer := range []string{"", "count=exact"} {
				got := send(t, "GET", few+r.target, "", "Prefer", prefer)
				if r.limit != "" {
					checkTooLong(t, r.target, got, r.limit)
					continue
				}
				want := send(t, "GET", all+r.target, "", "Prefer", prefer)
				if got.status != want.status || got.body != want.body || want.status >= 400 {
					t.Errorf("%s: %d %s, want %d %s", r.target, got.status, got.body, want.status, want.body)
				}
			}
		}
	}
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			db, cat := open(t, boundedSchema...)
			test(t, db, cat)
		})
	}
	postgres := openPostgres(t)
	setUp(t, postgres, "DROP SCHEMA IF EXISTS bounded CASCADE", "CREATE SCHEMA bounded")
	for _, s := range boundedSchema {
		setUp(t, postgres, "SET search_path = bounded; "+s+"; RESET search_path")
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) { test(t, db, load(t, db, "bounded")) })
}

// checkTooLong checks that a response says that a list is too long, and how to limit it.
func checkTooLong(t *testing.T, request string, got received, limit string) {
	t.Helper()
	var e struct{ Message, Hint string }
	err := json.Unmarshal([]byte(got.body), &e)
	if got.status != 400 || err != nil || e.Message != "an embedded list has more than 3 rows" ||
		!strings.Contains(e.Hint, limit) {
		t.Errorf("%s: %d %s, want 400 and a hint at %s", request, got.status, got.body, limit)
	}
}

// PostgreSQL says so before the first byte of any response, of functions and in media types of the
// database's own as well, and what the function has written is undone.
func TestMaxPageRefusesLongListsBeforeTheResponseBegins(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS longest CASCADE", "CREATE SCHEMA longest",
		"CREATE TABLE longest.a (id int PRIMARY KEY, filler text)",
		"CREATE TABLE longest.b (id int PRIMARY KEY, a int REFERENCES longest.a)",
		"INSERT INTO longest.a SELECT i, repeat('x', 2000) FROM generate_series(1, 100) AS i",
		"INSERT INTO longest.b SELECT i, 1 + i % 99 FROM generate_series(1, 9900) AS i",
		"INSERT INTO longest.b SELECT -i, 100 FROM generate_series(1, 101) AS i",
		"CREATE FUNCTION longest.add(n int) RETURNS SETOF longest.a LANGUAGE sql"+
			" AS 'INSERT INTO longest.a VALUES (-n); SELECT * FROM longest.a WHERE id >= n'",
		`CREATE DOMAIN longest."text/x-rows" AS text`,
		`CREATE FUNCTION longest.join(longest."text/x-rows", r anyelement)`+
			` RETURNS longest."text/x-rows" LANGUAGE sql AS $$ SELECT $1 || r::text $$`,
		`CREATE AGGREGATE longest.rows(anyelement) (SFUNC = longest.join,`+
			` STYPE = longest."text/x-rows", INITCOND = '')`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "longest")
		m := moresql.New(db, quiet, rest.MaxPage(100), rest.HTTPSettings())
		tables, routines := listen(t, rest.Tables(m, cat, rest.Aggregates())),
			listen(t, rest.Routines(m, cat))
		const lists, few = "select=id,filler,b(id)&order=id", "select=id,filler,b(id)&order=id&id=lt.100"
		for _, r := range []struct {
			method, url, accept, prefer string
			status                      int
			body                        string
		}{
			{"GET", tables + "/a?" + few, jsonType, "", 200, ""},
			{"GET", tables + "/a?" + lists, jsonType, "", 400, ""},
			{"HEAD", tables + "/a?" + lists, jsonType, "", 400, ""},
			{"GET", tables + "/a?" + lists, jsonType, "count=exact", 400, ""},
			{"GET", tables + "/a?limit=60&" + lists, jsonType, "pagination=keyset", 200, ""},
			{"GET", tables + "/a?offset=60&" + lists, jsonType, "count=exact", 400, ""},
			{"GET", tables + "/a?select=count(),b(id)&id=lt.100", jsonType, "", 200, ""},
			{"GET", tables + "/a?select=count(),b(id)", jsonType, "", 400, ""},
			{"GET", tables + "/a?" + few, "text/x-rows", "", 200, ""},
			{"GET", tables + "/a?" + lists, "text/x-rows", "", 400, ""},
			{"GET", tables + "/a?id=eq.100&select=b(id)", "application/vnd.pgrst.object+json", "", 400, ""},
			{"POST", routines + "/add?" + lists, jsonType, "", 200, `{"n": 101}`},
			{"POST", routines + "/add?" + lists, jsonType, "", 400, `{"n": 99}`},
		} {
			got := send(t, r.method, r.url, r.body, "Accept", r.accept, "Prefer", r.prefer)
			want := "an embedded list has more than 100 rows"
			if r.status != 400 || r.method == "HEAD" {
				want = ""
			}
			if got.status != r.status || !strings.Contains(got.body, want) {
				t.Errorf("%s %s as %s, %q: %d %.300s, want %d %s", r.method, r.url, r.accept, r.prefer,
					got.status, got.body, r.status, want)
			}
		}
		left := 0
		if err := db.QueryRow("SELECT count(*) FROM longest.a WHERE id = -99").Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left != 0 {
			t.Errorf("a call that was refused has left %d rows", left)
		}
		setUp(t, openPostgres(t), "DELETE FROM longest.a WHERE id < 0")
	})
}
