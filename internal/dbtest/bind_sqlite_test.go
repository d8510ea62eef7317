package dbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// TestJSONReachesSQLiteAsWhatItIs has SQLite say which storage class each value has, next to the
// literal of its own that means the same.
func TestJSONReachesSQLiteAsWhatItIs(t *testing.T) {
	db := openSQLite(t)
	handler := func(f binder.Field) http.Handler {
		return named(t, db, moresql.SQLite, "SELECT typeof(:a) AS t, :a AS v", f)
	}
	routines := rest.Routines(moresql.New(db, quiet), loadStatements(t,
		fstest.MapFS{"s.sql": {Data: []byte("SELECT typeof(:a) AS t, :a AS v")}}, moresql.SQLite).
		Catalog(), moresql.CallBy(loadStatements(t,
		fstest.MapFS{"s.sql": {Data: []byte("SELECT typeof(:a) AS t, :a AS v")}}, moresql.SQLite)))
	for _, c := range []struct {
		field     binder.Field
		json, sql string
	}{
		{binder.Any("a"), "true", "TRUE"},
		{binder.Any("a"), "false", "FALSE"},
		{binder.Any("a"), "null", "NULL"},
		{binder.Any("a"), "10", "10"},
		{binder.Any("a"), "-9223372036854775808", "-9223372036854775808"},
		{binder.Any("a"), "9223372036854775807", "9223372036854775807"},
		{binder.Any("a"), "9223372036854775808", "'9223372036854775808'"},
		{binder.Any("a"), "1.5", "1.5"},
		{binder.Any("a"), "-0.1", "-0.1"},
		{binder.Any("a"), "0.30000000000000004", "0.30000000000000004"},
		{binder.Any("a"), "1.10", "1.1"},
		{binder.Any("a"), "2.5e3", "2500.0"},
		{binder.Any("a"), "0.12345678901234567890123", "'0.12345678901234567890123'"},
		{binder.Any("a"), "1e400", "'1e400'"},
		{binder.Any("a"), "1e-400", "'1e-400'"},
		{binder.Any("a"), `"10"`, "'10'"},
		{binder.Any("a"), `"true"`, "'true'"},
		{binder.Any("a"), `[1,true]`, "'[1,true]'"},
		{binder.Int("a"), `"10"`, "10"},
		{binder.Int("a"), `10`, "10"},
		{binder.Int("a"), `"+007"`, "7"},
		{binder.Number("a"), `"1e3"`, "1000.0"},
		{binder.Number("a"), `".5"`, "0.5"},
		{binder.Bool("a"), `"on"`, "TRUE"},
		{binder.Bool("a"), `"No"`, "FALSE"},
		{binder.Bool("a"), `1`, "TRUE"},
		{binder.Text("a"), "10", "'10'"},
		{binder.Text("a"), "true", "'true'"},
		{binder.Date("a"), `"2024-02-29"`, "'2024-02-29'"},
		{binder.Bytes("a"), `"\\x6869"`, "x'6869'"},
		{binder.Int("a").Optional().Default("5"), "", "5"},
	} {
		want := stream(t, moresql.New(db, moresql.CallBy(query{})),
			"SELECT typeof("+c.sql+") AS t, "+c.sql+" AS v")
		body := "{}"
		if c.json != "" {
			body = `{"a":` + c.json + `}`
		}
		wantJSON(t, handler(c.field), "/", body, strings.TrimSpace(want))
		if c.field.Name == "a" && c.json != "" && !strings.HasPrefix(c.json, `"`) {
			if fmt.Sprint(c.field) == fmt.Sprint(binder.Any("a")) {
				wantJSON(t, routines, "/s", body, strings.TrimSpace(want))
			}
		}
	}
}

