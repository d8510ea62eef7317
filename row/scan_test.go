package row

import (
	"bytes"
	"database/sql/driver"
	"maps"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

// column returns a column of the type that a driver reports.
func column(databaseType string) *Column {
	c := Column{Name: "c", DatabaseType: databaseType}
	c.Kind, c.Elem = kindOf(databaseType)
	c.plan()
	return &c
}

// set reads the value that a driver returned in a column.
func set(v *Value, src any, c *Column) error {
	sc := new(scanner)
	*v = sc.value(src, c)
	return sc.err
}

var instant = time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("", 2*60*60))

// own returns the kinds as keys and values of a map.
func own(kinds ...Kind) map[Kind]Kind {
	m := map[Kind]Kind{}
	for _, kind := range kinds {
		m[kind] = kind
	}
	return m
}

// TestKindOfAValueInEachColumn crosses what a driver may return with the kind of its column: the
// value has the column's kind where that can hold it, and otherwise its own. Nothing is lost: the
// text of numbers and texts stays.
func TestKindOfAValueInEachColumn(t *testing.T) {
	emptyText := own(JSON, UUID, Array, Void)
	text := own(JSON, UUID, Array, Void, Date, Time, TimeTZ, Timestamp, TimestampTZ)
	digits := own(Int, Float32, Float64, Numeric)
	digits[Uint] = Int // a Uint is only what an Int cannot hold
	maps.Copy(digits, text)
	digitsAsBytes := own(Bytes)
	maps.Copy(digitsAsBytes, digits)
	truth := own(Bool)
	maps.Copy(truth, text)
	for _, tt := range []struct {
		name   string
		src    any
		kind   Kind          // in most columns
		except map[Kind]Kind // by the kind of the column
	}{
		{name: "NULL", src: nil, kind: Null},
		{name: "int64(7)", src: int64(7), kind: Int, except: own(Text)},
		{name: "int64(1)", src: int64(1), kind: Int, except: own(Bool, Text)},
		{name: "1.5", src: 1.5, kind: Float64, except: own(Float32)},
		{name: "0.1", src: 0.1, kind: Float64}, // more than single precision can hold
		{name: "true", src: true, kind: Bool},
		{name: "time.Time", src: instant, kind: TimestampTZ,
			except: map[Kind]Kind{Date: Timestamp, Time: Time, TimeTZ: TimeTZ}},
		{name: `"7"`, src: "7", kind: Text, except: digits},
		{name: `[]byte("7")`, src: []byte("7"), kind: Text, except: digitsAsBytes},
		{name: `"x"`, src: "x", kind: Text, except: text},
		{name: `""`, src: "", kind: Text, except: emptyText},
		{name: `"t"`, src: "t", kind: Text, except: truth},
	} {
		for kind := Null; kind <= Void; kind++ {
			want, ok := tt.except[kind]
			if !ok {
				want = tt.kind
			}
			// What an earlier row has left in the memory must not show.
			v := Value{num: math.MaxUint64, nsec: 5, meta: int32(TimestampTZ) | 9<<8, data: "earlier"}
			if err := set(&v, tt.src, &Column{Kind: kind}); err != nil {
				t.Errorf("%s in a column of %v: %v", tt.name, kind, err)
			}
			if got := v.Kind(); got != want {
				t.Errorf("%s in a column of %v is %v, want %v", tt.name, kind, got, want)
			}
			s, ok := tt.src.(string)
			if ok && v.Kind() != Bool && v.Kind() != Void && v.String() != s {
				t.Errorf("%s in a column of %v became %q", tt.name, kind, v)
			}
		}
	}
}

