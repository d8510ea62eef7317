package dbtest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/row"
)

// A form is how JSON represents a value, for the databases that have no to_json.
type form string

const (
	number form = "number"
	text   form = "text"
	truth  form = "true or false"
	doc    form = "json"
	binary form = "bytes"
	stamp  form = "timestamp" // ISO 8601
)

// values are tested with every driver. The expected JSON is always computed by the database.
var values = []struct {
	reason   string
	form     form
	postgres string // an expression
	sqlite   string // a declared type and a literal, or "" if the database has no such type
	mysql    string
}{
	{reason: "NULL of a number", form: number, postgres: "NULL::int", sqlite: "INTEGER | NULL",
		mysql: "INT | NULL"},
	{reason: "NULL of a text", form: text, postgres: "NULL::text", sqlite: "TEXT | NULL",
		mysql: "TEXT | NULL"},
	{reason: "NULL of a bool", form: truth, postgres: "NULL::bool", sqlite: "BOOLEAN | NULL",
		mysql: "BOOLEAN | NULL"},
	{reason: "NULL of an array", form: text, postgres: "NULL::int[]"},
	{reason: "smallint at its limit", form: number, postgres: "(-32768)::int2",
		sqlite: "SMALLINT | -32768", mysql: "SMALLINT | -32768"},
	{reason: "integer at its limit", form: number, postgres: "2147483647::int4",
		sqlite: "INTEGER | 2147483647", mysql: "INT | 2147483647"},
	{reason: "bigint at its limit, beyond what JavaScript holds", form: number,
		postgres: "9223372036854775807::int8", sqlite: "BIGINT | 9223372036854775807",
		mysql: "BIGINT | 9223372036854775807"},
	{reason: "bigint at its other limit", form: number, postgres: "(-9223372036854775808)::int8",
		sqlite: "INTEGER | -9223372036854775808", mysql: "BIGINT | -9223372036854775808"},
	{reason: "an unsigned beyond int64", form: number, postgres: "18446744073709551615::numeric",
		mysql: "BIGINT UNSIGNED | 18446744073709551615"},
	{reason: "a tinyint of more than one digit is a number", form: number, postgres: "1::int2",
		sqlite: "TINYINT | 1", mysql: "TINYINT | 1"},
	{reason: "true", form: truth, postgres: "true", sqlite: "BOOLEAN | TRUE", mysql: "BOOLEAN | TRUE"},
	{reason: "false", form: truth, postgres: "false", sqlite: "BOOLEAN | FALSE",
		mysql: "BOOLEAN | FALSE"},
	{reason: "double that has no finite binary form", form: number, postgres: "0.1::float8",
		sqlite: "REAL | 0.1", mysql: "DOUBLE | 0.1"},
	{reason: "double of 17 digits", form: number, postgres: "0.30000000000000004::float8",
		sqlite: "DOUBLE | 0.30000000000000004", mysql: "DOUBLE | 0.30000000000000004"},
	{reason: "double near its limit", form: number, postgres: "1.7976931348623157e308::float8",
		mysql: "DOUBLE | 1.7976931348623157e308"},
	{reason: "double near zero", form: number, postgres: "5e-324::float8"},
	{reason: "negative zero", form: number, postgres: "'-0'::float8"},
	{reason: "single that is 0.1 only in single precision", form: number, postgres: "0.1::float4",
		mysql: "FLOAT | 0.1"},
	{reason: "single of a half, exact in both", form: number, postgres: "0.5::float4",
		mysql: "FLOAT | 0.5"},
	{reason: "single at its limit", form: number, postgres: "3.4028235e38::float4"},
	{reason: "double not a number", form: number, postgres: "'NaN'::float8"},
	{reason: "double infinity", form: number, postgres: "'Infinity'::float8"},
	{reason: "single minus infinity", form: number, postgres: "'-Infinity'::float4"},
	{reason: "numeric of more digits than a double has", form: number,
		postgres: "1234567890123456789012345678901234567890.0123456789::numeric",
		mysql:    "DECIMAL(50,10) | 1234567890123456789012345678901234567890.0123456789"},
	{reason: "numeric keeps its trailing zeros", form: number, postgres: "1.500::numeric(10,3)",
		mysql: "DECIMAL(10,3) | 1.5"},
	{reason: "numeric of SQLite is what SQLite keeps of it", form: number,
		postgres: "19.99::numeric(6,2)", sqlite: "NUMERIC(6,2) | 19.99", mysql: "DECIMAL(6,2) | 19.99"},
	{reason: "numeric not a number", form: number, postgres: "'NaN'::numeric"},
	{reason: "numeric infinity", form: number, postgres: "'Infinity'::numeric"},
	{reason: "numeric of 1000 digits", form: number, postgres: "repeat('9', 1000)::numeric"},
	{reason: "empty text is not NULL", form: text, postgres: "''", sqlite: "TEXT | ''",
		mysql: "TEXT | ''"},
	{reason: "text with quotes and backslashes", form: text, postgres: `'say "hi" \ back'`,
		sqlite: `TEXT | 'say "hi" \ back'`, mysql: `TEXT | 'say "hi" \\ back'`},
	{reason: "text with every control character", form: text,
		postgres: "(select string_agg(chr(i), '' order by i) from generate_series(1, 31) i)",
		sqlite: "TEXT | char(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26," +
			"27,28,29,30,31)", mysql: "TEXT | CHAR(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20," +
			"21,22,23,24,25,26,27,28,29,30,31 USING utf8mb4)"},
	{reason: "text beyond ASCII", form: text, postgres: "'naïve 😀 日本'",
		sqlite: "TEXT | 'naïve 😀 日本'",
		mysql:  "VARCHAR(40) CHARACTER SET utf8mb4 | 'naïve 😀 日本'"},
	{reason: "line separators, which JavaScript once took for line ends", form: text,
		postgres: "U&'\\2028\\2029'", sqlite: "TEXT | char(8232, 8233)"},
	{reason: "char keeps its padding in PostgreSQL", form: text, postgres: "'ab'::char(4)",
		mysql: "CHAR(4) | 'ab'"},
	{reason: "varchar", form: text, postgres: "'ab'::varchar(4)", sqlite: "VARCHAR(4) | 'ab'",
		mysql: "VARCHAR(4) | 'ab'"},
	{reason: "an enum", form: text, mysql: "ENUM('red','green') | 'green'"},
	{reason: "a set", form: text, mysql: "SET('a','b') | 'a,b'"},
	{reason: "name", form: text, postgres: "'pg_class'::name"},
	{reason: "the type \"char\"", form: text, postgres: `'x'::"char"`},
	{reason: "oid is a string for to_json", form: text, postgres: "42::oid"},
	{reason: "inet", form: text, postgres: "'10.0.0.1/8'::inet"},
	{reason: "interval", form: text, postgres: "'1 day 02:03:04.5'::interval"},
	{reason: "money", form: text, postgres: "'12.34'::money"},
	{reason: "point", form: text, postgres: "point(1,2)"},
	{reason: "bit string", form: text, postgres: "B'101'"},
	{reason: "xml", form: text, postgres: "'<a>1</a>'::xml"},
	{reason: "tsvector", form: text, postgres: "'a fat cat'::tsvector"},
	{reason: "range", form: text, postgres: "int4range(1,5)"},
	{reason: "binary", form: binary, postgres: `'\x00ff68'::bytea`, sqlite: "BLOB | x'00ff68'",
		mysql: "BLOB | x'00ff68'"},
	{reason: "binary that is also text", form: binary, postgres: `'\x6869'::bytea`,
		sqlite: "BLOB | x'6869'", mysql: "VARBINARY(10) | x'6869'"},
	{reason: "empty binary is not NULL", form: binary, postgres: "''::bytea", sqlite: "BLOB | x''",
		mysql: "BLOB | x''"},
	{reason: "binary in a column of a type without a meaning", form: binary,
		sqlite: "THING | x'6869'"},
	{reason: "json is embedded as it is", form: doc,
		postgres: `'{"b": 1, "a": [1, {"c": null}], "b": 2}'::json`,
		sqlite:   `JSON | '{"b": 1, "a": [1, {"c": null}]}'`},
	{reason: "jsonb", form: doc, postgres: `'{"b": 1, "a": [1.0, "x"]}'::jsonb`},
	{reason: "json that is a bare string", form: doc, postgres: `'"text"'::json`,
		sqlite: `JSON | '"text"'`},
	{reason: "json null is not NULL, and looks the same", form: doc, postgres: `'null'::jsonb`,
		sqlite: `JSON | 'null'`},
	{reason: "date", form: text, postgres: "'2024-02-29'::date", sqlite: "DATE | '2024-02-29'",
		mysql: "DATE | '2024-02-29'"},
	{reason: "date before Christ", form: text, postgres: "'0044-03-15 BC'::date"},
	{reason: "date of five digits of year", form: text, postgres: "'12345-01-02'::date"},
	{reason: "date without end", form: text, postgres: "'infinity'::date"},
	{reason: "date zero of MySQL", form: text, mysql: "DATE | '0000-00-00'"},
	{reason: "time", form: text, postgres: "'04:05:06.789'::time", mysql: "TIME(3) | '04:05:06.789'"},
	{reason: "time of no fraction", form: text, postgres: "'04:05:06'::time",
		sqlite: "TIME | '04:05:06'", mysql: "TIME | '04:05:06'"},
	{reason: "a time of MySQL is longer than a day", form: text, mysql: "TIME | '-838:59:59'"},
	{reason: "midnight at the end of the day", form: text, postgres: "'24:00:00'::time"},
	{reason: "time with a zone", form: text, postgres: "'04:05:06.7+02'::timetz"},
	{reason: "time with a zone of half hours", form: text, postgres: "'04:05:06-03:30'::timetz"},
	{reason: "timestamp", form: stamp, postgres: "'2024-01-02 03:04:05'::timestamp",
		sqlite: "DATETIME | '2024-01-02 03:04:05'", mysql: "DATETIME | '2024-01-02 03:04:05'"},
	{reason: "timestamp of microseconds", form: stamp,
		postgres: "'2024-01-02 03:04:05.123456'::timestamp",
		sqlite:   "TIMESTAMP | '2024-01-02 03:04:05.123456'",
		mysql:    "DATETIME(6) | '2024-01-02 03:04:05.123456'"},
	{reason: "timestamp before 1970", form: stamp, postgres: "'1969-12-31 23:59:59.5'::timestamp"},
	{reason: "timestamp before Christ", form: stamp, postgres: "'0044-03-15 12:00:00 BC'::timestamp"},
	{reason: "timestamp without begin", form: stamp, postgres: "'-infinity'::timestamp"},
	{reason: "timestamp with a zone", form: stamp,
		postgres: "'2024-01-02 03:04:05.5+02'::timestamptz"},
	{reason: "timestamp with a zone without end", form: stamp, postgres: "'infinity'::timestamptz"},
	{reason: "uuid", form: text, postgres: "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
		sqlite: "UUID | 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
		mysql:  "UUID | 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"},
	{reason: "year", form: number, mysql: "YEAR | 2024"},

	{reason: "array of integers", form: doc, postgres: "'{1,-2,NULL}'::int[]"},
	{reason: "array without elements", form: doc, postgres: "'{}'::text[]"},
	{reason: "array of two dimensions", form: doc, postgres: "'{{1,2},{3,4}}'::int8[]"},
	{reason: "array of three dimensions", form: doc, postgres: "'{{{1},{2}},{{3},{4}}}'::int2[]"},
	{reason: "array that does not begin at 1", form: doc, postgres: "'[0:1]={1,2}'::int[]"},
	{reason: "array of texts that need quotes", form: doc,
		postgres: `array['a"b','c\d','e,f','{g}',' h ','','NULL','null',NULL,E'i\nj','😀']`},
	{reason: "array of bools", form: doc, postgres: "array[true,false,NULL]"},
	{reason: "array of doubles", form: doc,
		postgres: "array[1.5,'NaN','Infinity',1e300,0.1]::float8[]"},
	{reason: "array of singles", form: doc, postgres: "array[1.5,'-Infinity',0.1]::float4[]"},
	{reason: "array of numerics", form: doc,
		postgres: "array[1.10,'NaN',12345678901234567890.5]::numeric[]"},
	{reason: "array of binary", form: doc, postgres: `array['\x00ff','\x','\x6869']::bytea[]`},
	{reason: "array of json", form: doc, postgres: `array['{"a": [1, "}"]}','null']::json[]`},
	{reason: "array of jsonb", form: doc, postgres: `array['{"a": [1, "}"]}','"x"']::jsonb[]`},
	{reason: "array of dates", form: doc,
		postgres: "array['2024-01-02','infinity','0044-03-15 BC']::date[]"},
	{reason: "array of times", form: doc, postgres: "array['04:05:06.70','24:00:00']::time[]"},
	{reason: "array of timestamps", form: doc,
		postgres: "array['2024-01-02 03:04:05.50','-infinity','0044-03-15 12:00:00 BC']::timestamp[]"},
	{reason: "array of timestamps with zones", form: doc,
		postgres: "array['2024-01-02 03:04:05.5+02','infinity']::timestamptz[]"},
	{reason: "array of uuids", form: doc,
		postgres: "array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']::uuid[]"},
	{reason: "array of varchars", form: doc, postgres: "array['a','b c']::varchar(9)[]"},
	{reason: "array of boxes, the one type with another delimiter", form: doc,
		postgres: "array['(1,1),(0,0)','(3,3),(2,2)']::box[]"},
	{reason: "array of points", form: doc, postgres: "array[point(1,2),point(3,4)]"},
	{reason: "array of intervals", form: doc, postgres: "array['1 day','02:03:04']::interval[]"},
	{reason: "array of inet", form: doc, postgres: "array['10.0.0.1']::inet[]"},
}

