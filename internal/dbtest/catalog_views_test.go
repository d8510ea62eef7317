package dbtest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// checkSettable compares what the catalog says of the columns of views with whether the database
// plans such a statement.
func checkSettable(t *testing.T, db *sql.DB, relations []catalog.Relation) {
	t.Helper()
	for _, r := range relations {
		for _, a := range r.Columns {
			for right, text := range map[catalog.Rights]string{
				catalog.MayInsert: "EXPLAIN INSERT INTO %[2]q.%[3]q (%[1]s) VALUES (NULL)",
				catalog.MayUpdate: "EXPLAIN UPDATE %[2]q.%[3]q SET %[1]s = NULL",
				catalog.MayDelete: "EXPLAIN DELETE FROM %[2]q.%[3]q",
			} {
				rows, err := db.Query(fmt.Sprintf(text, a.Name, r.Schema, r.Name))
				if err == nil {
					rows.Close()
				}
				got := r.Rights.May(right) && (right == catalog.MayDelete || a.Settable.May(right))
				if got != (err == nil) {
					t.Errorf("%s.%s, %d: %t, and the database: %v", r.Name, a.Name, right, got, err)
				}
			}
		}
	}
}

// viewTriggers create views in a schema, each but the first with a trigger of its name that runs
// the statement in its place.
func viewTriggers(schema, trigger string) (list []string) {
	for _, event := range []string{"", "INSERT", "UPDATE", "DELETE"} {
		name := "on_" + event
		list = append(list, "CREATE VIEW "+schema+name+" AS SELECT id, upper(name) AS name FROM "+
			schema+"base", "CREATE VIEW "+schema+name+"_all AS SELECT count(*) AS id FROM "+schema+"base")
		for _, view := range []string{name, name + "_all"} {
			if event != "" {
				list = append(list, fmt.Sprintf("CREATE TRIGGER t_%s INSTEAD OF %s ON %s %s", view, event,
					schema+view, trigger))
			}
		}
	}
	return list
}

// A view takes what a trigger or a rule does in place of the statement, whatever its columns are.
func TestColumnsOfViewsAreSettableWhereTheDatabaseSaysSo(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		db := openPostgres(t)
		setUp(t, db, append([]string{"DROP SCHEMA IF EXISTS settable CASCADE", "CREATE SCHEMA settable",
			"CREATE TABLE settable.base (id int PRIMARY KEY, name text, up text " +
				"GENERATED ALWAYS AS (upper(name)) STORED)",
			"CREATE FUNCTION settable.instead() RETURNS trigger LANGUAGE plpgsql AS " +
				"'BEGIN RETURN NULL; END'",
			"CREATE VIEW settable.ruled AS SELECT id, upper(name) AS name FROM settable.base",
			"CREATE RULE ruled AS ON INSERT TO settable.ruled DO INSTEAD " +
				"INSERT INTO settable.base VALUES (NEW.id, NEW.name)",
			"CREATE VIEW settable.also AS SELECT id, upper(name) AS name FROM settable.base",
			"CREATE RULE also AS ON INSERT TO settable.also DO ALSO NOTHING",
		}, viewTriggers("settable.", "FOR EACH ROW EXECUTE FUNCTION settable.instead()")...)...)
		eachConnector(t, func(t *testing.T, db *sql.DB) {
			cat := load(t, db, "settable")
			checkSettable(t, db, cat.Current().Relations())
			checkComputed(t, db, cat, "/on_update", "/on_insert?id=eq.1", "/also")
		})
	})
	t.Run("SQLite", func(t *testing.T) {
		db, cat := others["SQLite"](t, append([]string{
			"CREATE TABLE base (id INTEGER PRIMARY KEY, name TEXT)",
			"CREATE VIEW one AS SELECT * FROM base",
			"CREATE TRIGGER one INSTEAD OF UPDATE OF name ON one BEGIN SELECT 1; END",
			"CREATE VIEW broken AS SELECT * FROM base",
			"CREATE TRIGGER broken INSTEAD OF INSERT ON broken BEGIN INSERT INTO gone VALUES (1); END",
			"CREATE VIEW \"O'Neill\" AS SELECT * FROM base",
			"CREATE TRIGGER it INSTEAD OF DELETE ON \"o'neill\" BEGIN SELECT 1; END",
		}, viewTriggers("", "BEGIN SELECT 1; END")...)...)
		checkSettable(t, db, cat.Current().Relations())
		checkComputed(t, db, cat, "", "/one?id=eq.1", "")
	})
}

