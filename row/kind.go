package row

import (
	"reflect"
	"strings"
)

// A Kind says what a value is, whatever the database calls its type.
type Kind uint8

const (
	Null        Kind = iota // NULL; of a column: its type is not known, each value shows its own
	Bool                    // true or false
	Int                     // signed integer of up to 64 bits
	Uint                    // unsigned integer that an Int may not hold (MySQL's BIGINT UNSIGNED)
	Float32                 // IEEE 754 single precision
	Float64                 // IEEE 754 double precision
	Numeric                 // exact decimal number of any length, as its digits
	Text                    // characters, and every type that has only its text form (interval, inet, enums, …)
	Bytes                   // binary
	JSON                    // a JSON text
	UUID                    // as its text of 36 characters
	Date                    // a day
	Time                    // a time of day
	TimeTZ                  // a time of day with its offset from UTC
	Timestamp               // a day and a time of day
	TimestampTZ             // a day and a time of day with its offset from UTC
	Array                   // a PostgreSQL array; Value.Array walks it
	Void                    // nothing: the column of a function that returns void
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
	Name         string
	DatabaseType string // as the driver names it, in upper case: INT4, _TEXT, DECIMAL(6,2); "" when it does not
	Kind         Kind   // what its values are; Null when the driver does not tell
	Elem         Kind   // what the elements of an Array are

	checked bool // the server has made sure that JSON is JSON and a Numeric a number or a word
	binary  bool // []byte of a type that is not known is binary, not text
	delim   byte // what stands between the elements of an Array
	guid    bool // 16 bytes of a UUID have the order of SQL Server's
}

// plan sets what follows from the type's name for every value.
func (c *Column) plan() {
	c.delim = ','
	if c.Elem == Array { // an array's text shows how many dimensions it has
		c.Elem = Null
	}
	c.guid = c.DatabaseType == "UNIQUEIDENTIFIER"
	switch c.DatabaseType {
	case "_BOX": // the one built-in type whose typdelim is not a comma (pg_type.dat)
		c.delim = ';'
	case "INT2VECTOR", "22", "OIDVECTOR", "30":
		c.delim = ' '
	}
}

// columnOf reads a column's type. The type's name decides. ScanType, which differs between drivers for
// the same type, only tells whether []byte in a type without a meaning here is binary: lib/pq hands over
// any text as []byte and says any or string; MySQL means it, and so does SQLite, which says the type of the first value.
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

// kindOf maps the name of a type to a kind, and for an array to its elements' kind.
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
	case "INT2", "INT4", "INT8", "INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "YEAR":
		return Int, Null
	case "FLOAT4":
		return Float32, Null
	case "FLOAT8", "FLOAT", "DOUBLE", "DOUBLE PRECISION", "REAL": // SQLite's and MySQL's REAL has double precision
		return Float64, Null
	case "NUMERIC", "DECIMAL",
		"MONEY", "SMALLMONEY": // SQL Server's; PostgreSQL's money always has a currency's sign, which makes it a Text
		return Numeric, Null
	case "TEXT", "VARCHAR", "CHAR", "BPCHAR", "NAME", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "NCHAR", "NVARCHAR", "CLOB",
		"ENUM", "SET", "XML",
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
	case "INT2VECTOR", "22": // pgx names types that it does not know by their OID (pg_type.dat)
		return Array, Int
	case "OIDVECTOR", "30":
		return Array, Text
	case "VOID", "2278":
		return Void, Null
	}
	if name != "" && strings.Contains(pgxArrays, " "+name+" ") {
		return Array, Null
	}
	return Null, Null
}

// pgxArrays are the OIDs of the built-in arrays that pgx has no name for; their elements have only their text.
const pgxArrays = " 775 791 1008 1270 2201 2207 2208 2209 2210 2211 2949 3221 3645 3735 3770 4090 4097 4192 5039 6150 6151 6152 6153 6155 6157 "
