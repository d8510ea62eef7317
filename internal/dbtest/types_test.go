package dbtest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/row"
)

var encoderJSON = encoder.JSON()

// A form says what a value is in JSON, for the databases that have no to_json.
type form string

const (
	number form = "number"
	text   form = "text"
	truth  form = "true or false"
	doc    form = "json"
	binary form = "bytes"
	stamp  form = "timestamp" // ISO 8601
)

// values is the table that runs through every driver. The expected JSON is always asked of the database.
var values = []struct {
	reason   string
	form     form
	postgres string // an expression
	sqlite   string // declared type and literal, "" where the database has no such type
	mysql    string
}{
	{"NULL of a number", number, "NULL::int", "INTEGER | NULL", "INT | NULL"},
	{"NULL of a text", text, "NULL::text", "TEXT | NULL", "TEXT | NULL"},
	{"NULL of a bool", truth, "NULL::bool", "BOOLEAN | NULL", "BOOLEAN | NULL"},
	{"NULL of an array", text, "NULL::int[]", "", ""},
	{"smallint at its limit", number, "(-32768)::int2", "SMALLINT | -32768", "SMALLINT | -32768"},
	{"integer at its limit", number, "2147483647::int4", "INTEGER | 2147483647", "INT | 2147483647"},
	{"bigint at its limit, beyond what JavaScript holds", number, "9223372036854775807::int8", "BIGINT | 9223372036854775807", "BIGINT | 9223372036854775807"},
	{"bigint at its other limit", number, "(-9223372036854775808)::int8", "INTEGER | -9223372036854775808", "BIGINT | -9223372036854775808"},
	{"an unsigned that no int64 holds", number, "18446744073709551615::numeric", "", "BIGINT UNSIGNED | 18446744073709551615"},
	{"a tinyint of more than one digit is a number", number, "1::int2", "TINYINT | 1", "TINYINT | 1"},
	{"true", truth, "true", "BOOLEAN | TRUE", "BOOLEAN | TRUE"},
	{"false", truth, "false", "BOOLEAN | FALSE", "BOOLEAN | FALSE"},
	{"double that has no finite binary form", number, "0.1::float8", "REAL | 0.1", "DOUBLE | 0.1"},
	{"double of 17 digits", number, "0.30000000000000004::float8", "DOUBLE | 0.30000000000000004", "DOUBLE | 0.30000000000000004"},
	{"double near its limit", number, "1.7976931348623157e308::float8", "", "DOUBLE | 1.7976931348623157e308"},
	{"double near zero", number, "5e-324::float8", "", ""},
	{"negative zero", number, "'-0'::float8", "", ""},
	{"single that is 0.1 only in single precision", number, "0.1::float4", "", "FLOAT | 0.1"},
	{"single of a half, exact in both", number, "0.5::float4", "", "FLOAT | 0.5"},
	{"single at its limit", number, "3.4028235e38::float4", "", ""},
	{"double not a number", number, "'NaN'::float8", "", ""},
	{"double infinity", number, "'Infinity'::float8", "", ""},
	{"single minus infinity", number, "'-Infinity'::float4", "", ""},
	{"numeric of more digits than a double has", number, "1234567890123456789012345678901234567890.0123456789::numeric", "", "DECIMAL(50,10) | 1234567890123456789012345678901234567890.0123456789"},
	{"numeric keeps its trailing zeros", number, "1.500::numeric(10,3)", "", "DECIMAL(10,3) | 1.5"},
	{"numeric of SQLite is what SQLite keeps of it", number, "19.99::numeric(6,2)", "NUMERIC(6,2) | 19.99", "DECIMAL(6,2) | 19.99"},
	{"numeric not a number", number, "'NaN'::numeric", "", ""},
	{"numeric infinity", number, "'Infinity'::numeric", "", ""},
	{"numeric of 1000 digits", number, "repeat('9', 1000)::numeric", "", ""},
	{"empty text is not NULL", text, "''", "TEXT | ''", "TEXT | ''"},
	{"text with quotes and backslashes", text, `'say "hi" \ back'`, `TEXT | 'say "hi" \ back'`, `TEXT | 'say "hi" \\ back'`},
	{"text with every control character", text, "(select string_agg(chr(i), '' order by i) from generate_series(1, 31) i)", "TEXT | char(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31)", "TEXT | CHAR(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31 USING utf8mb4)"},
	{"text beyond ASCII", text, "'naïve 😀 日本'", "TEXT | 'naïve 😀 日本'", "VARCHAR(40) CHARACTER SET utf8mb4 | 'naïve 😀 日本'"},
	{"line separators, which JavaScript once took for line ends", text, "U&'\\2028\\2029'", "TEXT | char(8232, 8233)", ""},
	{"char keeps its padding in PostgreSQL", text, "'ab'::char(4)", "", "CHAR(4) | 'ab'"},
	{"varchar", text, "'ab'::varchar(4)", "VARCHAR(4) | 'ab'", "VARCHAR(4) | 'ab'"},
	{"an enum", text, "", "", "ENUM('red','green') | 'green'"},
	{"a set", text, "", "", "SET('a','b') | 'a,b'"},
	{"name", text, "'pg_class'::name", "", ""},
	{"the type \"char\"", text, `'x'::"char"`, "", ""},
	{"oid is a string for to_json", text, "42::oid", "", ""},
	{"inet", text, "'10.0.0.1/8'::inet", "", ""},
	{"interval", text, "'1 day 02:03:04.5'::interval", "", ""},
	{"money", text, "'12.34'::money", "", ""},
	{"point", text, "point(1,2)", "", ""},
	{"bit string", text, "B'101'", "", ""},
	{"xml", text, "'<a>1</a>'::xml", "", ""},
	{"tsvector", text, "'a fat cat'::tsvector", "", ""},
	{"range", text, "int4range(1,5)", "", ""},
	{"binary", binary, `'\x00ff68'::bytea`, "BLOB | x'00ff68'", "BLOB | x'00ff68'"},
	{"binary that is also text", binary, `'\x6869'::bytea`, "BLOB | x'6869'", "VARBINARY(10) | x'6869'"},
	{"empty binary is not NULL", binary, "''::bytea", "BLOB | x''", "BLOB | x''"},
	{"binary in a column of a type without a meaning", binary, "", "THING | x'6869'", ""},
	{"json is embedded as it is", doc, `'{"b": 1, "a": [1, {"c": null}], "b": 2}'::json`, `JSON | '{"b": 1, "a": [1, {"c": null}]}'`, ""},
	{"jsonb", doc, `'{"b": 1, "a": [1.0, "x"]}'::jsonb`, "", ""},
	{"json that is a bare string", doc, `'"text"'::json`, `JSON | '"text"'`, ""},
	{"json null is not NULL, and looks the same", doc, `'null'::jsonb`, `JSON | 'null'`, ""},
	{"date", text, "'2024-02-29'::date", "DATE | '2024-02-29'", "DATE | '2024-02-29'"},
	{"date before Christ", text, "'0044-03-15 BC'::date", "", ""},
	{"date of five digits of year", text, "'12345-01-02'::date", "", ""},
	{"date without end", text, "'infinity'::date", "", ""},
	{"date zero of MySQL", text, "", "", "DATE | '0000-00-00'"},
	{"time", text, "'04:05:06.789'::time", "", "TIME(3) | '04:05:06.789'"},
	{"time of no fraction", text, "'04:05:06'::time", "TIME | '04:05:06'", "TIME | '04:05:06'"},
	{"a time of MySQL is longer than a day", text, "", "", "TIME | '-838:59:59'"},
	{"midnight at the end of the day", text, "'24:00:00'::time", "", ""},
	{"time with a zone", text, "'04:05:06.7+02'::timetz", "", ""},
	{"time with a zone of half hours", text, "'04:05:06-03:30'::timetz", "", ""},
	{"timestamp", stamp, "'2024-01-02 03:04:05'::timestamp", "DATETIME | '2024-01-02 03:04:05'", "DATETIME | '2024-01-02 03:04:05'"},
	{"timestamp of microseconds", stamp, "'2024-01-02 03:04:05.123456'::timestamp", "TIMESTAMP | '2024-01-02 03:04:05.123456'", "DATETIME(6) | '2024-01-02 03:04:05.123456'"},
	{"timestamp before 1970", stamp, "'1969-12-31 23:59:59.5'::timestamp", "", ""},
	{"timestamp before Christ", stamp, "'0044-03-15 12:00:00 BC'::timestamp", "", ""},
	{"timestamp without begin", stamp, "'-infinity'::timestamp", "", ""},
	{"timestamp with a zone", stamp, "'2024-01-02 03:04:05.5+02'::timestamptz", "", ""},
	{"timestamp with a zone without end", stamp, "'infinity'::timestamptz", "", ""},
	{"uuid", text, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "UUID | 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "UUID | 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"},
	{"year", number, "", "", "YEAR | 2024"},

	{"array of integers", doc, "'{1,-2,NULL}'::int[]", "", ""},
	{"array without elements", doc, "'{}'::text[]", "", ""},
	{"array of two dimensions", doc, "'{{1,2},{3,4}}'::int8[]", "", ""},
	{"array of three dimensions", doc, "'{{{1},{2}},{{3},{4}}}'::int2[]", "", ""},
	{"array that does not begin at 1", doc, "'[0:1]={1,2}'::int[]", "", ""},
	{"array of texts that need quotes", doc, `array['a"b','c\d','e,f','{g}',' h ','','NULL','null',NULL,E'i\nj','😀']`, "", ""},
	{"array of bools", doc, "array[true,false,NULL]", "", ""},
	{"array of doubles", doc, "array[1.5,'NaN','Infinity',1e300,0.1]::float8[]", "", ""},
	{"array of singles", doc, "array[1.5,'-Infinity',0.1]::float4[]", "", ""},
	{"array of numerics", doc, "array[1.10,'NaN',12345678901234567890.5]::numeric[]", "", ""},
	{"array of binary", doc, `array['\x00ff','\x','\x6869']::bytea[]`, "", ""},
	{"array of json", doc, `array['{"a": [1, "}"]}','null']::json[]`, "", ""},
	{"array of jsonb", doc, `array['{"a": [1, "}"]}','"x"']::jsonb[]`, "", ""},
	{"array of dates", doc, "array['2024-01-02','infinity','0044-03-15 BC']::date[]", "", ""},
	{"array of times", doc, "array['04:05:06.70','24:00:00']::time[]", "", ""},
	{"array of timestamps", doc, "array['2024-01-02 03:04:05.50','-infinity','0044-03-15 12:00:00 BC']::timestamp[]", "", ""},
	{"array of timestamps with zones", doc, "array['2024-01-02 03:04:05.5+02','infinity']::timestamptz[]", "", ""},
	{"array of uuids", doc, "array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']::uuid[]", "", ""},
	{"array of varchars", doc, "array['a','b c']::varchar(9)[]", "", ""},
	{"array of boxes, the one type with another delimiter", doc, "array['(1,1),(0,0)','(3,3),(2,2)']::box[]", "", ""},
	{"array of points", doc, "array[point(1,2),point(3,4)]", "", ""},
	{"array of intervals", doc, "array['1 day','02:03:04']::interval[]", "", ""},
	{"array of inet", doc, "array['10.0.0.1']::inet[]", "", ""},
}

func TestValuesPostgreSQL(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *sql.DB{"lib/pq": openPostgres, "pgx": openPgx} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			m := moresql.New(db, moresql.WithCaller(query{}))
			for _, v := range values {
				if v.postgres == "" {
					continue
				}
				want := ask(t, db, "SELECT json_build_array(json_build_object('v', "+v.postgres+"))::text")
				check(t, v.reason, stream(t, m, "SELECT "+v.postgres+" AS v"), want)
			}
		})
	}
}

