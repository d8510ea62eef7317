package row

import (
	"database/sql/driver"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestKindOfEachTypeName has the names that the drivers report (ColumnTypeDatabaseTypeName).
func TestKindOfEachTypeName(t *testing.T) {
	tests := []struct {
		names string // separated by |
		kind  Kind
		elem  Kind
		why   string
	}{
		{names: "BOOL|BOOLEAN", kind: Bool, why: "PostgreSQL, SQLite"},
		{names: "INT2|INT4|INT8", kind: Int, why: "PostgreSQL"},
		{names: "INT|INTEGER|BIGINT|SMALLINT|TINYINT|MEDIUMINT|YEAR", kind: Int, why: "MySQL, SQLite"},
		{names: "UNSIGNED INT|UNSIGNED BIGINT|UNSIGNED TINYINT",
			kind: Int,
			why:  "go-sql-driver/mysql puts UNSIGNED first; large values are uint64"},
		{names: "INT(11)|INT(10) UNSIGNED|BIGINT UNSIGNED",
			kind: Int, why: "SQLite reports the declared type, also in MySQL's style"},
		{names: "FLOAT4", kind: Float32, why: "PostgreSQL's real"},
		{names: "FLOAT8|DOUBLE|FLOAT|REAL|DOUBLE PRECISION",
			kind: Float64, why: "SQLite's REAL is double precision, not PostgreSQL's"},
		{names: "NUMERIC|DECIMAL|DECIMAL(6,2)|NUMERIC (10, 2)", kind: Numeric, why: "exact"},
		{names: "MONEY|SMALLMONEY",
			kind: Numeric,
			why:  "SQL Server's, as []byte with ScanType []byte, are decimal texts and not binary"},
		{names: "TEXT|VARCHAR|CHAR|BPCHAR|NAME|XML", kind: Text, why: "PostgreSQL"},
		{names: "VARCHAR(20)|CHAR(3)|TINYTEXT|LONGTEXT|ENUM|SET|NVARCHAR|CLOB",
			kind: Text, why: "other databases"},
		{names: "OID|XID|XID8|CID", kind: Text, why: `to_json(26::oid) is "26"`},
		{names: "BYTEA|BLOB|LONGBLOB|BINARY|VARBINARY|VARBINARY(16)", kind: Bytes, why: "binary"},
		{names: "JSON|JSONB", kind: JSON, why: "PostgreSQL, MySQL, SQLite"},
		{names: "UUID|UNIQUEIDENTIFIER", kind: UUID, why: "PostgreSQL, SQL Server"},
		{names: "DATE", kind: Date},
		{names: "TIME|TIME(6)", kind: Time},
		{names: "TIMETZ", kind: TimeTZ},
		{names: "TIMESTAMP|TIMESTAMP(6)|DATETIME|DATETIME(3)|DATETIME2|SMALLDATETIME", kind: Timestamp},
		{names: "TIMESTAMPTZ|DATETIMEOFFSET|TIMESTAMP WITH TIME ZONE", kind: TimestampTZ},
		{names: "VOID|2278", kind: Void, why: "pgx names void by its OID: select 'void'::regtype::oid"},
		{names: "_INT4", kind: Array, elem: Int, why: "PostgreSQL names array types with _"},
		{names: "_TEXT|_VARCHAR|_OID", kind: Array, elem: Text},
		{names: "_FLOAT4", kind: Array, elem: Float32},
		{names: "_JSONB", kind: Array, elem: JSON},
		{names: "_TIMESTAMPTZ", kind: Array, elem: TimestampTZ},
		{names: "_BYTEA", kind: Array, elem: Bytes},
		{names: "_BOX|_INTERVAL|_MOOD", kind: Array, why: "elements known only by their text"},
		{names: "|INTERVAL|INET|POINT|MOOD|16397|GEOMETRY|BIT|NULL",
			kind: Null, why: "no name or an unknown one: each value has its own kind"},
		{names: "INTERNATIONAL|TEXTURE|DATERANGE",
			kind: Null, why: "a name is not recognized by its beginning"},
	}
	for _, tt := range tests {
		for name := range strings.SplitSeq(tt.names, "|") {
			if kind, elem := kindOf(name); kind != tt.kind || elem != tt.elem {
				t.Errorf("kindOf(%q) = %v, %v; want %v, %v (%s)", name, kind, elem, tt.kind, tt.elem, tt.why)
			}
		}
	}
}

func TestKindStringIsLowerCase(t *testing.T) {
	for kind, want := range map[Kind]string{
		Null: "null", Bool: "bool", Float32: "float32", TimestampTZ: "timestamptz", Void: "void",
		Void + 1: "invalid",
	} {
		if got := kind.String(); got != want {
			t.Errorf("Kind(%d).String() = %q, want %q", kind, got, want)
		}
	}
}

// TestBytesAreTextOrBinary has drivers that return []byte.
func TestBytesAreTextOrBinary(t *testing.T) { everywhere(t, testBytesAreTextOrBinary) }

func testBytesAreTextOrBinary(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	bytes, str, any := reflect.TypeFor[[]byte](), reflect.TypeFor[string](), reflect.TypeFor[any]()
	tests := []struct {
		why          string
		databaseType string
		scanType     reflect.Type
		want         Kind
	}{
		{why: "lib/pq: an enum, an interval, any type that is not built in", scanType: any, want: Text},
		{why: "lib/pq: bit(3), whose value is the text 101",
			databaseType: "BIT", scanType: str, want: Text},
		{why: "go-sqlmock and drivers without ScanType", scanType: any, want: Text},
		{why: "MySQL: bit(8), geometry", databaseType: "BIT", scanType: bytes, want: Bytes},
		{why: "SQLite: an expression that is a blob", scanType: bytes, want: Bytes},
		{why: "SQLite: a blob after a NULL in the first row", want: Bytes},
		{why: "MySQL: ScanType does not count for a known name",
			databaseType: "DECIMAL", scanType: bytes, want: Numeric},
		{why: "lib/pq: bytea", databaseType: "bytea", scanType: bytes, want: Bytes},
		{why: "SQLite: a declared type, in any letter case",
			databaseType: "blob", scanType: str, want: Bytes},
	}
	for _, tt := range tests {
		rows := query(t, open(t, fakedb.Set{
			Columns: []fakedb.Column{{DatabaseType: tt.databaseType, ScanType: tt.scanType}},
			Rows:    [][]driver.Value{{[]byte("101")}},
		}))
		for row, err := range rows.All() {
			if err != nil || row.Value(0).Kind() != tt.want {
				t.Errorf("%s: %v, %v; want %v", tt.why, row.Value(0).Kind(), err, tt.want)
			}
			if tt.want != Bytes && row.Value(0).String() != "101" {
				t.Errorf("%s: %q, want the text unchanged", tt.why, row.Value(0))
			}
		}
	}
}

// mysqlRows has the lengths of its columns where go-sql-driver/mysql has them:
// rows.rs.columns[i].length.
type mysqlRows struct {
	*fakedb.Rows
	rs struct{ columns []struct{ length uint32 } }
}

// TestMySQLBooleanIsTINYINT1 reads TINYINT(1) as the BOOLEAN that it was declared as if all of its
// values are truth values, and any other TINYINT as a number.
func TestMySQLBooleanIsTINYINT1(t *testing.T) {
	tiny := fakedb.Set{
		Columns: []fakedb.Column{
			{Name: "b", DatabaseType: "TINYINT"}, {Name: "n", DatabaseType: "TINYINT"},
			{Name: "i", DatabaseType: "INT"},
		},
		Rows: [][]driver.Value{
			{int64(1), int64(1), int64(1)}, {int64(0), int64(0), int64(0)}, {int64(2), int64(2), int64(2)},
			{nil, nil, nil},
		},
	}
	asMySQL := func() driver.Rows {
		r := &mysqlRows{Rows: fakedb.NewRows(tiny)}
		r.rs.columns = []struct{ length uint32 }{{1}, {4}, {1}}
		return r
	}
	tooFew := func() driver.Rows { return &mysqlRows{Rows: fakedb.NewRows(tiny)} }
	strange := func() driver.Rows {
		return struct {
			*fakedb.Rows
			rs int
		}{fakedb.NewRows(tiny), 1}
	}
	other := func() driver.Rows { return fakedb.NewRows(tiny) }
	tests := []struct {
		why  string
		rows func() driver.Rows
		want []any // of column b
	}{
		{"a length of 1 is BOOLEAN, unless a value is 2", asMySQL,
			[]any{int64(1), int64(0), int64(2), nil}},
		{"another driver with a type of the same name", other, []any{int64(1), int64(0), int64(2), nil}},
		{"a driver that keeps no length for the column", tooFew,
			[]any{int64(1), int64(0), int64(2), nil}},
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
