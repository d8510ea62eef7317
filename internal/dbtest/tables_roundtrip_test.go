package dbtest

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// notSentBack are types without an input for a client, and those that docs/types.md lists.
var notSentBack = []string{"pg_node_tree", "int2vector", "oidvector", "aclitem"}

// TestRowsThatAreShownGoBack reads a table with values of every type, and NULL, in each format that
// a request may have, empties it, and sends back what was read: the rows are what they were, as the
// database compares their texts.
func TestRowsThatAreShownGoBack(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS shown_rows CASCADE`, `CREATE SCHEMA shown_rows`,
		`CREATE TYPE shown_rows.word AS ENUM ('', 'NULL', 'a,b', '"')`,
		`CREATE DOMAIN shown_rows.short AS text CHECK (VALUE <> 'too long')`,
		`CREATE TYPE shown_rows.pair AS (a int, b text)`)
	var tables []string
	add := func(typeName string, values []string) {
		table := fmt.Sprint("t", len(tables))
		setUp(t, admin, fmt.Sprintf(`CREATE TABLE shown_rows.%s (id serial PRIMARY KEY, v %s)`, table,
			typeName), fmt.Sprintf(`COMMENT ON TABLE shown_rows.%s IS '%s'`, table, typeName),
			fmt.Sprintf(`INSERT INTO shown_rows.%s (v) VALUES (NULL)`, table))
		for _, text := range values {
			value, isExpression := strings.CutPrefix(text, "=")
			if !isExpression {
				value = pq.QuoteLiteral(text) + "::" + typeName
			}
			setUp(t, admin, fmt.Sprintf("INSERT INTO shown_rows.%s (v) VALUES (%s)", table, value))
		}
		tables = append(tables, typeName)
	}
	for _, name := range slices.Sorted(maps.Keys(pgtest.Samples)) {
		if slices.Contains(notSentBack, name) {
			continue
		}
		// null in a body is NULL, white space around a json value is not sent, and the regclass of
		// nothing cannot be cast from a text.
		samples := slices.DeleteFunc(slices.Clone(pgtest.Samples[name]), func(text string) bool {
			return strings.HasPrefix(name, "json") && (text == "null" || text[0] == ' ') ||
				name == "regclass" && text == "-"
		})
		add(`pg_catalog."`+name+`"`, samples)
	}
	add("shown_rows.word", []string{"", "NULL", "a,b", `"`})
	add("shown_rows.short", []string{"", "NULL"})
	add("shown_rows.pair", []string{`(1,"")`, "(,)", `(,"a,b")`})
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "shown_rows"),
			moresql.Encoders(encoder.JSON(), encoder.CSV(), encoder.NDJSON()), rest.Query()))
		for i, typeName := range tables {
			table := fmt.Sprint("t", i)
			for _, mediaType := range []string{jsonType, "text/csv", "application/x-ndjson"} {
				rows := fmt.Sprintf(`SELECT coalesce(string_agg(r::text, E'\n' ORDER BY id), '')
					FROM shown_rows.%s AS r`, table)
				before := queryText(t, admin, rows)
				shown := send(t, "GET", url+"/"+table+"?order=id", "", "Accept", mediaType)
				setUp(t, admin, "CREATE TEMP TABLE kept AS SELECT * FROM shown_rows."+table,
					"DELETE FROM shown_rows."+table)
				got := send(t, "POST", url+"/"+table, shown.body, "Content-Type", mediaType)
				after := queryText(t, admin, rows)
				if shown.status != 200 || got.status != 201 || after != before {
					t.Errorf("%s, %s: %d, then %d %s:\n%s\ninstead of\n%s", typeName, mediaType,
						shown.status, got.status, got.body, after, before)
				}
				setUp(t, admin, "DELETE FROM shown_rows."+table,
					"INSERT INTO shown_rows."+table+" SELECT * FROM kept", "DROP TABLE kept")
			}
		}
	})
}