// TestValuesOnPostgreSQLMatchToJSON compares values with json_build_object.
func TestValuesOnPostgreSQLMatchToJSON(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, moresql.CallBy(query{}))
		for _, v := range values {
			if v.postgres == "" {
				continue
			}
			want := queryText(t, db, "SELECT json_build_array(json_build_object('v', "+v.postgres+"))::text")
			check(t, v.reason, stream(t, m, "SELECT "+v.postgres+" AS v"), want)
		}
	})
}

// TestValuesOnSQLiteKeepTheirDigits compares values with what SQLite writes.
func TestValuesOnSQLiteKeepTheirDigits(t *testing.T) {
	db := openSQLite(t)
	want := map[form]string{
		number: "CAST(v AS TEXT)",
		text:   "json_quote(CAST(v AS TEXT))",
		truth:  "CASE WHEN v THEN 'true' ELSE 'false' END",
		doc:    "v",
		binary: `'"\\x' || lower(hex(v)) || '"'`,
		stamp:  `'"' || replace(v, ' ', 'T') || '"'`,
	}
	// printf writes reals with 17 digits, which are exact.
	number17 := "CASE typeof(v) WHEN 'real' THEN printf('%!.17g', v) ELSE CAST(v AS TEXT) END"
	want[number] = number17
	m := moresql.New(db, moresql.CallBy(query{}))
	for i, v := range values {
		decl, literal, ok := strings.Cut(v.sqlite, " | ")
		if !ok {
			continue
		}
		table := fmt.Sprintf("t%d", i)
		setUp(t, db, "CREATE TABLE "+table+" (v "+decl+")", "INSERT INTO "+table+" VALUES ("+literal+")")
		value := queryText(t, db,
			"SELECT coalesce(CASE WHEN v IS NOT NULL THEN "+want[v.form]+" END, 'null') FROM "+table)
		check(t, v.reason, stream(t, m, "SELECT v FROM "+table), `[{"v":`+value+`}]`)
	}
}

