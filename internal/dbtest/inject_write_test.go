package dbtest

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// by changes the method of requests, and gives them a body of JSON and a header.
func by(method, body, name, value string,
	request func(base, text string) *http.Request) func(base, text string) *http.Request {
	return func(base, text string) *http.Request {
		r := request(base, text)
		r, _ = http.NewRequest(method, r.URL.String(), strings.NewReader(body))
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set(name, strings.ReplaceAll(value, "§", text))
		return r
	}
}

// asCSV writes a text as a field of CSV in place of § in a template.
func asCSV(template string) func(string) string {
	return func(text string) string {
		return strings.ReplaceAll(template, "§", `"`+strings.ReplaceAll(text, `"`, `""`)+`"`)
	}
}

// TestInjectedTextStaysValueInWrites injects into what a request writes to tables, and into what it
// says of that. All of it is rolled back.
func TestInjectedTextStaysValueInWrites(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS inject_writes CASCADE`, `CREATE SCHEMA inject_writes`,
		`CREATE TABLE inject_writes.notes (id serial PRIMARY KEY, note text, data jsonb,
			code text UNIQUE)`,
		`INSERT INTO inject_writes.notes VALUES (-1, 'Ann', '{"a": 1}', 'x'), (-2, NULL, NULL, NULL)`)
	state := func() string {
		return queryText(t, admin, `SELECT concat_ws(' ',
			(SELECT string_agg(n::text, '' ORDER BY id) FROM inject_writes.notes n),
			(SELECT string_agg(c.oid || relname || coalesce(relacl::text, ''), '' ORDER BY c.oid)
				FROM pg_class c WHERE relnamespace = 'inject_writes'::regnamespace),
			(SELECT md5(string_agg(r::text, '' ORDER BY oid)) FROM pg_roles r),
			(SELECT md5(string_agg(nspname, '' ORDER BY oid)) FROM pg_namespace WHERE nspname !~ '^pg_'))`)
	}
	for _, name := range []string{"postgres", "pgx"} {
		t.Run(name, func(t *testing.T) {
			db, r := record(t, name, pgtest.URI(t))
			m := moresql.New(db, quiet, moresql.Limits{Body: 8 << 20}, rest.EndTx(rest.Rollback))
			inject(t, r, rest.Tables(m, load(t, admin, "inject_writes")), writePlaces(), state)
		})
	}
}

// writePlaces are where a request can put a text of its own that writes to the table notes.
func writePlaces() []place {
	const csv, ndjson, back = "text/csv", "application/x-ndjson", "return=representation"
	large := strings.Repeat("x", 600_000) // an upload
	return []place{
		{"a value", post("/notes", jsonType, asJSON(`{"note": §}`)), []string{"a", large}},
		{"a value of JSON", post("/notes", jsonType, asJSON(`{"data": {"k": §}}`)), []string{"a"}},
		{"a key of JSON", post("/notes", jsonType, asJSON(`{"data": {§: 1}}`)), []string{"a"}},
		{"a key", post("/notes", jsonType, asJSON(`{§: null}`)), []string{"note", "data", "code"}},
		{"a key of the second object", post("/notes?columns=note", jsonType,
			asJSON(`[{"note": "a"}, {§: "b"}]`)), []string{"note"}},
		{"a field of CSV", post("/notes", csv, asCSV("note\n§\n")), []string{"a", large}},
		{"a name of CSV", post("/notes", csv, asCSV("§\nNULL\n")), []string{"note", "data", "code"}},
		{"a value of a line", post("/notes", ndjson, asJSON(`{"note": §}`)), []string{"a", large}},
		{"a field of a form", post("/notes", formType, asForm("note=§")), []string{"a"}},
		{"a name of a form", post("/notes", formType, asForm("§=a")), []string{"note", "code"}},
		{"columns", by("POST", `{"note": "a"}`, "Prefer", "missing=default",
			get("/notes", "columns", "§")), []string{"note", "data", "note,data"}},
		{"columns of a conflict", by("POST", `{"note": "a"}`, "Prefer", "resolution=merge-duplicates",
			get("/notes", "on_conflict", "§")), []string{"id", "code"}},
		{"what is returned", by("POST", `{"note": "a"}`, "Prefer", back,
			get("/notes", "select", "§")), []string{"id", "note", "*", "data->a"}},
		{"a preference", by("POST", `{"note": "a"}`, "Prefer", "return=§", get("/notes")),
			[]string{"minimal", "headers-only", "representation"}},
		{"a value that is set", func(base, text string) *http.Request {
			r := post("/notes?id=eq.-1", jsonType, asJSON(`{"note": §}`))(base, text)
			r.Method = "PATCH"
			return r
		}, []string{"a"}},
		{"a filter of an update", by("PATCH", `{"note": "a"}`, "Prefer", back,
			get("/notes", "note", "§")), []string{"eq.a", "is.null", "like.*a"}},
		{"a value of its filter", by("PATCH", `{"note": "a"}`, "Prefer", back,
			get("/notes", "note", "eq.§")), []string{"a"}},
		{"a name of its filter", by("PATCH", `{"note": "a"}`, "Prefer", back,
			get("/notes", "§", "eq.1")), []string{"note", "id", "code"}},
		{"a value of a delete", by("DELETE", "", "Prefer", back, get("/notes", "note", "eq.§")),
			[]string{"a"}},
		{"a tree of a delete", by("DELETE", "", "Prefer", "count=exact",
			get("/notes", "or", `(note.eq."§",id.eq.1)`)), []string{"a"}},
		{"the key of a PUT", by("PUT", `{"id": 1, "note": "a"}`, "Prefer", back,
			get("/notes", "id", "eq.§")), []string{"1"}},
	}
}

// TestInjectedTextStaysValueInWritesToOthers does the same on the other databases.
func TestInjectedTextStaysValueInWritesToOthers(t *testing.T) {
	for name, id := range map[string]string{
		"SQLite": "INTEGER PRIMARY KEY", "MariaDB": "int AUTO_INCREMENT PRIMARY KEY",
	} {
		t.Run(name, func(t *testing.T) {
			admin, cat := others[name](t,
				"CREATE TABLE notes (id "+id+", note longtext, data json, code varchar(99) UNIQUE)",
				"INSERT INTO notes VALUES (-1, 'Ann', '{\"a\": 1}', 'x'), (-2, NULL, NULL, NULL)")
			db, r := recordOther(t, name, admin)
			m := moresql.New(db, quiet, moresql.Limits{Body: 8 << 20}, rest.EndTx(rest.Rollback))
			inject(t, r, rest.Tables(m, cat), writePlaces(), func() string {
				const rows = "SELECT group_concat(concat_ws(' ', id, note, data, code)) FROM notes"
				return queryText(t, admin, rows) +
					queryText(t, admin, map[string]string{
						"SQLite": "SELECT group_concat(sql) FROM sqlite_master",
						"MariaDB": `SELECT concat((SELECT group_concat(table_name) FROM information_schema.tables
							WHERE table_schema = database()), (SELECT count(*) FROM information_schema.schemata))`,
					}[name])
			})
		})
	}
}

// recordOther opens the database of a pool of others again, and records its statements.
func recordOther(t *testing.T, name string, db *sql.DB) (*sql.DB, *recorder) {
	t.Helper()
	if name == "SQLite" {
		file := queryText(t, db, "SELECT file FROM pragma_database_list WHERE name = 'main'")
		return record(t, "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	}
	config, err := mysql.ParseDSN(mariadbtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	config.DBName = queryText(t, db, "SELECT DATABASE()")
	return record(t, "mysql", config.FormatDSN())
}
