package main

import (
	"fmt"
	"strings"
	"testing"
)

// What a trigger keeps from being changed or added is not called identical, nor said to be done.
func TestImportCountsWhatTriggersLeaveOut(t *testing.T) {
	places := importPlaces(t, "import_left", "(id int PRIMARY KEY, name varchar(9))")
	mustExec(t, places[0].db, "CREATE FUNCTION import_left() RETURNS trigger LANGUAGE plpgsql AS "+
		"'BEGIN RETURN NULL; END'")
	defer mustExec(t, places[0].db, "DROP FUNCTION import_left CASCADE")
	mustExec(t, places[1].db, "CREATE TRIGGER import_left BEFORE UPDATE ON import_left FOR EACH ROW "+
		"SET NEW.name = IF(NEW.id = 1, OLD.name, NEW.name)")
	for event, id := range map[string]string{"INSERT": "9", "UPDATE": "1"} {
		trigger := "CREATE TRIGGER l_" + event + " BEFORE " + event + " ON import_left"
		mustExec(t, places[0].db, trigger+" FOR EACH ROW WHEN (NEW.id = "+id+
			") EXECUTE FUNCTION import_left()")
		mustExec(t, places[2].db, trigger+" WHEN NEW.id = "+id+" BEGIN SELECT raise(IGNORE); END")
	}
	for i, p := range places {
		in, left := "id,name\n1,x\n2,y\n3,c\n4,d\n9,z\n", 2
		if i == 1 { // whose triggers leave out no row that is new
			in, left = strings.Replace(in, "9,z\n", "", 1), 1
		}
		for _, test := range []struct {
			existing, rows      string
			changed, left, none int // none: there already with other values
		}{
			{"update", "1|a\n2|y\n3|c\n4|d\n", 1, left, 0},
			{"skip", "1|a\n2|b\n3|c\n4|d\n", 0, left - 1, 2},
		} {
			mustExec(t, p.db, "DELETE FROM import_left")
			mustExec(t, p.db, "INSERT INTO import_left VALUES (1, 'a'), (2, 'b'), (3, 'c')")
			for _, dry := range [][]string{{"-dry-run"}, nil} {
				status, out := p.run(t, in, append(dry, "-", "-into", p.table, "-key", "id", "-existing",
					test.existing)...)
				want := []string{" 1  new in", " 1  identical\n", fmt.Sprint(" ", test.changed, "  changed")}
				if test.none > 0 {
					want[2] = fmt.Sprint(" ", test.none, "  there already with other values")
				}
				if test.left > 0 {
					want = append(want, fmt.Sprint(" ", test.left, "  left out by the table"))
				}
				for _, text := range want {
					if status != 0 || !strings.Contains(out, text) {
						t.Errorf("%s, %s, %q: exit status %d, want %q:\n%s", p.name, test.existing, dry, status,
							text, out)
					}
				}
			}
			if got := p.rows(t, "id, name"); got != test.rows {
				t.Errorf("%s, %s: rows\n%swant\n%s", p.name, test.existing, got, test.rows)
			}
		}
	}
}

// A row that a conflict clause leaves out does not repeat the key of another one.
func TestImportCountsWhatAConflictClauseLeavesOut(t *testing.T) {
	p := importPlaces(t, "import_clause", "(id int)")[2]
	mustExec(t, p.db, "DROP TABLE import_clause")
	mustExec(t, p.db, "CREATE TABLE import_clause (id INTEGER PRIMARY KEY, "+
		"name TEXT UNIQUE ON CONFLICT IGNORE)")
	for _, existing := range []string{"fail", "update"} {
		mustExec(t, p.db, "DELETE FROM import_clause")
		status, out := p.run(t, "id,name\n1,a\n2,a\n3,b\n", "-", "-into", p.table, "-key", "id",
			"-existing", existing)
		rows := p.rows(t, "id, name")
		if status != 0 || rows != "1|a\n3|b\n" || !strings.Contains(out, " 2  new in") ||
			!strings.Contains(out, " 0  repeat") || !strings.Contains(out, " 1  left out") {
			t.Errorf("%s: exit status %d, rows\n%s%s", existing, status, rows, out)
		}
	}
}

// What a view has triggers for it takes, and the triggers say how many rows.
func TestImportIntoViewsWithTriggers(t *testing.T) {
	places := importPlaces(t, "import_under", "(id int PRIMARY KEY, name varchar(9))")
	const view = "CREATE VIEW import_view AS SELECT id, upper(name) AS name FROM import_under"
	mustExec(t, places[0].db, view+`; CREATE FUNCTION import_view() RETURNS trigger LANGUAGE plpgsql
		AS $$ BEGIN IF NEW.id = 9 THEN RETURN NULL; END IF;
		IF NEW.id = 8 THEN RAISE 'not this one'; END IF;
		INSERT INTO import_under VALUES (NEW.id, lower(NEW.name)); RETURN NEW; END $$;
		CREATE TRIGGER t INSTEAD OF INSERT ON import_view FOR EACH ROW EXECUTE FUNCTION import_view()`)
	mustExec(t, places[2].db, view)
	mustExec(t, places[2].db, `CREATE TRIGGER t INSTEAD OF INSERT ON import_view BEGIN
		SELECT raise(IGNORE) WHERE NEW.id = 9; SELECT raise(ABORT, 'not this one') WHERE NEW.id = 8;
		INSERT INTO import_under VALUES (NEW.id, lower(NEW.name)); END`)
	for _, i := range []int{0, 2} {
		p := places[i]
		status, out := p.run(t, "id,name\n1,ANN\n9,NO\n2,BOB\n", "-", "-into", "import_view")
		if rows := p.rows(t, "id, name"); status != 0 || rows != "1|ann\n2|bob\n" ||
			!strings.Contains(out, " 2  new in") || !strings.Contains(out, " 1  left out") {
			t.Errorf("%s: exit status %d, rows\n%s%s", p.name, status, rows, out)
		}
		status, out = p.run(t, "id,name\n3,C\n8,NO\n4,D\n", "-", "-into", "import_view")
		if rows := p.rows(t, "id"); status != 1 || rows != "1\n2\n" ||
			!strings.Contains(out, "line 3: ") || !strings.Contains(out, "not this one") {
			t.Errorf("%s: exit status %d, rows\n%s%s", p.name, status, rows, out)
		}
		mustExec(t, p.db, "DROP VIEW import_view")
	}
	mustExec(t, places[0].db, "DROP FUNCTION import_view")
}
