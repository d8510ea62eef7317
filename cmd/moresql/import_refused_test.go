package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// A row that the database refuses is named by its line, and goes to the file of -rejects, whatever
// code the error has: that of a trigger is of its author's choosing.
func TestImportNamesARowThatARuleRefuses(t *testing.T) {
	trigger := func(state string) string {
		return `CREATE FUNCTION import_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.name = 'bad' THEN RAISE 'not this one' USING ERRCODE = '` + state + `'; END IF;
			RETURN NEW; END $$;
			CREATE TRIGGER rule BEFORE INSERT ON import_refused FOR EACH ROW
			EXECUTE FUNCTION import_rule()`
	}
	for _, test := range []struct {
		rule, setup, reason string
		args                []string
	}{
		{"a code of its own", trigger("MY001"), "not this one", nil},
		{"a code for rights", trigger("42501"), "not this one", nil},
		{"a code of the server", trigger("XX000"), "not this one", nil},
		{"a policy", `CREATE ROLE import_refused; GRANT ALL ON import_refused TO import_refused;
			ALTER TABLE import_refused ENABLE ROW LEVEL SECURITY;
			CREATE POLICY rule ON import_refused USING (name <> 'bad')`, "row-level security policy",
			[]string{"-role", "import_refused"}},
	} {
		const drop = "DROP TABLE IF EXISTS import_refused; DROP ROLE IF EXISTS import_refused; " +
			"DROP FUNCTION IF EXISTS import_rule"
		p := importPostgres(t, "import_refused", drop)
		mustExec(t, p.db, "CREATE TABLE import_refused (id int PRIMARY KEY, name text); "+test.setup)
		file := writeFile(t, "cars.csv", "id,name\n1,a\n2,bad\n3,c\n")
		for _, key := range [][]string{nil, {"-key", "id", "-existing", "update"}} {
			args := append(append([]string{file, "-into", "import_refused"}, test.args...), key...)
			status, out := p.run(t, "", args...)
			if status != 1 || !strings.Contains(out, "line 3: ") || !strings.Contains(out, test.reason) {
				t.Errorf("%s, %v: exit status %d, want line 3 and %q: %s", test.rule, key, status,
					test.reason, out)
			}
			rejects := filepath.Join(t.TempDir(), "rejects.csv")
			status, out = p.run(t, "", append(args, "-rejects", rejects)...)
			text, err := os.ReadFile(rejects)
			if rows := p.rows(t, "id, name"); status != 1 || rows != "1|a\n3|c\n" || err != nil ||
				!strings.Contains(string(text), "\n3,,") || !strings.Contains(string(text), test.reason) {
				t.Errorf("%s, %v, -rejects: exit status %d, rows\n%s%s%s%v", test.rule, key, status, rows,
					out, text, err)
			}
			mustExec(t, p.db, "DELETE FROM import_refused")
		}
	}
}

// Whichever rows the database refuses, these are in the file of -rejects in their order, and all
// others in the table.
func TestImportRefusesTheRowsThatTheDatabaseRefuses(t *testing.T) {
	const count = 5_400 // more than are written at first
	for _, test := range []struct {
		name    string
		refused func(i int) bool
	}{
		{"the last", func(i int) bool { return i == count-1 }},
		{"each 97th", func(i int) bool { return i%97 == 0 }},
		{"bursts", func(i int) bool { return i%1000 < 60 && i%7 != 3 }},
		{"around the end of the first chunk", func(i int) bool { return i >= 4_997 && i < 5_003 }},
	} {
		file, want := []byte("id,name,price\n"), ""
		var rejected strings.Builder
		for i := range count {
			price := 1
			if test.refused(i) {
				price = 100
				fmt.Fprintf(&rejected, "%d %d\n", i+2, i)
			} else {
				want += fmt.Sprintf("%d\n", i)
			}
			file = fmt.Appendf(file, "%d,a,%d\n", i, price)
		}
		path := writeFile(t, "cars.csv", string(file))
		for _, p := range importPlaces(t, "import_parts",
			"(id int PRIMARY KEY, name varchar(40), price int CHECK (price < 100))") {
			for _, args := range [][]string{
				nil, {"-batch", "1000"}, {"-key", "id", "-existing", "update"},
			} {
				rejects := filepath.Join(t.TempDir(), "rejects.csv")
				args = append([]string{path, "-into", p.table, "-rejects", rejects}, args...)
				status, out := p.run(t, "", args...)
				text, err := os.ReadFile(rejects)
				if err != nil {
					t.Fatal(err)
				}
				all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
				got := ""
				for _, row := range all[1:] {
					got += row[0] + " " + row[3] + "\n"
				}
				if rows := p.rows(t, "id"); status != 1 || err != nil || rows != want ||
					got != rejected.String() {
					t.Errorf("%s, %s, %v: exit status %d, %d rows in the table of %d, and refused\n%s%s%v",
						test.name, p.name, args[4:], status, strings.Count(rows, "\n"),
						strings.Count(want, "\n"), got, out, err)
				}
				mustExec(t, p.db, "DELETE FROM "+p.table)
			}
			mustExec(t, p.db, "DROP TABLE "+p.table)
			p.db.Exec("DROP TABLE moresql_imports")
		}
	}
}

