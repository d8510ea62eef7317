package duckdbtest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest/openapi"
	"github.com/moresql/moresql/row"
)

// A form is how a response shows a value, by what DuckDB's to_json writes of it.
type form int

const (
	same   form = iota // the same text
	number             // the same number: a DECIMAL keeps zeros that to_json leaves out, and a
	// DOUBLE has the notation that PostgreSQL's to_json has
	single    // the same number in single precision, of which to_json writes the double
	timestamp // ISO 8601: a T between day and time
	zoned     // the same, with minutes in the offset
	christ    // BC at the end
	binary    // \x and hexadecimal digits
	words     // NaN and infinities in quotes
)

var values = []struct {
	reason, value string
	form          form
}{
	{"truth", "true", same},
	{"TINYINT", "(-128)::TINYINT", same},
	{"SMALLINT", "32767::SMALLINT", same},
	{"INTEGER", "(-2147483648)::INTEGER", same},
	{"BIGINT, beyond what JavaScript holds", "9223372036854775807::BIGINT", same},
	{"UTINYINT", "255::UTINYINT", same},
	{"USMALLINT", "65535::USMALLINT", same},
	{"UINTEGER", "4294967295::UINTEGER", same},
	{"UBIGINT", "18446744073709551615::UBIGINT", same},
	{"HUGEINT at its limit", "170141183460469231731687303715884105727::HUGEINT", same},
	{"HUGEINT at its other limit",
		"(-170141183460469231731687303715884105728)::HUGEINT", same},
	{"UHUGEINT at its limit", "340282366920938463463374607431768211455::UHUGEINT", same},
	{"BIGNUM", "repeat('9', 60)::BIGNUM", same},
	{"BIGNUM below zero", "('-' || repeat('9', 60))::BIGNUM", same},
	{"BIGNUM zero", "'0'::BIGNUM", same},
	{"FLOAT", "0.1::FLOAT", single},
	{"FLOAT at its limit", "3.4028235e38::FLOAT", single},
	{"FLOAT NaN", "'nan'::FLOAT", words},
	{"DOUBLE", "0.1::DOUBLE", number},
	{"DOUBLE that is whole", "1::DOUBLE", number},
	{"DOUBLE of 17 digits", "0.30000000000000004::DOUBLE", number},
	{"DOUBLE at its limit", "1.7976931348623157e308::DOUBLE", number},
	{"DOUBLE near zero", "5e-324::DOUBLE", number},
	{"DOUBLE NaN", "'nan'::DOUBLE", words},
	{"DOUBLE infinity", "'infinity'::DOUBLE", words},
	{"DOUBLE minus infinity", "'-infinity'::DOUBLE", words},
	{"DECIMAL with zeros at the end", "1.50::DECIMAL(10,2)", number},
	{"DECIMAL without a fraction", "7::DECIMAL(4,0)", number},
	{"DECIMAL below one", "(-0.05)::DECIMAL(4,2)", number},
	{"DECIMAL that has only a fraction", "0.5::DECIMAL(1,1)", number},
	{"DECIMAL zero", "0::DECIMAL(10,2)", number},
	{"DECIMAL of 18 digits", "123456789012345.678::DECIMAL(18,3)", number},
	{"DECIMAL(38,10)", "1234567890123456789012345678.1234567890::DECIMAL(38,10)", number},
	{"DECIMAL(38,38)", "'0.12345678901234567890123456789012345678'::DECIMAL(38,38)", number},
	{"VARCHAR", `'a "b" \ ' || chr(10) || 'ü𝄞'`, same},
	{"VARCHAR of more than 12 bytes, with NUL", "'abcdefghijklmnop' || chr(0)", same},
	{"empty VARCHAR", "''", same},
	{"VARCHAR that looks like a number", "'007'", same},
	{"BLOB", `'\xAA\x00ab'::BLOB`, binary},
	{"empty BLOB", `''::BLOB`, binary},
	{"ENUM", `'a]'::ENUM('a]', 'b')`, same},
	{"UUID", "'c0ffee00-1122-3344-5566-778899aabbcc'::UUID", same},
	{"BIT", "'10101'::BIT", same},
	{"BIT of bytes", "'0000000011111111'::BIT", same},
	{"DATE", "DATE '2024-02-29'", same},
	{"DATE infinity", "'infinity'::DATE", same},
	{"DATE minus infinity", "'-infinity'::DATE", same},
	{"DATE before Christ", "'0044-03-15 (BC)'::DATE", christ},
	{"DATE at its limit", "'5881580-07-10'::DATE", same},
	{"TIME", "TIME '01:02:03.5'", same},
	{"TIME at the end of a day", "TIME '24:00:00'", same},
	{"TIME_NS", "'01:02:03.123456789'::TIME_NS", same},
	{"TIMETZ", "'01:02:03+02:30'::TIMETZ", same},
	{"TIMETZ of an hour", "'01:02:03.000001-08'::TIMETZ", same},
	{"TIMESTAMP", "TIMESTAMP '2024-01-02 03:04:05.123456'", timestamp},
	{"TIMESTAMP infinity", "'infinity'::TIMESTAMP", timestamp},
	{"TIMESTAMP minus infinity", "'-infinity'::TIMESTAMP", timestamp},
	{"TIMESTAMP far away", "'290000-01-01'::TIMESTAMP", timestamp},
	{"TIMESTAMP before Christ", "'0044-03-15 (BC) 01:02:03'::TIMESTAMP", christ},
	{"TIMESTAMP_S", "'2024-01-02 03:04:05'::TIMESTAMP_S", timestamp},
	{"TIMESTAMP_S infinity", "'infinity'::TIMESTAMP_S", timestamp},
	{"TIMESTAMP_S minus infinity", "'-infinity'::TIMESTAMP_S", timestamp},
	{"TIMESTAMP_MS", "'2024-01-02 03:04:05.5'::TIMESTAMP_MS", timestamp},
	{"TIMESTAMP_MS infinity", "'infinity'::TIMESTAMP_MS", timestamp},
	{"TIMESTAMP_NS", "'2024-01-02 03:04:05.123456789'::TIMESTAMP_NS", timestamp},
	{"TIMESTAMP_NS infinity", "'infinity'::TIMESTAMP_NS", timestamp},
	{"TIMESTAMP_NS minus infinity", "'-infinity'::TIMESTAMP_NS", timestamp},
	{"TIMESTAMPTZ", "'2024-01-02 03:04:05.5+02'::TIMESTAMPTZ", zoned},
	{"TIMESTAMPTZ infinity", "'infinity'::TIMESTAMPTZ", timestamp},
	{"INTERVAL", "INTERVAL '1 year 2 months 3 days 4.5 seconds'", same},
	{"INTERVAL below zero", "INTERVAL '-1 month -0.000001 seconds'", same},
	{"INTERVAL of nothing", "INTERVAL 0 DAYS", same},
	{"LIST", "[1, NULL, 3]", same},
	{"LIST of texts", `['a', 'b, "c"', NULL]`, same},
	{"empty LIST", "[]::INTEGER[]", same},
	{"LIST of LISTs", "[[1], [], NULL]", same},
	{"LIST of HUGEINT", "[170141183460469231731687303715884105727::HUGEINT]", same},
	{"LIST of DECIMAL", "[123456789012345.678::DECIMAL(18,3)]", same},
	{"LIST of DOUBLE", "[0.1::DOUBLE, 1e300::DOUBLE]", same},
	{"LIST of DOUBLE that JSON has no numbers for",
		"['nan'::DOUBLE, 'infinity'::DOUBLE, '-infinity'::DOUBLE, 1]", words},
	{"those words in a text", `['NaN -Infinity', '"NaN"']`, same},
	{"LIST of times", "[TIMESTAMP '2024-01-02 03:04:05']", same},
	{"LIST of UUID", "['c0ffee00-1122-3344-5566-778899aabbcc'::UUID]", same},
	{"LIST of BLOB", `['\xAA'::BLOB]`, same},
	{"ARRAY", "[1, 2, 3]::INTEGER[3]", same},
	{"STRUCT in the order of its fields", "{'z': 1, 'a': 'x', 'm': NULL}", same},
	{"STRUCT with odd names", `{'a"b': 1, 'A b': 2, 'ü': 3}`, same},
	{"STRUCT without names", "row(1, 'x')", same},
	{"STRUCT in STRUCT in LIST", "[{'a': {'b': [1.5::DOUBLE, NULL]}}]", same},
	{"MAP", "MAP {'b': 1, 'a': 2}", same},
	{"MAP of numbers", "MAP {1: 'x', 2: NULL}", same},
	{"MAP of UUID, which the driver refuses",
		"MAP {'c0ffee00-1122-3344-5566-778899aabbcc'::UUID: 1}", same},
	{"MAP of STRUCT, which the driver refuses", "MAP {{'a': 1}: 2}", same},
	{"empty MAP", "MAP {}", same},
	{"UNION", "union_value(num := 2)", same},
	{"VARIANT, which the driver refuses", "{'a': 5}::VARIANT", same},
	{"JSON with more digits than a float64", `'{"z":12345678901234567890,"a":1.25}'::JSON`, same},
	{"JSON text", `'"a"'::JSON`, same},
	{"JSON number", `'12345678901234567890'::JSON`, same},
	{"JSON null", `'null'::JSON`, same},
	{"JSON with a key twice", `'{"a":1,"a":2}'::JSON`, same},
	{"JSON in STRUCT", `{'j': '{"b": [1, 2.50]}'::JSON}`, same},
	{"NULL", "NULL", same},
	{"NULL of a LIST", "NULL::INTEGER[]", same},
	{"NULL of a JSON", "NULL::JSON", same},
	{"NULL of an INTERVAL", "NULL::INTERVAL", same},
	{"NULL of a DATE", "NULL::DATE", same},
	{"NULL of a DECIMAL", "NULL::DECIMAL(4,2)", same},
	{"NULL of a HUGEINT", "NULL::HUGEINT", same},
}

