package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An import that goes on after a crash has in the file of -rejects each bad row once, also those of
// the batch that the crash undid, under one line of names.
func TestImportThatGoesOnRejectsEachRowOnce(t *testing.T) {
	const die = `CREATE FUNCTION import_die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.name = 'die' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
		RETURN NEW; END $$;
		CREATE TRIGGER die BEFORE INSERT ON import_resumed FOR EACH ROW EXECUTE FUNCTION import_die()`
	const names = "line,column,reason,id,name\n"
	for _, test := range []struct{ reason, text, rows, rejected string }{
		{"in both batches", "1,a\nx,b\nx,d\n5,die\n", "1|a\n5|die\n", "3,4"},
		{"in the batch that is done again", "1,a\n2,b\nx,d\n5,die\n", "1|a\n2|b\n5|die\n", "4"},
		{"after the crash", "1,a\n2,b\n3,die\nx,d\n", "1|a\n2|b\n3|die\n", "5"},
	} {
		const drop = "DROP TABLE IF EXISTS import_resumed, moresql_imports; " +
			"DROP FUNCTION IF EXISTS import_die"
		p := importPostgres(t, "import_resumed", drop)
		mustExec(t, p.db, "CREATE TABLE import_resumed (id int, name text); "+die)
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		args := []string{writeFile(t, "cars.csv", "id,name\n"+test.text), "-into", p.table, "-batch", "2",
			"-rejects", rejects}
		if status, out := p.run(t, "", args...); status != 1 || p.rows(t, "id") == "" {
			t.Fatalf("%s: exit status %d, %s, and nothing is imported", test.reason, status, out)
		}
		mustExec(t, p.db, "DROP TRIGGER die ON import_resumed")
		status, out := p.run(t, "", args...)
		if rows := p.rows(t, "id, name"); status != 1 || rows != test.rows {
			t.Errorf("%s: exit status %d, %s, rows\n%s", test.reason, status, out, rows)
		}
		text, err := os.ReadFile(rejects)
		lines := strings.SplitAfter(string(text), "\n")
		var numbers []string
		for _, line := range lines[1 : len(lines)-1] {
			number, _, _ := strings.Cut(line, ",")
			numbers = append(numbers, number)
		}
		if got := strings.Join(numbers, ","); err != nil || lines[0] != names || got != test.rejected {
			t.Errorf("%s: %v, lines %s in\n%swant %s", test.reason, err, got, text, test.rejected)
		}
	}
}

// Two targets are two imports, whatever they have in common but their names.
func TestImportKeepsAPositionForEachTarget(t *testing.T) {
	places := importPlaces(t, "import_twice", "(id int, name varchar(40))")
	file := writeFile(t, "cars.csv", "id,name\n1,a\n")
	for _, p := range places {
		t.Cleanup(func() { p.db.Exec("DROP TABLE moresql_imports") })
		if status, out := p.run(t, "", file, "-into", p.table, "-batch", "1"); status != 0 {
			t.Error(p.name, out)
		}
	}
	// Names of tables differ by case on MariaDB as on Linux, the texts of a column by default do not.
	p := places[1]
	mustExec(t, p.db, "CREATE TABLE IMPORT_TWICE (id int, name varchar(40))")
	defer mustExec(t, p.db, "DROP TABLE IMPORT_TWICE")
	p.table = "IMPORT_TWICE"
	status, out := p.run(t, "", file, "-into", p.table, "-batch", "1")
	if rows := p.rows(t, "id"); status != 0 || rows != "1\n" {
		t.Errorf("a table of another case: exit status %d, %srows %q", status, out, rows)
	}
	p = places[0]
	mustExec(t, p.db, `CREATE FUNCTION import_twice(id int, name text) RETURNS void LANGUAGE sql AS
		'INSERT INTO import_twice VALUES (id, name)'`)
	defer mustExec(t, p.db, "DROP FUNCTION import_twice")
	status, out = p.run(t, "", file, "-call", p.table, "-batch", "1")
	if rows := p.rows(t, "id"); status != 0 || rows != "1\n1\n" {
		t.Errorf("a function of the name: exit status %d, %srows %q", status, out, rows)
	}
	status, out = p.run(t, "", file, "-into", "public."+p.table, "-batch", "1")
	if rows := p.rows(t, "id"); status != 0 || rows != "1\n1\n" {
		t.Errorf("with its schema: exit status %d, %srows %q, want what was imported", status, out, rows)
	}
}
