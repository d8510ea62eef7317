package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// A representation, or a Location, is that of the rows as triggers have left them; where a trigger
// gives a row a key by which it cannot be found again, the write is refused.
func TestTriggersOfOthersChangeKeys(t *testing.T) {
	const back, header = "return=representation", "return=headers-only"
	type request struct {
		method, target, prefer, body string
		status                       int
		want                         string // the body or the Location; "" for an error
	}
	run := func(t *testing.T, db *sql.DB, cat *catalog.Catalog, requests []request) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Encoders(encoder.JSON())))
		for _, r := range requests {
			state := queryInt(t, db, "SELECT sum(id * 7) + count(*) FROM made")
			got := send(t, r.method, url+r.target, r.body, "Prefer", r.prefer, "Content-Type", jsonType)
			shown := got.body
			if r.prefer == header {
				shown = got.header.Get("Location")
			}
			if got.status != r.status || r.want != "" && shown != r.want {
				t.Errorf("%s %s %s %s: %d %q %s, want %d %s", r.method, r.target, r.prefer, r.body,
					got.status, shown, got.body, r.status, r.want)
			}
			if n := queryInt(t, db, "SELECT sum(id * 7) + count(*) FROM made"); r.want == "" && n != state {
				t.Errorf("%s %s: what was refused has changed rows", r.method, r.target)
			}
		}
	}
	t.Run("MariaDB", func(t *testing.T) {
		db, cat := others["MariaDB"](t, "CREATE TABLE made (id int PRIMARY KEY, name varchar(20))",
			"INSERT INTO made VALUES (1, 'a'), (2, 'b')",
			"CREATE TRIGGER makes BEFORE INSERT ON made FOR EACH ROW SET NEW.id = "+
				"coalesce(NEW.id, 0) + 100",
			"CREATE TRIGGER moves BEFORE UPDATE ON made FOR EACH ROW SET NEW.id = "+
				"CASE WHEN NEW.name = 'move' THEN OLD.id + 50 ELSE NEW.id END")
		run(t, db, cat, []request{
			{"POST", "/made", back, `[{"id": 3, "name": "c"}, {"id": 4, "name": "d"}]`, 201,
				`[{"id":103,"name":"c"},{"id":104,"name":"d"}]`},
			{"POST", "/made", header, `{"id": 5, "name": "e"}`, 201, "/made?id=eq.105"},
			{"POST", "/made", header, `{"name": "f"}`, 201, "/made?id=eq.100"},
			{"PUT", "/made?id=eq.9", back, `{"id": 9, "name": "g"}`, 400, ""},
			{"PATCH", "/made?id=eq.1", back, `{"name": "moved"}`, 200, `[{"id":1,"name":"moved"}]`},
			{"PATCH", "/made?id=eq.2", back, `{"id": 20}`, 200, `[{"id":20,"name":"b"}]`},
			{"PATCH", "/made?id=eq.20", back, `{"name": "move"}`, 400, ""},
			{"PATCH", "/made?id=in.(1,20)", back + ", count=exact", `{"name": "move"}`, 400, ""},
			{"PATCH", "/made?id=eq.999", back, `{"name": "move"}`, 200, "[]"},
		})
	})
	t.Run("SQLite", func(t *testing.T) {
		db, cat := others["SQLite"](t, "CREATE TABLE made (id int NOT NULL PRIMARY KEY, name text)",
			"INSERT INTO made VALUES (1, 'a'), (2, 'b')",
			"CREATE TRIGGER gone AFTER INSERT ON made WHEN NEW.name = 'gone' BEGIN"+
				" DELETE FROM made WHERE id = NEW.id; END",
			"CREATE TRIGGER renamed AFTER INSERT ON made WHEN NEW.name = 'x' BEGIN"+
				" UPDATE made SET name = 'renamed' WHERE id = NEW.id; END")
		run(t, db, cat, []request{
			{"POST", "/made", back, `{"id": 3, "name": "x"}`, 201, `[{"id":3,"name":"renamed"}]`},
			{"POST", "/made", back, `{"id": 4, "name": "gone"}`, 400, ""},
			{"POST", "/made?on_conflict=id", back + ", resolution=merge-duplicates",
				`[{"id": 3, "name": "p"}, {"id": 2, "name": "q"}]`, 200,
				`[{"id":3,"name":"p"},{"id":2,"name":"q"}]`},
			{"POST", "/made?on_conflict=id", back + ", resolution=merge-duplicates", // a row is there once
				`[{"id": 3, "name": "p"}, {"id": 2, "name": "q"}, {"id": 3, "name": "r"}]`, 200,
				`[{"id":3,"name":"r"},{"id":2,"name":"q"}]`},
			{"PATCH", "/made?id=eq.1", back, `{"id": 10}`, 200, `[{"id":10,"name":"a"}]`},
		})
	})
}
