package dbtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// TestRowsOfOthersThatAreShownGoBack reads tables with values of every type in each format that a
// request may have, empties them, and sends back what was read: they are shown as they were.
func TestRowsOfOthersThatAreShownGoBack(t *testing.T) {
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			var statements []string
			for i, test := range shownValues[name] {
				statements = append(statements,
					fmt.Sprintf("CREATE TABLE v%d (id int PRIMARY KEY, x %s)", i, test.declared))
				var rows []string
				for j, value := range strings.Split(test.values, "; ") {
					if value == "''" && test.declared == "DATETIME" { // NULL in CSV, as on PostgreSQL
						continue
					}
					rows = append(rows, fmt.Sprintf("(%d, %s)", j, value))
				}
				statements = append(statements,
					fmt.Sprintf("INSERT INTO v%d VALUES %s", i, strings.Join(rows, ", ")))
			}
			db, cat := open(t, statements...)
			url := listen(t, rest.Tables(moresql.New(db, quiet,
				moresql.Encoders(encoder.JSON(), encoder.CSV(), encoder.NDJSON())), cat))
			for i, test := range shownValues[name] {
				table := fmt.Sprintf("/v%d", i)
				for _, mediaType := range []string{jsonType, csvType, "application/x-ndjson"} {
					get := func() received {
						return send(t, "GET", url+table+"?order=id", "", "Accept", mediaType)
					}
					shown := get()
					setUp(t, db, "DELETE FROM "+table[1:])
					got := send(t, "POST", url+table, shown.body, "Content-Type", mediaType)
					if again := get(); got.status != 201 || again.body != shown.body {
						t.Errorf("%s, %s: %d %s:\n%s\ninstead of\n%s", test.declared, mediaType, got.status,
							got.body, again.body, shown.body)
					}
				}
			}
		})
	}
}
