package main

import (
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
