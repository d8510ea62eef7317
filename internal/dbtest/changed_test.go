package dbtest

import (
	"database/sql"
	"net/http"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// changing are statements without a result, over a table of four rows.
var changing = fstest.MapFS{
	"add.sql":    {Data: []byte("INSERT INTO changed (n) VALUES (:n)")},
	"raise.sql":  {Data: []byte("UPDATE changed SET n = n + 100 WHERE n <= :n")},
	"remove.sql": {Data: []byte("DELETE FROM changed WHERE n <= :n")},
	"read.sql":   {Data: []byte("SELECT n FROM changed WHERE n <= :n")},
}

// TestChangesWithoutAResultAreCounted, by what the database itself says: of n rows by a statement
// that changes those up to n.
func TestChangesWithoutAResultAreCounted(t *testing.T) {
	setUp(t, openPostgres(t), "CREATE TABLE changed (n int)")
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "TRUNCATE changed", "INSERT INTO changed VALUES (1), (2), (3), (4)")
		testChanges(t, db, moresql.PostgreSQL)
	})
	t.Run("MariaDB", func(t *testing.T) {
		db := openMariaDB(t)
		setUp(t, db, "CREATE TABLE changed (n int)", "INSERT INTO changed VALUES (1), (2), (3), (4)")
		testChanges(t, db, moresql.MySQL)
		testChangesOfProcedures(t, db)
	})
	for _, way := range sqliteDrivers {
		t.Run(way.name, func(t *testing.T) {
			db := way.open(t)
			setUp(t, db, "CREATE TABLE changed (n INT)", "INSERT INTO changed VALUES (1), (2), (3), (4)")
			testChanges(t, db, moresql.SQLite)
		})
	}
}

func testChanges(t *testing.T, db *sql.DB, d moresql.Dialect) {
	statements := loadStatements(t, changing, d)
	m := moresql.New(db, quiet, moresql.CallBy(statements), moresql.Fields("n"))
	one := moresql.Shape(row.One)
	mux := http.NewServeMux()
	mux.Handle("/add", m.Handler("add", rest.Count()))
	mux.Handle("/raise", m.Handler("raise", rest.Count()))
	mux.Handle("/raise/one", m.Handler("raise", one))
	mux.Handle("/raise/session", m.Handler("raise", rest.Count(), one, moresql.Atomic()))
	mux.Handle("/remove", m.Handler("remove", rest.Count(), one))
	mux.Handle("/read", m.Handler("read", rest.Count()))
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, statements.Catalog())))
	url := listen(t, mux)
	exact := []string{"Prefer", "count=exact"}
	for _, test := range []struct {
		reason, target string
		n              int // rows up to that are changed
		header         []string
		status         int
		counted        bool
	}{
		{reason: "an update", target: "/raise", n: 2, header: exact, status: 204, counted: true},
		{reason: "no row", target: "/raise", n: 0, header: exact, status: 204, counted: true},
		{reason: "nobody wants to know", target: "/raise", n: 3, status: 204},
		{reason: "the row of One", target: "/raise/one", n: 4, status: 204},
		{reason: "no row where it is One", target: "/raise/one", n: 0, status: 404},
		{reason: "no row in a transaction", target: "/raise/session", n: 0, header: exact, status: 404},
		{reason: "in a transaction", target: "/raise/session", n: 101, header: exact, status: 204,
			counted: true},
		{reason: "a catalog", target: "/rpc/raise", n: 102, header: exact, status: 204, counted: true},
		{reason: "a delete", target: "/remove", n: 203, header: exact, status: 204, counted: true},
		{reason: "nothing to delete", target: "/remove", n: 0, header: exact, status: 404},
		{reason: "rows are no changes", target: "/read", n: 0, header: exact, status: 200},
	} {
		text := strconv.Itoa(test.n)
		want := "*/" + queryText(t, db, "SELECT count(*) FROM changed WHERE n <= "+text)
		got := send(t, "POST", url+test.target, `{"n": `+text+`}`,
			append([]string{"Content-Type", "application/json"}, test.header...)...)
		applied := "count=exact"
		if !test.counted {
			want, applied = "", ""
		}
		if got.status != test.status || got.header.Get("Content-Range") != want ||
			got.header.Get("Preference-Applied") != applied {
			t.Errorf("%s: %d %s %v; want %d and the range %q",
				test.reason, got.status, got.body, got.header, test.status, want)
		}
	}
	if got := send(t, "POST", url+"/add?n=5", "", exact...); got.header.Get("Content-Range") != "*/1" {
		t.Errorf("an insert: %d %s %v", got.status, got.body, got.header)
	}
	tx, err := db.Begin() // of the program, whose statements share its connection
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	mine := moresql.New(tx, quiet, moresql.CallBy(statements), moresql.Fields("n"), rest.Count())
	got := send(t, "POST", listen(t, mine.Handler("remove"))+"/?n=5", "", exact...)
	if got.header.Get("Content-Range") != "*/1" {
		t.Errorf("in a transaction of the program: %d %s %v", got.status, got.body, got.header)
	}
}

// testChangesOfProcedures has MariaDB count what the last statement of a procedure changes.
func testChangesOfProcedures(t *testing.T, db *sql.DB) {
	setUp(t, db, "INSERT INTO changed VALUES (7), (8)",
		"CREATE PROCEDURE raise_up_to(lim INT) UPDATE changed SET n = n + 1000 WHERE n > 6 AND n <= lim",
		"CREATE PROCEDURE says_nothing() SET @says = 1")
	cat, err := catalog.LoadMySQL(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	url := listen(t, rest.Routines(moresql.New(db, quiet, call), cat))
	for _, test := range []struct{ target, body, want string }{
		{"/raise_up_to", `{"lim": 8}`, "*/2"},
		{"/raise_up_to", `{"lim": 8}`, "*/0"},
		{"/says_nothing", "", "*/0"},
	} {
		got := send(t, "POST", url+test.target, test.body,
			"Prefer", "count=exact", "Content-Type", "application/json")
		if got.status != 204 || got.header.Get("Content-Range") != test.want {
			t.Errorf("%s: %d %s %v; want %s", test.target, got.status, got.body, got.header, test.want)
		}
	}
}