// COPY writes a thousand rows at a time, and names the last that it has read where another is too
// big for a page. What it shows of a row may look like the place of another.
func TestImportKnowsWhichRowCOPYRefuses(t *testing.T) {
	many := ""
	for i := range 2_000 {
		many += fmt.Sprintf("%d,a\n", i+3)
	}
	for _, test := range []struct{ name, table, columns, rows, want string }{
		{"a row that is too big", "import_copy", "id int, name text STORAGE PLAIN",
			"1,a\n2," + strings.Repeat("x", 9000) + "\n" + many, "2001, 0"},
		{"a name like a place", `"a, line 1"`, "id int, name text", "1,a\n2b,b\n3,c\n", "2, 0"},
		{"a value like a place", "import_copy", "id int, name int",
			"1,1\n2,\"x\nCOPY import_copy, line 1: \"\n3,3\n", "2, 0"},
		{"a value like a place, which a function refuses", "import_copy",
			"id int, name import_domain",
			"1,1\n2,\"x\nCOPY import_copy, line 1: \"\n3,3\n", "2, 0"},
	} {
		p := importPostgres(t, test.table, "DROP TABLE IF EXISTS "+test.table+"; "+
			"DROP DOMAIN IF EXISTS import_domain; DROP FUNCTION IF EXISTS import_copied")
		mustExec(t, p.db, `CREATE FUNCTION import_copied(name text) RETURNS bool LANGUAGE plpgsql
			AS $$ BEGIN IF name LIKE 'x%COPY%' THEN RAISE 'no'; END IF; RETURN true; END $$;
			CREATE DOMAIN import_domain AS text CHECK (import_copied(value))`)
		columns, plain := strings.CutSuffix(test.columns, " STORAGE PLAIN")
		mustExec(t, p.db, "CREATE TABLE "+test.table+" ("+columns+")")
		if plain { // before version 16 CREATE TABLE does not have it
			mustExec(t, p.db, "ALTER TABLE "+test.table+" ALTER name SET STORAGE PLAIN")
		}
		args := []string{writeFile(t, "cars.csv", "id,name\n"+test.rows), "-into", test.table}
		status, out := p.run(t, "", args...)
		if status != 1 || !strings.Contains(out, "line 3") {
			t.Errorf("%s: exit status %d, want line 3: %.300s", test.name, status, out)
		}
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		status, out = p.run(t, "", append(args, "-rejects", rejects)...)
		text, err := os.ReadFile(rejects)
		rows := p.rows(t, "count(*) || ', ' || count(*) FILTER (WHERE id = 2)")
		if status != 1 || rows != test.want+"\n" || err != nil ||
			!strings.Contains(string(text), "\n3,") {
			t.Errorf("%s, -rejects: exit status %d, rows %s%s%.300s%v", test.name, status, rows, out,
				text, err)
		}
	}
}

