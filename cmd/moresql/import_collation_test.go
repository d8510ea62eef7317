package main

import "testing"

// Two rows have one key if they have for the index of the table: where that takes b and B for the
// same, the last of the two counts.
func TestImportComparesKeysAsTheTableDoes(t *testing.T) {
	for _, p := range importPlaces(t, "import_collated", "(id varchar(9) PRIMARY KEY, v int)") {
		key, ok := map[string]string{
			"MariaDB": "id varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY",
			"SQLite":  "id text PRIMARY KEY COLLATE NOCASE",
		}[p.name]
		if !ok {
			continue // no collation of every PostgreSQL does
		}
		for _, columns := range []string{
			"(" + key + ", v int)",
			map[string]string{"SQLite": "(id text, v int, UNIQUE (id COLLATE NOCASE))"}[p.name],
		} {
			if columns == "" {
				continue
			}
			mustExec(t, p.db, "DROP TABLE "+p.table)
			mustExec(t, p.db, "CREATE TABLE "+p.table+" "+columns)
			for _, test := range []struct{ there, existing, want string }{
				{"('A', 0)", "update", "2|A\n3|B\n"}, {"('A', 0)", "skip", "0|A\n1|b\n"},
				{"", "update", "2|a\n3|B\n"}, {"", "skip", "1|b\n2|a\n"},
			} {
				mustExec(t, p.db, "DELETE FROM "+p.table)
				if test.there != "" {
					mustExec(t, p.db, "INSERT INTO "+p.table+" VALUES "+test.there)
				}
				status, out := p.run(t, "id,v\na,2\nb,1\nB,3\n", "-", "-into", p.table, "-key", "id",
					"-existing", test.existing)
				if got := p.rows(t, "v, id"); status != 0 || got != test.want {
					t.Errorf("%s %s %s, %s: status %d\n%s\n%s", p.name, columns, test.there, test.existing,
						status, out, got)
				}
			}
		}
	}
}
