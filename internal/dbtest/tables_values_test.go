package dbtest

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// A shown is a type, and values of it.
type shown struct{ declared, values string }

// shownValues are values of types of each database as SQL. The last column of the table v refers to
// the table h.
var shownValues = map[string][]shown{
	"SQLite": {
		{"INTEGER",
			"1; -9223372036854775808; 9223372036854775807; NULL; 'x'; x'00ff'; 0.5"},
		{"REAL", "5; 0.1; 1e300; -1e-7; 123456789012345680000; 1e15; 0.30000000000000004; " +
			"9e999; -9e999; 2.2250738585072014e-308; 1.7976931348623157e308; 0.1+0.7; " +
			"9007199254740993.0; 2.5e-5; 1e22; 123456.789012345678"},
		{"NUMERIC(6,2)", "9.90; 10; 12345678901234567890; 'abc'; 0.1"},
		{"TEXT", "'é😀\"\\/'; ''; '{\"a\":1}'; " +
			"'true'; '1.50'; char(1,10,31,127); x'00'; NULL"},
		{"", "1; 1.5; 'text'; x'6869'; NULL; '[1,2]'"},
		{"BLOB", "x''; x'ff'; 'text'; 7; NULL"},
		{"BOOLEAN", "1; 0; NULL"},
		{"JSON", "'{\"a\":1.50}'; '[1]'; '\"x\"'; 'null'; NULL; '12345678901234567890'"},
		{"DATE", "'2024-01-02'; '2024-02-30'; 'soon'; NULL; '2024-01-02 03:04:05'"},
		{"DATETIME", "'2024-07-01 12:00'; '2024-07-01T12:00'; '2024-07-01 12:00:00.500'; " +
			"'2024-07-01 12:00:00.123456789'; " +
			"'2024-07-01 12:00:00.1234567891'; '2024-07-01 12:00:00+02:00'; " +
			"'2024-07-01 12:00-03:30'; '2024-07-01T12:00:00Z'; '2024-07-01 12:00:00.5 +0200 CEST'; " +
			"'2024-07-01 12:00:00 +0000 UTC'; '2024-07-01 12:00:00.5 +0200 CEST m=+0.001'; " +
			"'2024-07-01 12:00:00 +0530 +0530'; '2024-13-01 12:00:00'; '2024-02-30 12:00:00'; " +
			"'2024-07-01 24:00:00'; '2024-07-01 12:00:00.'; '2024-07-01 12:00:00 CEST'; '2024-07-01 '; " +
			"'24-07-01'; 'soon'; ''; '0000-01-01 12:00:00'; '2024-07-01 12:60:00'; 1719835200; " +
			"'2024-07-01 12:00:00+02:60'; '2024-07-01 12:00:00 +02:00 X'; '2024-07-01 12:00:00-00:00'; " +
			"'2024-07-01 12:00:00.000'; '2024-07-01 12:00:60'; " +
			"'2024-07-01 12:00:00 Z'; '2024-07-01 12:00+0200'"},
		{"TIMESTAMP", "'2024-07-01 12:00:00'; NULL"}, {"TIME", "'12:00:00'; '12:00'; 'x'"},
		{"VARCHAR(20)", "'x'; 'a\tb'"},
	},
	"MariaDB": {
		{"bigint", "-9223372036854775808; 9223372036854775807; NULL"},
		{"year", "2024; 0"},
		{"bigint unsigned", "18446744073709551615"},
		{"int(5) zerofill", "7"},
		{"smallint", "-1"},
		{"tinyint", "-5"},
		{"boolean", "true; false; NULL"},
		{"decimal(65,30)", "12345678901234567890123456789012345.123456789012345678901234567890; -0.1"},
		{"decimal(6,2)", "9.90; NULL"},
		{"double", "0.1; 1e300; 0.1e0+0.2e0; 1e-7; 1.7976931348623157e308; 5e-324; 5"},
		{"float", "0.1; 1.5; 100"},
		{"bit(5)", "b'10101'; NULL"},
		{"bit(12)", "5"},
		{"bit(64)", "~0"},
		{"char(10)", "'a'; '😀'"},
		{"varchar(20)", "'é\"/'; 'true'; '1.50'; " +
			"CHAR(1,10,31,92,127 USING utf8mb4)"},
		{"varchar(20) character set latin1", "'é'"},
		{"text", "'{\"a\":1}'; NULL"},
		{"longtext", "'[1]'"},
		{"binary(3)", "x'0001ff'"},
		{"varbinary(9)", "x''; x'ff'"},
		{"blob", "'text'; NULL"},
		{"json", "'{\"a\": 1.50, \"b\": [true, null]}'; '\"x\"'; '12345678901234567890'; NULL; 'null'"},
		{"date", "'2024-01-02'; NULL"},
		{"time", "'10:11:12'; '-838:59:59'"},
		{"time(6)", "'10:11:12.500'"},
		{"datetime", "'2024-01-02 03:04:05'; NULL"},
		{"datetime(3)", "'2024-01-02 03:04:05.120'; '2024-01-02 03:04:00'"},
		{"datetime(6)", "'2024-01-02 03:04:05.123456'; '2024-01-02 10:20:30'"},
		{"timestamp(6) NULL", "'2024-01-02 03:04:05.5'"},
		{"enum('a','b')", "'b'"},
		{"set('x','y')", "'x,y'; ''"},
		{"uuid", "'123e4567-e89b-12d3-a456-426614174000'"},
		{"inet6", "'::1'"},
		{"point", "ST_GeomFromText('POINT(1 2)')"},
	},
}

