package main

import (
	"strings"
	"testing"
)

// What is expected of a number is what SQLite itself makes of the text, if that has all digits.
func TestImportIntoColumnsOfNumbersKeepsTheDigits(t *testing.T) {
	p := importPlaces(t, "import_digits", "(id int)")[2]
	for _, declared := range []string{"REAL", "DOUBLE PRECISION", "NUMERIC(9,2)", "DECIMAL"} {
		mustExec(t, p.db, "DROP TABLE import_digits")
		mustExec(t, p.db, "CREATE TABLE import_digits (id INTEGER PRIMARY KEY, v "+declared+")")
		for _, text := range []string{".5", "5.", "+5", " 7 ", "-.25", "9007199254740993", "1e3", "0",
			"12345678901234567890", ".", "+", "1,5", "0x10", "1_000", "Inf", "NaN", "1e400", "- 1"} {
			mustExec(t, p.db, "DELETE FROM import_digits")
			mustExec(t, p.db, "INSERT INTO import_digits VALUES (1, '"+text+"')")
			want := p.rows(t, "typeof(v), v")
			isNumber := !strings.HasPrefix(want, "text")
			keeps := text != "12345678901234567890" && text != "1e400" &&
				(text != "9007199254740993" || strings.HasPrefix(want, "integer"))
			mustExec(t, p.db, "DELETE FROM import_digits")
			status, out := p.run(t, "id,v\n1,\""+text+"\"\n", "-", "-into", p.table)
			got := p.rows(t, "typeof(v), v")
			if !isNumber || !keeps {
				want = ""
			}
			if got != want || status == 0 == (want == "") {
				t.Errorf("%q in %s: exit status %d, %sstored %q, want %q", text, declared, status, out, got,
					want)
			}
		}
	}
}
