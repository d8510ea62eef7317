package main

import (
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/pgtest"
)

// A table without rows gets those of a file by one statement. What comes of it is what comes of a
// table that has one row more, whatever the table has that interferes.
func TestImportIntoAnEmptyTable(t *testing.T) {
	const columns = "(id int PRIMARY KEY, name text CHECK (name <> 'wrong'), price decimal(10,2))"
	for _, test := range []struct {
		reason, existing, setup, text, rows string
		want                                []string
		status                              int
	}{
		{
			reason: "the last counts", existing: "update",
			text: "3,a,1\n1,b,2\n3,c,3\n", rows: "1|b|2.00\n3|c|3.00\n",
			want: []string{"2 new", "1 repeat"},
		},
		{
			reason: "the first counts", existing: "skip",
			text: "3,a,1\n1,b,2\n3,c,3\n", rows: "1|b|2.00\n3|a|1.00\n",
			want: []string{"2 new", "1 repeat"},
		},
		{
			reason: "a repeated key", existing: "fail", text: "3,a,1\n3,c,3\n", status: 1,
			want: []string{"1 repeat the key of another row", "nothing is imported"},
		},
		{
			reason: "no repeated key", existing: "fail",
			text: "3,a,1\n1,b,2\n", rows: "1|b|2.00\n3|a|1.00\n", want: []string{"2 new"},
		},
		{
			reason: "a row that the table refuses", existing: "update",
			text: "3,a,1\n1,wrong,2\n2,b,3\n", status: 1, want: []string{"line 3", "check constraint"},
		},
		{
			reason: "a trigger that drops a row", existing: "update",
			setup: `CREATE OR REPLACE FUNCTION import_drop() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN IF NEW.id = 3 THEN RETURN NULL; END IF; RETURN NEW; END $$;
				CREATE TRIGGER drop_it BEFORE INSERT ON import_empty FOR EACH ROW
				EXECUTE FUNCTION import_drop()`,
			text: "3,a,1\n1,b,2\n", rows: "1|b|2.00\n", want: []string{"1 new", "0 repeat"},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := importPlace{uri: pgtest.URI(t), table: "import_empty"}
			p.db = connect(t, p.uri)
			mustExec(t, p.db, "DROP TABLE IF EXISTS import_empty; CREATE TABLE import_empty "+columns)
			t.Cleanup(func() {
				mustExec(t, p.db, "DROP TABLE import_empty; DROP FUNCTION IF EXISTS import_drop")
			})
			if test.setup != "" {
				mustExec(t, p.db, test.setup)
			}
			file := writeFile(t, "cars.csv", "id,name,price\n"+test.text)
			status, out := p.run(t, "", file, "-into", "import_empty", "-key", "id",
				"-existing", test.existing)
			for _, want := range test.want {
				if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
					t.Errorf("no %q in %s", want, out)
				}
			}
			if rows := p.rows(t, "id, name, price"); status != test.status || rows != test.rows {
				t.Errorf("exit status %d, rows\n%s\n%s", status, rows, out)
			}
		})
	}
}
