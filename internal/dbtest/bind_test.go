package dbtest

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// named returns the handler of one named statement, with a field for each name.
func named(t *testing.T, db *sql.DB, d moresql.Dialect, text string, fields ...binder.Field,
) http.Handler {
	t.Helper()
	folder := fstest.MapFS{"s.sql": {Data: []byte(text)}}
	statements := loadStatements(t, folder, d)
	return moresql.New(db, moresql.CallBy(statements), quiet).
		Handler("s", moresql.Bind(fields...))
}

// wantJSON sends a request with a JSON body, or a GET without one, and checks the response.
func wantJSON(t *testing.T, h http.Handler, target, body, want string) {
	t.Helper()
	method := "GET"
	if body != "" {
		method = "POST"
	}
	status, got := do(h, method, target, "application/json", body)
	if got = strings.TrimSpace(got); status/100 != 2 || got != want {
		t.Errorf("%s %s: %d %s, want %s", target, body, status, got, want)
	}
}

// TestJSONReachesMariaDBAsWhatItIs has MariaDB compare and store what a body and fields say. The
// expected rows are those that the same SQL with literals has.
func TestJSONReachesMariaDBAsWhatItIs(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "CREATE OR REPLACE TABLE truths (id INT, active BOOLEAN, price DECIMAL(30,10), "+
			"big BIGINT UNSIGNED)",
			"INSERT INTO truths VALUES (1, true, 0.1, 1), (2, false, 12345678901234567890.0123456789, "+
				"18446744073709551615), (3, true, 2.5, 18446744073709551614)")
		s := func(text string, fields ...binder.Field) http.Handler {
			return named(t, db, moresql.MySQL, text, fields...)
		}
		active := "SELECT id FROM truths WHERE active = :a ORDER BY id"
		wantJSON(t, s(active, binder.Any("a")), "/", `{"a":true}`, `[{"id":1},{"id":3}]`)
		wantJSON(t, s(active, binder.Any("a")), "/", `{"a":false}`, `[{"id":2}]`)
		for word, want := range map[string]string{
			"on": `[{"id":1},{"id":3}]`, "YES": `[{"id":1},{"id":3}]`, "0": `[{"id":2}]`,
			"false": `[{"id":2}]`,
		} {
			wantJSON(t, s(active, binder.Bool("a")), "/?a="+word, "", want)
		}
		big := "SELECT id FROM truths WHERE big = :a"
		wantJSON(t, s(big, binder.Any("a")), "/", `{"a":18446744073709551615}`, `[{"id":2}]`)
		wantJSON(t, s(big, binder.Int("a")), "/?a=18446744073709551614", "", `[{"id":3}]`)
		wantJSON(t, s("SELECT id FROM truths WHERE price > :a AND price < :b ORDER BY id",
			binder.Any("a"), binder.Number("b")), "/?b=2.6", `{"a":0.05}`, `[{"id":1},{"id":3}]`)
		wantJSON(t, s("SELECT id FROM truths ORDER BY id LIMIT :a", binder.Any("a")), "/", `{"a":1}`,
			`[{"id":1}]`)
		wantJSON(t, s("SELECT JSON_OBJECT('a', :a, 'b', :b, 'c', :c) AS j", binder.Any("a"),
			binder.Any("b"), binder.Any("c")), "/", `{"a":1,"b":"1","c":1.5}`,
			`[{"j":"{\"a\": 1, \"b\": \"1\", \"c\": 1.5}"}]`)
		setUp(t, db, "DELETE FROM truths")
		wantJSON(t, s("INSERT INTO truths VALUES (:id, :a, :p, :b) RETURNING price, big",
			binder.Any("id"), binder.Any("a"), binder.Any("p"), binder.Any("b")), "/",
			`{"id":1,"a":true,"p":12345678901234567890.0123456789,"b":18446744073709551615}`,
			`[{"price":12345678901234567890.0123456789,"big":18446744073709551615}]`)
	})
}

