package row

import (
	"bytes"
	"database/sql/driver"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

// column is a column of a type that a driver names.
func column(databaseType string) *Column {
	c := Column{Name: "c", DatabaseType: databaseType}
	c.Kind, c.Elem = kindOf(databaseType)
	c.plan()
	return &c
}

// set stores what a driver hands over in a column.
func set(v *Value, src any, c *Column) error {
	sc := new(scanner)
	*v = sc.value(src, c)
	return sc.err
}

var instant = time.Date(2024, 1, 2, 3, 4, 5, 0, time.FixedZone("", 2*60*60))

// TestSetMatrix crosses what a driver may hand over with the kind of its column: the column decides where the value can
// be of that kind, and otherwise the value shows its own. Nothing is lost: the text of numbers and texts stays.
func TestSetMatrix(t *testing.T) {
	const table = `
		          Null        Bool        Int         Uint        Float32     Float64     Numeric     Text        Bytes       JSON        UUID        Date        Time        TimeTZ      Timestamp   TimestampTZ Array       Void
		nil       null        null        null        null        null        null        null        null        null        null        null        null        null        null        null        null        null        null
		int64(7)  int         int         int         int         int         int         int         text        int         int         int         int         int         int         int         int         int         int
		int64(1)  int         bool        int         int         int         int         int         text        int         int         int         int         int         int         int         int         int         int
		1.5       float64     float64     float64     float64     float32     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64
		0.1       float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64     float64
		true      bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool        bool
		time      timestamptz timestamptz timestamptz timestamptz timestamptz timestamptz timestamptz timestamptz timestamptz timestamptz timestamptz timestamp   time        timetz      timestamptz timestamptz timestamptz timestamptz
		"7"       text        text        int         int         float32     float64     numeric     text        text        json        uuid        date        time        timetz      timestamp   timestamptz array       void
		[]"7"     text        text        int         int         float32     float64     numeric     text        bytes       json        uuid        date        time        timetz      timestamp   timestamptz array       void
		"x"       text        text        text        text        text        text        text        text        text        json        uuid        date        time        timetz      timestamp   timestamptz array       void
		""        text        text        text        text        text        text        text        text        text        json        uuid        text        text        text        text        text        array       void
		"t"       text        bool        text        text        text        text        text        text        text        json        uuid        date        time        timetz      timestamp   timestamptz array       void`
	sources := map[string]any{
		"nil": nil, "int64(7)": int64(7), "int64(1)": int64(1), "1.5": 1.5, "0.1": 0.1, "true": true, "time": instant,
		`"7"`: "7", `[]"7"`: []byte("7"), `"x"`: "x", `""`: "", `"t"`: "t",
	}
	for line := range strings.Lines(table) {
		want := strings.Fields(line)
		if len(want) != 1+int(Void)+1 {
			continue // the head, of names only
		}
		src, ok := sources[want[0]]
		if !ok {
			t.Fatalf("no source %s", want[0])
		}
		for kind := Null; kind <= Void; kind++ {
			// what an earlier row has left in the memory must not show
			v := Value{num: math.MaxUint64, nsec: 5, meta: int32(TimestampTZ) | 9<<8, data: "earlier"}
			if err := set(&v, src, &Column{Kind: kind}); err != nil {
				t.Errorf("%s in a column of %v: %v", want[0], kind, err)
			}
			if got := v.Kind().String(); got != want[1+kind] {
				t.Errorf("%s in a column of %v is %s, want %s", want[0], kind, got, want[1+kind])
			}
			if s, ok := src.(string); ok && v.Kind() != Bool && v.Kind() != Void && v.String() != s {
				t.Errorf("%s in a column of %v became %q", want[0], kind, v)
			}
		}
	}
}

// TestSet has what the drivers hand over for their types, and the text of each.
func TestSet(t *testing.T) {
	tests := []struct {
		why  string
		typ  string
		src  any
		kind Kind
		text string
	}{
		{"SQLite: a BOOLEAN is a number", "BOOLEAN", int64(1), Bool, "true"},
		{"SQLite: a BOOLEAN is a number", "BOOLEAN", int64(0), Bool, "false"},
		{"SQLite keeps any number in a BOOLEAN", "BOOLEAN", int64(2), Int, "2"},
		{"SQLite keeps any number in a BOOLEAN", "BOOLEAN", int64(-1), Int, "-1"},
		{"SQLite keeps any text in a BOOLEAN", "BOOLEAN", "yes", Text, "yes"},
		{"the text of PostgreSQL's true", "BOOL", "t", Bool, "true"},
		{"the text of a false", "BOOL", []byte("false"), Bool, "false"},

		{"lib/pq: to_json(26::oid) is \"26\"", "OID", int64(26), Text, "26"},
		{"the largest oid, select 4294967295::oid", "OID", int64(4294967295), Text, "4294967295"},
		{"SQLite keeps text that is no integer in an INTEGER", "INTEGER", "seven", Text, "seven"},
		{"SQLite keeps a number with a fraction in an INTEGER", "INTEGER", 7.5, Float64, "7.5"},
		{"MySQL: the largest BIGINT UNSIGNED", "UNSIGNED BIGINT", uint64(math.MaxUint64), Uint, "18446744073709551615"},
		{"the same as text", "UNSIGNED BIGINT", []byte("18446744073709551615"), Uint, "18446744073709551615"},
		{"an integer of more than 64 bits is not rounded", "BIGINT", "18446744073709551616", Numeric, "18446744073709551616"},
		{"the smallest", "INT8", int64(math.MinInt64), Int, "-9223372036854775808"},
		{"the smallest, as text", "INT8", "-9223372036854775808", Int, "-9223372036854775808"},

		{"lib/pq reads the text 0.1 of a float4 at double precision", "FLOAT4", 0.1, Float64, "0.1"},
		{"pgx reads single precision", "FLOAT4", float64(float32(0.1)), Float32, "0.1"},
		{"MySQL: FLOAT is a float32", "FLOAT", float32(0.1), Float32, "0.1"},
		{"SQLite: FLOAT is a float64", "FLOAT", 0.1, Float64, "0.1"},
		{"select 'NaN'::float4", "FLOAT4", math.NaN(), Float32, "NaN"},
		{"select '-Infinity'::float4", "FLOAT4", math.Inf(-1), Float32, "-Infinity"},
		{"select 'Infinity'::float8", "FLOAT8", math.Inf(1), Float64, "Infinity"},
		{"MySQL's text protocol", "DOUBLE", []byte("1e300"), Float64, "1e+300"},
		{"a number too large for the type stays its text", "DOUBLE", "1e999", Text, "1e999"},

		{"select 12345678901234567890.10::numeric", "NUMERIC", []byte("12345678901234567890.10"), Numeric, "12345678901234567890.10"},
		{"pgx hands over a string", "NUMERIC", "0.00", Numeric, "0.00"},
		{"to_json('NaN'::numeric) is \"NaN\", a string", "NUMERIC", []byte("NaN"), Text, "NaN"},
		{"to_json('Infinity'::numeric) is \"Infinity\"", "NUMERIC", "-Infinity", Text, "-Infinity"},
		{"SQLite: a NUMERIC with a fraction", "NUMERIC(6,2)", 1.25, Float64, "1.25"},
		{"SQLite: a NUMERIC without", "NUMERIC(6,2)", int64(5), Int, "5"},
		{"SQLite: what JSON would not take for a number is text", "DECIMAL", "0x7", Text, "0x7"},
		{"MySQL: ZEROFILL", "DECIMAL", "007.50", Numeric, "7.50"},
		{"MySQL: ZEROFILL below one", "DECIMAL", "000.50", Numeric, "0.50"},
		{"SQLite: a time of day in a DATE is not dropped", "DATE", instant, Timestamp, "2024-01-02T03:04:05"},
		{"SQLite: a blob in a column of text is not destroyed", "TEXT", []byte("a\xff"), Bytes, `\x61ff`},
		{"select 1.5::money", "MONEY", []byte("$1.50"), Text, "$1.50"},
		{"SQL Server: money", "MONEY", []byte("1.5000"), Numeric, "1.5000"},

		{"lib/pq: an interval has no name here", "INTERVAL", []byte("1 day 02:03:00"), Text, "1 day 02:03:00"},
		{"MySQL: an ENUM", "ENUM", []byte("red"), Text, "red"},
		{"text that looks like a number stays text", "TEXT", []byte("007"), Text, "007"},
		{"bytea", "BYTEA", []byte("hi"), Bytes, `\x6869`},
		{"empty bytea", "BYTEA", []byte{}, Bytes, `\x`},
		{"SQLite keeps text in a BLOB", "BLOB", "hi", Text, "hi"},
		{"jsonb", "JSONB", []byte(`{"a": 1}`), JSON, `{"a": 1}`},
		{"lib/pq: uuid as text", "UUID", []byte("c0ffee00-1122-3344-5566-778899aabbcc"), UUID, "c0ffee00-1122-3344-5566-778899aabbcc"},
		{"16 bytes", "UUID", []byte("\xc0\xff\xee\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc"), UUID, "c0ffee00-1122-3344-5566-778899aabbcc"},
		{"an array of 16", "", [16]byte{0xc0, 0xff, 0xee, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc}, UUID, "c0ffee00-1122-3344-5566-778899aabbcc"},
		// learn.microsoft.com/dotnet/api/system.guid.tobytearray: the first three fields are reversed
		{"SQL Server's order of bytes", "UNIQUEIDENTIFIER", []byte("\x00\xee\xff\xc0\x22\x11\x44\x33\x55\x66\x77\x88\x99\xaa\xbb\xcc"), UUID, "c0ffee00-1122-3344-5566-778899aabbcc"},
		{"its text, as SQLite has it", "UNIQUEIDENTIFIER", "c0ffee00-1122-3344-5566-778899aabbcc", UUID, "c0ffee00-1122-3344-5566-778899aabbcc"},
		{"16 bytes of another type are no uuid", "BINARY", []byte("0123456789abcdef"), Bytes, `\x30313233343536373839616263646566`},

		{"select pg_sleep(0)", "VOID", []byte(""), Void, ""},
		{"int", "", int(-1), Int, "-1"},
		{"int8", "", int8(-128), Int, "-128"},
		{"int16", "", int16(-32768), Int, "-32768"},
		{"int32", "", int32(math.MinInt32), Int, "-2147483648"},
		{"uint8", "", uint8(255), Int, "255"},
		{"uint16", "", uint16(65535), Int, "65535"},
		{"uint32", "", uint32(math.MaxUint32), Int, "4294967295"},
		{"uint", "", uint(math.MaxUint), Uint, "18446744073709551615"},
		{"DuckDB: a HUGEINT is a *big.Int, which has a String method", "NUMERIC", new(big.Int).Lsh(big.NewInt(1), 100), Numeric, "1267650600228229401496703205376"},
		{"a duration, in a column of no known type", "", 90 * time.Second, Text, "1m30s"},
	}
	for _, tt := range tests {
		var v Value
		if err := set(&v, tt.src, column(tt.typ)); err != nil || v.Kind() != tt.kind || v.String() != tt.text {
			t.Errorf("%s: %T in %s is %v %q, %v; want %v %q", tt.why, tt.src, tt.typ, v.Kind(), v, err, tt.kind, tt.text)
		}
	}
}

// TestSetLeavesNothing sets every value after every other into the same memory, as rows do: each has to come out as in new memory.
func TestSetLeavesNothing(t *testing.T) {
	sources := []any{
		nil, int64(-1), int64(1), 0.1, math.NaN(), true, false, []byte("bytes"), []byte{}, "text", "", instant, "infinity",
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
				if used.Kind() != fresh.Kind() || used.String() != fresh.String() || usedOK != freshOK || !bytes.Equal(used.Raw(), fresh.Raw()) {
					t.Errorf("column of %v: %v after %v is %v %q, alone %v %q", kind, second, first, used.Kind(), used, fresh.Kind(), fresh)
				}
			}
		}
	}
}

