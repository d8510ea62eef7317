package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A column that takes any type keeps that of a value of JSON. What is expected is what SQLite
// itself stores of the value.
func TestImportKeepsTheTypesOfJSON(t *testing.T) {
	p := importPlaces(t, "import_untyped", "(id int)")[2]
	values := []string{"1", "-7", "1.5", "5.0", "1e3", "9223372036854775807", `"1"`, `"007"`,
		`"a\n\"b"`, "true", "false", "null", `{"a":1}`, `[1,"b"]`, `""`}
	for _, declared := range []string{"(id INTEGER PRIMARY KEY, v)",
		"(id INTEGER PRIMARY KEY, v ANY) STRICT", "(id INTEGER PRIMARY KEY, v BLOB)"} {
		mustExec(t, p.db, "DROP TABLE import_untyped")
		mustExec(t, p.db, "CREATE TABLE import_untyped "+declared)
		for _, args := range [][]string{nil, {"-key", "id", "-existing", "update"}} {
			for _, value := range values {
				mustExec(t, p.db, "DELETE FROM import_untyped")
				status, out := p.run(t, `{"id": 1, "v": `+value+"}\n",
					append([]string{"-", "-into", p.table}, args...)...)
				got := p.rows(t, "typeof(v), v")
				mustExec(t, p.db, "DELETE FROM import_untyped")
				mustExec(t, p.db, "INSERT INTO import_untyped VALUES (1, json_extract('"+value+"', '$'))")
				if want := p.rows(t, "typeof(v), v"); status != 0 || got != want {
					t.Errorf("%s of %s: exit status %d, %sstored %q, want %q", value, declared, status, out, got,
						want)
				}
			}
		}
	}
	// Digits that a REAL does not have stay, as over HTTP.
	const digits = "12345678901234567890.5"
	mustExec(t, p.db, "DELETE FROM import_untyped")
	status, out := p.run(t, `[{"id": 1, "v": `+digits+`}]`, "-", "-into", p.table)
	if got := p.rows(t, "v"); status != 0 || got != digits+"\n" {
		t.Errorf("exit status %d, %s, %s", status, out, got)
	}
	// The file of -rejects has what the text says, and half a letter is none.
	mustExec(t, p.db, "DELETE FROM import_untyped")
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	status, out = p.run(t, `[{"id": "x", "v": "a"}, {"id": 2, "v": "\ud800"}, {"id": 3, "v": "b"},
		{"id": 3, "v": "c"}]`, "-", "-into", p.table, "-rejects", rejects)
	text, err := os.ReadFile(rejects)
	if got := p.rows(t, "id, v"); status != 1 || err != nil || got != "3|b\n" ||
		!strings.Contains(string(text), ",x,a\n") || !strings.Contains(string(text), ",3,c\n") ||
		!strings.Contains(string(text), "\n2,v,\"it has half of a surrogate pair") {
		t.Errorf("exit status %d, %s, rows %s%s%v", status, out, got, text, err)
	}
}
