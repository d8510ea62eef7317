package dbtest

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	_ "github.com/mattn/go-sqlite3"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// sqliteDrivers open a new database of SQLite by each driver.
var sqliteDrivers = []way{{"modernc", openSQLite}, {"mattn", openMattn}}

func openMattn(t *testing.T) *sql.DB {
	return open(t, "sqlite3", "file:"+filepath.Join(t.TempDir(), "test.db"))
}

// TestErrorCodesOfSQLiteBecomeSQLStates provokes errors of SQLite, which has codes of its own.
func TestErrorCodesOfSQLiteBecomeSQLStates(t *testing.T) {
	for _, way := range sqliteDrivers {
		t.Run(way.name, func(t *testing.T) { testErrorCodesOfSQLite(t, way.open(t)) })
	}
}

func testErrorCodesOfSQLite(t *testing.T, db *sql.DB) {
	setUp(t, db, "PRAGMA foreign_keys = ON", "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
		"INSERT INTO parents VALUES (1)",
		`CREATE TABLE children (id INTEGER PRIMARY KEY, parent INT NOT NULL REFERENCES parents,
			name TEXT UNIQUE CHECK (name <> ''))`,
		`CREATE TRIGGER no_bob BEFORE INSERT ON children WHEN new.name = 'Bob'
			BEGIN SELECT RAISE(ABORT, 'no Bobs here'); END`, "INSERT INTO children VALUES (1, 1, 'Ann')")
	db.SetMaxOpenConns(1) // the PRAGMA lasts for one connection
	statements := loadStatements(t, fstest.MapFS{
		"add.sql":    {Data: []byte("INSERT INTO children VALUES (:id, :parent, :name)")},
		"broken.sql": {Data: []byte("INSERT INTO children (nope) VALUES (1)")},
	}, moresql.SQLite)
	m := moresql.New(db, quiet, moresql.CallBy(statements))
	base := listen(t, rest.Routines(m, statements.Catalog()))
	for _, test := range []struct {
		reason, name, body string
		status             int
		code, message      string
	}{
		{reason: "a duplicate key", name: "add", body: `{"id": 1, "parent": 1, "name": "x"}`, status: 409,
			code: "23505", message: "UNIQUE constraint failed: children.id"},
		{reason: "a duplicate name", name: "add", body: `{"id": 2, "parent": 1, "name": "Ann"}`,
			status: 409, code: "23505", message: "UNIQUE constraint failed: children.name"},
		{reason: "a missing parent", name: "add", body: `{"id": 2, "parent": 9, "name": "x"}`,
			status: 409, code: "23503", message: "FOREIGN KEY constraint failed"},
		{reason: "a failed check", name: "add", body: `{"id": 2, "parent": 1, "name": ""}`, status: 400,
			code: "23514", message: "CHECK constraint failed"},
		{reason: "NULL in a NOT NULL column", name: "add", body: `{"id": 2, "name": "x"}`, status: 400,
			code: "23502", message: "NOT NULL constraint failed: children.parent"},
		{reason: "a key that is not a number", name: "add", body: `{"id": "x", "parent": 1, "name": "x"}`,
			status: 400, code: "22000", message: "datatype mismatch"},
		{reason: "an error that an author raises", name: "add",
			body: `{"id": 2, "parent": 1, "name": "Bob"}`, status: 400, code: "P0001",
			message: "no Bobs here"},
		{reason: "a broken statement", name: "broken", body: `{}`, status: 500,
			message: http.StatusText(500)},
		{reason: "a valid row", name: "add", body: `{"id": 2, "parent": 1, "name": "Ben"}`, status: 204},
	} {
		a := send(t, "POST", base+"/"+test.name, test.body, "Content-Type", jsonType)
		if a.status != test.status {
			t.Errorf("%s: %d %s, want %d", test.reason, a.status, a.body, test.status)
		}
		if a.status < 300 {
			continue
		}
		if p := problemOf(t, a); p.Code != test.code || !strings.HasPrefix(p.Message, test.message) {
			t.Errorf("%s: %s", test.reason, a.body)
		}
	}
}

// TestErrorBlamesValuesOnSQLite has statements read values that they cannot, and runs statements
// that are wrong by themselves, which have the same code.
func TestErrorBlamesValuesOnSQLite(t *testing.T) {
	for _, way := range sqliteDrivers {
		t.Run(way.name, func(t *testing.T) { testValuesOnSQLite(t, way.open(t)) })
	}
}

