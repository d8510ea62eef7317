package row

import (
	"database/sql/driver"
	"reflect"
	"strings"
	"time"

	"github.com/moresql/moresql/internal/quirk"
)

// A Kind is the kind of a value, whatever its database calls the type.
type Kind uint8

const (
	Null        Kind = iota // NULL; of a column: unknown, each value has a kind of its own
	Bool                    // true or false
	Int                     // signed integer of up to 64 bits
	Uint                    // unsigned integer of 64 bits (MySQL's BIGINT UNSIGNED)
	Float32                 // IEEE 754 single precision
	Float64                 // IEEE 754 double precision
	Numeric                 // exact decimal number of any length, as its digits
	Text                    // characters, and every type known only by its text (interval, inet, …)
	Bytes                   // binary
	JSON                    // a JSON text
	UUID                    // text of 36 characters (RFC 9562, section 4)
	Date                    // a day
	Time                    // a time of day
	TimeTZ                  // a time of day with its offset from UTC
	Timestamp               // a day and a time of day
	TimestampTZ             // a day and a time of day with its offset from UTC
	Array                   // a PostgreSQL array; Value.Array walks it
	Void                    // no value: the column of a PostgreSQL function that returns void
)

var kindNames = [...]string{
	"null", "bool", "int", "uint", "float32", "float64", "numeric", "text", "bytes", "json", "uuid",
	"date", "time", "timetz", "timestamp", "timestamptz", "array", "void",
}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "invalid"
}

// A Column describes one column of a result.
type Column struct {
	Name string

	// DatabaseType is the type's name as the driver reports it, in upper case: INT4, _TEXT,
	// DECIMAL(6,2). It is "" if the driver reports none. Of Firebird it is the type in SQL.
	DatabaseType string

	// Kind is the kind of the column's values. A value that it cannot hold has another one, NULL for
	// instance. It is Null if the driver does not report the type.
	Kind Kind

	// Elem is the kind of the elements of an Array: Array for an array of int2vector or oidvector.
	Elem Kind

	checked bool           // the server checks the syntax of a JSON and a Numeric
	binary  bool           // []byte in a column of unknown type is binary, not text
	delim   byte           // between the elements of an Array
	inner   Kind           // of the elements of the elements of an Array
	hint    bool           // the declared type says little of the values: see Rows.decide
	stored  bool           // SQLite's: a value is what it is stored as, whatever is declared
	single  bool           // a Float32 that the driver may return with double precision
	zone    *time.Location // of the session, if the driver returns times in another one
	guid    bool           // the 16 bytes of a UUID have SQL Server's order
	raw     rawFormat      // of RawRows

	loose bool // the driver writes a small Numeric with an exponent, and returns any bytes as text
}

// plan sets what the type's name says of every value.
func (c *Column) plan() {
	c.delim = ','
	c.guid = c.DatabaseType == "UNIQUEIDENTIFIER"
	c.single = c.DatabaseType == "FLOAT4"
	switch c.DatabaseType {
	case "_BOX": // the one built-in type whose typdelim is not a comma (pg_type.dat)
		c.delim = ';'
	case "INT2VECTOR", "22", "OIDVECTOR", "30":
		c.delim = ' '
	case "_INT2VECTOR", "1006":
		c.inner = Int
	case "_OIDVECTOR", "1013":
		c.inner = Text
	default:
		if c.Elem == Array { // more dimensions are no other type: the text of the array shows them
			c.Elem = Null
		}
	}
}

// columnOf makes a column of what the driver reports. The type's name decides its kind. ScanType,
// which differs between drivers for the same type, decides only whether []byte in a column of
// unknown type is binary: lib/pq returns any text as []byte and reports any or string there,
// whereas the drivers of MySQL and SQLite report string for text.
func columnOf(name, databaseType string, scanType func() reflect.Type) Column {
	c := Column{Name: name, DatabaseType: strings.ToUpper(databaseType)}
	c.Kind, c.Elem = kindOf(c.DatabaseType)
	c.plan()
	if c.Kind == Null {
		t := scanType()
		c.binary = t != reflect.TypeFor[any]() && t != reflect.TypeFor[string]()
	}
	return c
}