// TestValuesOfEachDriver has what the drivers return for the types of their databases, and the text
// of each.
func TestValuesOfEachDriver(t *testing.T) {
	tests := []struct {
		why  string
		typ  string
		src  any
		kind Kind
		text string
	}{
		{why: "SQLite: a BOOLEAN is a number", typ: "BOOLEAN", src: int64(1), kind: Bool, text: "true"},
		{why: "SQLite: a BOOLEAN is a number", typ: "BOOLEAN", src: int64(0), kind: Bool, text: "false"},
		{why: "SQLite stores any number in a BOOLEAN",
			typ: "BOOLEAN", src: int64(2), kind: Int, text: "2"},
		{why: "SQLite stores any number in a BOOLEAN",
			typ: "BOOLEAN", src: int64(-1), kind: Int, text: "-1"},
		{why: "SQLite stores any text in a BOOLEAN", typ: "BOOLEAN", src: "yes", kind: Text, text: "yes"},
		{why: "the text of PostgreSQL's true", typ: "BOOL", src: "t", kind: Bool, text: "true"},
		{why: "the text of a false", typ: "BOOL", src: []byte("false"), kind: Bool, text: "false"},

		{why: "lib/pq: to_json(26::oid) is \"26\"", typ: "OID", src: int64(26), kind: Text, text: "26"},
		{why: "the largest oid, select 4294967295::oid",
			typ: "OID", src: int64(4294967295), kind: Text, text: "4294967295"},
		{why: "SQLite stores text that is no integer in an INTEGER",
			typ: "INTEGER", src: "seven", kind: Text, text: "seven"},
		{why: "SQLite stores a number with a fraction in an INTEGER",
			typ: "INTEGER", src: 7.5, kind: Float64, text: "7.5"},
		{why: "MySQL: the largest BIGINT UNSIGNED",
			typ: "UNSIGNED BIGINT", src: uint64(math.MaxUint64), kind: Uint, text: "18446744073709551615"},
		{why: "the same as text",
			typ: "UNSIGNED BIGINT", src: []byte("18446744073709551615"), kind: Uint,
			text: "18446744073709551615"},
		{why: "an integer of more than 64 bits is not rounded",
			typ: "BIGINT", src: "18446744073709551616", kind: Numeric, text: "18446744073709551616"},
		{why: "the smallest",
			typ: "INT8", src: int64(math.MinInt64), kind: Int, text: "-9223372036854775808"},
		{why: "the smallest, as text",
			typ: "INT8", src: "-9223372036854775808", kind: Int, text: "-9223372036854775808"},

		{why: "lib/pq reads the text 0.1 of a float4 at double precision",
			typ: "FLOAT4", src: 0.1, kind: Float32, text: "0.1"},
		{why: "pgx reads single precision",
			typ: "FLOAT4", src: float64(float32(0.1)), kind: Float32, text: "0.1"},
		{why: "MySQL: FLOAT is a float32", typ: "FLOAT", src: float32(0.1), kind: Float32, text: "0.1"},
		{why: "SQLite: FLOAT is a float64", typ: "FLOAT", src: 0.1, kind: Float64, text: "0.1"},
		{why: "select 'NaN'::float4", typ: "FLOAT4", src: math.NaN(), kind: Float32, text: "NaN"},
		{why: "select '-Infinity'::float4",
			typ: "FLOAT4", src: math.Inf(-1), kind: Float32, text: "-Infinity"},
		{why: "select 'Infinity'::float8",
			typ: "FLOAT8", src: math.Inf(1), kind: Float64, text: "Infinity"},
		{why: "MySQL's text protocol",
			typ: "DOUBLE", src: []byte("1e300"), kind: Float64, text: "1e+300"},
		{why: "a number too large for the type stays its text",
			typ: "DOUBLE", src: "1e999", kind: Text, text: "1e999"},

		{why: "select 12345678901234567890.10::numeric",
			typ: "NUMERIC", src: []byte("12345678901234567890.10"), kind: Numeric,
			text: "12345678901234567890.10"},
		{why: "pgx returns a string", typ: "NUMERIC", src: "0.00", kind: Numeric, text: "0.00"},
		{why: "to_json('NaN'::numeric) is \"NaN\", a string",
			typ: "NUMERIC", src: []byte("NaN"), kind: Text, text: "NaN"},
		{why: "to_json('Infinity'::numeric) is \"Infinity\"",
			typ: "NUMERIC", src: "-Infinity", kind: Text, text: "-Infinity"},
		{why: "SQLite: a NUMERIC with a fraction",
			typ: "NUMERIC(6,2)", src: 1.25, kind: Float64, text: "1.25"},
		{why: "SQLite: a NUMERIC without", typ: "NUMERIC(6,2)", src: int64(5), kind: Int, text: "5"},
		{why: "SQLite: a number that is not JSON's is text",
			typ: "DECIMAL", src: "0x7", kind: Text, text: "0x7"},
		{why: "MySQL: ZEROFILL", typ: "DECIMAL", src: "007.50", kind: Numeric, text: "7.50"},
		{why: "MySQL: ZEROFILL below one", typ: "DECIMAL", src: "000.50", kind: Numeric, text: "0.50"},
		{why: "SQLite: a time of day in a DATE is not dropped",
			typ: "DATE", src: instant, kind: Timestamp, text: "2024-01-02T03:04:05"},
		{why: "SQLite: a blob in a column of text is not destroyed",
			typ: "TEXT", src: []byte("a\xff"), kind: Bytes, text: `\x61ff`},
		{why: "select 1.5::money", typ: "MONEY", src: []byte("$1.50"), kind: Text, text: "$1.50"},
		{why: "SQL Server: money", typ: "MONEY", src: []byte("1.5000"), kind: Numeric, text: "1.5000"},

		{why: "lib/pq: an interval is an unknown type",
			typ: "INTERVAL", src: []byte("1 day 02:03:00"), kind: Text, text: "1 day 02:03:00"},
		{why: "MySQL: an ENUM", typ: "ENUM", src: []byte("red"), kind: Text, text: "red"},
		{why: "text that looks like a number stays text",
			typ: "TEXT", src: []byte("007"), kind: Text, text: "007"},
		{why: "bytea", typ: "BYTEA", src: []byte("hi"), kind: Bytes, text: `\x6869`},
		{why: "empty bytea", typ: "BYTEA", src: []byte{}, kind: Bytes, text: `\x`},
		{why: "SQLite stores text in a BLOB", typ: "BLOB", src: "hi", kind: Text, text: "hi"},
		{why: "jsonb", typ: "JSONB", src: []byte(`{"a": 1}`), kind: JSON, text: `{"a": 1}`},
		{why: "lib/pq: uuid as text",
			typ: "UUID", src: []byte("c0ffee00-1122-3344-5566-778899aabbcc"), kind: UUID,
			text: "c0ffee00-1122-3344-5566-778899aabbcc"},
		{why: "16 bytes",
			typ: "UUID", src: []byte("\xc0\xff\xee\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc"),
			kind: UUID, text: "c0ffee00-1122-3344-5566-778899aabbcc"},
		{why: "an array of 16",
			src: [16]byte{
				0xc0, 0xff, 0xee, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc,
			}, kind: UUID, text: "c0ffee00-1122-3344-5566-778899aabbcc"},
		// learn.microsoft.com/dotnet/api/system.guid.tobytearray: the first three fields are reversed
		{why: "SQL Server's order of bytes",
			typ: "UNIQUEIDENTIFIER",
			src: []byte("\x00\xee\xff\xc0\x22\x11\x44\x33\x55\x66\x77\x88\x99\xaa\xbb\xcc"), kind: UUID,
			text: "c0ffee00-1122-3344-5566-778899aabbcc"},
		{why: "a UUID as text, in SQLite",
			typ: "UNIQUEIDENTIFIER", src: "c0ffee00-1122-3344-5566-778899aabbcc", kind: UUID,
			text: "c0ffee00-1122-3344-5566-778899aabbcc"},
		{why: "16 bytes of another type are not a UUID",
			typ: "BINARY", src: []byte("0123456789abcdef"), kind: Bytes,
			text: `\x30313233343536373839616263646566`},

		{why: "select pg_sleep(0)", typ: "VOID", src: []byte(""), kind: Void, text: ""},
		{why: "int", src: int(-1), kind: Int, text: "-1"},
		{why: "int8", src: int8(-128), kind: Int, text: "-128"},
		{why: "int16", src: int16(-32768), kind: Int, text: "-32768"},
		{why: "int32", src: int32(math.MinInt32), kind: Int, text: "-2147483648"},
		{why: "uint8", src: uint8(255), kind: Int, text: "255"},
		{why: "uint16", src: uint16(65535), kind: Int, text: "65535"},
		{why: "uint32", src: uint32(math.MaxUint32), kind: Int, text: "4294967295"},
		{why: "uint", src: uint(math.MaxUint), kind: Uint, text: "18446744073709551615"},
		{why: "DuckDB: a HUGEINT is a *big.Int, which has a String method",
			typ: "NUMERIC", src: new(big.Int).Lsh(big.NewInt(1), 100), kind: Numeric,
			text: "1267650600228229401496703205376"},
		{why: "a duration in a column of unknown type",
			src: 90 * time.Second, kind: Text, text: "1m30s"},
	}
	for _, tt := range tests {
		var v Value
		err := set(&v, tt.src, column(tt.typ))
		if err != nil || v.Kind() != tt.kind || v.String() != tt.text {
			t.Errorf("%s: %T in %s is %v %q, %v; want %v %q",
				tt.why, tt.src, tt.typ, v.Kind(), v, err, tt.kind, tt.text)
		}
	}
}

