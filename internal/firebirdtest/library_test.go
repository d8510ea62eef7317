package firebirdtest

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/drivers/firebird"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

var cars = []string{
	"CREATE TABLE cars (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20), price NUMERIC(10,2), " +
		"electric BOOLEAN, CONSTRAINT dear CHECK (price > 0))",
	"INSERT INTO cars VALUES (1, 'Ada', 100.50, TRUE)",
	"INSERT INTO cars VALUES (2, 'Bob', 20, FALSE)",
	"INSERT INTO cars VALUES (3, 'O''Neil', NULL, NULL)",
	"CREATE EXCEPTION no_car 'there is no car'",
	`CREATE PROCEDURE cheap_cars (most NUMERIC(10,2), top INTEGER = 10)
		RETURNS (id INTEGER, name VARCHAR(20), price NUMERIC(10,2)) AS BEGIN
		FOR SELECT id, name, price FROM cars WHERE price <= :most ORDER BY id ROWS :top
		INTO id, name, price DO SUSPEND; END`,
	`CREATE PROCEDURE find_car (wanted VARCHAR(20)) RETURNS (id INTEGER) AS BEGIN
		SELECT id FROM cars WHERE name = :wanted INTO id;
		IF (id IS NULL) THEN EXCEPTION no_car 'no "' || wanted || '"'; SUSPEND; END`,
	`CREATE PROCEDURE add_car (id INTEGER, name VARCHAR(20), price NUMERIC(10,2), electric BOOLEAN)
		RETURNS (added INTEGER, about BLOB SUB_TYPE TEXT) AS BEGIN
		INSERT INTO cars VALUES (:id, :name, :price, :electric); added = id; about = name; END`,
	"CREATE PROCEDURE drop_cars AS BEGIN DELETE FROM cars; END",
	"CREATE FUNCTION twice (n NUMERIC(18,4), times SMALLINT = 2) RETURNS NUMERIC(18,4) AS " +
		"BEGIN RETURN n * times; END",
	`CREATE PROCEDURE "it""s; DROP TABLE cars; --" (v VARCHAR(60)) RETURNS (v2 VARCHAR(60)) AS
		BEGIN v2 = v; SUSPEND; END`,
	"CREATE PROCEDURE numbers (n INTEGER) RETURNS (i INTEGER) AS BEGIN " +
		"i = 1; WHILE (i <= n) DO BEGIN SUSPEND; i = i + 1; END END",
	"CREATE PROCEDURE forever RETURNS (i BIGINT) AS BEGIN " +
		"i = 1; WHILE (i > 0) DO i = i + 1; SUSPEND; END",
}

func TestDialectIsFirebirds(t *testing.T) {
	if got := moresql.Dialect(firebird.Dialect).String(); got != "Firebird" {
		t.Errorf("the number is that of %s", got)
	}
}

