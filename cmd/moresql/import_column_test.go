package main

import (
	"bytes"
	"fmt"
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

// Of a file that is not the right one ten columns are named, and not thousands.
func TestImportNamesTenColumnsOfAWrongFile(t *testing.T) {
	p := importPostgres(t, "import_other", "DROP TABLE IF EXISTS import_other")
	mustExec(t, p.db, "CREATE TABLE import_other (id int)")
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint("column ", i)
	}
	status, out := p.run(t, strings.Join(names, ",")+"\n", "-", "-into", p.table)
	if status != 1 || strings.Count(out, "import_other has no column") != 10 ||
		!strings.HasSuffix(out, "is it the right file?\n") {
		t.Errorf("exit status %d, %d bytes: %.2000s", status, len(out), out)
	}
}

// Without a database of one's own there is nowhere to import into.
func TestImportNeedsADatabase(t *testing.T) {
	var out bytes.Buffer
	status := process{nil, strings.NewReader("id\n1\n"), &out, &out}.run(t.Context(),
		[]string{"import", "-", "-into", "films"})
	if status != 1 || !strings.Contains(out.String(), "environment variable MORESQL_DATABASE_URI") {
		t.Errorf("exit status %d, %s", status, out.String())
	}
}
