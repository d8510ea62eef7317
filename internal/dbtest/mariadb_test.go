package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var call = moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL})

// TestMariaDBNamesAreQuoted calls procedures whose names need quotes.
func TestMariaDBNamesAreQuoted(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE DATABASE IF NOT EXISTS `Odd ``db`")
	for _, name := range []struct{ written, called string }{
		{"get_user", "get_user"},
		{"test.get_user", "test.get_user"},
		{"`Get User`", "Get User"},
		{"`select`", "select"},
		{"`naïve`", "naïve"},
		{"`we\"ird`", `we"ird`},
		{"`gr``ave`", "gr`ave"},
		{"`Odd ``db`.`a.b`", "\"Odd `db\".\"a.b\""},
		{"`; DROP DATABASE test; -- `", "; DROP DATABASE test; -- "},
	} {
		if name.called[len(name.called)-1] == ' ' {
			// A name must not end with a space.
			name.written, name.called = "`; DROP DATABASE test; --x`", "; DROP DATABASE test; --x"
		}
		setUp(t, db, "CREATE OR REPLACE PROCEDURE "+name.written+"(a INT) SELECT a AS v")
		if got := stream(t, moresql.New(db, call), name.called, "7"); got != `[{"v":7}]` {
			t.Errorf("%s returned %s", name.called, got)
		}
	}
}

// TestMariaDBKeywordsAreQuoted calls a procedure named after each keyword.
func TestMariaDBKeywordsAreQuoted(t *testing.T) {
	db := openMariaDB(t)
	rows, err := db.Query(
		"SELECT LOWER(word) FROM information_schema.keywords WHERE word REGEXP '^[A-Za-z_]+$'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	total := 0
	for rows.Next() {
		var word string
		if err := rows.Scan(&word); err != nil {
			t.Fatal(err)
		}
		setUp(t, db, "CREATE OR REPLACE PROCEDURE `"+word+"`() SELECT 1 AS v")
		if got := stream(t, moresql.New(db, call), word); got != `[{"v":1}]` {
			t.Errorf("%s returned %s (NeedsQuotes: %v)", word, got, dialect.MySQL.NeedsQuotes(word))
		}
		total++
	}
	if err := rows.Err(); err != nil || total < 500 {
		t.Errorf("%d keywords, %v", total, err)
	}
}

// TestMariaDBCallReturnsResultSets calls procedures with no, one and several result sets.
func TestMariaDBCallReturnsResultSets(t *testing.T) {
	for name, parameters := range map[string]string{
		"prepared": "", "interpolated": "?interpolateParams=true",
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "mysql", mariadbtest.DSN(t)+parameters)
			setUp(t, db,
				"CREATE OR REPLACE TABLE marks (name VARCHAR(20) PRIMARY KEY, n INT NOT NULL)",
				`CREATE OR REPLACE PROCEDURE both_sets(a INT)
					BEGIN SELECT a AS n UNION SELECT a + 1; DO 1; SELECT 'x' AS text; END`,
				`CREATE OR REPLACE PROCEDURE narrowing(a INT)
					BEGIN SELECT a AS n, 2 AS m, 'x' AS o; SELECT 1 AS k; END`,
				`CREATE OR REPLACE PROCEDURE add_mark(name VARCHAR(20), n INT)
					BEGIN INSERT INTO marks VALUES (name, n); SELECT n AS saved; END`,
				"CREATE OR REPLACE PROCEDURE just_add(name VARCHAR(20)) INSERT INTO marks VALUES (name, 0)",
				`CREATE OR REPLACE PROCEDURE refuse()
					SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such mark'`,
				`CREATE OR REPLACE PROCEDURE unfound()
					SIGNAL SQLSTATE '02000' SET MESSAGE_TEXT = 'no such mark'`,
				`CREATE OR REPLACE PROCEDURE fetch_none() BEGIN DECLARE n INT;
					DECLARE c CURSOR FOR SELECT marks.n FROM marks WHERE FALSE; OPEN c; FETCH c INTO n; END`,
				`CREATE OR REPLACE PROCEDURE late()
					BEGIN SELECT 1 AS n; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'too late'; END`,
			)
			m := moresql.New(db, quiet, call)
			for _, test := range []struct {
				reason  string
				proc    string
				options []moresql.Option
				query   string
				status  int
				body    string
			}{
				{reason: "the first set is the result", proc: "both_sets",
					options: []moresql.Option{moresql.Fields("a")}, query: "a=4", status: 200,
					body: `[{"n":4},{"n":5}]`},
				{reason: "all sets", proc: "both_sets",
					options: []moresql.Option{moresql.Fields("a"), moresql.Shape(row.Sets)}, query: "a=4",
					status: 200, body: `[[{"n":4},{"n":5}],[{"text":"x"}]]`},
				{reason: "a first set with fewer columns in the second", proc: "narrowing",
					options: []moresql.Option{moresql.Fields("a")}, query: "a=4", status: 200,
					body: `[{"n":4,"m":2,"o":"x"}]`},
				{reason: "a set after a statement without one", proc: "add_mark",
					options: []moresql.Option{moresql.Fields("name", "n"), moresql.Shape(row.One)},
					query:   "name=ann&n=3", status: 200, body: `{"saved":3}`},
				{reason: "a duplicate key", proc: "add_mark",
					options: []moresql.Option{moresql.Fields("name", "n")}, query: "name=ann&n=3", status: 409},
				{reason: "not a number", proc: "add_mark",
					options: []moresql.Option{moresql.Fields("name", "n")}, query: "name=ben&n=x", status: 400},
				{reason: "a procedure without a result", proc: "just_add",
					options: []moresql.Option{moresql.Fields("name")}, query: "name=eve", status: 204},
				{reason: "an error that the author signals", proc: "refuse", status: 400,
					body: `{"title":"Bad Request","status":400,"code":"45000","message":"no such mark"}`},
				{reason: "that there is nothing", proc: "unfound", status: 404,
					body: `{"title":"Not Found","status":404,"code":"02000","message":"no such mark"}`},
				{reason: "a cursor without a row", proc: "fetch_none", status: 404,
					body: `{"title":"Not Found","status":404,"code":"02000","message":"Not Found"}`},
				{reason: "an error after the first set", proc: "late", status: 400,
					body: `{"title":"Bad Request","status":400,"code":"45000","message":"too late"}`},
				{reason: "a missing procedure", proc: "there_is_none", status: 500},
			} {
				status, body := do(m.Handler(test.proc, test.options...), "GET", "/?"+test.query, "", "")
				if status != test.status || test.body != "" && body != test.body {
					t.Errorf("%s: %d %s, want %d %s", test.reason, status, body, test.status, test.body)
				}
			}
			if n := db.Stats().InUse; n != 0 {
				t.Errorf("%d connections in use", n)
			}
		})
	}
}