// TestMariaDBParametersTakeWhatResponsesShow calls procedures by a catalog, whose types decide.
func TestMariaDBParametersTakeWhatResponsesShow(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		shown := func(name string) string {
			if name == "bits" {
				return ""
			}
			return "CONCAT"
		}
		setUp(t, db, "CREATE OR REPLACE DATABASE bound")
		for name, typ := range map[string]string{
			"truth": "BOOLEAN", "bin": "VARBINARY(16)", "bits": "BIT(16)", "fixed": "BINARY(3)",
			"blobs": "BLOB", "ints": "INT", "bigs": "BIGINT UNSIGNED", "doubles": "DOUBLE",
			"decimals": "DECIMAL(65,30)", "texts": "VARCHAR(40)", "years": "YEAR",
		} {
			setUp(t, db, "CREATE PROCEDURE bound."+name+"(a "+typ+") READS SQL DATA "+
				"SELECT HEX("+shown(name)+"(a)) AS h")
		}
		cat, err := catalog.LoadMySQL(context.Background(), db, "bound")
		if err != nil {
			t.Fatal(err)
		}
		h := rest.Routines(moresql.New(db, moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}),
			quiet), cat)
		for _, c := range []struct{ name, json, text, sql string }{
			{"truth", "true", "true", "CAST(1 AS INT)"},
			{"truth", "false", "FALSE", "CAST(0 AS INT)"},
			{"truth", "1", "1", "CAST(1 AS INT)"},
			{"bin", `"\\x6869"`, `\x6869`, "x'6869'"},
			{"bin", `"\\x"`, `\x`, "x''"},
			{"bin", `"hi"`, "hi", "x'6869'"},
			{"bin", `"\\xzz"`, `\xzz`, "x'5c787a7a'"},
			{"blobs", `"\\x00ff"`, `\x00ff`, "x'00ff'"},
			{"fixed", `"\\x006869"`, `\x006869`, "x'006869'"},
			{"ints", "5", "5", "CAST(5 AS INT)"},
			{"ints", "1e2", "100", "CAST(100 AS INT)"},
			{"ints", "true", "1", "CAST(1 AS INT)"},
			{"bigs", "18446744073709551615", "18446744073709551615",
				"CAST(18446744073709551615 AS UNSIGNED)"},
			{"doubles", "0.30000000000000004", "0.30000000000000004", "0.30000000000000004e0"},
			{"decimals", "12345678901234567890.012345678901234567890123456789",
				"12345678901234567890.012345678901234567890123456789",
				"CAST('12345678901234567890.012345678901234567890123456789' AS DECIMAL(65,30))"},
			{"years", "0", "0", "'0000'"}, // the text is 2000
			{"years", "2024", "2024", "'2024'"},
			{"texts", "5", "5", "'5'"},
			{"texts", `"\\x6869"`, `\x6869`, `'\\x6869'`},
			{"bits", `"\\x0105"`, `\x0105`, "CAST(b'100000101' AS UNSIGNED)"},
			{"bits", "true", "true", "CAST(b'1' AS UNSIGNED)"},
			{"bits", "5", "5", "CAST(b'101' AS UNSIGNED)"},
		} {
			want := queryText(t, db, "SELECT HEX("+shown(c.name)+"("+c.sql+"))")
			want = `[{"h":"` + want + `"}]`
			wantJSON(t, h, "/"+c.name, `{"a":`+c.json+`}`, want)
			status, got := do(h, "POST", "/"+c.name, formType, "a="+url.QueryEscape(c.text))
			if got = strings.TrimSpace(got); status != 200 || got != want {
				t.Errorf("a form of %s, %q: %d %s, want %s", c.name, c.text, status, got, want)
			}
		}
	})
}

