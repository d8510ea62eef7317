package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A database that would store something else for a text than what it says gets what it says, or
// nothing. What is expected is what the database itself shows of a literal of that value.
func TestImportStoresWhatTheFileSays(t *testing.T) {
	const postgres, mariadb, sqlite = 0, 1, 2
	places := importPlaces(t, "import_exact", "(id int)")
	for _, test := range []struct {
		place                int
		reason, declared, in string
		want                 string // the literal, "" if the value is refused
		shown                string // an expression of v
	}{
		{mariadb, "a number is no letter", "bit(8)", "1", "b'1'", "bin(v)"},
		{mariadb, "of 64 bits", "bit(64)", "18446744073709551615", "0xffffffffffffffff", "hex(v)"},
		{mariadb, "a truth value", "bit(1)", "true", "b'1'", "bin(v)"},
		{mariadb, "bytes as a response shows them", "bit(8)", `\x31`, "b'110001'", "bin(v)"},
		{mariadb, "more than it holds", "bit(2)", "4", "", "bin(v)"},
		{mariadb, "no number", "bit(16)", "a", "", "bin(v)"},
		{mariadb, "an index is no word", "enum('a','b')", "2", "", "v"},
		{mariadb, "nor with a sign", "enum('a','b')", "+1", "", "v"},
		{mariadb, "a word of digits", "enum('10','2')", "2", "'2'", "v"},
		{mariadb, "bits are no words", "set('x','y')", "3", "", "v"},
		{mariadb, "words", "set('x','y')", `"x,y"`, "'x,y'", "v"},
		{mariadb, "bytes", "varbinary(9)", `\x00ff5c`, "0x00ff5c", "hex(v)"},
		{mariadb, "letters", "blob", `\xyz`, "0x5c78797a", "hex(v)"},
		{mariadb, "bytes of a place", "point", `\x000000000101000000000000000000f03f0000000000000040`,
			"ST_GeomFromText('POINT(1 2)')", "ST_AsText(v)"},
		{mariadb, "no bytes", "multipolygon", "POINT(1 2)", "", "ST_AsText(v)"},
		{mariadb, "UTC", "datetime", "2024-07-01T10:00:00Z", "'2024-07-01 10:00:00'", "v"},
		{mariadb, "an offset", "datetime(3)", "2024-07-01 10:00:00.25+02", "'2024-07-01 08:00:00.25'",
			"v"},
		{mariadb, "an offset", "timestamp", "2024-07-01T10:00-0230", "'2024-07-01 12:30:00'", "v"},
		{mariadb, "hours, no minutes", "datetime", "2024-07-01T12+02", "'2024-07-01 10:00'", "v"},
		{mariadb, "digits", "datetime", "20240701T120000+0200", "'2024-07-01 10:00'", "v"},
		{mariadb, "no zone", "datetime", "2024-07-01T10:00:00", "'2024-07-01 10:00:00'", "v"},
		{mariadb, "a day", "datetime", "2024-07-01", "'2024-07-01'", "v"},
		{mariadb, "no such zone", "datetime", "2024-07-01T10:00:00+99", "", "v"},
		{mariadb, "no time", "datetime", "2024-07-01Z", "", "v"},
		{mariadb, "Go's zero time", "datetime", "0001-01-01T00:00:00Z", "'0001-01-01'", "v"},
		{mariadb, "a later year", "datetime", "9999-12-31T23:30:00-01", "", "v"},
		{postgres, "bytes", "bytea", `\x00ff5c`, `'\x00ff5c'::bytea`, "v::text"},
		{sqlite, "bytes", "BLOB", `\x00ff5c`, "x'00ff5c'", "typeof(v) || hex(v)"},
		{sqlite, "letters", "BLOB", `\xyz`, `'\xyz'`, "typeof(v) || v"},
		{sqlite, "a leading zero", "STRING", "01234", "", "v"},
		{sqlite, "a zero at the end", "STRING", "1.10", "", "v"},
		{sqlite, "an exponent", "HASH", "1e10", "", "v"},
		{sqlite, "a sign", "PHONE", "+4930", "", "v"},
		{sqlite, "more digits than a REAL has", "MONEY", "12345678901234567890", "", "v"},
		{sqlite, "a number", "MONEY", "1.10", "1.1", "typeof(v) || v"},
		{sqlite, "a time", "DATETIME", "2024-02-28 10:00", "'2024-02-28 10:00'", "v"},
		{sqlite, "letters", "STRING", "1e", "'1e'", "v"},
	} {
		p := places[test.place]
		mustExec(t, p.db, "DROP TABLE import_exact")
		mustExec(t, p.db, "CREATE TABLE import_exact (id int PRIMARY KEY, v "+test.declared+")")
		for _, key := range [][]string{nil, {"-key", "id", "-existing", "update"}} {
			mustExec(t, p.db, "DELETE FROM import_exact")
			file := writeFile(t, "exact.csv", "id,v\n1,"+test.in+"\n")
			status, out := p.run(t, "", append([]string{file, "-into", p.table}, key...)...)
			got := p.rows(t, test.shown)
			if test.want == "" {
				if status != 1 || got != "" || !strings.Contains(out, "line 2") {
					t.Errorf("%s, %s: exit status %d, %sstored %s, want it refused in line 2", p.name,
						test.declared+" "+test.in, status, out, got)
				}
				continue
			}
			mustExec(t, p.db, "DELETE FROM import_exact")
			mustExec(t, p.db, "INSERT INTO import_exact VALUES (1, "+test.want+")")
			if want := p.rows(t, test.shown); status != 0 || got != want {
				t.Errorf("%s, %s %s (%s): exit status %d, %sstored %q, want %q", p.name, test.declared,
					test.in, test.reason, status, out, got, want)
			}
		}
	}
}