func TestValuesSQLite(t *testing.T) {
	db := openSQLite(t)
	want := map[form]string{
		number: "CAST(v AS TEXT)",
		text:   "json_quote(CAST(v AS TEXT))",
		truth:  "CASE WHEN v THEN 'true' ELSE 'false' END",
		doc:    "v",
		binary: `'"\\x' || lower(hex(v)) || '"'`,
		stamp:  `'"' || replace(v, ' ', 'T') || '"'`,
	}
	// reals are written with 17 digits, enough to be exact, by printf
	number17 := "CASE typeof(v) WHEN 'real' THEN printf('%!.17g', v) ELSE CAST(v AS TEXT) END"
	want[number] = number17
	m := moresql.New(db, moresql.WithCaller(query{}))
	for i, v := range values {
		decl, literal, ok := strings.Cut(v.sqlite, " | ")
		if !ok {
			continue
		}
		table := fmt.Sprintf("t%d", i)
		setUp(t, db, "CREATE TABLE "+table+" (v "+decl+")", "INSERT INTO "+table+" VALUES ("+literal+")")
		answer := ask(t, db, "SELECT coalesce(CASE WHEN v IS NOT NULL THEN "+want[v.form]+" END, 'null') FROM "+table)
		check(t, v.reason, stream(t, m, "SELECT v FROM "+table), `[{"v":`+answer+`}]`)
	}
}

