package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A row that violates a constraint which is checked at the commit is refused like others: with its
// line and the reason, and without the rows around it.
func TestImportRefusesRowsThatViolateADeferredConstraint(t *testing.T) {
	const drop = "DROP TABLE IF EXISTS import_late, import_late_parent CASCADE; " +
		"DROP FUNCTION IF EXISTS import_late_add, import_late_even"
	p := importPostgres(t, "import_late", drop)
	const bad = "3: Key (parent)=(9) is not present;4: Key (mail)=(a) already exists;5: 5 is odd;"
	for _, test := range []struct {
		reason string
		args   []string
		want   string // line and reason of each row that is refused
		rows   string
	}{
		{"rows that are copied", []string{"-into", "import_late"}, bad, "0|0|z;2|1|a;8|2|b;"},
		{"a dry run", []string{"-into", "import_late", "-dry-run"}, bad, "0|0|z;"},
		{"batches", []string{"-into", "import_late", "-batch", "2"}, bad, "0|0|z;2|1|a;8|2|b;"},
		{
			"rows by a key", []string{"-into", "import_late", "-key", "id", "-existing", "skip"},
			bad, "0|0|z;2|1|a;8|2|b;",
		},
		{
			"rows that change others", []string{"-into", "import_late", "-key", "id", "-existing", "update"},
			bad, "0|1|c;2|1|a;8|2|b;",
		},
		{"a view", []string{"-into", "import_late_view"}, bad, "0|0|z;2|1|a;8|2|b;"},
		{"a routine", []string{"-call", "import_late_add"}, bad, "0|0|z;2|1|a;8|2|b;"},
	} {
		mustExec(t, p.db, drop+`;
			CREATE TABLE import_late_parent (id int PRIMARY KEY);
			INSERT INTO import_late_parent VALUES (0), (1), (2);
			CREATE TABLE import_late (id int PRIMARY KEY,
				parent int REFERENCES import_late_parent DEFERRABLE INITIALLY DEFERRED,
				mail text UNIQUE DEFERRABLE INITIALLY DEFERRED);
			CREATE VIEW import_late_view AS SELECT * FROM import_late;
			CREATE FUNCTION import_late_even() RETURNS trigger LANGUAGE plpgsql AS
				$$BEGIN IF NEW.id % 2 = 1 THEN RAISE '% is odd', NEW.id; END IF; RETURN NULL; END$$;
			CREATE CONSTRAINT TRIGGER even AFTER INSERT ON import_late DEFERRABLE INITIALLY DEFERRED
				FOR EACH ROW EXECUTE FUNCTION import_late_even();
			CREATE FUNCTION import_late_add(id int, parent int, mail text) RETURNS void LANGUAGE sql
				AS 'INSERT INTO import_late VALUES (id, parent, mail)';
			INSERT INTO import_late VALUES (0, 0, 'z')`)
		text := "id,parent,mail\n2,1,a\n4,9,d\n6,1,a\n5,1,e\n8,2,b\n"
		if strings.Contains(test.rows, "0|1|c") {
			text += "0,1,c\n"
		}
		file := writeFile(t, "late.csv", text)
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		status, out := p.run(t, "", append(test.args, file, "-rejects", rejects)...)
		refused, _ := os.ReadFile(rejects)
		lines := strings.Split(strings.TrimSpace(string(refused)), "\n")[1:]
		var missing []string
		for i, want := range strings.Split(strings.TrimSuffix(test.want, ";"), ";") {
			line, reason, _ := strings.Cut(want, ": ")
			if i >= len(lines) || !strings.HasPrefix(lines[i], line+",") ||
				!strings.Contains(lines[i], reason) {
				missing = append(missing, want)
			}
		}
		rows := strings.ReplaceAll(p.rows(t, "id, parent, mail"), "\n", ";")
		if status != 1 || len(missing) > 0 || len(lines) != 3 || rows != test.rows {
			t.Errorf("%s: exit status %d, %s, refused\n%s, rows %s", test.reason, status, out, refused, rows)
		}
	}
}