// TestValuesOnMariaDBKeepTheirDigits compares values with what MariaDB writes.
func TestValuesOnMariaDBKeepTheirDigits(t *testing.T) {
	want := map[form]string{
		number: "CAST(v AS CHAR)",
		text:   "JSON_QUOTE(CAST(v AS CHAR))",
		truth:  "IF(v, 'true', 'false')",
		doc:    "v",
		binary: `CONCAT('"\\\\x', LOWER(HEX(v)), '"')`,
		stamp:  `CONCAT('"', REPLACE(CAST(v AS CHAR), ' ', 'T'), '"')`,
	}
	for name, parameters := range map[string]string{
		"plain": "", "parseTime": "?parseTime=true", "interpolated": "?interpolateParams=true",
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "mysql", mariadbtest.DSN(t)+parameters)
			m := moresql.New(db, moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}))
			for i, v := range values {
				decl, literal, ok := strings.Cut(v.mysql, " | ")
				// A time.Time cannot hold the zero date.
				if !ok || parameters == "?parseTime=true" && strings.Contains(literal, "0000-00-00") {
					continue
				}
				table := fmt.Sprintf("t%d", i)
				setUp(t, db, "CREATE OR REPLACE TABLE "+table+" (v "+decl+")",
					"INSERT INTO "+table+" VALUES ("+literal+")",
					"CREATE OR REPLACE PROCEDURE get_"+table+"() SELECT v FROM "+table)
				value := queryText(t, db,
					"SELECT COALESCE(IF(v IS NOT NULL, "+want[v.form]+", NULL), 'null') FROM "+table)
				check(t, v.reason, stream(t, m, "get_"+table), `[{"v":`+value+`}]`)
			}
		})
	}
}

// TestKindsSetTypesTheDriverDoesNotReport declares kinds: the drivers report neither MariaDB's
// JSON, an alias of LONGTEXT, nor the type of a column that SQLite computes.
func TestKindsSetTypesTheDriverDoesNotReport(t *testing.T) {
	const document = `{"a": [1, 2]}`
	t.Run("MariaDB", func(t *testing.T) {
		db := openMariaDB(t)
		setUp(t, db, "CREATE OR REPLACE TABLE documents (v JSON)",
			"INSERT INTO documents VALUES ('"+document+"')")
		m := moresql.New(db, moresql.CallBy(query{}), moresql.Kinds{"v": row.JSON})
		check(t, "declared", stream(t, m, "SELECT v FROM documents"), `[{"v":`+document+`}]`)
	})
	t.Run("SQLite", func(t *testing.T) {
		m := moresql.New(openSQLite(t), moresql.CallBy(query{}), moresql.Kinds{"v": row.Bool})
		check(t, "declared", stream(t, m, "SELECT 1 < 2 AS v"), `[{"v":true}]`)
	})
}