// TestValueDoesNotDependOnTheOneBefore reads every value after every other into the same memory, as
// rows do, and compares it with the value in new memory.
func TestValueDoesNotDependOnTheOneBefore(t *testing.T) {
	sources := []any{
		nil, int64(-1), int64(1), 0.1, math.NaN(), true, false, []byte("bytes"), []byte{}, "text", "",
		instant, "infinity",
		uint64(math.MaxUint64), "2024-01-02 03:04:05.5+02", []byte("0123456789abcdef"), "{1,2}", "1.50",
	}
	for _, first := range sources {
		for _, second := range sources {
			for kind := Null; kind <= Void; kind++ {
				cursor := newCursor([]Column{{Kind: kind}})
				for _, src := range []any{first, second} {
					if _, err := cursor.set([]driver.Value{src}); err != nil {
						t.Fatal(err)
					}
				}
				used, fresh := cursor.row.Value(0), Value{}
				if err := set(&fresh, second, &Column{Kind: kind}); err != nil {
					t.Fatal(err)
				}
				_, usedOK := used.Time()
				_, freshOK := fresh.Time()
				if used.Kind() != fresh.Kind() || used.String() != fresh.String() || usedOK != freshOK ||
					!bytes.Equal(used.Raw(), fresh.Raw()) {
					t.Errorf("column of %v: %v after %v is %v %q, alone %v %q", kind, second, first, used.Kind(),
						used, fresh.Kind(), fresh)
				}
			}
		}
	}
}

