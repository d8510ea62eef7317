package main

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/racetest"
)

// Rows whose integer keys ascend are written to an empty table at once, and only the others wait.
// What comes of it is what comes of a table with a trigger, for which all rows wait.
func TestImportOfKeysThatAscend(t *testing.T) {
	triggers := map[string]string{
		"PostgreSQL": `CREATE OR REPLACE FUNCTION import_nothing() RETURNS trigger LANGUAGE plpgsql
			AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER idle AFTER DELETE ON import_ascent
			FOR EACH STATEMENT EXECUTE FUNCTION import_nothing()`,
		"SQLite": "CREATE TRIGGER idle AFTER DELETE ON import_ascent BEGIN SELECT 1; END",
	}
	pad := strings.Repeat("x", 4<<20) // more than is written at a time: the rows after it come later
	for _, p := range importPlaces(t, "import_ascent", "(id int PRIMARY KEY)") {
		trigger, ok := triggers[p.name]
		if !ok {
			continue
		}
		for i, test := range []struct {
			reason      string
			name, table string // the type of the column, and what the table has besides
			first, then string // rows
			only        string // the database, if not all
		}{
			{reason: "all ascend", first: "1,a;2,b", then: "3,c;9,d"},
			{reason: "a key soon again", first: "1,a;2,b;1,c;2,d;2,e", then: "3,f;4,g;3,h"},
			{reason: "a key again much later", first: "1,a;2,b;3,c", then: "4,d;2,e;5,f;1,g;2,h"},
			{reason: "a key in no order", first: "5,a;7,b;6,c", then: "8,d;6,e;1,f;9,g;1,h"},
			{reason: "keys in no order", first: "5,a;3,b;1,c;5,d;4,e", then: "8,f;2,g;3,h"},
			{
				reason: "keys in no order, and a form that the server alone reads", only: "PostgreSQL",
				first: "5,a;3,b;1,c", then: "4,d;+3,e; 9 ,f;5,g",
			},
			{
				reason: "keys in no order, and rows that the table refuses", table: "CHECK (name <> 'wrong')",
				first: "5,a;3,b;1,c", then: "4,d;2,wrong;3,wrong;3,e;6,f;1,wrong",
			},
			{
				reason: "keys in no order, and another key", table: "UNIQUE (name)",
				first: "0,a;-5,b;-3,c", then: "-9,a;0,d;-3,b;-5,c",
			},
			{reason: "keys below zero", first: "-9,a;-7,b;-8,c", then: "-1,d;0,e;-9,f;-0,g"},
			{reason: "one key written differently", first: "1,a;7,b", then: "8,c;007,d;07,e"},
			{
				reason: "a form that the server alone reads", only: "PostgreSQL",
				first: "1,a;+7,b;8,c", then: " 9 ,d;7,e;+9,f",
			},
			{
				reason: "rows that the table refuses", table: "CHECK (name <> 'wrong')",
				first: "1,a;2,wrong;2,b", then: "3,wrong;4,d;1,wrong;1,e;3,f",
			},
			{
				reason: "the last row of a key is refused", table: "CHECK (name <> 'wrong')",
				first: "1,a;2,b", then: "3,c;1,wrong",
			},
			{
				reason: "another key, free once the last rows count", table: "UNIQUE (name)",
				first: "1,a;2,c", then: "2,a;1,b",
			},
			{
				reason: "rows that refer to later ones", name: "int", only: "PostgreSQL",
				table: "FOREIGN KEY (name) REFERENCES import_ascent (id)",
				first: "1,3;2,1", then: "3,5;5,1",
			},
			{
				reason: "no value of the type, in a row that does not count", name: "int",
				first: "1,1;2,bad;2,3", then: "3,4;2,5",
			},
		} {
			if test.only != "" && test.only != p.name {
				continue
			}
			mustExec(t, p.db, "DROP TABLE IF EXISTS import_ascent")
			mustExec(t, p.db, "CREATE TABLE import_ascent (id int PRIMARY KEY, name "+
				cmp.Or(test.name, "text")+", pad text, "+cmp.Or(test.table, "CHECK (id < 100)")+")")
			file := writeFile(t, "cars.csv", "id,name,pad\n"+
				strings.ReplaceAll(test.first, ";", ",\n")+","+pad+"\n"+
				strings.ReplaceAll(test.then, ";", ",\n")+",\n")
			modes := []string{"update", "skip", "fail"}
			if racetest.Enabled() {
				modes = modes[i%3:][:1]
			}
			for _, existing := range modes {
				result := func() string {
					status, out := p.run(t, "", file, "-into", "import_ascent", "-key", "id",
						"-existing", existing)
					rows := p.rows(t, "id, CAST(name AS text), length(pad)")
					mustExec(t, p.db, "DELETE FROM import_ascent")
					return fmt.Sprintf("exit status %d\n%s\n%s", status, out, rows)
				}
				atOnce := result()
				mustExec(t, p.db, trigger)
				if waiting := result(); atOnce != waiting {
					t.Errorf("%s, %s, -existing %s:\n%s\nwith a trigger:\n%s", p.name, test.reason,
						existing, atOnce, waiting)
				}
				dropTrigger(t, p)
			}
		}
	}
}

// dropTrigger drops the trigger that the test has created.
func dropTrigger(t *testing.T, p importPlace) {
	t.Helper()
	text := "DROP TRIGGER idle"
	if p.name == "PostgreSQL" {
		text += " ON import_ascent"
	}
	mustExec(t, p.db, text)
}
