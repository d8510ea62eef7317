package dbtest

import (
	"database/sql"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// othersBatches are batches of calls that every database has: keep inserts a number once, seen
// counts what there is.
var othersBatches = []batchCase{
	{reason: "a call sees those before", status: 200, kept: 2, want: `[[{"v":0}],null,null,[{"v":2}]]`,
		body: `[{"call":"seen"},{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":2}},
			{"call":"seen"}]`},
	{reason: "a failure undoes all", status: 409, index: 2, field: "n",
		body: `[{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":2}},
			{"call":"keep","args":{"n":1}},{"call":"keep","args":{"n":3}}]`},
	{reason: "a call that does not exist", status: 404, code: "PGRST202", index: 1, name: "nix",
		body: `[{"call":"keep","args":{"n":1}},{"call":"nix"}]`},
}

// checkOthersBatches runs the batches by the calls of a catalog. duplicate is the code for a number
// that is there.
func checkOthersBatches(
	t *testing.T, db *sql.DB, cat *catalog.Catalog, duplicate string, options ...moresql.Option,
) {
	h := rest.Routines(moresql.New(db, append(options, quiet)...), cat)
	for _, test := range othersBatches {
		t.Run(test.reason, func(t *testing.T) {
			setUp(t, db, `DELETE FROM batch_kept`)
			if test.status == 409 {
				test.code = duplicate
			}
			checkBatch(t, h, test)
			if n := queryInt(t, db, `SELECT count(*) FROM batch_kept`); n != test.kept {
				t.Errorf("%d rows are kept, want %d", n, test.kept)
			}
		})
	}
}

// TestBatchIsAllOrNothingOnSQLite runs named statements, which are one call each.
func TestBatchIsAllOrNothingOnSQLite(t *testing.T) {
	for _, way := range sqliteDrivers {
		t.Run(way.name, func(t *testing.T) {
			db := way.open(t)
			setUp(t, db, `CREATE TABLE batch_kept (n INTEGER UNIQUE)`)
			statements := loadStatements(t, fstest.MapFS{
				"keep.sql": {Data: []byte("INSERT INTO batch_kept VALUES (:n)")},
				"seen.sql": {Data: []byte("SELECT count(*) AS v FROM batch_kept")},
			}, moresql.SQLite)
			checkOthersBatches(t, db, statements.Catalog(), "23505", moresql.CallBy(statements))
		})
	}
}

// TestBatchIsAllOrNothingOnMariaDB runs procedures.
func TestBatchIsAllOrNothingOnMariaDB(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE TABLE batch_kept (n INT UNIQUE) ENGINE = InnoDB`,
		`CREATE OR REPLACE PROCEDURE keep(n INT) INSERT INTO batch_kept VALUES (n)`,
		`CREATE OR REPLACE PROCEDURE seen() SELECT count(*) AS v FROM batch_kept`,
		`CREATE OR REPLACE PROCEDURE ends() COMMIT`)
	cat, err := catalog.LoadMySQL(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	checkOthersBatches(t, db, cat, "23000")

	// The limit of that: a procedure which commits does so for the calls before it.
	setUp(t, db, `DELETE FROM batch_kept`)
	checkBatch(t, rest.Routines(moresql.New(db, quiet), cat), batchCase{
		status: 409, code: "23000", index: 2,
		body: `[{"call":"keep","args":{"n":1}},{"call":"ends"},{"call":"keep","args":{"n":1}}]`,
	})
	if n := queryInt(t, db, `SELECT count(*) FROM batch_kept`); n != 1 {
		t.Errorf("%d rows are kept", n)
	}
}

// TestBatchCountsResultSetsThatAreLeftOut wherever in the batch their call is.
func TestBatchCountsResultSetsThatAreLeftOut(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE PROCEDURE alone() SELECT 1 AS v`,
		`CREATE OR REPLACE PROCEDURE several() BEGIN SELECT 1 AS v; SELECT 2; SELECT 3; END`)
	cat, err := catalog.LoadMySQL(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	skipped := -1
	h := rest.Routines(moresql.New(db, quiet, moresql.Hooks{
		After: func(_ *http.Request, c *moresql.Call, _ error) { skipped = c.Skipped },
	}), cat)
	for body, want := range map[string]int{
		`[{"call":"alone"},{"call":"alone"}]`:   0,
		`[{"call":"alone"},{"call":"several"}]`: 2,
		`[{"call":"several"},{"call":"alone"}]`: 2,
	} {
		status, response := do(h, "POST", "/", "application/json", body)
		if status != 200 || skipped != want {
			t.Errorf("%s: %d result sets, want %d; %d %s", body, skipped, want, status, response)
		}
	}
}

// TestMariaDBVariablesStayOnTheConnection shows what a call leaves to the next one there.
func TestMariaDBVariablesStayOnTheConnection(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE PROCEDURE sets() SET @tenant = 'left'`,
		`CREATE OR REPLACE PROCEDURE finds() SELECT @tenant AS v`)
	db.SetMaxOpenConns(1)
	m := moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}))
	do(m.Handler("sets"), "POST", "/", "", "")
	if _, body := do(m.Handler("finds"), "POST", "/", "", ""); body != `[{"v":"left"}]` {
		t.Error(body)
	}
}
