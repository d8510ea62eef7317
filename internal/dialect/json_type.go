package dialect

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// A JSONType says what values of a type of SQL are in JSON, NULL aside. The zero JSONType is
// anything.
type JSONType struct {
	Types    []string // of JSON Schema: boolean, integer, number and string; nil for anything
	Format   string   // one of JSON Schema or of the registry of OpenAPI, Hex, or "" for none
	Keywords []Keyword
}

// A Keyword is another one of JSON Schema, with its value.
type Keyword struct {
	Name  string
	Value any
}

// Hex is the format of bytes in hexadecimal, for which no registry has one.
const Hex = "hex"

// JSONType returns what values of a type are that is made of no others.
func (d *Dialect) JSONType(t *catalog.Type) JSONType {
	if d.jsonType == nil {
		return JSONType{}
	}
	return d.jsonType(t)
}

// OfSnapshot returns the dialect of what a catalog has been read from. One that a program has made
// has the types of PostgreSQL.
func OfSnapshot(s *catalog.Snapshot) *Dialect {
	if i, ok := Named(s.Database()); ok {
		return At(i)
	}
	return PostgreSQL
}

// jsonTypes are those of a database by their names.
type jsonTypes map[string]JSONType

// named adds types, separated by spaces, that are one in JSON.
func (m jsonTypes) named(names, is, format string, keywords ...Keyword) jsonTypes {
	for name := range strings.FieldsSeq(names) {
		m[name] = JSONType{[]string{is}, format, keywords}
	}
	return m
}

// between are the keywords of numbers that have bounds.
func between(low, high int) []Keyword {
	return []Keyword{{"minimum", low}, {"maximum", high}}
}

// firstNormalOID is that of the first type that is not built in (FirstNormalObjectId in
// src/include/access/transam.h).
const firstNormalOID = 16384

// postgresJSON are the types that to_json does not write as a string of any form. The formats hold
// as far as a value has the form: a timestamp without time zone is not a date-time of RFC 3339, and
// an interval no duration.
var postgresJSON = jsonTypes{"json": {}, "jsonb": {}}.
	named("bool", "boolean", "").
	named("int2", "integer", "int16", between(-1<<15, 1<<15-1)...).
	named("int4", "integer", "int32").
	named("int8", "integer", "int64").
	named("float4", "number", "float").
	named("float8", "number", "double").
	named("numeric", "number", "").
	named("uuid", "string", "uuid").
	named("date", "string", "date").
	named("timestamptz", "string", "date-time").
	named("timestamp", "string", "date-time-local").
	named("time", "string", "time-local").
	named("char", "string", "", Keyword{"maxLength", 4}). // a byte beyond ASCII is \303
	named("name", "string", "", Keyword{"maxLength", 63}).
	named("bytea", "string", Hex).
	named("bit varbit", "string", "", Keyword{"pattern", "^[01]*$"})

func postgresJSONType(t *catalog.Type) JSONType {
	found, ok := postgresJSON[t.Name]
	switch {
	case t.OID == 0, !ok && t.ToJSON: // what its extension makes of it, but a text in a request
		return JSONType{}
	case ok && t.OID < firstNormalOID:
		return found
	}
	return JSONType{Types: []string{"string"}}
}

// mysqlJSON are the types of MySQL and MariaDB. Times may have more hours than a day, and what is
// missing can be anything.
var mysqlJSON = jsonTypes{}.
	named("tinyint", "integer", "int8", between(-1<<7, 1<<7-1)...).
	named("smallint", "integer", "int16", between(-1<<15, 1<<15-1)...).
	named("mediumint", "integer", "int32", between(-1<<23, 1<<23-1)...).
	named("int", "integer", "int32").
	named("bigint", "integer", "int64").
	named("tinyint+", "integer", "uint8", between(0, 1<<8-1)...).
	named("smallint+ year", "integer", "uint16", between(0, 1<<16-1)...).
	named("mediumint+", "integer", "uint32", between(0, 1<<24-1)...).
	named("int+", "integer", "uint32", between(0, 1<<32-1)...).
	named("bigint+", "integer", "uint64", Keyword{"minimum", 0}).
	named("float float+", "number", "float").
	named("double double+", "number", "double").
	named("decimal decimal+", "number", "").
	named("char varchar tinytext text mediumtext longtext set time inet4 inet6", "string", "").
	named("date", "string", "date").
	named("datetime timestamp", "string", "date-time-local").
	named("uuid", "string", "uuid").
	named("bit binary varbinary tinyblob blob mediumblob longblob", "string", Hex).
	named("geometry point linestring polygon multipoint multilinestring multipolygon "+
		"geometrycollection", "string", Hex)

func mysqlJSONType(t *catalog.Type) JSONType {
	name := t.Name
	if isMySQLBoolean(t) { // which has other numbers, too
		return JSONType{Types: []string{"boolean", "integer"}}
	}
	if strings.Contains(t.SQL, " unsigned") {
		name += "+"
	}
	return mysqlJSON[name]
}

// sqliteJSONType goes by what the affinity of a declared type means ("Datatypes In SQLite", 3.1):
// one for texts has texts alone, since bytes are a text in hexadecimal, and one for numbers has
// what is no number, too, unless the table is STRICT.
func sqliteJSONType(t *catalog.Type) JSONType {
	declared, _, _ := strings.Cut(strings.ToUpper(t.Name), "(")
	declared = strings.TrimSpace(declared)
	number := []string{"number", "string"}
	switch affinity := sqliteAffinity(t); {
	case t.Strict && affinity == "INTEGER":
		return JSONType{Types: []string{"integer"}, Format: "int64"}
	case t.Strict && affinity == "REAL":
		return JSONType{Types: []string{"number"}, Format: "double"}
	case t.Strict && declared == "BLOB":
		return JSONType{Types: []string{"string"}, Format: Hex}
	case affinity == "TEXT":
		return JSONType{Types: []string{"string"}}
	case affinity == "INTEGER", affinity == "REAL", declared == "NUMERIC", declared == "DECIMAL",
		isTimeType(declared):
		return JSONType{Types: number}
	case strings.HasPrefix(declared, "BOOL"):
		return JSONType{Types: slices.Concat([]string{"boolean"}, number)}
	}
	return JSONType{} // JSON, for instance
}