// TestEmbeddedValuesAreShownAsOthers reads values by themselves, embedded to many, to one, spread
// and counted.
func TestEmbeddedValuesAreShownAsOthers(t *testing.T) {
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			statements := []string{"CREATE TABLE h (id int PRIMARY KEY)", "INSERT INTO h VALUES (1)"}
			for i, test := range shownValues[name] {
				statements = append(statements, fmt.Sprintf(`CREATE TABLE v%d (id int PRIMARY KEY, x %s,
					h int, FOREIGN KEY (h) REFERENCES h (id))`, i, test.declared))
				statements = append(statements, fmt.Sprintf(`CREATE TABLE o%d (id int PRIMARY KEY,
					FOREIGN KEY (id) REFERENCES v%d (id))`, i, i))
				for j, value := range strings.Split(test.values, "; ") {
					statements = append(statements, fmt.Sprintf("INSERT INTO v%d VALUES (%d, %s, 1)", i, j, value),
						fmt.Sprintf("INSERT INTO o%d VALUES (%d)", i, j))
				}
			}
			db, cat := open(t, statements...)
			for format, option := range map[string]encoder.Encoder{"JSON": encoder.JSON()} {
				url := listen(t, rest.Tables(moresql.New(db, quiet, moresql.Encoders(option)), cat))
				for i, test := range shownValues[name] {
					get := func(target string) []map[string]any {
						got := send(t, "GET", url+fmt.Sprintf(strings.ReplaceAll(target, "#", "%[1]d"), i), "",
							"Prefer", "count=exact")
						var rows []map[string]any
						d := json.NewDecoder(strings.NewReader(got.body))
						d.UseNumber()
						if err := d.Decode(&rows); err != nil || got.status != 200 {
							t.Fatalf("%s, %s: %d %s, %v", test.declared, target, got.status, got.body, err)
						}
						return rows
					}
					values := get("/v#?select=x&order=id")
					many, ok := get("/h?select=v#(x)&v#.order=id")[0][fmt.Sprint("v", i)].([]any)
					if !ok {
						t.Errorf("%s: %v", test.declared, get("/h?select=v#(x)&v#.order=id"))
						continue
					}
					spread := get("/h?select=...v#(x)&v#.order=id")[0]["x"].([]any)
					one, flat := get("/o#?select=v:v#(x)&order=id"), get("/o#?select=...v#(x)&order=id")
					for j, value := range strings.Split(test.values, "; ") {
						want := values[j]["x"]
						for way, got := range map[string]any{
							"to many": many[j].(map[string]any)["x"], "spread to many": spread[j],
							"to one": one[j]["v"].(map[string]any)["x"], "spread to one": flat[j]["x"],
						} {
							if !sameValue(got, want) {
								t.Errorf("%s, %s %s, %s: %v, by itself %v", format, test.declared, value, way, got, want)
							}
						}
					}
				}
			}
		})
	}
}

// sameValue reports whether two values of JSON are equal, numbers in all their digits.
func sameValue(a, b any) bool {
	x, isNumber := a.(json.Number)
	y, isToo := b.(json.Number)
	if isNumber && isToo {
		p, ok := new(big.Rat).SetString(x.String())
		q, okToo := new(big.Rat).SetString(y.String())
		return ok && okToo && p.Cmp(q) == 0
	}
	return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b)
}

// TestCastsOfMariaDBKeepNumbersWithoutSign has integers that are negative as SIGNED, whichever word
// for an integer a request has.
func TestCastsOfMariaDBKeepNumbersWithoutSign(t *testing.T) {
	db, cat := others["MariaDB"](t, "CREATE TABLE n (u bigint unsigned, i bigint)",
		"INSERT INTO n VALUES (18446744073709551615, -1)")
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat))
	for cast, want := range map[string]string{
		"int": "18446744073709551615", "bigint": "18446744073709551615",
		"unsigned": "18446744073709551615", "text": `"18446744073709551615"`,
	} {
		got := send(t, "GET", url+"/n?select=u::"+cast+",i::int", "")
		if body := `[{"u":` + want + `,"i":-1}]`; got.status != 200 || got.body != body {
			t.Errorf("%s: %d %s, want %s", cast, got.status, got.body, body)
		}
	}
}