// TestValuesAreThoseOfToJSON compares what a handler responds with what DuckDB's own to_json writes
// for the same value: by itself, as the argument of a macro that leaves the type open, and next to
// a column that has to be converted.
func TestValuesAreThoseOfToJSON(t *testing.T) {
	db := open(t, "SET TimeZone = 'UTC'",
		"CREATE MACRO two(v) AS TABLE SELECT v AS a, [1] AS b, v AS c")
	m := library(db)
	for _, c := range values {
		var toJSON *string
		if err := db.QueryRow("SELECT CAST(to_json(v) AS VARCHAR) FROM (SELECT " + c.value + " AS v)").
			Scan(&toJSON); err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		expected := "null"
		if toJSON != nil {
			expected = *toJSON
		}
		run(t, db, "CREATE OR REPLACE MACRO one() AS TABLE SELECT "+c.value+" AS v")
		code, body := get(m.Handler("one", moresql.Shape(row.Scalar)), "/")
		if code != 200 || !c.form.shows(expected, body) {
			t.Errorf("%s: %d %s; to_json writes %s", c.reason, code, body, expected)
		}
		run(t, db, "CREATE OR REPLACE MACRO twice() AS TABLE SELECT * FROM two("+c.value+")")
		twice := `{"a":` + body + `,"b":[1],"c":` + body + `}`
		code, both := get(m.Handler("twice", moresql.Shape(row.One)), "/")
		want(t, c.reason+" next to a LIST", code, both, 200, twice)
	}
}

