package row

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// rawRows are the rows of a driver that has all of them in the same memory, and uses it again for
// whatever it is called for.
type rawRows struct {
	types  []string // of the columns; those that are binary begin with !
	rows   [][]string
	err    error // after the rows, io.EOF if it is nil
	made   []byte
	values [][]byte
}

const null = "NULL"

func (r *rawRows) Columns() []string         { return r.types }
func (r *rawRows) Binary(i int) bool         { return r.types[i][0] == '!' }
func (r *rawRows) TimeZone() string          { return "Etc/GMT-1" }
func (r *rawRows) Next([]driver.Value) error { panic("Next is called besides NextRaw") }

func (r *rawRows) ColumnTypeDatabaseTypeName(i int) string {
	return strings.TrimPrefix(r.types[i], "!")
}

func (r *rawRows) NextRaw() ([][]byte, error) {
	r.overwrite()
	if len(r.rows) == 0 {
		if r.err != nil {
			return nil, r.err
		}
		return nil, io.EOF
	}
	r.made, r.values = r.made[:0], r.values[:0]
	for _, text := range r.rows[0] {
		start := len(r.made)
		r.made = append(r.made, text...)
		r.values = append(r.values, r.made[start:len(r.made):len(r.made)])
		if text == null {
			r.values[len(r.values)-1] = nil
		}
	}
	r.rows = r.rows[1:]
	return r.values, nil
}

func (r *rawRows) Close() error {
	r.overwrite()
	return nil
}

func (r *rawRows) overwrite() {
	for i := range r.made {
		r.made[i] = '!'
	}
	clear(r.values)
}

// scanRaw reads raw rows as moresql does.
func scanRaw(t *testing.T, r *rawRows) *Rows {
	t.Helper()
	r.made = make([]byte, 0, 3*lentSize) // is not moved
	return opened(t)(Options{Batches: true}.ScanDriver(context.Background(), r,
		func(f func() error) error { return f() }))
}

// TestRawValuesAreThoseOfTheirBytes has the formats as the manual and the source of PostgreSQL give
// them. drivers/pgx compares those of a server with what pgx decodes.
func TestRawValuesAreThoseOfTheirBytes(t *testing.T) {
	for _, test := range []struct {
		typ, bytes string
		kind       Kind
		text       string
	}{
		{"!BOOL", "\x01", Bool, "true"},
		{"!BOOL", "\x00", Bool, "false"},
		{"!INT2", "\xff\xfe", Int, "-2"},
		{"!INT4", "\x80\x00\x00\x00", Int, "-2147483648"},
		{"!INT8", "\x7f\xff\xff\xff\xff\xff\xff\xff", Int, "9223372036854775807"},
		{"!OID", "\xff\xff\xff\xff", Text, "4294967295"},
		{"!FLOAT4", "\x3f\xc0\x00\x00", Float32, "1.5"},
		{"!FLOAT8", "\xbf\xf8\x00\x00\x00\x00\x00\x00", Float64, "-1.5"},
		{"!DATE", "\x00\x00\x00\x00", Date, "2000-01-01"},
		{"!DATE", "\xff\xff\xff\xff", Date, "1999-12-31"},
		{"!DATE", "\x7f\xff\xff\xff", Date, "infinity"},
		{"!DATE", "\x80\x00\x00\x00", Date, "-infinity"},
		{"!TIMESTAMP", "\xff\xff\xff\xff\xff\xff\xff\xff", Timestamp, "1999-12-31T23:59:59.999999"},
		{"!TIMESTAMP", "\x7f\xff\xff\xff\xff\xff\xff\xff", Timestamp, "infinity"},
		{"!TIMESTAMPTZ", "\x00\x00\x00\x00\x00\x0f\x42\x40", TimestampTZ, "2000-01-01T01:00:01+01:00"},
		{"!TIMESTAMPTZ", "\x80\x00\x00\x00\x00\x00\x00\x00", TimestampTZ, "-infinity"},
		{"!BYTEA", "\x00\xff", Bytes, `\x00ff`},
		{"!BYTEA", "", Bytes, `\x`},
		{"TEXT", "a", Text, "a"},
		{"TEXT", "", Text, ""},
		{"TEXT", null, Null, ""},
		{"!INT4", null, Null, ""},
		{"MOOD", "sad", Text, "sad"},
		{"MOOD", "\xff", Text, "\xff"},
		{"XML", "\xff", Bytes, `\xff`},
		{"JSONB", `{"a": 1}`, JSON, `{"a": 1}`},
		{"NUMERIC", "1.50", Numeric, "1.50"},
		{"NUMERIC", "NaN", Text, "NaN"},
		{"_INT4", "{1,NULL}", Array, "{1,NULL}"},
		{"INT4", "7", Int, "7"},
		{"BOOL", "t", Bool, "true"},
	} {
		rows := scanRaw(t, &rawRows{types: []string{test.typ}, rows: [][]string{{test.bytes}}})
		for r, err := range rows.All() {
			if err != nil {
				t.Fatal(test.typ, err)
			}
			if v := r.Value(0); v.Kind() != test.kind || v.String() != test.text {
				t.Errorf("%s %q: %s %q, want %s %q", test.typ, test.bytes, v.Kind(), v, test.kind, test.text)
			}
		}
		if rows.Passed() != 1 {
			t.Errorf("%s: %d rows", test.typ, rows.Passed())
		}
	}
}

