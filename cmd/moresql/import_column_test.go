package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The file of -rejects, and the message, have the column that PostgreSQL names.
func TestImportNamesTheColumnThatTheServerRefuses(t *testing.T) {
	p := importPostgres(t, "import_column", "DROP TABLE IF EXISTS import_column; "+
		"DROP DOMAIN IF EXISTS import_word")
	mustExec(t, p.db, "CREATE DOMAIN import_word AS text CHECK (value <> 'bad'); "+
		"CREATE TABLE import_column (id int, word import_word, day date)")
	file := writeFile(t, "cars.csv", "id,The Word,day\n1,bad,\n2,a,31.12.2023\n3,a,\n")
	for _, uri := range []string{p.uri, p.uri + "&driver=pq"} {
		p.uri = uri
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		status, out := p.run(t, "", file, "-into", p.table, "-map", "The Word=word", "-rejects", rejects)
		text, err := os.ReadFile(rejects)
		if status != 1 || err != nil || !strings.Contains(string(text), "\n2,The Word,") ||
			!strings.Contains(string(text), "\n3,day,") || !strings.Contains(string(text), `"datestyle"`) {
			t.Errorf("exit status %d, %s%s%v", status, out, text, err)
		}
	}
}