func testValuesOnSQLite(t *testing.T, db *sql.DB) {
	search := "fts4" // each driver has been compiled with one of the two
	if _, err := db.Exec("CREATE VIRTUAL TABLE notes USING fts5 (body)"); err == nil {
		search = "fts5"
	} else {
		setUp(t, db, "CREATE VIRTUAL TABLE notes USING fts4 (body)")
	}
	setUp(t, db, "INSERT INTO notes VALUES ('hello')",
		"CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
	statements := fstest.MapFS{}
	type call struct {
		query, value, only string
		status             int
	}
	calls := map[string]call{
		"search":   {query: "SELECT body FROM notes WHERE notes MATCH :v", value: "(a", status: 400},
		"end":      {query: "SELECT body FROM notes WHERE notes MATCH :v", value: "a AND", status: 400},
		"unclosed": {query: "SELECT body FROM notes WHERE notes MATCH :v", value: `"a`, status: 400},
		"special": {
			query: "SELECT body FROM notes WHERE notes MATCH :v", value: "*x", status: 400, only: "fts5",
		},
		"json":    {query: "SELECT json(:v) AS j", value: "{", status: 400},
		"each":    {query: "SELECT count(*) AS n FROM json_each(:v)", value: "{", status: 400},
		"path":    {query: "SELECT json_extract('{}', :v) AS j", value: "x[", status: 400},
		"set":     {query: "SELECT json_set('{}', :v, 1) AS j", value: "x(", status: 400},
		"number":  {query: "SELECT abs(CAST(:v AS INT))", value: "-9223372036854775808", status: 400},
		"escape":  {query: "SELECT 'a' LIKE 'b' ESCAPE :v AS b", value: "ab", status: 400},
		"like":    {query: "SELECT 'a' LIKE :v AS b", value: strings.Repeat("a", 60_000), status: 400},
		"limit":   {query: "SELECT name FROM things LIMIT :v", value: "x", status: 400},
		"id":      {query: "INSERT INTO things VALUES (:v, 'x')", value: "x", status: 400},
		"size":    {query: "SELECT zeroblob(:v) AS b", value: "99999999999", status: 400},
		"column":  {query: "SELECT nowhere FROM things WHERE id = :v", value: "1", status: 500},
		"table":   {query: "SELECT id FROM nowhere WHERE id = :v", value: "1", status: 500},
		"unknown": {query: "SELECT nowhere(:v) AS n", value: "1", status: 500},
		"syntax":  {query: "SELECT (SELECT :v", value: "1", status: 500},
		"count":   {query: "SELECT json_object(:v) AS j", value: "1", status: 500},
		"label":   {query: "SELECT json_object(NULLIF(:v, 'x'), 1) AS j", value: "x", status: 400},
	}
	for name, c := range calls {
		statements[name+".sql"] = &fstest.MapFile{Data: []byte(c.query)}
	}
	loaded := loadStatements(t, statements, moresql.SQLite)
	m := moresql.New(db, quiet, moresql.CallBy(loaded))
	routines := rest.Routines(m, loaded.Catalog())
	for name, c := range calls {
		if c.only != "" && c.only != search {
			continue
		}
		form := "v=" + url.QueryEscape(c.value)
		for door, h := range map[string]http.Handler{
			"rest": routines, "handler": m.Handler(name, moresql.Fields("v")),
		} {
			if status, body := do(h, "POST", "/"+name, formType, form); status != c.status {
				t.Errorf("%s: %s of %.40q: %d %.200s", door, c.query, c.value, status, body)
			}
		}
	}
}

// A database that another connection writes to is not there for now, wherever a transaction finds
// that out: where it begins, with _txlock=immediate, or at its first write.
func TestLockedSQLiteIsUnavailable(t *testing.T) {
	for _, driver := range []string{"sqlite", "sqlite3"} {
		for _, begins := range []string{"immediate", "deferred"} {
			file := "file:" + filepath.Join(t.TempDir(), "test.db")
			other := open(t, driver, file)
			setUp(t, other, "CREATE TABLE cars (name TEXT)")
			statements := loadStatements(t, fstest.MapFS{
				"add.sql": {Data: []byte("INSERT INTO cars VALUES (:name) RETURNING name")},
			}, moresql.SQLite)
			m := moresql.New(open(t, driver, file+"?_busy_timeout=1&_txlock="+begins), quiet,
				moresql.CallBy(statements))
			base := listen(t, rest.Routines(m, statements.Catalog()))
			tx, err := other.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			if _, err := tx.Exec("INSERT INTO cars VALUES ('2CV')"); err != nil {
				t.Fatal(err)
			}
			add := func() received {
				return send(t, "POST", base+"/add", `{"name": "Mini"}`, "Content-Type", jsonType)
			}
			if a := add(); a.status != http.StatusServiceUnavailable || problemOf(t, a).Code != "55P03" {
				t.Errorf("%s, %s: %d %s", driver, begins, a.status, a.body)
			}
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			if a := add(); a.status != http.StatusOK {
				t.Errorf("%s, %s: afterwards %d %s", driver, begins, a.status, a.body)
			}
		}
	}
}