// TestHandlerCallsProcedures, the values of which Firebird converts to the types of the parameters.
func TestHandlerCallsProcedures(t *testing.T) {
	db := open(t, cars...)
	fields := func(names ...string) moresql.Option { return moresql.Fields(names...) }
	for _, c := range []struct {
		reason, proc, target, body string
		executable                 bool
		bind                       moresql.Option
		code                       int
		want                       string
	}{
		{reason: "a selectable one", proc: "cheap_cars", target: "/?most=50", bind: fields("most"),
			code: 200, want: `[{"ID":2,"NAME":"Bob","PRICE":20.00}]`},
		{reason: "a default is left out where the request has no value", proc: "cheap_cars",
			bind: moresql.Bind(binder.Text("m"), binder.Any("t").Optional()), target: "/?m=50", code: 200,
			want: `[{"ID":2,"NAME":"Bob","PRICE":20.00}]`},
		{reason: "a default is given", proc: "cheap_cars", body: `{"m": 100.50, "t": 1}`,
			bind: fields("m", "t"), code: 200, want: `[{"ID":1,"NAME":"Ada","PRICE":100.50}]`},
		{reason: "an executable one", proc: "add_car", executable: true,
			body: `{"id": 4, "name": "ä", "price": 0.01, "electric": true}`, code: 200,
			bind: fields("id", "name", "price", "electric"), want: `[{"ADDED":4,"ABOUT":"ä"}]`},
		{reason: "OUT parameters may be declared", proc: "add_car", executable: true, body: `{"id": 5}`,
			bind: moresql.Bind(binder.Int("id"), binder.Text("n").Default("x"),
				binder.Text("p").Default("1"), binder.Bool("e").Default("yes"), binder.Out("added"),
				binder.Out("about")), code: 200,
			want: `[{"ADDED":5,"ABOUT":"x"}]`},
		{reason: "a quote", proc: "find_car", target: "/?w=O'Neil", bind: fields("w"), code: 200,
			want: `[{"ID":3}]`},
		{reason: "a value is never SQL", proc: `"it""s; DROP TABLE cars; --"`,
			target: "/?v=x'%3B+DROP+TABLE+cars%3B+--", bind: fields("v"), code: 200,
			want: `[{"V2":"x'; DROP TABLE cars; --"}]`},
		{reason: "an exception has its text and its name", proc: "find_car", target: "/?w=None",
			bind: fields("w"), code: 400, want: `"message":"no \"None\"","details":"NO_CAR"`},
		{reason: "a value of the wrong type", proc: "cheap_cars", target: "/?most=x",
			bind: fields("most"), code: 400, want: `"message":"a value is not of its type"`},
		{reason: "a number out of range", proc: "numbers", target: "/?n=2147483648",
			bind: fields("n"), code: 400, want: `"message":"a number is out of range"`},
		{reason: "a text that is too long", proc: "find_car", target: "/?w=" + strings.Repeat("x", 21),
			bind: fields("w"), code: 400, want: `"message":"a text is too long"`},
		{reason: "a key that exists", proc: "add_car", executable: true,
			body: `{"id": 1, "name": "", "price": 1, "electric": true}`, code: 409,
			bind: fields("id", "name", "price", "electric"), want: `"23505"`},
		{reason: "a CHECK", proc: "add_car", executable: true,
			body: `{"id": 9, "name": "", "price": 0, "electric": true}`, code: 400,
			bind: fields("id", "name", "price", "electric"), want: `"23514"`},
		{reason: "a procedure that does not exist", proc: "none", target: "/", code: 404,
			want: `"42P01"`},
	} {
		var options []moresql.Option
		if c.bind != nil {
			options = append(options, c.bind)
		}
		h := calling(db, c.executable).Handler(c.proc, options...)
		code, body := 0, ""
		if c.body != "" {
			code, body = post(h, "/", c.body)
		} else {
			code, body = get(h, c.target)
		}
		if code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s\nwant %d %s", c.reason, code, body, c.code, c.want)
		}
	}
	if n := textOf(t, db, "SELECT count(*) FROM cars"); n != "5" {
		t.Errorf("cars has %s rows", n)
	}
}

// TestCharactersOfOtherSets passes characters to parameters of another character set, with what it
// has and what it has not.
func TestCharactersOfOtherSets(t *testing.T) {
	for _, of := range []string{"VARCHAR(5)", "BLOB SUB_TYPE TEXT"} {
		of += " CHARACTER SET WIN1252"
		db := open(t, "CREATE PROCEDURE p (v "+of+") RETURNS (r "+of+") AS BEGIN r = v; SUSPEND; END")
		h := calling(db, false).Handler("p", moresql.Fields("v"))
		for target, want := range map[string]string{
			"/?v=%C3%A4%E2%82%AC": `[{"R":"ä€"}]`,
			"/?v=%E6%97%A5":       `"message":"a character is not in the character set"`,
		} {
			if _, body := get(h, target); !strings.Contains(body, want) {
				t.Errorf("%s: %s, want %s", of, body, want)
			}
		}
	}
}

// TestVariablesOfTheConnectionStay shows what a call leaves to the next one on the connection.
func TestVariablesOfTheConnectionStay(t *testing.T) {
	const of = " RETURNS (v VARCHAR(9)) AS BEGIN v = RDB$"
	db := open(t, "CREATE PROCEDURE p"+of+"SET_CONTEXT('USER_SESSION', 'n', 'left'); SUSPEND; END",
		"CREATE PROCEDURE q"+of+"GET_CONTEXT('USER_SESSION', 'n'); SUSPEND; END")
	db.SetMaxOpenConns(1)
	m := calling(db, false)
	get(m.Handler("p"), "/")
	if _, body := get(m.Handler("q"), "/"); strings.TrimSpace(body) != `[{"V":"left"}]` {
		t.Error(body)
	}
}

