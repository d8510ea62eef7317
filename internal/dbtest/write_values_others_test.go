package dbtest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// A writtenValue is a value of a body, and the same in SQL.
type writtenValue struct {
	declared, body, by string
	form               bool // the value is that of a form, too
}

// writtenValues are what the types of columns make of the values of a body: no digit is lost where
// the database can store it, and true is true. SQLite has no decimals: what is more than an INTEGER
// or a REAL holds reaches it as text, which it rounds in a column of numbers by itself.
var writtenValues = map[string][]writtenValue{
	"SQLite": {
		{"INTEGER", `9223372036854775807`, "9223372036854775807", true},
		{"INTEGER", `true`, "1", false},
		{"INTEGER", `"x"`, "'x'", true},
		{"REAL", `0.1`, "0.1", true},
		{"REAL", `"Infinity"`, "9e999", true},
		{"NUMERIC", `12`, "12", true},
		{"NUMERIC", `0.1234567890123456789`, "'0.1234567890123456789'", true},
		{"TEXT", `0.1234567890123456789`, "'0.1234567890123456789'", true},
		{"TEXT", `1.50`, "'1.50'", true},
		{"TEXT", `true`, "'true'", true},
		{"TEXT", `"\\x00ff"`, `'\x00ff'`, true},
		{"TEXT", `{"a": 1.50}`, `'{"a": 1.50}'`, true},
		{"BLOB", `"\\x00ff"`, "x'00ff'", true},
		{"BLOB", `"\\x"`, "x''", true},
		{"BLOB", `"a"`, "'a'", true},
		{"BOOLEAN", `true`, "1", true},
		{"BOOLEAN", `false`, "0", true},
		{"BOOLEAN", `"yes"`, "1", true},
		{"JSON", `{"a": 1.50}`, `'{"a": 1.50}'`, true},
		{"JSON", `"x"`, `'"x"'`, false},
		{"", `12345678901234567890`, "'12345678901234567890'", true},
		{"", `1.5`, "1.5", false},
		{"DATE", `"2024-01-02"`, "'2024-01-02'", true},
		{"TEXT", `""`, "''", true},
		{"INTEGER", `""`, "''", false},
	},
	"MariaDB": {
		{"bigint", `9223372036854775807`, "9223372036854775807", true},
		{"bigint unsigned", `18446744073709551615`, "18446744073709551615", true},
		{"decimal(40,30)", `0.123456789012345678901234567891`, "0.123456789012345678901234567891", true},
		{"decimal(40,0)", `1234567890123456789012345678901234567890`,
			"1234567890123456789012345678901234567890", true},
		{"double", `0.1`, "0.1e0", true},
		{"varchar(40)", `0.1234567890123456789`, "'0.1234567890123456789'", true},
		{"varchar(40)", `true`, "'true'", true},
		{"varchar(40)", `1.50`, "'1.50'", true},
		{"boolean", `true`, "1", true},
		{"boolean", `false`, "0", true},
		{"varbinary(9)", `"\\x00ff"`, "x'00ff'", true},
		{"bit(9)", `"\\x0105"`, "b'100000101'", true},
		{"json", `{"a": 1.50}`, `'{"a": 1.50}'`, true},
		{"json", `"x"`, `'"x"'`, false},
		{"datetime(3)", `"2024-01-02T03:04:05.12"`, "'2024-01-02 03:04:05.120'", true},
		{"date", `"2024-01-02"`, "'2024-01-02'", true},
		{"text", `""`, "''", true},
		{"int", `7.0`, "7", true},
	},
}

// TestValuesReachOtherDatabasesAsTheyAre writes values by JSON and by a form, and the same by SQL.
func TestValuesReachOtherDatabasesAsTheyAre(t *testing.T) {
	stored := map[string]string{
		"SQLite": "typeof(x) || ' ' || quote(x)", "MariaDB": "concat(hex(x), ' ', x)",
	}
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			var statements []string
			for i, v := range writtenValues[name] {
				statements = append(statements, fmt.Sprintf("CREATE TABLE v%d (x %s)", i, v.declared))
			}
			db, cat := open(t, statements...)
			address := listen(t, rest.Tables(moresql.New(db, quiet, moresql.Encoders(encoder.JSON())), cat))
			for i, v := range writtenValues[name] {
				table := fmt.Sprint("v", i)
				query := "SELECT coalesce((SELECT " + stored[name] + " FROM " + table + "), 'NULL')"
				setUp(t, db, "INSERT INTO "+table+" VALUES ("+v.by+")")
				want := queryText(t, db, query)
				check := func(format string, r received) {
					t.Helper()
					if got := queryText(t, db, query); r.status >= 300 || got != want {
						t.Errorf("%s %s by %s: %d %s, %s stored, want %s", v.declared, v.body, format, r.status,
							r.body, got, want)
					}
					setUp(t, db, "DELETE FROM "+table)
				}
				setUp(t, db, "DELETE FROM "+table)
				body := `{"x": ` + v.body + `}`
				check("POST", send(t, "POST", address+"/"+table, body, "Content-Type", jsonType))
				setUp(t, db, "INSERT INTO "+table+" VALUES (NULL)")
				check("PATCH", send(t, "PATCH", address+"/"+table, body, "Content-Type", jsonType))
				if v.form {
					check("a form", send(t, "POST", address+"/"+table, "x="+escaped(t, v.body), "Content-Type",
						formType))
				}
			}
		})
	}
}

// escaped returns a value of JSON as that of a form.
func escaped(t *testing.T, body string) string {
	var text any = json.RawMessage(body)
	if body[0] == '"' {
		if err := json.Unmarshal([]byte(body), &text); err != nil {
			t.Fatal(err)
		}
	}
	return url.QueryEscape(fmt.Sprintf("%s", text))
}