func TestMalformedRawValuesAreErrors(t *testing.T) {
	for _, test := range []struct {
		types string
		row   []string
		err   string
	}{
		{"!INT4", []string{"\x00"}, "1 bytes that are no INT4"},
		{"!TIMESTAMPTZ", []string{""}, "0 bytes that are no TIMESTAMPTZ"},
		{"!NUMERIC", []string{"\x00"}, "no NUMERIC in a format known here"},
		{"TEXT TEXT", []string{"a"}, "1 values for 2 columns"},
	} {
		rows := scanRaw(t, &rawRows{types: strings.Fields(test.types), rows: [][]string{test.row}})
		if _, err := read(rows); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.types, err, test.err)
		}
	}
	failing := scanRaw(t, &rawRows{types: []string{"TEXT"}, rows: [][]string{{"a"}}, err: errFake})
	if got, err := read(failing); !errors.Is(err, errFake) || !slices.Equal(got, []string{"a"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRawValuesOutliveTheDriversMemory has rows of all sizes, which are read ahead over the ends of
// batches, and large values between them, of which each is good until the next row.
func TestRawValuesOutliveTheDriversMemory(t *testing.T) {
	var want []string
	var list [][]string
	for i := range 3 * batchRows {
		text := strings.Repeat("x", 20*i)
		if i%7 == 6 {
			text = strings.Repeat("y", lentSize+i)
		}
		want = append(want, text)
		list = append(list, []string{text})
	}
	for _, typ := range []string{"TEXT", "JSON", "!BYTEA"} {
		for _, n := range []int{0, 1, 2, 6, 7, 8, batchRows, len(list)} {
			rows := scanRaw(t, &rawRows{types: []string{typ}, rows: list})
			if _, err := rows.readAhead(n); err != nil {
				t.Fatal(err)
			}
			i := 0
			for r, err := range rows.All() {
				if err != nil {
					t.Fatal(err)
				}
				if string(r.Value(0).Raw()) != want[i] {
					t.Errorf("%s, after readAhead(%d): row %d is not what the driver returned", typ, n, i)
				}
				i++
			}
			if i != len(want) {
				t.Errorf("%d rows", i)
			}
		}
	}
}

func TestLargeRawValuesAreNotCopied(t *testing.T) {
	large := strings.Repeat("x", lentSize)
	for _, typ := range []string{"TEXT", "JSON", "!BYTEA"} {
		d := &rawRows{types: []string{typ}, rows: [][]string{{large}, {"small"}}}
		rows := scanRaw(t, d)
		for r, err := range rows.All() {
			if err != nil {
				t.Fatal(err)
			}
			raw := r.Value(0).Raw()
			isLent := unsafe.SliceData(raw) == unsafe.SliceData(d.made)
			if isLent != (len(raw) == lentSize) {
				t.Errorf("%s: %d bytes are where the driver has them: %v", typ, len(raw), isLent)
			}
		}
	}
}

func TestRawRowsAreReadWithoutAllocations(t *testing.T) {
	row := []string{"\x00\x00\x00\x01", "text", "1.5", "{a}", "\x00", "\x00\x00\x00\x00", null,
		"\x00\x00\x00\x00\x00\x00\x00\x01", "\x3f\xf8\x00\x00\x00\x00\x00\x00", "{}"}
	rows := scanRaw(t, &rawRows{
		types: strings.Fields("!INT4 TEXT NUMERIC _TEXT !BYTEA !DATE UUID !TIMESTAMPTZ !FLOAT8 JSONB"),
		rows:  slices.Repeat([][]string{row}, 1200),
	})
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := rows.next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a row, want 0", n)
	}
}
