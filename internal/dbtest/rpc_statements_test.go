package dbtest

import (
	"database/sql"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// GET of named statements on PostgreSQL calls what begins with SELECT, and writes nothing.
func TestGetOfStatementsIsReadOnly(t *testing.T) {
	setUp(t, openPostgres(t), rulesSchema...)
	statements := loadStatements(t, fstest.MapFS{
		"reads.sql":  {Data: []byte("SELECT rules.reads(:n) AS n")},
		"writes.sql": {Data: []byte("SELECT rules.writes() AS n")},
		"adds.sql":   {Data: []byte("INSERT INTO rules.written VALUES (1) RETURNING n")},
		"clean.sql":  {Data: []byte("VACUUM rules.written")},
	}, moresql.PostgreSQL)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "TRUNCATE rules.written")
		m := moresql.New(db, quiet, moresql.CallBy(statements))
		url := listen(t, rest.Routines(m, statements.Catalog()))
		for _, test := range []struct {
			method, target string
			status         int
		}{
			{"GET", "/reads?n=1&n=4", 200},
			{"GET", "/reads?n=4&select=", 200},
			{"GET", "/writes", 405},
			{"HEAD", "/writes", 405},
			{"GET", "/adds", 405},
			{"GET", "/clean", 405},
			{"POST", "/adds", 200},
		} {
			got := send(t, test.method, url+test.target, "")
			if got.status != test.status {
				t.Errorf("%s %s: %d %s", test.method, test.target, got.status, got.body)
			}
		}
		if n := queryInt(t, db, "SELECT count(*) FROM rules.written"); n != 1 {
			t.Errorf("%d rows are written, want that of POST", n)
		}
	})
}

// What cannot run in the transaction of a POST (PostgreSQL manual, VACUUM) is the author's mistake,
// and the response says where it can run: by a handler of its own, which sends it alone.
func TestStatementsThatCannotRunInATransaction(t *testing.T) {
	setUp(t, openPostgres(t), rulesSchema...)
	statements := loadStatements(t, fstest.MapFS{
		"clean.sql": {Data: []byte("VACUUM rules.written")},
	}, moresql.PostgreSQL)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet, moresql.CallBy(statements))
		got := send(t, "POST", listen(t, rest.Routines(m, statements.Catalog()))+"/clean", "")
		if p := problemOf(t, got); got.status != 500 || p.Code != "25001" ||
			p.Message != "VACUUM cannot run inside a transaction block" ||
			!strings.Contains(p.Hint, "MoreSQL.Handler") {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := send(t, "POST", listen(t, m.Handler("clean")), ""); got.status != 204 {
			t.Errorf("by a handler: %d %s", got.status, got.body)
		}
	})
}
