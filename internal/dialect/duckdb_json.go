package dialect

import (
	"strings"

	"github.com/moresql/moresql/catalog"
)

// duckdbJSON are the types of DuckDB that drivers/duckdb shows as one type of JSON. Lists, STRUCT,
// MAP, UNION, VARIANT and JSON can be anything.
var duckdbJSON = jsonTypes{
	"TIMESTAMP WITH TIME ZONE": {Types: []string{"string"}, Format: "date-time"},
	"TIME WITH TIME ZONE":      {Types: []string{"string"}},
}.
	named("BOOLEAN", "boolean", "").
	named("TINYINT", "integer", "int8", between(-1<<7, 1<<7-1)...).
	named("SMALLINT", "integer", "int16", between(-1<<15, 1<<15-1)...).
	named("INTEGER", "integer", "int32").
	named("BIGINT", "integer", "int64").
	named("UTINYINT", "integer", "uint8", between(0, 1<<8-1)...).
	named("USMALLINT", "integer", "uint16", between(0, 1<<16-1)...).
	named("UINTEGER", "integer", "uint32", between(0, 1<<32-1)...).
	named("UBIGINT", "integer", "uint64", Keyword{"minimum", 0}).
	named("HUGEINT BIGNUM", "integer", "").
	named("UHUGEINT", "integer", "", Keyword{"minimum", 0}).
	named("FLOAT", "number", "float").
	named("DOUBLE", "number", "double").
	named("DECIMAL", "number", "").
	named("DATE", "string", "date").
	named("TIME", "string", "time-local").
	named("TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS", "string", "date-time-local").
	named("UUID", "string", "uuid").
	named("BLOB", "string", Hex).
	named("VARCHAR ENUM BIT INTERVAL TIME_NS", "string", "")

func duckdbJSONType(t *catalog.Type) JSONType {
	if strings.HasSuffix(t.SQL, "]") { // a list of any of these
		return JSONType{}
	}
	name, _, _ := strings.Cut(t.SQL, "(")
	return duckdbJSON[name]
}