// A dry run into a table without transactions would not be undone, nor would rows before one that
// fails (MariaDB's documentation, "ROLLBACK").
func TestImportIntoATableWithoutTransactions(t *testing.T) {
	p := importPlaces(t, "import_engine", importColumns)[1]
	for _, engine := range []string{"MyISAM", "Aria", "MEMORY"} {
		mustExec(t, p.db, "ALTER TABLE import_engine ENGINE="+engine)
		for _, args := range [][]string{{"-dry-run"}, {"-batch", "1"}, {"-rejects", t.TempDir() + "/r"}} {
			status, out := p.run(t, "", append([]string{writeFile(t, "cars.csv", "id,name\n1,a\n1,b\n"),
				"-into", p.table}, args...)...)
			if rows := p.rows(t, "id"); status != 1 || rows != "" || !strings.Contains(out, engine) ||
				!strings.Contains(out, "ENGINE=InnoDB") {
				t.Errorf("%s, %q: exit status %d, %s, rows %q", engine, args, status, out, rows)
			}
		}
	}
	mustExec(t, p.db, "ALTER TABLE import_engine ENGINE=InnoDB")
	if status, out := p.run(t, "id\n1\n", "-", "-into", p.table); status != 0 {
		t.Error(out)
	}
}

// What is counted as new is what the table has then, not what has been sent.
func TestImportCountsWhatATableTakes(t *testing.T) {
	places := importPlaces(t, "import_takes", importColumns)
	mustExec(t, places[0].db, `CREATE FUNCTION import_takes() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN IF NEW.id = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;
		CREATE TRIGGER takes BEFORE INSERT ON import_takes FOR EACH ROW EXECUTE FUNCTION import_takes()`)
	defer mustExec(t, places[0].db, "DROP FUNCTION import_takes CASCADE")
	mustExec(t, places[2].db, "DROP TABLE import_takes")
	mustExec(t, places[2].db, "CREATE TABLE import_takes (id INTEGER PRIMARY KEY ON CONFLICT IGNORE)")
	mustExec(t, places[2].db, "INSERT INTO import_takes VALUES (1)")
	for _, p := range []importPlace{places[0], places[2]} {
		for _, args := range [][]string{{"-dry-run"}, nil} {
			before := strings.Count(p.rows(t, "id"), "\n")
			status, out := p.run(t, "id\n1\n2\n3\n", append(args, "-", "-into", p.table)...)
			after := strings.Count(p.rows(t, "id"), "\n")
			if args == nil && after-before != 2 {
				t.Fatalf("%s: %d rows after %d", p.name, after, before)
			}
			if status != 0 || !strings.Contains(out, " 2  new in") ||
				!strings.Contains(out, " 1  left out") {
				t.Errorf("%s, %q: exit status %d, want 2 new and 1 left out:\n%s", p.name, args, status, out)
			}
		}
	}
}