func TestValuesMariaDB(t *testing.T) {
	want := map[form]string{
		number: "CAST(v AS CHAR)",
		text:   "JSON_QUOTE(CAST(v AS CHAR))",
		truth:  "IF(v, 'true', 'false')",
		doc:    "v",
		binary: `CONCAT('"\\\\x', LOWER(HEX(v)), '"')`,
		stamp:  `CONCAT('"', REPLACE(CAST(v AS CHAR), ' ', 'T'), '"')`,
	}
	for name, parameters := range map[string]string{"plain": "", "parseTime": "?parseTime=true", "interpolated": "?interpolateParams=true"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "mysql", mariadbtest.DSN(t)+parameters)
			m := moresql.New(db, moresql.WithCaller(moresql.Procedure{Dialect: moresql.MySQL}))
			for i, v := range values {
				decl, literal, ok := strings.Cut(v.mysql, " | ")
				if !ok || parameters == "?parseTime=true" && strings.Contains(literal, "0000-00-00") { // no time.Time holds it
					continue
				}
				table := fmt.Sprintf("t%d", i)
				setUp(t, db, "CREATE OR REPLACE TABLE "+table+" (v "+decl+")", "INSERT INTO "+table+" VALUES ("+literal+")",
					"CREATE OR REPLACE PROCEDURE get_"+table+"() SELECT v FROM "+table)
				answer := ask(t, db, "SELECT COALESCE(IF(v IS NOT NULL, "+want[v.form]+", NULL), 'null') FROM "+table)
				check(t, v.reason, stream(t, m, "get_"+table), `[{"v":`+answer+`}]`)
			}
		})
	}
}

func check(t *testing.T, reason, got, want string) {
	t.Helper()
	if !sameJSON(t, got, want) {
		t.Errorf("%s\n got %s\nwant %s", reason, got, want)
	}
}

// The driver does not tell MariaDB's JSON, an alias of LONGTEXT, nor the type of what SQLite computes: the program does.
func TestDeclaredKinds(t *testing.T) {
	const document = `{"a": [1, 2]}`
	t.Run("MariaDB", func(t *testing.T) {
		db := openMariaDB(t)
		setUp(t, db, "CREATE OR REPLACE TABLE documents (v JSON)", "INSERT INTO documents VALUES ('"+document+"')")
		m := moresql.New(db, moresql.WithCaller(query{}), moresql.Kinds{"v": row.JSON})
		check(t, "declared", stream(t, m, "SELECT v FROM documents"), `[{"v":`+document+`}]`)
	})
	t.Run("SQLite", func(t *testing.T) {
		m := moresql.New(openSQLite(t), moresql.WithCaller(query{}), moresql.Kinds{"v": row.Bool})
		check(t, "declared", stream(t, m, "SELECT 1 < 2 AS v"), `[{"v":true}]`)
	})
}