// TestDocumentDescribesValues compares what the document says of a column with the value in it.
func TestDocumentDescribesValues(t *testing.T) {
	db := open(t, "SET TimeZone = 'UTC'")
	for _, c := range values {
		run(t, db, "CREATE OR REPLACE MACRO one() AS TABLE SELECT "+c.value+" AS v")
		h, cat := api(t, db)
		code, body := get(h, "/one")
		var rows []struct{ V any }
		var doc struct {
			Components struct {
				Schemas map[string]struct{ Properties map[string]struct{ Type any } }
			}
		}
		document := openapi.Document(cat.Current(), openapi.About{})
		err := errors.Join(json.Unmarshal([]byte(body), &rows), json.Unmarshal(document, &doc))
		if err != nil {
			t.Errorf("%s: %d %s: %v", c.reason, code, body, err)
			continue
		}
		described := doc.Components.Schemas["main.one.row"].Properties["v"].Type
		switch is := fmt.Sprintf("%T", rows[0].V); {
		case c.form == words, is == "<nil>": // which JSON has no numbers for
		case is == "[]interface {}", is == "map[string]interface {}":
			if described != nil {
				t.Errorf("%s: %v, for %s", c.reason, described, body)
			}
		case strings.HasSuffix(c.value, "::JSON"), strings.HasSuffix(c.value, "::VARIANT"),
			strings.HasPrefix(c.value, "union_value"):
		default:
			text := fmt.Sprint(described)
			want := map[string]string{"float64": "number integer", "string": "string", "bool": "boolean"}
			kind, _, _ := strings.Cut(strings.Trim(text, "[]"), " ")
			if described == nil || !strings.Contains(want[is], kind) {
				t.Errorf("%s: %v, for %s", c.reason, described, body)
			}
		}
	}
}

