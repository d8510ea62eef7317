package row

import (
	"database/sql/driver"
	"reflect"
	"strings"
	"testing"
)

// TestKindOf has the names as the drivers give them, ColumnTypeDatabaseTypeName of each.
func TestKindOf(t *testing.T) {
	tests := []struct {
		names string // separated by |
		kind  Kind
		elem  Kind
		why   string
	}{
		{"BOOL|BOOLEAN", Bool, Null, "PostgreSQL, SQLite"},
		{"INT2|INT4|INT8", Int, Null, "PostgreSQL"},
		{"INT|INTEGER|BIGINT|SMALLINT|TINYINT|MEDIUMINT|YEAR", Int, Null, "MySQL, SQLite"},
		{"UNSIGNED INT|UNSIGNED BIGINT|UNSIGNED TINYINT", Int, Null, "go-sql-driver/mysql puts UNSIGNED first; the values are uint64 where they need be"},
		{"INT(11)|INT(10) UNSIGNED|BIGINT UNSIGNED", Int, Null, "SQLite gives back what was declared, MySQL's habits too"},
		{"FLOAT4", Float32, Null, "PostgreSQL's real"},
		{"FLOAT8|DOUBLE|FLOAT|REAL|DOUBLE PRECISION", Float64, Null, "SQLite's REAL is double precision, not PostgreSQL's"},
		{"NUMERIC|DECIMAL|DECIMAL(6,2)|NUMERIC (10, 2)", Numeric, Null, "digits as they are"},
		{"MONEY|SMALLMONEY", Numeric, Null, "SQL Server's, as []byte with ScanType []byte, are decimal texts and not binary"},
		{"TEXT|VARCHAR|CHAR|BPCHAR|NAME|XML", Text, Null, "PostgreSQL"},
		{"VARCHAR(20)|CHAR(3)|TINYTEXT|LONGTEXT|ENUM|SET|NVARCHAR|CLOB", Text, Null, "the others"},
		{"OID|XID|XID8|CID", Text, Null, `to_json(26::oid) is "26"`},
		{"BYTEA|BLOB|LONGBLOB|BINARY|VARBINARY|VARBINARY(16)", Bytes, Null, "binary"},
		{"JSON|JSONB", JSON, Null, "PostgreSQL, MySQL, SQLite"},
		{"UUID|UNIQUEIDENTIFIER", UUID, Null, "PostgreSQL, SQL Server"},
		{"DATE", Date, Null, ""},
		{"TIME|TIME(6)", Time, Null, ""},
		{"TIMETZ", TimeTZ, Null, ""},
		{"TIMESTAMP|TIMESTAMP(6)|DATETIME|DATETIME(3)|DATETIME2|SMALLDATETIME", Timestamp, Null, ""},
		{"TIMESTAMPTZ|DATETIMEOFFSET|TIMESTAMP WITH TIME ZONE", TimestampTZ, Null, ""},
		{"VOID|2278", Void, Null, "pgx names void by its OID: select 'void'::regtype::oid"},
		{"_INT4", Array, Int, "PostgreSQL names array types with _"},
		{"_TEXT|_VARCHAR|_OID", Array, Text, ""},
		{"_FLOAT4", Array, Float32, ""},
		{"_JSONB", Array, JSON, ""},
		{"_TIMESTAMPTZ", Array, TimestampTZ, ""},
		{"_BYTEA", Array, Bytes, ""},
		{"_BOX|_INTERVAL|_MOOD", Array, Null, "elements that have only their text"},
		{"|INTERVAL|INET|POINT|MOOD|16397|GEOMETRY|BIT|NULL", Null, Null, "no name, or one without a meaning here: the value tells"},
		{"INTERNATIONAL|TEXTURE|DATERANGE", Null, Null, "a name is never known by its beginning"},
	}
	for _, tt := range tests {
		for name := range strings.SplitSeq(tt.names, "|") {
			if kind, elem := kindOf(name); kind != tt.kind || elem != tt.elem {
				t.Errorf("kindOf(%q) = %v, %v; want %v, %v (%s)", name, kind, elem, tt.kind, tt.elem, tt.why)
			}
		}
	}
}

