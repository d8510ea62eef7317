package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A property is what the document says of a column.
type property struct {
	Type             any // a string, or a list of them
	Format           string
	Minimum, Maximum *json.Number
	MaxLength        *int
}

// types returns the names of the types, without null.
func (d property) types() (names []string) {
	list, isList := d.Type.([]any)
	if !isList && d.Type != nil {
		list = []any{d.Type}
	}
	for _, name := range list {
		if name != "null" {
			names = append(names, name.(string))
		}
	}
	return names
}

// refuses returns why a value, of which json.Number has the numbers, is not as described.
func (d property) refuses(value any) string {
	types := d.types()
	isOne := func(names ...string) bool {
		return types == nil || slices.ContainsFunc(names, func(n string) bool {
			return slices.Contains(types, n)
		})
	}
	switch value := value.(type) {
	case bool:
		if !isOne("boolean") {
			return "it is true or false"
		}
	case string:
		if !isOne("string") || d.MaxLength != nil && len([]rune(value)) > *d.MaxLength {
			return "it is a string of this length"
		}
	case json.Number:
		number, _ := new(big.Rat).SetString(string(value))
		if !isOne("number") && (!number.IsInt() || !isOne("integer")) {
			return "it is a number"
		}
		low, high := rangeOfFormat(d.Format)
		for _, b := range []struct {
			of   *json.Number
			also *big.Rat
			sign int
		}{{d.Minimum, low, -1}, {d.Maximum, high, 1}} {
			if b.of != nil {
				b.also, _ = new(big.Rat).SetString(string(*b.of))
			}
			if b.also != nil && number.Cmp(b.also) == b.sign {
				return "it is beyond " + b.also.RatString()
			}
		}
	}
	return ""
}

// rangeOfFormat returns the least and the greatest number of a format, int8 to uint64; nil for
// none.
func rangeOfFormat(format string) (low, high *big.Rat) {
	digits, unsigned := strings.CutPrefix(format, "u")
	digits, isInt := strings.CutPrefix(digits, "int")
	bits, err := strconv.Atoi(digits)
	if err != nil || !isInt {
		return nil, nil
	}
	one := big.NewInt(1)
	least := new(big.Int)
	if !unsigned {
		bits--
		least.Neg(new(big.Int).Lsh(one, uint(bits)))
	}
	most := new(big.Int).Sub(new(big.Int).Lsh(one, uint(bits)), one)
	return new(big.Rat).SetInt(least), new(big.Rat).SetInt(most)
}

// The columns of MariaDB are described as something, and the least and the greatest value that each
// has is as described.
func TestColumnsOfMariaDBAreAsDescribed(t *testing.T) {
	const anything = "anything"
	columns := []struct{ declared, low, high, want string }{
		{"tinyint", "-128", "127", "integer"}, {"tinyint unsigned", "0", "255", "integer"},
		{"bool", "-128", "true", "boolean or integer"}, {"smallint", "-32768", "32767", "integer"},
		{"smallint unsigned", "0", "65535", "integer"}, {"mediumint", "-8388608", "8388607", "integer"},
		{"mediumint unsigned", "0", "16777215", "integer"},
		{"int", "-2147483648", "2147483647", "integer"}, {"int unsigned", "0", "4294967295", "integer"},
		{"int zerofill", "0", "4294967295", "integer"},
		{"bigint", "-9223372036854775808", "9223372036854775807", "integer"},
		{"bigint unsigned", "0", "18446744073709551615", "integer"}, {"year", "0", "2155", "integer"},
		{"float", "-1.5", "1e38", "number"}, {"double", "-1e308", "1e308", "number"},
		{"decimal(4,2)", "-99.99", "99.99", "number"},
		{"decimal(4,2) unsigned", "0", "99.99", "number"},
		{"bit(3)", "b'0'", "b'111'", "string"}, {"char(3)", "''", "'äöü'", "string"},
		{"varchar(5)", "''", "'12345'", "string"}, {"text", "''", "'long'", "string"},
		{"set('a','b')", "''", "'a,b'", "string"}, {"date", "'1000-01-01'", "'9999-12-31'", "string"},
		{"time(3)", "'-838:59:59'", "'838:59:59.999'", "string"},
		{"datetime(3)", "'1000-01-01'", "'9999-12-31 23:59:59.999'", "string"},
		{"timestamp NULL", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "string"},
		{"json", "'[1]'", "'\"a\"'", anything}, {"blob", "''", "x'00ff'", "string"},
		{"binary(2)", "''", "x'00ff'", "string"}, {"varbinary(2)", "''", "x'00ff'", "string"},
		{"uuid", "'00000000-0000-0000-0000-000000000001'", "NULL", "string"},
		{"inet6", "'::1'", "NULL", "string"}, {"point", "point(1, 2)", "NULL", "string"},
	}
	uri := newMariaDB(t)
	db := connect(t, uri)
	var declared, low, high []string
	for i, c := range columns {
		declared = append(declared, fmt.Sprintf("c%d %s", i, c.declared))
		low, high = append(low, c.low), append(high, c.high)
	}
	mustExec(t, db, "CREATE TABLE types ("+strings.Join(declared, ", ")+")")
	mustExec(t, db, "INSERT INTO types VALUES ("+strings.Join(low, ", ")+
		"), ("+strings.Join(high, ", ")+")")
	c := start(t, uri, "-tables", "-schema", databaseOf(uri))
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]property }
		}
	}
	_, _, document := c.get("/openapi.json")
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	properties := doc.Components.Schemas[databaseOf(uri)+".types.row"].Properties
	var rows []map[string]any
	_, _, body := c.get("/types")
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil || len(rows) != 2 {
		t.Fatal(err, body)
	}
	for i, column := range columns {
		name := fmt.Sprint("c", i)
		said := properties[name]
		got := cmp.Or(strings.Join(said.types(), " or "), anything)
		if got != column.want {
			t.Errorf("%s: %s, want %s", column.declared, got, column.want)
		}
		for _, row := range rows {
			if why := said.refuses(row[name]); why != "" {
				t.Errorf("%s has %v: %s", column.declared, row[name], why)
			}
		}
	}
	c.stop()
}
