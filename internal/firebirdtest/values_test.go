package firebirdtest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/handlertest"
)

// values are values of all types of Firebird 3, each of which the database itself compares with
// what a response shows of it, and prints.
var values = []struct {
	sql, value string
	shown      string // of bytes, which Firebird cannot print; otherwise as printed says
	printed    func(string) string
}{
	{sql: "SMALLINT", value: "-32768"},
	{sql: "INTEGER", value: "2147483647"},
	{sql: "BIGINT", value: "-9223372036854775808"},
	{sql: "BIGINT", value: "9223372036854775807"},
	{sql: "NUMERIC(4,2)", value: "-0.05"},
	{sql: "NUMERIC(9,2)", value: "1.50"},
	{sql: "NUMERIC(18,4)", value: "12345678901234.5678"},
	{sql: "NUMERIC(18,18)", value: "0.000000000000000001"},
	{sql: "NUMERIC(18,8)", value: "0"},
	{sql: "NUMERIC(18,8)", value: "-0.00000015"},
	{sql: "DECIMAL(18,2)", value: "9007199254740993.01"},
	{sql: "NUMERIC(18,0)", value: "999999999999999999"},
	{sql: "DOUBLE PRECISION", value: "0.1", printed: none},
	{sql: "DOUBLE PRECISION", value: "0.30000000000000004", printed: none},
	{sql: "DOUBLE PRECISION", value: "1.7976931348623157e308", printed: none},
	{sql: "DOUBLE PRECISION", value: "1e-300", printed: none},
	{sql: "FLOAT", value: "0.1", printed: none},
	{sql: "FLOAT", value: "16777216", printed: none},
	{sql: "BOOLEAN", value: "TRUE", printed: strings.ToLower},
	{sql: "BOOLEAN", value: "FALSE", printed: strings.ToLower},
	{sql: "DATE", value: "DATE '2024-02-29'", printed: quoted},
	{sql: "DATE", value: "DATE '0001-01-01'", printed: quoted},
	{sql: "DATE", value: "DATE '9999-12-31'", printed: quoted},
	{sql: "TIME", value: "TIME '23:59:59.9999'", printed: quoted},
	{sql: "TIME", value: "TIME '00:00:00'", printed: clock},
	{sql: "TIMESTAMP", value: "TIMESTAMP '2024-03-31 02:30:00.1234'", printed: iso},
	{sql: "TIMESTAMP", value: "TIMESTAMP '1883-11-18 12:03:58'", printed: iso},
	{sql: "VARCHAR(40) CHARACTER SET UTF8", value: `'ä "quoted" \ € 😀 '`, printed: quoted},
	{sql: "VARCHAR(5)", value: "''", printed: quoted},
	{sql: "CHAR(5)", value: "'ab'", printed: trimmed},
	{sql: "BLOB SUB_TYPE TEXT CHARACTER SET UTF8", value: "'a text, ä'", printed: quoted},
	{sql: "VARCHAR(5) CHARACTER SET WIN1252", value: "'ä€'", printed: quoted},
	{sql: "CHAR(5) CHARACTER SET ISO8859_1", value: "'äß'", printed: trimmed},
	{sql: "BLOB SUB_TYPE TEXT CHARACTER SET WIN1252", value: "_WIN1252 x'e480'", shown: `"ä€"`},
	{sql: "VARCHAR(5) CHARACTER SET NONE", value: "_NONE 'äß'", printed: quoted},
	{sql: "VARCHAR(5) CHARACTER SET NONE", value: "_NONE x'e4ff'", shown: `"\\xe4ff"`}, // no UTF-8
	{sql: "BLOB SUB_TYPE TEXT CHARACTER SET NONE", value: "_NONE x'e4'", shown: `"\\xe4"`},
	{sql: "BLOB SUB_TYPE BINARY", value: "x'00ff10'", shown: `"\\x00ff10"`},
	{sql: "VARCHAR(4) CHARACTER SET OCTETS", value: "x'6869'", shown: `"\\x6869"`},
	{sql: "CHAR(3) CHARACTER SET OCTETS", value: "x'010203'", shown: `"\\x010203"`},
	{sql: "VARCHAR(3)", value: "NULL"},
	{sql: "BLOB SUB_TYPE TEXT", value: "NULL"},
	{sql: "TIMESTAMP", value: "NULL"},
}