// TestIsNumberFollowsTheGrammar checks the grammar of RFC 8259, section 6.
func TestIsNumberFollowsTheGrammar(t *testing.T) {
	for text := range strings.FieldsSeq("0 -0 1 -1 10 1.5 -0.50 1e5 1E+5 1.0e-10 " +
		"123456789012345678901234567890") {
		if !isNumber(text) {
			t.Errorf("%s is a number", text)
		}
	}
	for _, text := range []string{
		"", "-", "+1", "01", "-01", ".5", "1.", "1e", "1e+", "1e5x", "NaN", "Infinity", "0x10", "1_000",
		" 1", "1 ", "1,5", "--1", "-.5", "1.5.5",
	} {
		if isNumber(text) {
			t.Errorf("%q is not a number", text)
		}
	}
}

// TestAccessorsOfOtherKindsAreZero reads a value of each kind with all accessors.
func TestAccessorsOfOtherKindsAreZero(t *testing.T) {
	tests := []struct {
		typ   string
		src   any
		b     bool
		i     int64
		u     uint64
		f     float64
		raw   string
		value any
	}{
		{typ: "INT4", src: nil},
		{typ: "BOOL", src: true, b: true, value: true},
		{typ: "INT4", src: int64(7), i: 7, u: 7, value: int64(7)},
		{typ: "INT4", src: int64(-7), i: -7, value: int64(-7)},
		{typ: "BIGINT", src: uint64(math.MaxUint64), u: math.MaxUint64, value: uint64(math.MaxUint64)},
		{typ: "FLOAT4", src: 1.5, f: 1.5, value: float32(1.5)},
		{typ: "FLOAT8", src: 0.1, f: 0.1, value: 0.1},
		{typ: "NUMERIC", src: "1.50", raw: "1.50", value: "1.50"},
		{typ: "TEXT", src: "é", raw: "é", value: "é"},
		{typ: "BYTEA", src: []byte("hi"), raw: "hi", value: []byte("hi")},
		{typ: "JSON", src: `{"a":1}`, raw: `{"a":1}`, value: `{"a":1}`},
		{typ: "UUID",
			src: "c0ffee00-1122-3344-5566-778899aabbcc", raw: "c0ffee00-1122-3344-5566-778899aabbcc",
			value: "c0ffee00-1122-3344-5566-778899aabbcc"},
		{typ: "DATE", src: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), value: "2024-01-02"},
		{typ: "DATE", src: "infinity", raw: "infinity", value: "infinity"},
		{typ: "_INT4", src: "{1,NULL}", raw: "{1,NULL}", value: []any{int64(1), nil}},
		{typ: "_INT4", src: "no array", raw: "no array", value: "no array"},
		{typ: "VOID", src: ""},
	}
	for _, tt := range tests {
		var v Value
		if err := set(&v, tt.src, column(tt.typ)); err != nil {
			t.Fatal(err)
		}
		if v.Bool() != tt.b || v.Int() != tt.i || v.Uint() != tt.u || v.Float() != tt.f ||
			string(v.Raw()) != tt.raw || !reflect.DeepEqual(v.Any(), tt.value) {
			t.Errorf("%v in %s: Bool %v, Int %d, Uint %d, Float %v, Raw %q, Any %#v; want %+v", tt.src,
				tt.typ, v.Bool(), v.Int(), v.Uint(), v.Float(), v.Raw(), v.Any(), tt)
		}
		if v.IsNull() != (tt.src == nil) {
			t.Errorf("%v in %s: IsNull %v", tt.src, tt.typ, v.IsNull())
		}
		if (v.Raw() == nil) != (tt.raw == "") {
			t.Errorf("%v in %s: Raw is nil: %v", tt.src, tt.typ, v.Raw() == nil)
		}
	}
}