func TestKindString(t *testing.T) {
	for kind, want := range map[Kind]string{Null: "null", Bool: "bool", Float32: "float32", TimestampTZ: "timestamptz", Void: "void", Void + 1: "invalid"} {
		if got := kind.String(); got != want {
			t.Errorf("Kind(%d).String() = %q, want %q", kind, got, want)
		}
	}
}

// TestBytes tells text from binary where a driver hands over []byte.
func TestBytes(t *testing.T) { everywhere(t, testBytes) }

func testBytes(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	bytes, str, any := reflect.TypeFor[[]byte](), reflect.TypeFor[string](), reflect.TypeFor[any]()
	tests := []struct {
		why          string
		databaseType string
		scanType     reflect.Type
		want         Kind
	}{
		{"lib/pq: an enum, an interval, any type that is not built in", "", any, Text},
		{"lib/pq: bit(3), whose value is the text 101", "BIT", str, Text},
		{"go-sqlmock and drivers without ScanType", "", any, Text},
		{"MySQL: bit(8), geometry", "BIT", bytes, Bytes},
		{"SQLite: an expression that is a blob", "", bytes, Bytes},
		{"SQLite: a blob behind a first NULL", "", nil, Bytes},
		{"MySQL: ScanType does not count where the name is known", "DECIMAL", bytes, Numeric},
		{"lib/pq: bytea", "bytea", bytes, Bytes},
		{"SQLite: a declared type, in any case of letters", "blob", str, Bytes},
	}
	for _, tt := range tests {
		rows := query(t, open(t, fakeSet{
			columns: []fakeColumn{{databaseType: tt.databaseType, scanType: tt.scanType}},
			rows:    [][]driver.Value{{[]byte("101")}},
		}))
		for row, err := range rows.All() {
			if err != nil || row.Value(0).Kind() != tt.want {
				t.Errorf("%s: %v, %v; want %v", tt.why, row.Value(0).Kind(), err, tt.want)
			}
			if tt.want != Bytes && row.Value(0).String() != "101" {
				t.Errorf("%s: %q, want the text as it is", tt.why, row.Value(0))
			}
		}
	}
}

// mysqlRows keeps the lengths of its columns where go-sql-driver/mysql does: rows.rs.columns[i].length.
type mysqlRows struct {
	*fakeRows
	rs struct{ columns []struct{ length uint32 } }
}

// TestMySQLBoolean reads TINYINT(1) as the BOOLEAN that it was declared as, and any other TINYINT as a number.
func TestMySQLBoolean(t *testing.T) {
	tiny := fakeSet{
		columns: []fakeColumn{{name: "b", databaseType: "TINYINT"}, {name: "n", databaseType: "TINYINT"}, {name: "i", databaseType: "INT"}},
		rows:    [][]driver.Value{{int64(1), int64(1), int64(1)}, {int64(0), int64(0), int64(0)}, {int64(2), int64(2), int64(2)}, {nil, nil, nil}},
	}
	asMySQL := func() driver.Rows {
		r := &mysqlRows{fakeRows: newFakeRows(tiny)}
		r.rs.columns = []struct{ length uint32 }{{1}, {4}, {1}}
		return r
	}
	tooFew := func() driver.Rows { return &mysqlRows{fakeRows: newFakeRows(tiny)} }
	strange := func() driver.Rows {
		return struct {
			*fakeRows
			rs int
		}{newFakeRows(tiny), 1}
	}
	other := func() driver.Rows { return newFakeRows(tiny) }
	tests := []struct {
		why  string
		rows func() driver.Rows
		want []any // of column b
	}{
		{"a length of 1 is BOOLEAN, and 2 stays what it is", asMySQL, []any{true, false, int64(2), nil}},
		{"another driver, with the same name of a type", other, []any{int64(1), int64(0), int64(2), nil}},
		{"a driver that keeps no length for the column", tooFew, []any{int64(1), int64(0), int64(2), nil}},
		{"a driver that keeps something else there", strange, []any{int64(1), int64(0), int64(2), nil}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			for _, db := range []database{openRows(t, tt.rows), lendRows(t, tt.rows)} {
				var got []any
				for row, err := range query(t, db).All() {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, row.Get("b").Any())
					if row.Get("n").Kind() == Bool || row.Get("i").Kind() == Bool {
						t.Errorf("%v: TINYINT(4) and INT are numbers", row.Map())
					}
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%T: got %v, want %v", db, got, tt.want)
				}
			}
		})
	}
}
