package dbtest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/rest"
)

// A refusal is a request that the database refuses, and the fields that this is about.
type refusal struct {
	reason, path, body string
	fields             []string
}

// check sends a refusal as JSON and as the form of a browser, which has the fault at its field.
func (f refusal) check(t *testing.T, base string) {
	t.Helper()
	got := send(t, "POST", base+f.path, f.body, "Content-Type", jsonType)
	var problem struct {
		Errors []binder.Problem
	}
	if err := json.Unmarshal([]byte(got.body), &problem); err != nil || got.status < 400 ||
		got.status > 499 {
		t.Errorf("%s: %d %s, %v", f.reason, got.status, got.body, err)
		return
	}
	var fields []string
	for _, e := range problem.Errors {
		fields = append(fields, e.Field)
		if e.Message == "" || strings.Contains(e.Message, "…") {
			t.Errorf("%s: %s", f.reason, got.body)
		}
	}
	slices.Sort(fields)
	if !slices.Equal(fields, f.fields) {
		t.Errorf("%s: %q, want %q; %s", f.reason, fields, f.fields, got.body)
	}
}

// TestErrorsOfPostgreSQLAreAtTheirFields has constraints, values and authors refuse what functions,
// handlers and tables are sent.
func TestErrorsOfPostgreSQLAreAtTheirFields(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS fields CASCADE`, `CREATE SCHEMA fields`,
		`CREATE DOMAIN fields.zip AS text CHECK (VALUE ~ '^\d{4}$')`,
		`CREATE TABLE fields.town (zip text PRIMARY KEY)`,
		`CREATE TABLE fields.person (id int PRIMARY KEY, mail text NOT NULL UNIQUE, "full Name" text,
			age int CHECK (age < 150), zip text REFERENCES fields.town, a int, b int, UNIQUE (a, b),
			c int, CONSTRAINT c CHECK (c > 0), d int, CONSTRAINT "d is even" CHECK (d % 2 = 0))`,
		`CREATE UNIQUE INDEX ON fields.person (lower("full Name"))`,
		`INSERT INTO fields.person VALUES (1, 'a@b.c', 'Ann', 1, NULL, 1, 2)`,
		`CREATE FUNCTION fields.add(id int, mail text, "full Name" text DEFAULT NULL,
			age int DEFAULT NULL, zip text DEFAULT NULL, a int DEFAULT NULL, b int DEFAULT NULL,
			c int DEFAULT NULL, d int DEFAULT NULL) RETURNS void LANGUAGE sql AS
			'INSERT INTO fields.person VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)'`,
		`CREATE FUNCTION fields.move(at date, zip fields.zip) RETURNS void LANGUAGE sql AS ''`,
		`CREATE FUNCTION fields.raised(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
			RAISE 'not this one' USING COLUMN = what, ERRCODE = '22023'; END $$`)
	rows := []refusal{
		{"a key in use", "", `{"id": 1, "mail": "x"}`, []string{"id"}},
		{"a unique value in use", "", `{"id": 2, "mail": "a@b.c"}`, []string{"mail"}},
		{"NULL", "", `{"id": 2, "mail": null}`, []string{"mail"}},
		{"a check of a column", "", `{"id": 2, "mail": "x", "age": 200}`, []string{"age"}},
		{"a check with the name of a column", "", `{"id": 2, "mail": "x", "c": 0}`, []string{"c"}},
		{"a check with another name", "", `{"id": 2, "mail": "x", "d": 1}`, nil},
		{"a reference to nothing", "", `{"id": 2, "mail": "x", "zip": "1"}`, []string{"zip"}},
		{"a key of two columns", "", `{"id": 2, "mail": "x", "a": 1, "b": 2}`, []string{"a", "b"}},
		{"an expression", "", `{"id": 2, "mail": "x", "full Name": "ANN"}`, []string{"full Name"}},
	}
	values := []refusal{
		{"no date", "/rpc/move", `{"at": "x", "zip": "8000"}`, []string{"at"}},
		{"no value of the domain", "/rpc/move", `{"zip": "x", "at": "2024-01-01"}`, []string{"zip"}},
		{"no number", "/rpc/add", `{"mail": "x", "id": "one"}`, []string{"id"}},
		{"an author says so", "/rpc/raised", `{"what": "Whatever it is"}`, []string{"Whatever it is"}},
		{"a handler", "/move", `{"zip": "x", "at": "2024-01-01"}`, []string{"zip"}},
		{"a filter is none", "/rpc/add?id=eq.x", `{"mail": "x", "id": 1}`, nil},
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m, cat := moresql.New(db, quiet), load(t, db, "fields")
		mux := http.NewServeMux()
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		mux.Handle("/move", m.Handler("fields.move",
			moresql.Bind(binder.Text("at"), binder.Text("zip"))))
		mux.Handle("/", rest.Tables(m, cat))
		base := listen(t, mux)
		for _, f := range rows {
			for _, f.path = range []string{"/rpc/add", "/person"} {
				f.check(t, base)
			}
		}
		for _, f := range values {
			f.check(t, base)
		}
		page := send(t, "POST", base+"/rpc/add", "id=2&mail=a%40b.c", "Accept", "text/html",
			"Content-Type", "application/x-www-form-urlencoded")
		if page.status != 409 || strings.Count(page.body, "exists already") != 1 ||
			!strings.Contains(page.body, `value="a@b.c"`) {
			t.Errorf("a form: %d %s", page.status, page.body)
		}
	})
}

// TestErrorsOfOthersAreAtTheirFields has SQLite and MariaDB refuse rows, whose columns are in their
// messages.
func TestErrorsOfOthersAreAtTheirFields(t *testing.T) {
	ways := append([]way{{"mariadb", openMariaDB}}, sqliteDrivers...)
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			db, dialect, strict, key := w.open(t), moresql.SQLite, "STRICT", []string{"id"}
			if w.name == "mariadb" { // which calls each primary key PRIMARY
				dialect, strict, key = moresql.MySQL, "ENGINE = InnoDB", nil
			}
			setUp(t, db, "DROP TABLE IF EXISTS people", `CREATE TABLE people (id INTEGER PRIMARY KEY,
				mail TEXT NOT NULL UNIQUE, age INTEGER CHECK (age < 150), c INTEGER, a INTEGER, d INTEGER,
				z TEXT, CONSTRAINT c CHECK (c > 0), CONSTRAINT d_is_even CHECK (d % 2 = 0)) `+strict,
				"INSERT INTO people (id, mail) VALUES (1, 'a@b.c')")
			const add = "INSERT INTO people (id, mail, age, a, c, d, z)" +
				" VALUES (:id, :mail, :age, :a, :c, :d, :z)"
			statements := loadStatements(t, fstest.MapFS{"add.sql": {Data: []byte(add)}}, dialect)
			m := moresql.New(db, quiet, moresql.CallBy(statements))
			base := listen(t, m.Handler("add", moresql.Bind(binder.Any("id"), binder.Any("mail"),
				binder.Any("age").Optional(), binder.Any("a").Optional(), binder.Any("c").Optional(),
				binder.Any("d").Optional(), binder.Any("z").Optional())))
			if w.name == "mariadb" {
				setUp(t, db, "ALTER TABLE people MODIFY z VARCHAR(3)",
					"ALTER TABLE people ADD FOREIGN KEY (d) REFERENCES people (id)")
				for _, f := range []refusal{
					{"too long", "/", `{"id": 2, "mail": "x", "z": "long"}`, []string{"z"}},
					{"too large", "/", `{"id": 2, "mail": "x", "a": 9999999999}`, []string{"a"}},
					{"a reference to nothing", "/", `{"id": 2, "mail": "x", "d": 4}`, []string{"d"}},
				} {
					f.check(t, base)
				}
			}
			for _, f := range []refusal{
				{"a key in use", "/", `{"id": 1, "mail": "x"}`, key},
				{"a check with another name", "/", `{"id": 2, "mail": "x", "d": 1}`, nil},
				{"a unique value in use", "/", `{"id": 2, "mail": "a@b.c"}`, []string{"mail"}},
				{"NULL", "/", `{"id": 2, "mail": null}`, []string{"mail"}},
				{"a check of a column", "/", `{"id": 2, "mail": "x", "age": 200}`, []string{"age"}},
				{"a check with the name of a column", "/", `{"id": 2, "mail": "x", "c": 0}`, []string{"c"}},
				{"no number", "/", `{"id": 2, "mail": "x", "a": "one"}`, []string{"a"}},
			} {
				f.check(t, base)
			}
		})
	}
}