// TestMariaDBOutParametersComeBackAsRow calls procedures with OUT and INOUT parameters.
func TestMariaDBOutParametersComeBackAsRow(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, `CREATE OR REPLACE PROCEDURE divide(a INT, b INT, OUT quotient INT, INOUT rest INT)
		BEGIN SET quotient = a DIV b; SET rest = a MOD b + rest; END`,
		`CREATE OR REPLACE PROCEDURE divide_list(a INT, OUT last INT)
			BEGIN SELECT a AS n; SET last = a - 1; END`)
	m := moresql.New(db, quiet, call)
	h := m.Handler("divide", moresql.Shape(row.One), moresql.Fields("a", "b"),
		moresql.Bind(binder.Out("quotient"), binder.Any("rest").InOut()))
	if status, body := do(h, "GET", "/?a=17&b=5&rest=100", "", ""); status != 200 ||
		body != `{"quotient":3,"rest":102}` {
		t.Errorf("%d %s", status, body)
	}
	if got := stream(t, m, "divide_list", 7, sql.Named("last", sql.Out{})); got != `[{"last":6}]` {
		t.Errorf("by Stream: %s", got)
	}
	rest := 100
	got := stream(t, m, "divide", 17, 5, sql.Named("quo`t", sql.Out{}),
		sql.Named("rest", sql.Out{Dest: &rest, In: true}))
	if got != "[{\"quo`t\":3,\"rest\":102}]" {
		t.Errorf("INOUT by Stream: %s", got)
	}
	if status, body := do(h, "GET", "/?a=17&b=0&rest=x", "", ""); status != 400 {
		t.Errorf("an INOUT that is not a number: %d %s", status, body)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections in use", n)
	}
}

// TestMariaDBOutParametersHaveTheirTypes has parameters come back as a column of their type is
// shown. They come through variables of the session, which have but a few types.
func TestMariaDBOutParametersHaveTheirTypes(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "CREATE OR REPLACE DATABASE outs")
		tests := []struct{ declared, value string }{
			{"BOOLEAN", "1"},
			{"BOOLEAN", "0"},
			{"BOOLEAN", "5"}, // which is a TINYINT
			{"TINYINT", "1"},
			{"BIGINT UNSIGNED", "18446744073709551615"},
			{"FLOAT", "1.1"},
			{"FLOAT", "1e30"},
			{"DOUBLE", "0.30000000000000004"},
			{"DECIMAL(30,5)", "1234567890123456789012345.10000"},
			{"DATE", "'2024-01-02'"},
			{"DATETIME", "'2024-01-02 03:04:05'"},
			{"DATETIME(6)", "'2024-01-02 03:04:05.500000'"},
			{"TIMESTAMP", "'2024-01-02 03:04:05'"},
			{"TIME(3)", "'-100:00:00.500'"},
			{"YEAR", "2024"},
			{"BIT(1)", "b'1'"},
			{"BIT(12)", "b'101'"},
			{"BIT(12)", "NULL"},
			{"BIT(64)", "18446744073709551615"},
			{"BLOB", "x'00ff'"},
			{"BINARY(3)", "x'00ff'"},
			{"VARCHAR(9)", "'2024'"},
			{"ENUM('a','b')", "'b'"},
		}
		for i, c := range tests {
			setUp(t, db, fmt.Sprintf("CREATE PROCEDURE outs.p%d(OUT a %s) SET a = %s", i, c.declared,
				c.value),
				fmt.Sprintf("CREATE PROCEDURE outs.q%d() BEGIN DECLARE v %s DEFAULT %s; SELECT v AS a; END",
					i, c.declared, c.value))
		}
		cat, err := catalog.LoadMySQL(context.Background(), db, "outs")
		if err != nil {
			t.Fatal(err)
		}
		h := rest.Routines(moresql.New(db, quiet,
			moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL})), cat)
		for i, c := range tests {
			_, column := do(h, "POST", fmt.Sprintf("/q%d", i), "application/json", "{}")
			want := strings.Trim(column, "[]\n")
			status, got := do(h, "POST", fmt.Sprintf("/p%d", i), "application/json", "{}")
			if got = strings.TrimSpace(got); status != 200 || got != want {
				t.Errorf("%s of %s: %d %s, want %s", c.declared, c.value, status, got, want)
			}
		}
	})
}
