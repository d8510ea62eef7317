package dbtest

import (
	"database/sql"
	"encoding/json"
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

// TestLocationLeadsToTheRow writes rows whose key has names that are words of the grammar, or parts
// of it.
func TestLocationLeadsToTheRow(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, `DROP SCHEMA IF EXISTS located CASCADE`, `CREATE SCHEMA located`)
	names := []string{
		"select", "order", "limit", "and", "not.or", "a,b", "a.b", "a:b", "a(b)", "x->>y", `q"`, `\`, "*",
		"ä", "two words", "1", "columns", "on_conflict",
	}
	for i, name := range names {
		setUp(t, admin, fmt.Sprintf(`CREATE TABLE located.t%d (%s int PRIMARY KEY)`, i,
			pq.QuoteIdentifier(name)))
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "located")))
		for i, name := range names {
			setUp(t, admin, fmt.Sprint("TRUNCATE located.t", i))
			body, err := json.Marshal(map[string]int{name: -5})
			if err != nil {
				t.Fatal(err)
			}
			made := send(t, "POST", fmt.Sprint(url, "/t", i), string(body), "Content-Type", jsonType,
				"Prefer", "return=headers-only")
			found := send(t, "GET", url+made.header.Get("Location"), "")
			if made.status != 201 || !sameJSON(t, found.body, "["+string(body)+"]") {
				t.Errorf("%q: %d %s, then %s: %d %s", name, made.status, made.body,
					made.header.Get("Location"), found.status, found.body)
			}
		}
	})
}

// TestTableThatHasChangedIsNoFaultOfTheClient drops a column that the catalog still has.
func TestTableThatHasChangedIsNoFaultOfTheClient(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, `DROP SCHEMA IF EXISTS outdated CASCADE`, `CREATE SCHEMA outdated`,
			`CREATE TABLE outdated.cars (id int PRIMARY KEY, v int, w text)`)
		cat := load(t, db, "outdated")
		url := listen(t, rest.Tables(moresql.New(db, quiet), cat)) + "/cars"
		setUp(t, db, `ALTER TABLE outdated.cars DROP COLUMN w`)
		requests := [][]string{
			{"GET", url, ""}, {"GET", url + "?id=eq.1", ""},
			{"POST", url, `{"id": 1}`, "Content-Type", jsonType, "Prefer", "return=representation"},
		}
		for _, r := range requests {
			got := send(t, r[0], r[1], r[2], r[3:]...)
			if p := problemOf(t, got); got.status != 503 || p.Code != "42703" {
				t.Errorf("%s %s: %d %s", r[0], r[1], got.status, got.body)
			}
		}
		if err := cat.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, r := range requests {
			if got := send(t, r[0], r[1], r[2], r[3:]...); got.status >= 300 {
				t.Errorf("after a reload %s %s: %d %s", r[0], r[1], got.status, got.body)
			}
		}
	})
}

// TestWritesSayWhatIsWrong sends what a client may expect something of that it does not get.
func TestWritesSayWhatIsWrong(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS mistaken CASCADE`, `CREATE SCHEMA mistaken`,
		`CREATE TABLE mistaken.cars (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)`,
		`CREATE TABLE mistaken.late (id int PRIMARY KEY DEFERRABLE, name text)`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet), load(t, db, "mistaken")))
		for _, test := range []struct {
			reason, target, body string
			header               []string
			want                 string // part of the message or the hint
		}{
			{reason: "a key that cannot be merged by", target: "/late", body: `{"id": 1}`,
				header: []string{"Prefer", "resolution=merge-duplicates"}, want: "another unique key"},
			{reason: "no version is known of a new row", target: "/cars", body: `{"name": "a"}`,
				header: []string{"If-Match", `"zz"`}, want: "use PUT"},
			{reason: "the parameter that is wrong", target: "/cars?on_conflict=a(", body: `{}`,
				header: []string{"Prefer", "resolution=merge-duplicates"}, want: "on_conflict"},
			{reason: "a hint for who writes JSON and not SQL", target: "/cars", body: `{"id": 7}`,
				want: "leave the column out"},
		} {
			header := append([]string{"Content-Type", jsonType}, test.header...)
			got := send(t, "POST", url+test.target, test.body, header...)
			if got.status != 400 || !strings.Contains(got.body, test.want) {
				t.Errorf("%s: %d %s", test.reason, got.status, got.body)
			}
		}
	})
}