// TestFloatTextIsPostgreSQLs has the texts of PostgreSQL 15: SELECT to_json(expression).
func TestFloatTextIsPostgreSQLs(t *testing.T) {
	tests := []struct {
		expression string
		float      float64
		want       string
	}{
		{"0.1::float4", 0.1, "0.1"},
		{"123456::float4", 123456, "123456"},
		{"1e5::float4", 1e5, "100000"},
		{"1e6::float4", 1e6, "1e+06"},
		{"1234567::float4", 1234567, "1.234567e+06"},
		{"16777216::float4", 16777216, "1.6777216e+07"},
		{"0.0001::float4", 0.0001, "0.0001"},
		{"0.00001::float4", 0.00001, "1e-05"},
		{"1e-45::float4", 1e-45, "1e-45"},
		{"3.4028235e38::float4", 3.4028235e38, "3.4028235e+38"},
		{"0.1::float8", 0.1, "0.1"},
		{"100::float8", 100, "100"},
		{"1234567::float8", 1234567, "1234567"},
		{"-123456789.125::float8", -123456789.125, "-123456789.125"},
		{"1e14::float8", 1e14, "100000000000000"},
		{"999999999999999::float8", 999999999999999, "999999999999999"},
		{"1e15::float8", 1e15, "1e+15"},
		{"123456789012345678::float8", 123456789012345678, "1.2345678901234568e+17"},
		{"0.0001::float8", 0.0001, "0.0001"},
		{"0.00001::float8", 0.00001, "1e-05"},
		{"1e308::float8", 1e308, "1e+308"},
		{"5e-324::float8", 5e-324, "5e-324"},
		{"0::float8", 0, "0"},
		{"'-0'::float8", math.Copysign(0, -1), "-0"},
	}
	for _, tt := range tests {
		src, typ := tt.float, "FLOAT8"
		if strings.HasSuffix(tt.expression, "float4") {
			src, typ = float64(float32(src)), "FLOAT4" // as pgx returns it
		}
		var v Value
		if err := set(&v, src, column(typ)); err != nil || v.String() != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.expression, v, err, tt.want)
		}
	}
}
