package duckdbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	driver "github.com/duckdb/duckdb-go/v2"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/drivers/duckdb"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

var cars = []string{
	"CREATE TABLE cars " +
		"(id INTEGER, name VARCHAR, price DECIMAL(10,2), electric BOOLEAN, tags VARCHAR[])",
	`INSERT INTO cars VALUES (1, 'Ada', 100.50, true, ['a', 'b']), (2, 'Bob', 20.00, false, []),
		(3, 'O''Neil', NULL, NULL, NULL)`,
	"CREATE MACRO cheap_cars(most) AS TABLE SELECT id, name, price FROM cars WHERE price <= most",
	"CREATE MACRO find_car(wanted, top := 10) AS TABLE FROM cars WHERE name = wanted LIMIT top",
}

func TestDialectIsDuckDBs(t *testing.T) {
	if got := moresql.Dialect(duckdb.Dialect).String(); got != "DuckDB" {
		t.Errorf("the number is that of %s", got)
	}
}

// TestHandlerCallsAMacro has values of the types that a request says, which decide the types of a
// macro's parameters.
func TestHandlerCallsAMacro(t *testing.T) {
	db := open(t, cars...)
	run(t, db, "CREATE MACRO plus_one(n) AS TABLE SELECT n + 1 AS n, typeof(n) AS type",
		"CREATE MACRO echo(v) AS TABLE SELECT v AS v, typeof(v) AS type",
		`CREATE SCHEMA "a b"`,
		`CREATE MACRO "a b"."it""s; DROP TABLE cars; --"(v) AS TABLE SELECT v AS v`)
	m := library(db)
	for _, c := range []struct {
		reason, proc, target, body string
		bind                       moresql.Option
		code                       int
		want                       string
	}{
		{reason: "a text next to a number is one", proc: "cheap_cars", target: "/?most=50",
			bind: moresql.Fields("most"), code: 200, want: `[{"id":2,"name":"Bob","price":20.00}]`},
		{reason: "a number as wide as the column", proc: "cheap_cars", target: "/?most=100.50",
			bind: moresql.Fields("most"), code: 200,
			want: `[{"id":1,"name":"Ada","price":100.50},{"id":2,"name":"Bob","price":20.00}]`},
		{reason: "JSON says that it is a number", proc: "plus_one", body: `{"n": 41}`,
			bind: moresql.Fields("n"), code: 200, want: `[{"n":42,"type":"BIGINT"}]`},
		{reason: "the field says so", proc: "plus_one", target: "/?n=41",
			bind: moresql.Bind(binder.Int("n")), code: 200, want: `[{"n":42,"type":"BIGINT"}]`},
		{reason: "a truth value", proc: "echo", body: `{"v": true}`, bind: moresql.Fields("v"),
			code: 200, want: `[{"v":true,"type":"BOOLEAN"}]`},
		{reason: "NULL", proc: "echo", body: `{"v": null}`, bind: moresql.Fields("v"),
			code: 200, want: `[{"v":null,"type":"\"NULL\""}]`},
		{reason: "bytes", proc: "echo", target: `/?v=\x6869`, bind: moresql.Bind(binder.Bytes("v")),
			code: 200, want: `[{"v":"\\x6869","type":"BLOB"}]`},
		{reason: "a number beyond 64 bits keeps its digits, as a text", proc: "echo",
			body: `{"v": 170141183460469231731687303715884105727}`, bind: moresql.Fields("v"), code: 200,
			want: `[{"v":"170141183460469231731687303715884105727","type":"VARCHAR"}]`},
		{reason: "a value is never SQL", proc: "find_car", target: "/?w=x'%3B+DROP+TABLE+cars%3B+--",
			bind: moresql.Fields("w"), code: 200, want: `[]`},
		{reason: "a quote", proc: "find_car", target: "/?w=O'Neil", bind: moresql.Fields("w"), code: 200,
			want: `[{"id":3,"name":"O'Neil","price":null,"electric":null,"tags":null}]`},
		{reason: "a default", proc: "find_car", target: "/?w=Ada", bind: moresql.Fields("w"), code: 200,
			want: `[{"id":1,"name":"Ada","price":100.50,"electric":true,"tags":["a","b"]}]`},
		{reason: "a name that needs quotes", proc: `"a b"."it""s; DROP TABLE cars; --"`,
			body: `{"v": 1}`, bind: moresql.Fields("v"), code: 200, want: `[{"v":1}]`},
		{reason: "a value of the wrong type is the client's fault", proc: "cheap_cars",
			target: "/?most=x", bind: moresql.Fields("most"), code: 400, want: "…"},
		{reason: "also where only the type of the value shows it", proc: "plus_one",
			body: `{"n": "x"}`, bind: moresql.Fields("n"), code: 400, want: "…"},
		{reason: "a macro that does not exist", proc: "none", target: "/", code: 404, want: "…"},
	} {
		var options []moresql.Option
		if c.bind != nil {
			options = append(options, c.bind)
		}
		h := m.Handler(c.proc, options...)
		var code int
		var body string
		if c.body != "" {
			code, body = post(h, "/", c.body)
		} else {
			code, body = get(h, c.target)
		}
		if c.want == "…" {
			body = c.want
		}
		want(t, c.reason, code, body, c.code, c.want)
	}
	if n := textOf(t, db, "SELECT count(*)::VARCHAR FROM cars"); n != "3" {
		t.Errorf("cars has %s rows", n)
	}
}