// TestSQLiteStoresAndFindsWhatJSONSays has the statements of applications store and compare.
func TestSQLiteStoresAndFindsWhatJSONSays(t *testing.T) {
	db := openSQLite(t)
	setUp(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, active BOOLEAN, any ANY, code TEXT)",
		"INSERT INTO t VALUES (1, NULL, 5, '7'), (2, 0, '5', '07')",
		"CREATE TABLE track (name TEXT)", "INSERT INTO track VALUES ('short'), ('a rather long one')")
	s := func(text string, fields ...binder.Field) http.Handler {
		return named(t, db, moresql.SQLite, text, fields...)
	}
	wantJSON(t, s("UPDATE t SET active = :a WHERE id = 1 RETURNING typeof(active) AS t",
		binder.Any("a")), "/", `{"a":true}`, `[{"t":"integer"}]`)
	wantJSON(t, s("SELECT id FROM t WHERE active"), "/", "{}", `[{"id":1}]`)
	wantJSON(t, s("SELECT count(*) AS n FROM track WHERE length(name) > :n", binder.Any("n")), "/",
		`{"n":10}`, `[{"n":1}]`)
	wantJSON(t, s("SELECT count(*) AS n FROM track WHERE length(name) > :n", binder.Int("n")),
		"/?n=10", "", `[{"n":1}]`)
	wantJSON(t, s("SELECT 1 AS k FROM track GROUP BY 1 HAVING count(*) >= :min", binder.Any("min")),
		"/", `{"min":2}`, `[{"k":1}]`)
	wantJSON(t, s("SELECT id FROM t WHERE any = :a", binder.Any("a")), "/", `{"a":5}`,
		`[{"id":1},{"id":2}]`) // outside of a STRICT table ANY is NUMERIC
	wantJSON(t, s("SELECT id FROM t WHERE code = :a", binder.Any("a")), "/", `{"a":7}`, `[{"id":1}]`)
	wantJSON(t, s("SELECT id FROM t ORDER BY id LIMIT :n", binder.Any("n")), "/", `{"n":1}`,
		`[{"id":1}]`)
}

// TestSQLiteFilterFindsTimesAsShown stores times in every form that SQLite's functions know, and
// as a driver does, and filters by what the response shows. That instants are equal is what
// SQLite's own julianday says.
func TestSQLiteFilterFindsTimesAsShown(t *testing.T) {
	db := openSQLite(t)
	setUp(t, db, `CREATE TABLE moments (id INTEGER PRIMARY KEY, at DATETIME, ts TIMESTAMP, d DATE,
		kind TEXT)`)
	for i, v := range []any{
		"2024-01-02 03:04:05", "2024-01-02T03:04:05", "2024-01-02 23:00:00", "2024-01-02T23:00:00Z",
		"2024-01-02 03:04:05.5", "2024-01-02T03:04:05.500", "2024-01-02 03:04:05.000001",
		"2024-01-02 03:04", "2024-01-02", "not a time", "", 1704164645, 2460311.5, nil, "infinity",
		"2024-02-30", "03:04:05", "0001-01-01 00:00:00", "9999-12-31T23:59:59.999999999",
		time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC),
	} {
		if _, err := db.Exec("INSERT INTO moments VALUES (?, ?, ?, ?, ?)", i+1, v, v, v, v); err != nil {
			t.Fatal(err)
		}
	}
	statements := loadStatements(t, fstest.MapFS{"s.sql": {Data: []byte("SELECT * FROM moments")}},
		moresql.SQLite)
	kinds := moresql.Kinds{"kind": row.Timestamp}
	h := moresql.New(db, moresql.CallBy(statements), quiet, kinds).Handler("s", rest.Query())
	for _, column := range []string{"at", "ts", "d", "kind"} {
		testShownIsFound(t, db, h, column, "moments", "eq", "in", "gte", "lte")
	}
	for i, v := range []any{
		"2024-01-02 05:04:05+02:00", "2024-01-02T05:04:05.5+02:00",
		time.Date(2024, 7, 1, 12, 0, 0, 500_000_000, time.FixedZone("CEST", 2*60*60)),
	} {
		if _, err := db.Exec("INSERT INTO moments VALUES (?, ?, ?, ?, ?)", i+31, v, v, v, v); err != nil {
			t.Fatal(err)
		}
	}
	filter := func(query, want string) {
		t.Helper()
		wantJSON(t, h, "/?select=id&order=id&"+query, "", want)
	}
	filter("at=gte.2024-01-02T03:04:05&at=lte.2024-01-02T23:00:00&id=lte.4",
		`[{"id":1},{"id":2},{"id":3},{"id":4}]`)
	filter("at=eq.2024-01-02T03:04:05", `[{"id":1},{"id":2},{"id":31}]`)
	filter("at=in.(2024-01-02T03:04:05.5)", `[{"id":5},{"id":6},{"id":32}]`)
	filter("at=gt.2024-01-02T03:04:05&at=lt.2024-01-02T03:04:05.5", `[{"id":7}]`)
	filter("at=eq.1704164645", `[{"id":12}]`)
	filter("at=eq.2024-07-01T12:00:00.5%2B02:00", `[{"id":33}]`)
	filter("d=eq.2024-07-01T10:00:00.5", `[{"id":33}]`)
	filter("ts=gt.2024-07-01T10:00:00.4Z&ts=lt.2024-07-01T10:00:00.6Z", `[{"id":33}]`)
	filter("at=isdistinct.2024-01-02T03:04:05&id=lt.4", `[{"id":3}]`)
	filter("at=neq.2024-01-02T03:04:05&id=lt.4", `[{"id":3}]`)
}