// TestMariaDBTakesTimesWithTheirZone has MariaDB, whose times have none, find an instant that is
// written in other zones. The driver's zone is UTC.
func TestMariaDBTakesTimesWithTheirZone(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "CREATE OR REPLACE TABLE moments (id INT, at DATETIME(3))",
			"INSERT INTO moments VALUES (1, '2024-07-01 10:00:00.5'), (2, '2024-07-01 12:00:00.5')",
			"INSERT INTO moments VALUES (3, '2024-07-01 10:00:00')",
			"CREATE OR REPLACE DATABASE bound", "CREATE PROCEDURE bound.find(v DATETIME(3)) "+
				"READS SQL DATA SELECT id FROM test.moments WHERE test.moments.at = v")
		cat, err := catalog.LoadMySQL(context.Background(), db, "bound")
		if err != nil {
			t.Fatal(err)
		}
		routines := rest.Routines(moresql.New(db, quiet,
			moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL})), cat)
		statements := loadStatements(t, fstest.MapFS{"s.sql": {Data: []byte("SELECT * FROM moments")}},
			moresql.MySQL)
		filter := moresql.New(db, moresql.CallBy(statements), quiet).Handler("s", rest.Query())
		field := named(t, db, moresql.MySQL, "SELECT id FROM moments WHERE at = :v",
			binder.Timestamp("v"))
		for text, want := range map[string]string{
			"2024-07-01T12:00:00.5+02:00": `[{"id":1}]`, "2024-07-01T12:00:00.5Z": `[{"id":2}]`,
			"2024-06-30T22:00:00.5-12:00": `[{"id":1}]`,
		} {
			wantJSON(t, field, "/", `{"v":"`+text+`"}`, want)
			wantJSON(t, routines, "/find", `{"v":"`+text+`"}`, want)
			wantJSON(t, filter, "/?select=id&at=eq."+url.QueryEscape(text), "", want)
		}
		// The other forms of ISO 8601, and that of PostgreSQL. A filter would ignore the zone.
		for text, want := range map[string]string{
			"2024-07-01 12:00:00.5+02": `[{"id":1}]`, "2024-07-01T12:00:00.5+0200": `[{"id":1}]`,
			"2024-07-01 12:00:00.5+02:00": `[{"id":1}]`, "2024-07-01t12:00:00.5z": `[{"id":2}]`,
			"2024-07-01T12:00+02:00": `[{"id":3}]`, "2024-07-01 08:00-02": `[{"id":3}]`,
			"2024-07-01T12+02": `[{"id":3}]`, "2024-07-01T08-02": `[{"id":3}]`,
			"2024-07-01 12:00:00,5 +02": `[{"id":1}]`, "20240701T120000+0200": `[{"id":3}]`,
			"2024-07-01 10:00:00 UTC": `[{"id":3}]`,
		} {
			wantJSON(t, routines, "/find", `{"v":"`+text+`"}`, want)
			wantJSON(t, filter, "/?select=id&at=eq."+url.QueryEscape(text), "", want)
		}
	})
}

// TestMariaDBComparesTimesWithTimesAlone has a filter refuse a text that is no time: the server
// takes it for one before all others, so that gt would find every row.
func TestMariaDBComparesTimesWithTimesAlone(t *testing.T) {
	eachMariaDB(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "CREATE OR REPLACE TABLE moments "+
			"(id INT, at DATETIME(1), stamp TIMESTAMP(1) NULL, day DATE, clock TIME(1))",
			"SET STATEMENT sql_mode = '' FOR INSERT INTO moments VALUES "+
				"(1, '2024-07-01 10:00:00.5', '2024-07-01 10:00:00.5', '2024-07-01', '10:00:00.5'), "+
				"(2, '0000-00-00', NULL, '2024-07-00', '-30:00')")
		statements := loadStatements(t, fstest.MapFS{"s.sql": {Data: []byte("SELECT * FROM moments")}},
			moresql.MySQL)
		filter := moresql.New(db, moresql.CallBy(statements), quiet).Handler("s", rest.Query())
		for query, want := range map[string]string{
			"at=eq.2024-07-01T10:00:00,5": "1", "at=gte.0000-00-00": "1, 2", "at=eq.0000-00-00": "2",
			"at=lt.2024-07-01": "2", "at=lt.20240701T1200Z": "1, 2", "at=is.null": "",
			"at=gt.20240701T1200": "", "at=eq.2024-07-01t10:00:00.5": "1", "day=lt.20240702T1200Z": "1, 2",
			"stamp=gt.2024/07/01": "1", "day=eq.2024-07-01": "1", "day=eq.2024-07-00": "2",
			"day=eq.2024-07-01T00:00:00Z": "1", "day=in.(2024-07-00,2024-07-01)": "1, 2",
			"clock=eq.10:00:00,5": "1", "clock=eq.-30:00:00": "2", "clock=lt.838:59:59": "1, 2",
			"clock=gt.-1 12:00": "1, 2",
		} {
			want = `[` + want + `]`
			query = "/?select=id&order=id&" + strings.ReplaceAll(query, " ", "%20")
			status, body := do(filter, "GET", query, "application/json", "")
			got := strings.NewReplacer(`{"id":`, "", "}", "", ",", ", ").Replace(strings.TrimSpace(body))
			if status != 200 || got != want {
				t.Errorf("%s: %d %s, want %s", query, status, got, want)
			}
		}
		for _, query := range []string{
			"at=gt.nonsense", "at=gt.2024-02-31", "at=gt.2024-07-01T24:00:00Z", "at=lt.infinity",
			"at=in.(2024-07-01,now)", "at=gt.", "stamp=gt.2024-13-01", "day=gt.2024-02-30",
			"day=gt.yesterday", "clock=gt.noon", "clock=gt.12:60", "clock=eq.12:00:00Z", "clock=eq.",
		} {
			status, body := do(filter, "GET", "/?select=id&"+query, "", "")
			if status != 400 || !strings.Contains(body, "its value has to be a") {
				t.Errorf("%s: %d %s", query, status, body)
			}
		}
	})
}