// none is for floats, of which Firebird prints fewer digits than they have: they are only compared.
func none(string) string { return "" }

func quoted(text string) string {
	text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	return `"` + text + `"`
}

func trimmed(text string) string { return quoted(strings.TrimRight(text, " ")) }

// clock leaves out the zeros of a fraction, as PostgreSQL's to_json does, and iso is ISO 8601.
func clock(text string) string { return quoted(strings.TrimSuffix(text, ".0000")) }

func iso(text string) string {
	return quoted(strings.TrimSuffix(strings.Replace(text, " ", "T", 1), ".0000"))
}

// TestValuesAreThoseOfTheDatabase as a selectable and an executable procedure return them, which
// the driver reads in two ways.
func TestValuesAreThoseOfTheDatabase(t *testing.T) {
	db := open(t)
	var out, set strings.Builder
	for i, v := range values {
		if i > 0 {
			out.WriteString(", ")
		}
		fmt.Fprintf(&out, "v%d %s", i, v.sql)
		fmt.Fprintf(&set, "v%d = %s; ", i, v.value)
	}
	const create = "CREATE PROCEDURE %s RETURNS (%s) AS BEGIN %s %s END"
	run(t, db, fmt.Sprintf(create, "selectable", &out, &set, "SUSPEND;"),
		fmt.Sprintf(create, "executable", &out, &set, ""))
	for proc, executable := range map[string]bool{"selectable": false, "executable": true} {
		_, body := get(calling(db, executable).Handler(proc), "/")
		rest := body
		for i, v := range values {
			_, after, found := strings.Cut(rest, fmt.Sprintf(`"V%d":`, i))
			shown, _, _ := strings.Cut(after, fmt.Sprintf(`,"V%d":`, i+1))
			shown = strings.TrimSuffix(shown, "}]")
			if rest = after; !found {
				t.Fatalf("%s: no value %d in %s", proc, i, body)
			}
			expected := v.shown
			if expected == "" {
				expected = expectedOf(t, db, v.sql, v.value, v.printed)
			}
			if expected != "" && shown != expected {
				t.Errorf("%s: %s of type %s is shown as %s, want %s", proc, v.value, v.sql, shown, expected)
			}
			if expected == "" && textOf(t, db, fmt.Sprintf(
				"SELECT IIF(CAST(%s AS %s) = CAST('%s' AS %s), 'same', 'another') FROM RDB$DATABASE",
				v.value, v.sql, shown, v.sql)) != "same" {
				t.Errorf("%s: %s of type %s is shown as %s", proc, v.value, v.sql, shown)
			}
		}
	}
}

// expectedOf returns the JSON of a value as Firebird prints it, "" for one that is only compared.
func expectedOf(
	t testing.TB, db *sql.DB, sqlType, value string, printed func(string) string,
) string {
	t.Helper()
	if value == "NULL" {
		return "null"
	}
	text := textOf(t, db, fmt.Sprintf(
		"SELECT CAST(CAST(%s AS %s) AS VARCHAR(60)) FROM RDB$DATABASE", value, sqlType))
	if printed == nil {
		return text
	}
	return printed(text)
}

// TestColumnsHaveKindsForEveryFormat: a NUMERIC is one also for encoders whose schema comes first.
func TestColumnsHaveKindsForEveryFormat(t *testing.T) {
	db := open(t, "CREATE PROCEDURE p RETURNS (n NUMERIC(9,2), b BLOB, x BLOB SUB_TYPE TEXT) AS "+
		"BEGIN n = 2; b = 'hi'; x = 'hi'; SUSPEND; END")
	h := calling(db, false).With(moresql.Encoders(encoder.CSV())).Handler("p")
	w := handlertest.Serve(h, handlertest.Get("/", "Accept", "text/csv"))
	code, body := show(w)
	want(t, "CSV", code, body, 200, "N,B,X\r\n2.00,\\x6869,hi")
}