// checkComputed has views refuse a value of a column that they compute, and no fault of the server
// is reported for it: PostgreSQL has the code feature_not_supported.
func checkComputed(
	t *testing.T, db *sql.DB, cat *catalog.Catalog, insert, update, other string,
) {
	t.Helper()
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Encoders(encoder.JSON())))
	body := map[bool]string{true: `{"name": "x"}`, false: `{"id": 2}`}[insert != ""]
	for _, test := range [][2]string{{"POST", insert}, {"PATCH", update}, {"POST", other}} {
		if test[1] == "" {
			continue
		}
		got := send(t, test[0], url+test[1], body, "Content-Type", jsonType)
		if got.status != 400 || !strings.Contains(got.body, `"0A000"`) ||
			!strings.Contains(got.body, "leave the column out") {
			t.Errorf("%s %s: %d %s", test[0], test[1], got.status, got.body)
		}
	}
}

// What triggers do with the rows of a view is counted, and what has no trigger no method does.
func TestViewsOfSQLiteAreWrittenByTheirTriggers(t *testing.T) {
	db, cat := others["SQLite"](t, "CREATE TABLE base (id INTEGER PRIMARY KEY, name TEXT)",
		"CREATE VIEW loud AS SELECT id, upper(name) AS name FROM base",
		"CREATE TRIGGER adds INSTEAD OF INSERT ON loud BEGIN "+
			"SELECT raise(IGNORE) WHERE NEW.id = 9; INSERT INTO base VALUES (NEW.id, lower(NEW.name)); END",
		"CREATE TRIGGER sets INSTEAD OF UPDATE ON loud BEGIN "+
			"UPDATE base SET name = lower(NEW.name) WHERE id = OLD.id; END",
		"CREATE VIEW bare AS SELECT name FROM base",
		"CREATE TRIGGER removes INSTEAD OF DELETE ON bare BEGIN "+
			"DELETE FROM base WHERE name = OLD.name; END")
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Encoders(encoder.JSON())))
	for _, test := range []struct {
		method, target, body string
		status               int
		want, rows           string
	}{
		{"POST", "/loud", `[{"id": 1, "name": "ANN"}, {"id": 2, "name": "BOB"}, {"id": 9, "name": ""}]`,
			201, "*/2", "1 ann 2 bob"},
		{"PATCH", "/loud?name=eq.ANN", `{"name": "ZED"}`, 204, "0-0/1", "1 zed 2 bob"},
		{"DELETE", "/loud?id=eq.1", "", 405, "", "1 zed 2 bob"},
		{"DELETE", "/bare?name=eq.zed", "", 204, "*/1", "2 bob"},
		{"PUT", "/loud?id=eq.1", `{"id": 1, "name": "A"}`, 405, "", "2 bob"},
	} {
		got := send(t, test.method, url+test.target, test.body, "Content-Type", jsonType,
			"Prefer", "return=minimal, count=exact")
		rows := queryText(t, db,
			"SELECT coalesce(group_concat(id || ' ' || name, ' '), '') FROM base")
		if got.status != test.status || got.header.Get("Content-Range") != test.want ||
			rows != test.rows {
			t.Errorf("%s: %d %s %s, want %d %s; rows %s, want %s", test.method, got.status,
				got.header.Get("Content-Range"), got.body, test.status, test.want, rows, test.rows)
		}
	}
	got := send(t, "POST", url+"/loud", `{"id": 3}`, "Content-Type", jsonType,
		"Prefer", "return=representation")
	if got.status != 400 || !strings.Contains(got.body, "no primary key") {
		t.Errorf("rows that are not found again: %d %s", got.status, got.body)
	}
}
