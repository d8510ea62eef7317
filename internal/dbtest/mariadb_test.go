package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/mariadbtest"
)

var call = moresql.WithCaller(moresql.Procedure{Dialect: moresql.MySQL})

func TestMariaDBNames(t *testing.T) {
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
			name.written, name.called = "`; DROP DATABASE test; --x`", "; DROP DATABASE test; --x" // none may end in a space
		}
		setUp(t, db, "CREATE OR REPLACE PROCEDURE "+name.written+"(a INT) SELECT a AS v")
		if got := stream(t, moresql.New(db, call), name.called, "7"); got != `[{"v":7}]` {
			t.Errorf("%s gave %s", name.called, got)
		}
	}
}

// What MariaDB needs quoted as a procedure's name is quoted.
func TestMariaDBKeywords(t *testing.T) {
	db := openMariaDB(t)
	rows, err := db.Query("SELECT LOWER(word) FROM information_schema.keywords WHERE word REGEXP '^[A-Za-z_]+$'")
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
			t.Errorf("%s gave %s (NeedsQuotes: %v)", word, got, dialect.MySQL.NeedsQuotes(word))
		}
		total++
	}
	if err := rows.Err(); err != nil || total < 500 {
		t.Errorf("%d keywords, %v", total, err)
	}
}

func TestMariaDBCall(t *testing.T) {
	for name, parameters := range map[string]string{"prepared": "", "interpolated": "?interpolateParams=true"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "mysql", mariadbtest.DSN(t)+parameters)
			setUp(t, db,
				"CREATE OR REPLACE TABLE marks (name VARCHAR(20) PRIMARY KEY, n INT NOT NULL)",
				"CREATE OR REPLACE PROCEDURE both_sets(a INT) BEGIN SELECT a AS n UNION SELECT a + 1; DO 1; SELECT 'x' AS text; END",
				"CREATE OR REPLACE PROCEDURE narrowing(a INT) BEGIN SELECT a AS n, 2 AS m, 'x' AS o; SELECT 1 AS k; END",
				"CREATE OR REPLACE PROCEDURE add_mark(name VARCHAR(20), n INT) BEGIN INSERT INTO marks VALUES (name, n); SELECT n AS saved; END",
				"CREATE OR REPLACE PROCEDURE just_add(name VARCHAR(20)) INSERT INTO marks VALUES (name, 0)",
				"CREATE OR REPLACE PROCEDURE refuse() SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such mark'",
				"CREATE OR REPLACE PROCEDURE late() BEGIN SELECT 1 AS n; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'too late'; END",
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
				{"the first set is the result", "both_sets", []moresql.Option{moresql.Fields("a")}, "a=4", 200, `[{"n":4},{"n":5}]`},
				{"all sets", "both_sets", []moresql.Option{moresql.Fields("a"), moresql.Sets()}, "a=4", 200, `[[{"n":4},{"n":5}],[{"text":"x"}]]`},
				{"a set with fewer columns behind it", "narrowing", []moresql.Option{moresql.Fields("a")}, "a=4", 200, `[{"n":4,"m":2,"o":"x"}]`},
				{"a set after a statement without one", "add_mark", []moresql.Option{moresql.Fields("name", "n"), moresql.One()}, "name=ann&n=3", 200, `{"saved":3}`},
				{"what is there already", "add_mark", []moresql.Option{moresql.Fields("name", "n")}, "name=ann&n=3", 409, ""},
				{"not a number", "add_mark", []moresql.Option{moresql.Fields("name", "n")}, "name=ben&n=x", 400, ""},
				{"no result", "just_add", []moresql.Option{moresql.Fields("name")}, "name=eve", 204, ""},
				{"what the author signals goes out", "refuse", nil, "", 400, `{"title":"Bad Request","status":400,"code":"45000","message":"no such mark"}`},
				{"an error after the first set", "late", nil, "", 400, `{"title":"Bad Request","status":400,"code":"45000","message":"too late"}`},
				{"no such procedure", "there_is_none", nil, "", 500, ""},
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

// OUT and INOUT parameters come back as a row.
func TestMariaDBOut(t *testing.T) {
	db := openMariaDB(t)
	setUp(t, db, "CREATE OR REPLACE PROCEDURE divide(a INT, b INT, OUT quotient INT, INOUT rest INT) BEGIN SET quotient = a DIV b; SET rest = a MOD b + rest; END",
		"CREATE OR REPLACE PROCEDURE divide_list(a INT, OUT last INT) BEGIN SELECT a AS n; SET last = a - 1; END")
	m := moresql.New(db, quiet, call)
	h := m.Handler("divide", moresql.Fields("a", "b"), moresql.Out("quotient"), moresql.InOut("rest"), moresql.One())
	if status, body := do(h, "GET", "/?a=17&b=5&rest=100", "", ""); status != 200 || body != `{"quotient":3,"rest":102}` {
		t.Errorf("%d %s", status, body)
	}
	if got := stream(t, m, "divide_list", 7, sql.Named("last", sql.Out{})); got != `[{"last":6}]` {
		t.Errorf("by Stream: %s", got)
	}
	rest := 100
	if got := stream(t, m, "divide", 17, 5, sql.Named("quo`t", sql.Out{}), sql.Named("rest", sql.Out{Dest: &rest, In: true})); got != "[{\"quo`t\":3,\"rest\":102}]" {
		t.Errorf("INOUT by Stream: %s", got)
	}
	if status, body := do(h, "GET", "/?a=17&b=0&rest=x", "", ""); status != 400 {
		t.Errorf("an INOUT that is no number: %d %s", status, body)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections in use", n)
	}
}
