package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// COPY's text format has a backslash before some letters and writes NULL as \N (PostgreSQL manual,
// COPY). An import looks for them in some thousands of rows at a time, so that a value which needs
// it may come among others or after many that do not.
func TestImportKeepsWhatCopyEscapes(t *testing.T) {
	special := []struct{ reason, name string }{
		{"a backslash", `a\b`},
		{"what stands for NULL", `\N`},
		{"what ends the data", `\.`},
		{"a backslash at the end", `a\`},
		{"a tab", "a\tb"},
		{"a line feed", "a\nb"},
		{"a carriage return", "a\rb"},
		{"all at once", "\\\t\n\r\\"},
	}
	const plain = 6_000 // rows, which are more than the first chunk has
	for _, p := range importPlaces(t, "escapes", "(id int, name varchar(20))") {
		for _, s := range special {
			if _, err := p.db.Exec("DELETE FROM " + p.table); err != nil {
				t.Fatal(err)
			}
			var in strings.Builder
			line := func(id int, name string) {
				if err := json.NewEncoder(&in).Encode(map[string]any{"id": id, "name": name}); err != nil {
					t.Fatal(err)
				}
			}
			line(1, s.name)
			for range plain {
				line(2, "plain")
			}
			line(3, s.name)
			if status, out := p.run(t, in.String(), "-into", p.table, "-"); status != 0 {
				t.Fatalf("%s, %s: status %d: %s", p.name, s.reason, status, out)
			}
			for _, where := range []string{"id = 1", "id = 3"} {
				var got string
				err := p.db.QueryRow("SELECT name FROM " + p.table + " WHERE " + where).Scan(&got)
				if err != nil || got != s.name {
					t.Errorf("%s, %s: %s has %q, %v; want %q", p.name, s.reason, where, got, err, s.name)
				}
			}
			var others int
			if err := p.db.QueryRow("SELECT count(*) FROM " + p.table +
				" WHERE id = 2 AND name = 'plain'").Scan(&others); err != nil || others != plain {
				t.Errorf("%s, %s: %d plain rows, %v", p.name, s.reason, others, err)
			}
		}
	}
}
