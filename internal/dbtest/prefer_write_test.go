package dbtest

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// preferred are preferences of writes with those that the response says have been kept, and which a
// strict request gets a 400 for, "" for none.
var preferred = []struct {
	reason, request, prefer, applied string
	end                              rest.TxEnd
	counted, refused                 bool // the second: if the request is strict
	rows                             int  // there afterwards
}{
	{reason: "who may not roll back", request: "POST /people", prefer: "tx=rollback", rows: 3,
		refused: true},
	{reason: "who may not commit", request: "POST /people", prefer: "tx=commit", end: rest.Rollback,
		rows: 2, refused: true},
	{reason: "who may", request: "POST /people", prefer: "tx=rollback", applied: "tx=rollback",
		end: rest.CommitAllowOverride, rows: 2},
	{reason: "a page", request: "POST /people", prefer: "return=minimal, pagination=keyset",
		applied: "return=minimal", rows: 3, refused: true},
	{reason: "a guess", request: "POST /people", prefer: "count=planned", rows: 3, refused: true},
	{reason: "a guess at what is changed", request: "PATCH /people?age=eq.40",
		prefer: "count=planned", rows: 2, refused: true},
	{reason: "a good guess", request: "PATCH /people?age=eq.40", prefer: "count=estimated",
		applied: "count=estimated", counted: true, rows: 2},
	{reason: "what a column is without a value", request: "DELETE /people?age=eq.41",
		prefer: "missing=default", rows: 2},
	{reason: "a good guess at what goes", request: "DELETE /people?age=eq.41",
		prefer: "count=estimated", applied: "count=estimated", rows: 2, counted: true},
}

// Preference-Applied names no preference of a write that was not kept: a client would take what has
// been committed for tried.
func TestWritesNameThePreferencesThatTheyKeep(t *testing.T) {
	test := func(t *testing.T, db *sql.DB, cat *catalog.Catalog, table string) {
		for _, c := range preferred {
			for _, strict := range []bool{false, true} {
				setUp(t, db, "DELETE FROM "+table, "INSERT INTO "+table+" VALUES (1, 40), (2, NULL)")
				a := alike{request: c.request, prefer: c.prefer, body: `{"age": 41}`}
				if a.request == "POST /people" {
					a.body = `{"id": 3}`
				}
				status, applied, rows := 0, c.applied, c.rows
				if strict {
					a.prefer += ", handling=strict"
					applied += ", handling=strict"
				}
				if strict && c.refused {
					status, applied, rows = 400, "", 2
				}
				h := rest.Tables(moresql.New(db, quiet), cat, rest.EndTx(c.end))
				got := a.send(t, listen(t, h))
				var n int
				if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
					t.Fatal(err)
				}
				ranged := got.header.Get("Content-Range")
				if (status == 400) != (got.status == 400) || n != rows ||
					got.header.Get("Preference-Applied") != strings.TrimPrefix(applied, ", ") ||
					got.status < 300 && c.counted == (ranged[len(ranged)-1] == '*') {
					t.Errorf("%s, strict %v: %d %v %s, %d rows", c.reason, strict, got.status,
						got.header, got.body, n)
				}
			}
		}
	}
	const columns = " (id int PRIMARY KEY, age int)"
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			db, cat := open(t, "CREATE TABLE people"+columns)
			test(t, db, cat, "people")
		})
	}
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS preferred CASCADE", "CREATE SCHEMA preferred",
		"CREATE TABLE preferred.people"+columns)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		test(t, db, load(t, db, "preferred"), "preferred.people")
	})
}