// TestMariaDBWritesRowsOfADayWithAZone has PATCH and DELETE change what GET finds: MariaDB takes a
// zone of what a DATE is compared with for an error in some writes, and finds no row in others.
func TestMariaDBWritesRowsOfADayWithAZone(t *testing.T) {
	db, cat := others["MariaDB"](t, "CREATE TABLE days (day DATE PRIMARY KEY, n INT)",
		"INSERT INTO days VALUES ('2024-07-01', 0), ('2024-07-02', 0)")
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Encoders(encoder.JSON())))
	const back = "return=representation"
	for i, filter := range []string{
		"day=eq.2024-07-01T00:00:00Z", "day=lt.2024-07-01T12%2B02", "day=in.(20240701T0000Z)",
		"day=isdistinct.2024-07-02t00:00",
	} {
		row := `[{"day":"2024-07-01","n":` + strconv.Itoa(i+1) + `}]`
		got := send(t, "PATCH", url+"/days?"+filter, `{"n":`+strconv.Itoa(i+1)+`}`,
			"Content-Type", jsonType, "Prefer", back)
		if got.status != 200 || got.body != row {
			t.Errorf("PATCH %s: %d %s, want %s", filter, got.status, got.body, row)
		}
	}
	got := send(t, "DELETE", url+"/days?day=lte.2024-07-01T10:00-05", "", "Prefer", "count=exact")
	if got.status != 204 || got.header.Get("Content-Range") != "*/1" {
		t.Errorf("DELETE: %d %s %s", got.status, got.header, got.body)
	}
}

// TestMariaDBTakesTheFirstAndTheLastTime has the zero time of Go and .NET be that in a DATETIME,
// and a time after the last one refused.
func TestMariaDBTakesTheFirstAndTheLastTime(t *testing.T) {
	db, cat := others["MariaDB"](t, "CREATE TABLE moments (at DATETIME PRIMARY KEY)",
		"INSERT INTO moments VALUES ('0000-00-00')")
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Encoders(encoder.JSON())))
	for text, want := range map[string]string{
		"0001-01-01T00:00:00Z":      `[{"at":"0001-01-01T00:00:00"}]`,
		"9999-12-31T23:59:59Z":      `[{"at":"9999-12-31T23:59:59"}]`,
		"9999-12-31T23:59:59-01:00": "22007", "0000-06-01T00:00:00Z": "22007",
	} {
		got := send(t, "POST", url+"/moments", `{"at":"`+text+`"}`,
			"Content-Type", jsonType, "Prefer", "return=representation")
		if !strings.Contains(got.body, want) || got.status >= 500 {
			t.Errorf("POST of %s: %d %s, want %s", text, got.status, got.body, want)
		}
		got = send(t, "GET", url+"/moments?at=eq."+text, "")
		if got.status == 200 && got.body != want || got.status != 200 && got.status != 400 {
			t.Errorf("GET of %s: %d %s, want %s", text, got.status, got.body, want)
		}
	}
}
