package duckdb

import (
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// A column is one of a result.
type column struct {
	name       string
	conversion conversion
}

// A conversion says what DuckDB makes of the values of a column, by the name of the type that the
// column then has: "" for none.
type conversion string

const (
	none       conversion = ""
	nestedJSON conversion = "JSON"     // to_json of a nested value
	storedJSON conversion = "JSON "    // the text of a JSON
	interval   conversion = "INTERVAL" // as text
	clock      conversion = "TIME"     // as text: the driver has no 24:00:00, nor nanoseconds
	clockTZ    conversion = "TIMETZ"   // as text
)

// of writes the conversion of a column.
func (c conversion) of(name string) string {
	switch c {
	case none:
		return name
	case nestedJSON:
		return "CAST(to_json(" + name + ") AS VARCHAR)"
	}
	return "CAST(" + name + " AS VARCHAR)"
}

// typeName returns the name of the type of the values that are returned.
func (c conversion) typeName() string { return strings.TrimSpace(string(c)) }

func isConverted(columns []column) bool {
	for _, c := range columns {
		if c.conversion != none {
			return true
		}
	}
	return false
}

// columnsOf returns the columns of a prepared statement, and whether their types are known. DuckDB
// has one column of no type where they depend on the arguments.
func columnsOf(stmt *duckdb.Stmt) (columns []column, known bool, err error) {
	n, err := stmt.ColumnCount()
	if err != nil {
		return nil, false, err
	}
	for i := range n {
		t, err := stmt.ColumnType(i)
		if err != nil {
			return nil, false, err
		}
		if t == duckdb.TYPE_INVALID {
			return nil, false, nil
		}
		name, err := stmt.ColumnName(i)
		if err != nil {
			return nil, false, err
		}
		c := conversionOf(t)
		if t == duckdb.TYPE_VARCHAR {
			if info, err := stmt.ColumnTypeInfo(i); err == nil && info.Alias() == "JSON" {
				c = storedJSON
			}
		}
		columns = append(columns, column{name, c})
	}
	return columns, true, nil
}

// timeNS is the number of the type TIME_NS (duckdb.h), of which the driver has no constant.
const timeNS duckdb.Type = 39

func conversionOf(t duckdb.Type) conversion {
	switch t {
	case duckdb.TYPE_LIST, duckdb.TYPE_ARRAY, duckdb.TYPE_STRUCT, duckdb.TYPE_MAP, duckdb.TYPE_UNION,
		duckdb.TYPE_VARIANT:
		return nestedJSON
	case duckdb.TYPE_INTERVAL:
		return interval
	case duckdb.TYPE_TIME, timeNS:
		return clock
	case duckdb.TYPE_TIME_TZ:
		return clockTZ
	}
	return none
}

// conversionOfName goes by the name of a type as DESCRIBE has it. That of an ENUM has its words, in
// which anything can stand.
func conversionOfName(name string) conversion {
	switch {
	case strings.HasSuffix(name, "]"), strings.HasPrefix(name, "STRUCT("),
		strings.HasPrefix(name, "MAP("), strings.HasPrefix(name, "UNION("), name == "VARIANT":
		return nestedJSON
	case name == "JSON":
		return storedJSON
	case name == "INTERVAL":
		return interval
	case name == "TIME", name == "TIME_NS":
		return clock
	case name == "TIME WITH TIME ZONE":
		return clockTZ
	}
	return none
}