// TestSQLiteFilterFindsValuesOfUnions has columns whose declared type is that of the first part,
// which converts nothing.
func TestSQLiteFilterFindsValuesOfUnions(t *testing.T) {
	db := openSQLite(t)
	setUp(t, db, "CREATE TABLE codes (id INTEGER, code TEXT, n INTEGER, r REAL, b BLOB, t BOOLEAN)",
		"INSERT INTO codes VALUES (1, 'x7', 7, 0.1, x'37', TRUE), (2, '7', 8, 1e300, x'', FALSE), "+
			"(3, '', 9, -9e999, x'39', NULL)")
	columns := []string{"code", "n", "r", "b", "t", "n + 1", "lower(code)"}
	for _, a := range columns {
		for _, b := range columns {
			setUp(t, db, "DROP VIEW IF EXISTS mixed", fmt.Sprintf("CREATE VIEW mixed AS "+
				"SELECT id, %s AS k FROM codes UNION ALL SELECT id + 3, %s FROM codes", a, b))
			statements := loadStatements(t, fstest.MapFS{"s.sql": {Data: []byte("SELECT * FROM mixed")}},
				moresql.SQLite)
			h := moresql.New(db, moresql.CallBy(statements), quiet).Handler("s", rest.Query())
			testShownIsFound(t, db, h, "k", "mixed", "eq", "in")
		}
	}
	// Bytes are found as they are shown, and not by a text or a number that SQLite says differs.
	setUp(t, db, "DROP VIEW IF EXISTS mixed", "CREATE VIEW mixed AS SELECT id, b AS k FROM codes "+
		"UNION ALL SELECT id + 3, n FROM codes UNION ALL SELECT id + 6, code || '' FROM codes")
	query := fstest.MapFS{"s.sql": {Data: []byte("SELECT id, +k AS k FROM mixed")}}
	statements := loadStatements(t, query, moresql.SQLite)
	h := moresql.New(db, moresql.CallBy(statements), quiet).Handler("s", rest.Query())
	for filter, want := range map[string]string{
		"k=eq.9":       `[{"id":6}]`,
		"k=in.(7,9)":   `[{"id":4},{"id":6},{"id":8}]`,
		`k=eq.\x39`:    `[{"id":3}]`,
		"k=eq.":        `[{"id":9}]`,
		`k=in.("\\x")`: `[{"id":2}]`,
	} {
		target := "/?select=id&order=id&" + strings.ReplaceAll(filter, `\`, "%5C")
		if status, got := do(h, "GET", target, "", ""); status != 200 || strings.TrimSpace(got) != want {
			t.Errorf("%s: %d %s, want %s", filter, status, got, want)
		}
	}
}

// testShownIsFound filters a column of rows with an id by what the response shows of each value,
// and wants that row among those that the operators find.
func testShownIsFound(
	t *testing.T, db *sql.DB, h http.Handler, column, table string, operators ...string,
) {
	t.Helper()
	for id := 1; id <= queryInt(t, db, "SELECT count(*) FROM "+table); id++ {
		status, doc := do(h, "GET", fmt.Sprintf("/?select=%s&id=eq.%d", column, id), "", "")
		shown, ok := shownText(doc, column)
		if !ok {
			continue // NULL
		}
		if status != 200 {
			t.Fatalf("%d %s", status, doc)
		}
		for _, operator := range operators {
			filter := operator + "." + shown
			if operator == "in" {
				filter = `in.("` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(shown) + `")`
			}
			target := fmt.Sprintf("/?select=id&id=eq.%d&%s=%s", id, column, url.QueryEscape(filter))
			status, got := do(h, "GET", target, "", "")
			if want := fmt.Sprintf(`[{"id":%d}]`, id); status != 200 || strings.TrimSpace(got) != want {
				t.Errorf("%s is shown as %s, and %s finds %d %s", column, doc, filter, status, got)
			}
		}
	}
}

// shownText returns the text of the only value of a response, as it stands in a filter; false for
// NULL.
func shownText(doc, column string) (string, bool) {
	raw := strings.TrimSpace(doc)
	raw = strings.TrimSuffix(strings.TrimPrefix(raw, `[{"`+column+`":`), "}]")
	var text string
	switch {
	case raw == "null":
		return "", false
	case unmarshal([]byte(raw), &text) == nil && strings.HasPrefix(raw, `"`):
		return text, true
	}
	return raw, true
}