// TestIsNumber holds numbers against the grammar of RFC 8259, section 6.
func TestIsNumber(t *testing.T) {
	for text := range strings.FieldsSeq("0 -0 1 -1 10 1.5 -0.50 1e5 1E+5 1.0e-10 123456789012345678901234567890") {
		if !isNumber(text) {
			t.Errorf("%s is a number", text)
		}
	}
	for _, text := range []string{"", "-", "+1", "01", "-01", ".5", "1.", "1e", "1e+", "1e5x", "NaN", "Infinity", "0x10", "1_000", " 1", "1 ", "1,5", "--1", "-.5", "1.5.5"} {
		if isNumber(text) {
			t.Errorf("%q is no number", text)
		}
	}
}

// TestAccessors reads a value of each kind in all ways: what it is not it gives as the zero value.
func TestAccessors(t *testing.T) {
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
		{typ: "UUID", src: "c0ffee00-1122-3344-5566-778899aabbcc", raw: "c0ffee00-1122-3344-5566-778899aabbcc", value: "c0ffee00-1122-3344-5566-778899aabbcc"},
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
		if v.Bool() != tt.b || v.Int() != tt.i || v.Uint() != tt.u || v.Float() != tt.f || string(v.Raw()) != tt.raw || !reflect.DeepEqual(v.Any(), tt.value) {
			t.Errorf("%v in %s: Bool %v, Int %d, Uint %d, Float %v, Raw %q, Any %#v; want %+v", tt.src, tt.typ, v.Bool(), v.Int(), v.Uint(), v.Float(), v.Raw(), v.Any(), tt)
		}
		if v.IsNull() != (tt.src == nil) {
			t.Errorf("%v in %s: IsNull %v", tt.src, tt.typ, v.IsNull())
		}
		if (v.Raw() == nil) != (tt.raw == "") {
			t.Errorf("%v in %s: Raw is nil: %v", tt.src, tt.typ, v.Raw() == nil)
		}
	}
}

// TestFloatText has the texts of PostgreSQL 15: select to_json(expression).
func TestFloatText(t *testing.T) {
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
			src, typ = float64(float32(src)), "FLOAT4" // as pgx hands it over
		}
		var v Value
		if err := set(&v, src, column(typ)); err != nil || v.String() != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.expression, v, err, tt.want)
		}
	}
}