// A conflict clause of SQLite removes rows of the table for others, of which changes() says nothing
// (SQLite documentation, "ON CONFLICT"): what was there, and what the input has, less those that
// are there then.
func TestImportCountsWhatATableReplaces(t *testing.T) {
	p := importPlaces(t, "import_replaces", "(id int)")[2]
	const removed = "removed for rows of the input, by a conflict clause of the table"
	for _, test := range []struct {
		declared, in string
		args         []string
		then         string // "id code" of each row
		out          []string
	}{
		{
			declared: "id INTEGER PRIMARY KEY ON CONFLICT REPLACE, code TEXT",
			in:       "id,code\n1,x\n3,c\n", then: "1 x\n2 b\n3 c\n",
			out: []string{"2  new", "1  " + removed},
		},
		{
			declared: "id INTEGER PRIMARY KEY, code TEXT UNIQUE ON CONFLICT REPLACE",
			in:       "id,code\n1,b\n3,c\n", args: []string{"-key", "id", "-existing", "update"},
			then: "1 b\n3 c\n", out: []string{"1  new", "1  changed", "1  " + removed},
		},
		{
			declared: "id INTEGER PRIMARY KEY, code TEXT UNIQUE ON CONFLICT REPLACE",
			in:       "id,code\n3,c\n4,c\n5,a\n", args: []string{"-batch", "1"},
			then: "2 b\n4 c\n5 a\n", out: []string{"3  new", "2  " + removed},
		},
		{
			declared: "id INTEGER PRIMARY KEY, code TEXT UNIQUE ON CONFLICT REPLACE",
			in:       "id,code\n1,a\n3,c\n", args: []string{"-key", "id", "-existing", "update"},
			then: "1 a\n2 b\n3 c\n", out: []string{"1  new", "1  identical"},
		},
	} {
		mustExec(t, p.db, "DROP TABLE import_replaces")
		mustExec(t, p.db, "CREATE TABLE import_replaces ("+test.declared+")")
		mustExec(t, p.db, "INSERT INTO import_replaces VALUES (1, 'a'), (2, 'b')")
		for _, dry := range [][]string{{"-dry-run"}, nil} {
			file := writeFile(t, "replaces.csv", test.in)
			status, out := p.run(t, "", append(append([]string{file, "-into", p.table},
				test.args...), dry...)...)
			want := test.then
			if dry != nil {
				want = "1 a\n2 b\n"
			}
			wants := func(w string) bool { return !strings.Contains(out, " "+w) }
			if rows := p.rows(t, "id || ' ' || code"); status != 0 || rows != want ||
				slices.ContainsFunc(test.out, wants) ||
				strings.Contains(out, removed) != strings.Contains(strings.Join(test.out, ""), removed) {
				t.Errorf("%s, %q, %q: exit status %d, rows %q, want %q and %q in\n%s", test.declared,
					test.in, dry, status, rows, want, test.out, out)
			}
		}
	}
}

