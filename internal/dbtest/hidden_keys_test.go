package dbtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// hiddenKeys are tables with unique indexes that no request can name: of a part of a column or an
// expression, and of a generated column.
var hiddenKeys = map[string][]string{
	"PostgreSQL": {
		"CREATE TABLE parts (id int PRIMARY KEY, name varchar(20))",
		"CREATE UNIQUE INDEX ON parts (left(name, 3))",
		"CREATE TABLE lowers (id int PRIMARY KEY, name varchar(20), low varchar(20) " +
			"GENERATED ALWAYS AS (lower(name)) STORED UNIQUE)",
	},
	"SQLite": {
		"CREATE TABLE parts (id int NOT NULL PRIMARY KEY, name varchar(20))",
		"CREATE UNIQUE INDEX part ON parts (substr(name, 1, 3))",
		"CREATE TABLE lowers (id int NOT NULL PRIMARY KEY, name varchar(20), low varchar(20) " +
			"GENERATED ALWAYS AS (lower(name)) STORED UNIQUE)",
	},
	"MariaDB": {
		"CREATE TABLE parts (id int PRIMARY KEY, name varchar(20), UNIQUE (name(3)))",
		"CREATE TABLE lowers (id int PRIMARY KEY, name varchar(20), low varchar(20) " +
			"AS (lower(name)) STORED UNIQUE)",
	},
}

// TestRowsAreMergedByTheKeyOfTheRequestAlone merges rows that others are in the way of by another
// unique index: these are left as they are. ON DUPLICATE KEY of MariaDB would change them instead.
func TestRowsAreMergedByTheKeyOfTheRequestAlone(t *testing.T) {
	for name, schema := range hiddenKeys {
		t.Run(name, func(t *testing.T) {
			side := &writeSide{name: name}
			var cat *catalog.Catalog
			if open := others[name]; open != nil {
				side.db, cat = open(t, schema...)
			} else {
				side.db = openPostgres(t)
				side.db.SetMaxOpenConns(1)
				setUp(t, side.db, "DROP SCHEMA IF EXISTS hidden_keys CASCADE", "CREATE SCHEMA hidden_keys",
					"SET search_path = hidden_keys")
				setUp(t, side.db, schema...)
				cat = load(t, side.db, "hidden_keys")
			}
			setUp(t, side.db, "INSERT INTO parts VALUES (1, 'abcd'), (2, 'xyz')",
				"INSERT INTO lowers (id, name) VALUES (1, 'Abcd'), (2, 'XYZ')")
			url := listen(t, rest.Tables(moresql.New(side.db, quiet), cat))
			for _, table := range []string{"/parts", "/lowers"} {
				before := send(t, "GET", url+table+"?order=id", "").body
				for _, resolution := range []string{"merge-duplicates", "ignore-duplicates"} {
					for _, row := range []string{`{"id": 3, "name": "abcD"}`, `{"id": 2, "name": "ABCD"}`} {
						if table == "/parts" && name != "MariaDB" { // whose texts ignore the case
							row = strings.ReplaceAll(strings.ToLower(row), "abcd", "abcx")
						}
						if resolution == "ignore-duplicates" && strings.Contains(row, "2") {
							continue // by its key it is there
						}
						got := send(t, "POST", url+table, row, "Content-Type", jsonType,
							"Prefer", "resolution="+resolution)
						if got.status != 409 {
							t.Errorf("%s of %s, %s: %d %s", row, table, resolution, got.status, got.body)
						}
						if after := send(t, "GET", url+table+"?order=id", "").body; after != before {
							t.Errorf("%s of %s, %s: %s, before %s", row, table, resolution, after, before)
						}
					}
				}
				// What is in nobody's way is merged.
				got := send(t, "POST", url+table, `[{"id": 1, "name": "new"}, {"id": 4, "name": "more"}]`,
					"Content-Type", jsonType, "Prefer", "resolution=merge-duplicates")
				names := send(t, "GET", url+table+"?order=id&select=id,name", "").body
				want := send(t, "GET", url+table+"?order=id&select=id,name&id=eq.2", "").body
				want = `[{"id":1,"name":"new"},` + strings.Trim(want, "[]") + `,{"id":4,"name":"more"}]`
				if got.status != 201 || names != want {
					t.Errorf("merged into %s: %d %s, %s, want %s", table, got.status, got.body, names, want)
				}
			}
		})
	}
}