// What SQLite undoes as a whole for one row cannot be imported without it, and the reason is said.
func TestImportIntoATableThatEndsTheTransaction(t *testing.T) {
	p := importPlaces(t, "import_others", importColumns)[2]
	p.table = "import_ends"
	for _, test := range []struct{ name, setup, want string }{
		{"a conflict clause", "CREATE TABLE import_ends (id int PRIMARY KEY ON CONFLICT ROLLBACK)",
			"UNIQUE constraint failed: import_ends.id"},
		{"a trigger", "CREATE TABLE import_ends (id int); CREATE TRIGGER ends BEFORE INSERT ON " +
			"import_ends WHEN EXISTS (SELECT 1 FROM import_ends WHERE id = NEW.id) " +
			"BEGIN SELECT RAISE(ROLLBACK, 'not twice'); END", "not twice"},
	} {
		mustExec(t, p.db, test.setup)
		file := writeFile(t, "cars.csv", "id\n1\n2\n1\n3\n")
		for _, args := range [][]string{nil, {"-rejects", filepath.Join(t.TempDir(), "r.csv")}} {
			status, out := p.run(t, "", append([]string{file, "-into", p.table}, args...)...)
			if rows := p.rows(t, "id"); status != 1 || rows != "" || !strings.Contains(out, test.want) ||
				!strings.Contains(out, "has ended the transaction") {
				t.Errorf("%s, %v: exit status %d, want %q: %s, rows\n%s", test.name, args, status, test.want,
					out, rows)
			}
		}
		mustExec(t, p.db, "DROP TABLE import_ends")
	}
}

// The file of -rejects is begun anew: it must not be the one that is imported.
func TestImportRefusesToWriteItsInput(t *testing.T) {
	p := importPlaces(t, "import_itself", importColumns)[2]
	const text = "id,name\n1,a\nx,b\n"
	file := writeFile(t, "cars.csv", text)
	linked := filepath.Join(filepath.Dir(file), "linked.csv")
	if err := os.Symlink(file, linked); err != nil {
		t.Fatal(err)
	}
	for _, rejects := range []string{file, linked} {
		status, out := p.run(t, "", file, "-into", p.table, "-rejects", rejects)
		left, err := os.ReadFile(file)
		if status != 2 || !strings.Contains(out, "-rejects") || string(left) != text || err != nil {
			t.Errorf("%s: exit status %d, %s; the file is\n%s%v", rejects, status, out, left, err)
		}
	}
}

// What follows a JSON array is not left out in silence, and a record has a limit.
func TestImportReadsJSONToItsEnd(t *testing.T) {
	p := importPlaces(t, "import_json_end", importColumns)[2]
	long := strings.Repeat("x", 65<<20)
	for _, test := range []struct{ name, text, want string }{
		{"a.json", `[{"id": 1}] [{"id": 2}]`, "after record 1"},
		{"a.json", `[{"id": 1}, {"id": 2}]]`, "after record 2"},
		{"a.json", `[] []`, "after record 0"},
		{"a.json", `[{}]`, "no object with members"},
		{"a.json", `[{"id": 1}, {"id": 2, "name": "` + long + `"}]`, "record 2 is longer than 64 MiB"},
		{"a.ndjson", `{"id": 1}` + "\n" + `{"id": 2, "name": "` + long + `"}`,
			"line 2 is longer than 64 MiB"},
	} {
		status, out := p.run(t, "", writeFile(t, test.name, test.text), "-into", p.table)
		if rows := p.rows(t, "id"); status != 1 || rows != "" || !strings.Contains(out, test.want) {
			t.Errorf("%.40s: exit status %d, want %q: %s, rows\n%s", test.text, status, test.want, out,
				rows)
		}
	}
	status, out := p.run(t, "", writeFile(t, "a.json", "[{\"id\": 1}]\n \n"), "-into", p.table)
	if status != 0 {
		t.Errorf("an array and a line without anything: exit status %d, %s", status, out)
	}
	status, out = p.run(t, `[{"id": 1}, {"id"`, "-", "-into", p.table)
	if status != 1 || !strings.Contains(out, "moresql: the JSON array is damaged in record 2") {
		t.Errorf("an array that is cut: exit status %d, %s", status, out)
	}
	// An array without objects is one of no rows, as a line of names is in CSV.
	for _, text := range []string{"[]", " [\n] \n"} {
		for _, args := range [][]string{
			{"-", "-format", "json"}, {writeFile(t, "a.json", text), "-key", "id", "-existing", "update"},
		} {
			status, out := p.run(t, text, append(args, "-into", p.table)...)
			if status != 0 || !strings.Contains(out, "0  new in "+p.table) {
				t.Errorf("%q, %v: exit status %d, %s", text, args, status, out)
			}
		}
	}
}

