package dbtest

import (
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// TestInjectedTextStaysValueInTables injects into what a request says of tables, and of what is
// embedded in their rows.
func TestInjectedTextStaysValueInTables(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS inject_tables CASCADE`, `CREATE SCHEMA inject_tables`,
		`CREATE TABLE inject_tables.secrets (id int PRIMARY KEY, name text, data jsonb)`,
		`CREATE TABLE inject_tables.notes (id int PRIMARY KEY, note text,
			secret_id int CONSTRAINT secret_key REFERENCES inject_tables.secrets)`,
		`INSERT INTO inject_tables.secrets VALUES (1, 'Ann', '{"a": {"b": 1}}'), (2, 'x', NULL)`,
		`INSERT INTO inject_tables.notes VALUES (1, 'n', 1), (2, NULL, 1), (3, 'm', 2)`)
	state := func() string {
		return queryText(t, admin, `SELECT concat_ws(' ',
			(SELECT string_agg(s::text, '' ORDER BY id) FROM inject_tables.secrets s),
			(SELECT string_agg(n::text, '' ORDER BY id) FROM inject_tables.notes n),
			(SELECT string_agg(c.oid || relname || coalesce(relacl::text, ''), '' ORDER BY c.oid)
				FROM pg_class c WHERE relnamespace = 'inject_tables'::regnamespace),
			(SELECT md5(string_agg(r::text, '' ORDER BY oid)) FROM pg_roles r),
			(SELECT md5(string_agg(nspname, '' ORDER BY oid)) FROM pg_namespace WHERE nspname !~ '^pg_'))`)
	}
	cursor := place{"a cursor", get("/secrets", "cursor", "§", "limit", "1"), []string{""}}
	places := append(tablePlaces("secret_key"), cursor)
	for _, name := range []string{"postgres", "pgx"} {
		t.Run(name, func(t *testing.T) {
			db, r := record(t, name, pgtest.URI(t))
			m := moresql.New(db, quiet)
			inject(t, r, rest.Tables(m, load(t, admin, "inject_tables")), places, state)
		})
	}
}

// tablePlaces are where a request can put a text of its own that reads the table secrets, to which
// notes lead by the foreign key hint.
func tablePlaces(hint string) []place {
	both := func(query ...string) func(base, text string) *http.Request {
		return get("/secrets", append([]string{"select", "id,notes(id)"}, query...)...)
	}
	return append(grammarPlaces("/secrets"), []place{
		{"a table's name", get("/§"), []string{"secrets", "notes"}},
		{"a cast", get("/secrets", "select", "id::§"), []string{"text"}},
		{"an embedded resource", get("/secrets", "select", "id,§(id)"), []string{"notes"}},
		{"one in quotes", get("/secrets", "select", `id,"§"(id)`), []string{"notes"}},
		{"its name", get("/secrets", "select", `"§":notes(id)`), []string{"a"}},
		{"its hint", get("/secrets", "select", `notes!"§"(id)`), []string{hint}},
		{"what is selected of it", get("/secrets", "select", "notes(§)"),
			[]string{"id", "note", "*", "secret_id", ""}},
		{"a name in it", get("/secrets", "select", `notes("§":note)`), []string{"a"}},
		{"a name that is spread", get("/notes", "select", `...secrets("§":name)`), []string{"a"}},
		{"a path in it", get("/notes", "select", `secrets(data->"§")`), []string{"a"}},
		{"a filter's name in it", both("notes.§", "eq.1"), []string{"note", "id"}},
		{"a filter of what is not there", both("§.id", "eq.1"), []string{"notes"}},
		{"a filter in it", both("notes.note", "§"), []string{"eq.1"}},
		{"a value in it", both("notes.note", "eq.§"), []string{"n"}},
		{"a tree in it", both("notes.or", `(note.eq."§",id.eq.1)`), []string{"n"}},
		{"whether it is there", both("notes", "§"), []string{"is.null", "not.is.null"}},
		{"an order in it", both("notes.order", "§"), []string{"note"}},
		{"a limit in it", both("notes.limit", "§"), []string{"1"}},
		{"an order by it", get("/notes", "select", "id,secrets()", "order", "secrets(§)"),
			[]string{"name"}},
		{"an order by what is not there", get("/notes", "select", "id,secrets()", "order", "§(name)"),
			[]string{"secrets"}},
	}...)
}

// TestInjectedTextStaysValueInTablesOfOthers does the same on the other databases.
func TestInjectedTextStaysValueInTablesOfOthers(t *testing.T) {
	tables := []string{
		"CREATE TABLE secrets (id int PRIMARY KEY, name varchar(100), data json)",
		"CREATE TABLE notes (id int PRIMARY KEY, note varchar(100), secret_id int," +
			" FOREIGN KEY (secret_id) REFERENCES secrets (id))",
		`INSERT INTO secrets VALUES (1, 'Ann', '{"a": {"b": 1}}'), (2, 'x', NULL)`,
		"INSERT INTO notes VALUES (1, 'n', 1), (2, NULL, 1), (3, 'm', 2)",
	}
	t.Run("SQLite", func(t *testing.T) {
		db, r := record(t, "sqlite", "file:"+t.TempDir()+"/test.db")
		setUp(t, db, tables...)
		cat, err := catalog.LoadSQLite(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		h := rest.Tables(moresql.New(db, quiet), cat)
		inject(t, r, h, tablePlaces("notes_secret_id_fkey"), func() string {
			return queryText(t, db, `SELECT (SELECT group_concat(sql) FROM sqlite_master) ||
				(SELECT group_concat(id || name || coalesce(data, '')) FROM secrets) ||
				(SELECT group_concat(id || coalesce(note, '') || secret_id) FROM notes)`)
		})
	})
	t.Run("MariaDB", func(t *testing.T) {
		admin, cat := others["MariaDB"](t, tables...)
		db, r := recordOther(t, "MariaDB", admin)
		h := rest.Tables(moresql.New(db, quiet), cat)
		inject(t, r, h, tablePlaces("notes_ibfk_1"), func() string {
			return queryText(t, admin, `SELECT CONCAT_WS(' ',
				(SELECT GROUP_CONCAT(id, name, COALESCE(data, '') ORDER BY id) FROM secrets),
				(SELECT GROUP_CONCAT(id, COALESCE(note, ''), secret_id ORDER BY id) FROM notes),
				(SELECT GROUP_CONCAT(table_name ORDER BY table_name) FROM information_schema.tables
				WHERE table_schema = DATABASE()), (SELECT COUNT(*) FROM information_schema.schemata))`)
		})
	})
}