// TestErrorsHaveNoValues calls a procedure that fails on a row.
func TestErrorsHaveNoValues(t *testing.T) {
	db := open(t, "CREATE PROCEDURE p RETURNS (n INTEGER) AS DECLARE s VARCHAR(9) = 'secret'; "+
		"BEGIN n = s; SUSPEND; END")
	if code, body := get(calling(db, false).Handler("p"), "/"); code != 400 ||
		strings.Contains(body, "secret") {
		t.Errorf("%d %s", code, body)
	}
}

// TestStatementsOfFiles has a statement with a parameter, and one that changes something.
func TestStatementsOfFiles(t *testing.T) {
	db := open(t, cars...)
	statements, err := sqlfile.Load(fstest.MapFS{
		"get_car.sql": {Data: []byte("SELECT id, name FROM cars WHERE id = :id -- :no\n")},
		"add_car.sql": {Data: []byte("INSERT INTO cars (id, name) VALUES (:id, :name) RETURNING id")},
	}, firebird.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db, moresql.CallBy(statements))
	code, body := get(m.Handler("get_car", moresql.Fields("id")), "/?id=1")
	want(t, "a query", code, body, 200, `[{"ID":1,"NAME":"Ada"}]`)
	code, body = post(m.Handler("add_car", moresql.Fields("id", "name"), moresql.Shape(row.One)),
		"/", `{"id": 9, "name": "New"}`)
	want(t, "a change", code, body, 200, `{"ID":9}`)
}

// TestConnectorIsNeeded: the driver's own connections are refused, and those of the connector let
// the server forget statements that have failed.
func TestConnectorIsNeeded(t *testing.T) {
	of := dsn(t)
	run(t, connect(t, of("SYSDBA")), cars...)
	plain, err := sql.Open("firebirdsql", of("SYSDBA"))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	kept := func(db *sql.DB) string {
		db.SetMaxOpenConns(1)
		for range 20 {
			if _, err := db.Query("SELECT * FROM cheap_cars(?)", "x"); err == nil {
				t.Fatal("x is taken for a number")
			}
		}
		return textOf(t, connect(t, of("SYSDBA")), "SELECT count(*) FROM MON$STATEMENTS "+
			"WHERE MON$SQL_TEXT LIKE '%cheap_cars%' AND MON$ATTACHMENT_ID <> CURRENT_CONNECTION")
	}
	if n := kept(plain); n != "20" {
		t.Errorf("the driver has become better: %s statements are kept", n)
	}
	if n := kept(connect(t, of("SYSDBA"))); n != "20" { // those of plain
		t.Errorf("%s statements are kept", n)
	}
	for _, q := range []moresql.Querier{plain, struct{ moresql.Querier }{plain}} {
		m := moresql.New(q, moresql.CallBy(moresql.Function{Dialect: firebird.Dialect}))
		for _, err = range m.Rows(t.Context(), "cheap_cars", 50) {
			break
		}
		if err == nil || !strings.Contains(err.Error(), "moresql/drivers/firebird") {
			t.Errorf("%T: the error is %v", q, err)
		}
	}
}

// TestCancelledCallsStop: the server stops a loop without end, and the connection serves others.
func TestCancelledCallsStop(t *testing.T) {
	db := open(t, cars...)
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var err error
	for _, err = range calling(db, false).Rows(ctx, "forever") {
		break
	}
	var failed *moresql.Error
	if !errors.As(err, &failed) || failed.Status != http.StatusGatewayTimeout {
		t.Errorf("the error is %v", err)
	}
	if got := textOf(t, db, "SELECT 'alive' FROM RDB$DATABASE"); got != "alive" {
		t.Error(got)
	}
}

// TestLargeResultsStream reads more rows than the driver fetches at once, and leaves early.
func TestLargeResultsStream(t *testing.T) {
	db := open(t, cars...)
	db.SetMaxOpenConns(1)
	m := calling(db, false)
	for _, stop := range []int64{20_000, 5} {
		var n int64
		for r, err := range m.Rows(t.Context(), "numbers", 20_000) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; r.Get("I").Int() != n {
				t.Fatalf("row %d is %v", n, r)
			}
			if n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d rows, want %d", n, stop)
		}
	}
}