// Rows may refer to rows that come later, as far as one statement that inserts all may have them.
func TestImportOfRowsThatReferToLaterOnes(t *testing.T) {
	p := importPlace{uri: pgtest.URI(t), table: "import_tree"}
	p.db = connect(t, p.uri)
	t.Cleanup(func() { mustExec(t, p.db, "DROP TABLE import_tree") })
	mustExec(t, p.db, "CREATE TABLE import_tree (id int PRIMARY KEY, "+
		"parent int REFERENCES import_tree, late int, pad text, "+
		"FOREIGN KEY (late) REFERENCES import_tree DEFERRABLE INITIALLY DEFERRED)")
	const header = "id,parent,late,pad\n"
	far := strings.Repeat("x", 4<<20) // more than is written at a time
	file := writeFile(t, "tree.csv", header+"1,3,2,\n2,,,"+far+"\n3,2,,\n")
	status, out := p.run(t, "", file, "-into", "import_tree")
	if rows := p.rows(t, "id, parent, late"); status != 0 || rows != "1|3|2\n2|NULL|NULL\n3|2|NULL\n" {
		t.Errorf("exit status %d, %s, rows\n%s", status, out, rows)
	}
	// What is checked at the end is not known of a row, but the key is.
	file = writeFile(t, "tree.csv", header+"4,,9,\n")
	status, out = p.run(t, "", file, "-into", "import_tree")
	if status != 1 || !strings.Contains(out, "Key (late)=(9) is not present") {
		t.Errorf("exit status %d, %s", status, out)
	}
}

// A view that takes no rows takes none after a GRANT, which SQLite does not have.
func TestImportIntoAViewThatTakesNoRows(t *testing.T) {
	for _, p := range importPlaces(t, "import_base", importColumns) {
		mustExec(t, p.db, "CREATE VIEW import_sums AS SELECT sum(price) AS price FROM import_base")
		status, out := p.run(t, "price\n1\n", "-", "-into", "import_sums")
		if status != 1 || !strings.Contains(out, "import_sums is a view that takes no rows") {
			t.Errorf("%s: exit status %d, %s", p.name, status, out)
		}
		mustExec(t, p.db, "DROP VIEW import_sums")
	}
}

// PostgreSQL cuts these types off without a word (src/backend/utils/adt, name.c and char.c).
func TestImportRefusesWhatPostgreSQLCutsOff(t *testing.T) {
	p := importPostgres(t, "import_cut", "DROP TABLE IF EXISTS import_cut")
	mustExec(t, p.db, `CREATE TABLE import_cut (n name, c "char")`)
	long := strings.Repeat("n", 63)
	for _, test := range []struct{ row, rows, want string }{
		{long + ",a", long + "|a\n", ""},
		{strings.Repeat("ü", 31) + ",\"\"", strings.Repeat("ü", 31) + "|\n", ""},
		{long + "n,a", "", "line 2, column n: "},
		{strings.Repeat("ü", 32) + ",a", "", "line 2, column n: "},
		{"a,ab", "", "line 2, column c: "},
	} {
		mustExec(t, p.db, "DELETE FROM import_cut")
		status, out := p.run(t, "n,c\n"+test.row+"\n", "-", "-into", p.table)
		if rows := p.rows(t, "n::text, c::text"); status == 0 != (test.want == "") ||
			rows != test.rows || !strings.Contains(out, test.want) {
			t.Errorf("%s: exit status %d, rows %q, want %q: %s", test.row, status, rows, test.want, out)
		}
	}
}

// A virtual table of SQLite is not one that a GRANT opens.
func TestImportIntoAVirtualTable(t *testing.T) {
	p := importPlaces(t, "import_words", importColumns)[2]
	mustExec(t, p.db, "CREATE VIRTUAL TABLE import_virtual USING fts5 (word)")
	status, out := p.run(t, "word\na\n", "-", "-into", "import_virtual")
	if status != 1 || !strings.Contains(out, "virtual table") || strings.Contains(out, "GRANT") {
		t.Errorf("exit status %d, %s", status, out)
	}
}