// Names and a first row may be longer than what is looked at to find out how CSV is written: 1,600
// columns are as many as PostgreSQL has, and 63 letters as long as their names are.
func TestImportReadsALongFirstRow(t *testing.T) {
	p := importPlaces(t, "import_long", "(id int)")[0]
	names, ones := make([]string, 1600), make([]string, 1600)
	for i := range names {
		names[i], ones[i] = fmt.Sprintf("%063d", i), "1"
	}
	mustExec(t, p.db, "DROP TABLE import_long")
	mustExec(t, p.db, `CREATE TABLE import_long ("`+strings.Join(names, `" smallint, "`)+`" smallint)`)
	long := strings.Repeat("1,", 1599) + strings.Repeat("0", 70_000) + "1\n"
	csv := strings.Join(names, ",") + "\n" + strings.Join(ones, ",") + "\n"
	object := `{"` + strings.Join(names, `":1,"`) + `":1}`
	for _, test := range []struct {
		name, text string
		args       []string
	}{
		{"CSV", csv, nil},
		{"quoted", `"` + strings.Join(names, `","`) + "\"\n" +
			strings.Join(ones, ",") + "\n", nil},
		{"CR alone", strings.ReplaceAll(csv, "\n", "\r"), nil},
		{"no names", long, []string{"-header", "no"}},
		{"NDJSON", object + "\n", []string{"-format", "ndjson"}},
		{"an array", "[" + object + "]", []string{"-format", "json"}},
	} {
		for _, stdin := range []string{"", test.text} {
			args := append([]string{writeFile(t, "long", test.text), "-into", p.table}, test.args...)
			if stdin != "" {
				args[0] = "-"
			}
			mustExec(t, p.db, "DELETE FROM import_long")
			status, out := p.run(t, stdin, args...)
			if rows := p.rows(t, `"`+names[0]+`", "`+names[1599]+`"`); status != 0 || rows != "1|1\n" {
				t.Errorf("%s from %.1s: exit status %d, rows %q, %.300s", test.name, args[0], status, rows, out)
			}
		}
	}
}

// What a constraint says that is checked at the commit, a dry run says as well.
func TestImportChecksInADryRunWhatACommitChecks(t *testing.T) {
	for i, p := range importPlaces(t, "import_deferred", "(id int)") {
		if i == 1 {
			continue // MariaDB has no constraints that are deferred
		}
		mustExec(t, p.db, "DROP TABLE import_deferred")
		mustExec(t, p.db, "CREATE TABLE import_deferred (id int PRIMARY KEY, parent int REFERENCES "+
			"import_deferred DEFERRABLE INITIALLY DEFERRED)")
		for _, test := range []struct {
			csv    string
			status int
		}{{"id,parent\n1,2\n2,9\n", 1}, {"id,parent\n1,2\n2,1\n", 0}} {
			for _, key := range [][]string{nil, {"-key", "id", "-existing", "update"}} {
				args := append([]string{writeFile(t, "tree.csv", test.csv), "-into", p.table}, key...)
				would, says := p.run(t, "", append(args, "-dry-run")...)
				status, out := p.run(t, "", args...)
				if status != test.status || would != status {
					t.Errorf("%s, %q, %q: exit status %d, in a dry run %d\n%s%s", p.name, test.csv, key,
						status, would, out, says)
				}
				mustExec(t, p.db, "DELETE FROM import_deferred")
			}
		}
	}
}

// PostgreSQL lets an INSERT set an identity column that is GENERATED ALWAYS, but no UPDATE.
func TestImportSaysWhatCannotBeUpdated(t *testing.T) {
	p := importPlaces(t, "import_identity", "(id int)")[0]
	mustExec(t, p.db, "DROP TABLE import_identity")
	mustExec(t, p.db, "CREATE TABLE import_identity (id int GENERATED ALWAYS AS IDENTITY, "+
		"name text UNIQUE)")
	args := []string{"-", "-into", p.table, "-key", "name", "-existing", "update"}
	if status, out := p.run(t, "id,name\n5,a\n", args...); status != 0 {
		t.Fatalf("a new row: exit status %d, %s", status, out)
	}
	status, out := p.run(t, "id,name\n6,a\n", args...)
	if status != 1 || !strings.Contains(out, `column "id"`) ||
		!strings.Contains(out, "by -map COLUMN=") {
		t.Errorf("exit status %d, %s", status, out)
	}
	if status, out = p.run(t, "id,name\n6,a\n", append(args, "-map", "id=")...); status != 0 {
		t.Errorf("without the column: exit status %d, %s", status, out)
	}
}