// TestJSONIsAsItIsStored has spaces and zeros, which to_json leaves out.
func TestJSONIsAsItIsStored(t *testing.T) {
	const text = `{"b" : [1.10, 1e2],  "a":-0}`
	db := open(t, "CREATE MACRO doc() AS TABLE SELECT '"+text+"'::JSON AS v")
	code, body := get(library(db).Handler("doc", moresql.Shape(row.Scalar)), "/")
	want(t, "a JSON", code, body, 200, text)
}

// shows reports whether a body shows what to_json writes.
func (f form) shows(toJSON, body string) bool {
	quoted := func(text string) string { return `"` + text + `"` }
	switch f {
	case number:
		a, ok := new(big.Rat).SetString(toJSON)
		b, same := new(big.Rat).SetString(body)
		return ok && same && a.Cmp(b) == 0
	case single:
		var a, b float32
		return json.Unmarshal([]byte(toJSON), &a) == nil && json.Unmarshal([]byte(body), &b) == nil &&
			a == b && len(body) <= len(toJSON)
	case timestamp:
		return body == strings.Replace(toJSON, " ", "T", 1)
	case zoned:
		return body == quoted(strings.Trim(strings.Replace(toJSON, " ", "T", 1), `"`)+":00")
	case christ:
		day, clock, _ := strings.Cut(strings.Trim(toJSON, `"`), " (BC)")
		return body == quoted(strings.Replace(day+clock, " ", "T", 1)+" BC")
	case binary:
		var text, shown string // to_json has the letters of a BLOB, and \xAA for other bytes
		if json.Unmarshal([]byte(toJSON), &text) != nil || json.Unmarshal([]byte(body), &shown) != nil {
			return false
		}
		b, err := hex.DecodeString(strings.TrimPrefix(shown, `\x`))
		return err == nil && blobText(b) == text
	case words:
		return body == strings.NewReplacer("NaN", `"NaN"`, "-Infinity", `"-Infinity"`,
			"Infinity", `"Infinity"`).Replace(toJSON)
	}
	return body == toJSON
}

// blobText returns bytes as DuckDB prints them ("Blob Type").
func blobText(data []byte) string {
	text := ""
	for _, b := range data {
		if ' ' <= b && b <= '~' {
			text += string(rune(b))
		} else {
			text += fmt.Sprintf(`\x%02X`, b)
		}
	}
	return text
}