// TestErrorsHaveNoValues queries a macro that fails on a row: the response must not have it, nor
// the statement.
func TestErrorsHaveNoValues(t *testing.T) {
	db := open(t, "CREATE TABLE secrets (v VARCHAR)",
		"INSERT INTO secrets VALUES ('it''s (a) \"secret\"')",
		"CREATE MACRO numbers() AS TABLE SELECT v::INTEGER AS n FROM secrets",
		"CREATE MACRO sums() AS TABLE SELECT 9223372036854775807 + 4711 AS n FROM secrets",
		"CREATE MACRO late() AS TABLE SELECT CASE WHEN i = 99999 THEN error('secret 4711') ELSE i END "+
			"AS n FROM range(100000) AS r(i)")
	for proc, message := range map[string]string{
		"numbers": `"Could not convert string … to INT32 when casting from source column v"`,
		"sums":    `"Overflow in addition of INT64 …!"`,
		"late":    `"secret 4711"`, // an author's own words
	} {
		code, body := get(library(db).Handler(proc), "/")
		shows := strings.Contains(body, "it's") || strings.Contains(body, "LINE")
		if code != 400 || shows || !strings.Contains(body, `"message":`+message) {
			t.Errorf("%s: %d %s", proc, code, body)
		}
	}
}

// TestParquetBehindAMacro writes a file and serves it.
func TestParquetBehindAMacro(t *testing.T) {
	db := open(t, cars...)
	file, _ := fileIn(t, "it's.parquet")
	run(t, db, "COPY cars TO "+file+" (FORMAT parquet)",
		"CREATE MACRO stored() AS TABLE SELECT * FROM read_parquet("+file+")",
		"CREATE MACRO stored_in(file) AS TABLE SELECT * FROM read_parquet(file)")
	const all = `[{"id":1,"name":"Ada","price":100.50,"electric":true,"tags":["a","b"]},` +
		`{"id":2,"name":"Bob","price":20.00,"electric":false,"tags":[]},` +
		`{"id":3,"name":"O'Neil","price":null,"electric":null,"tags":null}]`
	m := library(db)
	code, body := get(m.Handler("stored"), "/")
	want(t, "the file", code, body, 200, all)
	h := m.Handler("stored", rest.Query())
	code, body = get(h, "/?select=name&price=gte.50&order=id.desc")
	want(t, "filtered", code, body, 200, `[{"name":"Ada"}]`)
	name := strings.ReplaceAll(strings.Trim(file, "'"), "''", "'")
	h = m.Handler("stored_in", moresql.Fields("file"))
	code, body = get(h, "/?file="+url.QueryEscape(name))
	want(t, "of a name that is bound", code, body, 200, all)
	code, _ = get(h, "/?file=none.parquet")
	want(t, "a file that is missing", code, "", 500, "")
}

// TestStatementsOfFiles has a statement with a parameter, which DuckDB itself would write as $1.
func TestStatementsOfFiles(t *testing.T) {
	db := open(t, cars...)
	files := fstest.MapFS{
		"get_car.sql": {Data: []byte("SELECT id, {'n': name, 'p': price} AS car, tags[1 : 1] AS first " +
			"FROM cars WHERE id = :id -- :no\n")},
		"add_car.sql": {Data: []byte("INSERT INTO cars (id, name) VALUES (:id, :name) RETURNING id")},
		"raw_car.sql": {Data: []byte("INSERT INTO cars (id, tags) VALUES (:id, ['x']) RETURNING tags")},
	}
	statements, err := sqlfile.Load(files, duckdb.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db, moresql.CallBy(statements))
	code, body := get(m.Handler("get_car", moresql.Fields("id"), rest.Query()), "/?id=1")
	want(t, "a query", code, body, 200, `[{"id":1,"car":{"n":"Ada","p":100.5},"first":["a"]}]`)
	code, body = post(m.Handler("add_car", moresql.Fields("id", "name"), moresql.Shape(row.One)),
		"/", `{"id": 9, "name": "New"}`)
	want(t, "a change", code, body, 200, `{"id":9}`)
	code, _ = post(m.Handler("raw_car", moresql.Fields("id")), "/", `{"id": 10}`)
	want(t, "a change that returns a LIST, which cannot be a subquery", code, "", 500, "")
	if n := textOf(t, db, "SELECT count(*)::VARCHAR FROM cars WHERE id = 10"); n != "0" {
		t.Error("it has been refused after it had run")
	}
}

// TestDriversOwnConnectionsAreRefused opens DuckDB without the connector.
func TestDriversOwnConnectionsAreRefused(t *testing.T) {
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	run(t, db, cars...)
	for _, q := range []moresql.Querier{db, struct{ moresql.Querier }{db}} {
		m := moresql.New(q, moresql.CallBy(moresql.Function{Dialect: duckdb.Dialect}))
		for _, err = range m.Rows(t.Context(), "cheap_cars", 50) {
			break
		}
		if err == nil || !strings.Contains(err.Error(), "moresql/drivers/duckdb") {
			t.Errorf("%T: the error is %v", q, err)
		}
	}
}

// TestOrderOfALargeResult has a column that is converted, so that the query is a subquery.
func TestOrderOfALargeResult(t *testing.T) {
	const rows = 500_000
	db := open(t, fmt.Sprintf("CREATE TABLE n AS SELECT hash(i) AS h, i FROM range(%d) AS r(i)", rows))
	statements, err := sqlfile.Load(fstest.MapFS{"sorted.sql": {
		Data: []byte("SELECT h, [i] AS list FROM n ORDER BY h"),
	}}, duckdb.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db, moresql.CallBy(statements))
	var n, last uint64
	for r, err := range m.Rows(t.Context(), "sorted") {
		if err != nil {
			t.Fatal(err)
		}
		h := r.Get("h").Uint()
		if h < last {
			t.Fatalf("row %d: %d comes after %d", n, h, last)
		}
		last, n = h, n+1
	}
	if n != rows {
		t.Errorf("%d rows", n)
	}
}