// What is checked at the end may refer to what comes later, also where rows may be refused.
func TestImportThatMayRefuseRowsKeepsWhatADeferredConstraintAllows(t *testing.T) {
	p := importPostgres(t, "import_hier", "DROP TABLE IF EXISTS import_hier")
	mustExec(t, p.db, `CREATE TABLE import_hier (id int PRIMARY KEY,
		boss int REFERENCES import_hier DEFERRABLE INITIALLY DEFERRED, pad text);
		INSERT INTO import_hier VALUES (1, 1)`)
	far := strings.Repeat("x", 4<<20) // more than is written at a time
	file := writeFile(t, "hier.csv", "id,boss,pad\n1,3,\n2,3,"+far+"\n3,2,\n")
	status, out := p.run(t, "", file, "-into", "import_hier", "-key", "id", "-existing", "update",
		"-rejects", filepath.Join(t.TempDir(), "rejects.csv"))
	if rows := p.rows(t, "id, boss"); status != 0 || rows != "1|3\n2|3\n3|2\n" {
		t.Errorf("exit status %d, %s, rows\n%s", status, out, rows)
	}
}

// SQLite checks a deferred foreign key at the commit alone, and names no row.
func TestImportSaysThatACommitNamesNoRowToRefuse(t *testing.T) {
	p := importPlaces(t, "import_deferred", "(id int)")[2]
	mustExec(t, p.db, "DROP TABLE import_deferred; CREATE TABLE import_deferred (id int PRIMARY KEY, "+
		"late int REFERENCES import_deferred DEFERRABLE INITIALLY DEFERRED)")
	status, out := p.run(t, "id,late\n1,9\n2,1\n", "-", "-into", p.table,
		"-rejects", filepath.Join(t.TempDir(), "rejects.csv"))
	rows := p.rows(t, "id")
	if status != 1 || rows != "" || !strings.Contains(out, "no row for -rejects") {
		t.Errorf("exit status %d, %s, rows %q", status, out, rows)
	}
}

// A constraint of another table, which nothing here writes to, costs no temporary table, nor do the
// constraints of one whose rows may not be kept in one.
func TestImportStagesNoRowsForADeferredConstraintInVain(t *testing.T) {
	p := importPlace{uri: newPostgreSQL(t), table: "late"}
	p.db = connect(t, p.uri)
	mustExec(t, p.db, `CREATE ROLE import_no_temp;
		DO $$BEGIN
			EXECUTE format('REVOKE TEMP ON DATABASE %I FROM PUBLIC', current_database());
		END$$;
		CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
		CREATE TABLE plain (id int);
		GRANT SELECT, INSERT ON late, plain TO import_no_temp`)
	t.Cleanup(func() { mustExec(t, p.db, "DROP OWNED BY import_no_temp; DROP ROLE import_no_temp") })
	for _, p.table = range []string{"plain", "late"} {
		status, out := p.run(t, "id\n1\n2\n", "-", "-into", p.table, "-role", "import_no_temp",
			"-rejects", filepath.Join(t.TempDir(), "rejects.csv"))
		if rows := p.rows(t, "id"); status != 0 || rows != "1\n2\n" {
			t.Errorf("%s: exit status %d, %s, rows %q", p.table, status, out, rows)
		}
	}
}

// A constraint that is deferrable and not deferred is still checked by each statement after a row
// has been refused, since a routine may handle what violates it.
func TestImportDefersNoConstraintThatIsNot(t *testing.T) {
	p := importPostgres(t, "import_now", "DROP TABLE IF EXISTS import_now; "+
		"DROP FUNCTION IF EXISTS import_now_add")
	mustExec(t, p.db, `CREATE TABLE import_now (id int,
			late int UNIQUE DEFERRABLE INITIALLY DEFERRED,
			"Mail" text CONSTRAINT "import.Now" UNIQUE DEFERRABLE);
		CREATE FUNCTION import_now_add(id int, mail text) RETURNS void LANGUAGE plpgsql AS $$BEGIN
			IF id = 1 THEN RAISE 'no one'; END IF;
			INSERT INTO import_now VALUES (id, id, mail);
		EXCEPTION WHEN unique_violation THEN
			INSERT INTO import_now VALUES (id, id, mail || id);
		END$$`)
	file := writeFile(t, "now.csv", "id,mail\n1,a\n2,a\n3,a\n4,b\n")
	status, out := p.run(t, "", file, "-call", "import_now_add",
		"-rejects", filepath.Join(t.TempDir(), "rejects.csv"))
	if rows := p.rows(t, `id, "Mail"`); status != 1 || rows != "2|a\n3|a3\n4|b\n" {
		t.Errorf("exit status %d, %s, rows\n%s", status, out, rows)
	}
}