// refine sets what the driver, by its rows, says of columns besides the names of their types. It is
// an error if the driver does not return what the database has.
func refine(columns []Column, rows driver.Rows) error {
	postgreSQL, mySQL, sqlite := quirk.IsPostgreSQL(rows), quirk.IsMySQL(rows), quirk.IsSQLite(rows)
	firebird := quirk.IsFirebird(rows)
	for i := range columns {
		c := &columns[i]
		if firebird {
			if name := quirk.FirebirdType(rows, i); name != "" {
				c.DatabaseType, c.single, c.loose = name, name == "FLOAT", true
				c.Kind, _ = kindOf(name)
			}
		}
		switch c.DatabaseType {
		case "NUMERIC", "JSON", "JSONB":
			c.checked = postgreSQL
		case "FLOAT":
			if mySQL || firebird {
				c.Kind = Float32
			}
		case "":
			if id := quirk.PQType(rows, i); id != "" {
				if kind, elem := kindOf(id); kind != Null {
					c.Kind, c.Elem = kind, elem
				}
			}
		case "TINYINT":
			if quirk.IsMySQLBoolean(rows, i) {
				c.Kind, c.hint = Bool, true
			}
		}
		if sqlite {
			c.stored, c.single, c.hint = true, false, c.Kind == Bool || isDated(c.Kind)
			if c.Kind == Float32 { // SQLite has double precision only
				c.Kind = Float64
			}
		}
	}
	if sqlite {
		quirk.KeepStored(rows)
	}
	return quirk.CheckExact(rows)
}

// isDated reports whether values of the kind have a day.
func isDated(kind Kind) bool { return kind == Date || kind == Timestamp || kind == TimestampTZ }

// kindOf maps the name of a type to a kind, and for an array to the kind of its elements.
func kindOf(name string) (kind, elem Kind) {
	if after, ok := strings.CutPrefix(name, "_"); ok { // PostgreSQL names array types _INT4
		elem, _ = kindOf(after)
		return Array, elem
	}
	if i := strings.IndexByte(name, '('); i >= 0 { // SQLite declares DECIMAL(6,2)
		name = name[:i]
	}
	name = strings.TrimSpace(name)
	name = strings.TrimPrefix(name, "UNSIGNED ") // MySQL
	switch strings.TrimSuffix(name, " UNSIGNED") {
	case "BOOL", "BOOLEAN":
		return Bool, Null
	case "INT2", "INT4", "INT8", "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT",
		"YEAR":
		return Int, Null
	case "FLOAT4":
		return Float32, Null
	case "FLOAT8", "FLOAT", "DOUBLE", "DOUBLE PRECISION",
		"REAL": // has double precision in SQLite and MySQL; PostgreSQL's drivers say FLOAT4
		return Float64, Null
	case "NUMERIC", "DECIMAL",
		"MONEY", "SMALLMONEY": // SQL Server's; PostgreSQL's has a currency sign and becomes Text
		return Numeric, Null
	case "TEXT", "VARCHAR", "CHAR", "BPCHAR", "NAME", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT",
		"NCHAR", "NVARCHAR", "CLOB", "ENUM", "SET", "XML",
		"OID", "XID", "XID8", "CID": // numbers that to_json writes as strings
		return Text, Null
	case "BYTEA", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY":
		return Bytes, Null
	case "JSON", "JSONB":
		return JSON, Null
	case "UUID", "UNIQUEIDENTIFIER":
		return UUID, Null
	case "DATE":
		return Date, Null
	case "TIME":
		return Time, Null
	case "TIMETZ":
		return TimeTZ, Null
	case "TIMESTAMP", "DATETIME", "DATETIME2", "SMALLDATETIME":
		return Timestamp, Null
	case "TIMESTAMPTZ", "DATETIMEOFFSET", "TIMESTAMP WITH TIME ZONE":
		return TimestampTZ, Null
	case "INT2VECTOR", "22": // pgx reports the OID of a type that it does not know (pg_type.dat)
		return Array, Int
	case "OIDVECTOR", "30":
		return Array, Text
	case "1006", "1013":
		return Array, Array
	case "ANYARRAY", "2277": // of pg_statistic: the type of its elements is not sent
		return Array, Null
	case "VOID", "2278":
		return Void, Null
	}
	if name != "" && strings.Contains(unnamedArrays, " "+name+" ") {
		return Array, Null
	}
	return Null, Null
}

// unnamedArrays are the OIDs of built-in array types that pgx or lib/pq has no name for
// (pg_type.dat). Their elements are known only by their text.
const unnamedArrays = " 271 775 791 1008 1263 1270 2201 2207 2208 2209 2210 2211 2949 3221 3644" +
	" 3645 3735 3770 4073 4090 4097 4192 5039 6150 6151 6152 6153 6155 6157 "
