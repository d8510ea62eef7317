package msgpack_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	lib "github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/row"
)

func ExampleEncoder() {
	columns := []row.Column{
		{Name: "name", Kind: row.Text}, {Name: "doors", Kind: row.Int},
		{Name: "price", Kind: row.Numeric},
	}
	rows := row.Of(columns, []any{"Beetle", int64(3), "12500.00"}, []any{"2CV", int64(5), nil})
	var body bytes.Buffer
	if err := msgpack.Encoder().Encode(&body, rows); err != nil {
		fmt.Println(err)
	}

	// A client decodes one map after the other.
	for decoder := lib.NewDecoder(&body); ; {
		car, err := decoder.DecodeMap()
		if err == io.EOF {
			break
		}
		fmt.Println(car["name"], car["doors"], car["price"], err)
	}
	// Output:
	// Beetle 3 12500.00 <nil>
	// 2CV 5 <nil> <nil>
}

// TestFormatsOfTheSpecification checks the formats of the MessagePack specification (spec.md,
// "Formats") with their first and last values.
func TestFormatsOfTheSpecification(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	hexLong := func(n int) string { return strings.Repeat("78", n) }
	for _, test := range []struct {
		kind  row.Kind
		value any
		want  string // hexadecimal
	}{
		{row.Text, nil, "c0"},
		{row.Void, "", "c0"}, // a driver returns void as an empty text
		{row.Bool, false, "c2"},
		{row.Bool, true, "c3"},
		{row.Int, int64(0), "00"},
		{row.Int, int64(127), "7f"},
		{row.Int, int64(128), "cc80"},
		{row.Int, int64(256), "cd0100"},
		{row.Int, int64(65536), "ce00010000"},
		{row.Int, int64(math.MaxInt64), "cf7fffffffffffffff"},
		{row.Uint, uint64(math.MaxUint64), "cfffffffffffffffff"},
		{row.Int, int64(-1), "ff"},
		{row.Int, int64(-32), "e0"},
		{row.Int, int64(-33), "d0df"},
		{row.Int, int64(-129), "d1ff7f"},
		{row.Int, int64(-32769), "d2ffff7fff"},
		{row.Int, int64(math.MinInt64), "d38000000000000000"},
		{row.Float32, 0.5, "ca3f000000"},
		{row.Float64, 0.1, "cb3fb999999999999a"}, // IEEE 754
		{row.Float64, math.Inf(-1), "cbfff0000000000000"},
		{row.Float64, 3.0, "cb4008000000000000"}, // a column has one type
		{row.Numeric, "1.50", "a4312e3530"},
		{row.Text, "", "a0"},
		{row.Text, long(31), "bf" + hexLong(31)},
		{row.Text, long(32), "d920" + hexLong(32)},
		{row.Text, long(256), "da0100" + hexLong(256)},
		{row.Text, long(65536), "db00010000" + hexLong(65536)},
		{row.Text, "\xff", "a3efbfbd"}, // U+FFFD
		{row.Bytes, []byte{}, "c400"},
		{row.Bytes, []byte{0xff}, "c401ff"},
		{row.Bytes, []byte(long(256)), "c50100" + hexLong(256)},
		{row.Date, "2024-02-29", "aa" + hex.EncodeToString([]byte("2024-02-29"))},
		{row.Date, "infinity", "a8" + hex.EncodeToString([]byte("infinity"))},
		{row.JSON, `{}`, "80"},
		{row.JSON, `[]`, "90"},
		{row.JSON, `{"b":1,"a":null,"b":[true]}`, "83a16201a161c0a16291c3"},
		{row.JSON, `"ü"`, "a2c3bc"},
		{row.JSON, `[1`, "a25b31"}, // not valid, so a str
		{row.JSON, `[` + strings.Repeat(`0,`, 15) + `0]`, "dc0010" + strings.Repeat("00", 16)},
	} {
		name := fmt.Sprintf("%s %.40v", test.kind, test.value)
		rows := row.Of([]row.Column{{Name: "v", Kind: test.kind}}, []any{test.value})
		rows.Shape = row.Scalar
		if got := hex.EncodeToString(document(t, rows)); got != test.want {
			t.Errorf("%s: got %.100s, want %.100s", name, got, test.want)
		}
	}
}

// TestNumbersInJSONKeepTheirDigits checks the type in which each number is written.
func TestNumbersInJSONKeepTheirDigits(t *testing.T) {
	for _, test := range []struct {
		json string
		want any
	}{
		{`0`, int8(0)}, // the decoder returns the shortest form as int8
		{`-0`, math.Copysign(0, -1)},
		{`9223372036854775807`, uint64(math.MaxInt64)},
		{`-9223372036854775808`, int64(math.MinInt64)},
		{`18446744073709551615`, uint64(math.MaxUint64)},
		{`18446744073709551616`, `18446744073709551616`}, // one more than the largest uint64
		{`-9223372036854775809`, `-9223372036854775809`}, // one less than an int64 does
		{`4.9999999999999996e+22`, 5e22},                 // SELECT to_json('5e22'::float8)
		{`100000000000000000000000`, 1e23},               // a float64 written shortest
		{`100000000000000000000001`, `100000000000000000000001`},
		{`0.1`, 0.1},
		{`1.5`, 1.5},
		{`1.50`, `1.50`}, // jsonb keeps the 0
		// nearer to the float64 than 0.1, which is its shortest form
		{`0.1000000000000000055`, `0.1000000000000000055`},
		{`1e+300`, 1e300},  // as PostgreSQL writes a float
		{`1E300`, `1E300`}, // as it does not
		{`1e400`, `1e400`}, // out of range
		{`-1.7976931348623157e+308`, -math.MaxFloat64},
		{`5e-324`, 5e-324}, // the least
		{`0.00000000000000000001`, 1e-20},
	} {
		rows := row.Of([]row.Column{{Name: "v", Kind: row.JSON}}, []any{test.json})
		rows.Shape = row.Scalar
		got, err := lib.NewDecoder(bytes.NewReader(document(t, rows))).DecodeInterface()
		f, isFloat := got.(float64)
		same := got == test.want
		if want, ok := test.want.(float64); ok && isFloat {
			same = math.Float64bits(f) == math.Float64bits(want)
		}
		if !same || err != nil {
			t.Errorf("%s: got %T %v, want %T %v (%v)", test.json, got, got, test.want, test.want, err)
		}
	}
}

func TestEachShapeHasItsForm(t *testing.T) {
	columns := []row.Column{{Name: "n", Kind: row.Int}}
	for _, test := range []struct {
		name  string
		shape row.Shape
		rows  [][]any
		want  string
	}{
		{name: "list", shape: row.List, rows: [][]any{{int64(1)}, {nil}}, want: "81a16e01" + "81a16ec0"},
		{name: "list without rows", shape: row.List, want: ""},
		{name: "one", shape: row.One, rows: [][]any{{int64(1)}}, want: "81a16e01"},
		{name: "maybe one", shape: row.Maybe, rows: [][]any{{int64(1)}}, want: "81a16e01"},
		{name: "maybe none", shape: row.Maybe, want: "c0"},
		{name: "scalar", shape: row.Scalar, rows: [][]any{{int64(1)}}, want: "01"},
		{name: "scalar NULL", shape: row.Scalar, rows: [][]any{{nil}}, want: "c0"},
		{name: "scalars", shape: row.Scalars, rows: [][]any{{int64(1)}, {nil}}, want: "01c0"},
		{name: "a single set", shape: row.Sets, rows: [][]any{{int64(1)}}, want: "81a16e01"},
	} {
		rows := row.Of(columns, test.rows...)
		rows.Shape = test.shape
		if got := hex.EncodeToString(document(t, rows)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// TestSetsAreSeparatedByNil has a set without rows, which only the nil shows.
func TestSetsAreSeparatedByNil(t *testing.T) {
	hold := func(use func() error) error { return use() }
	rows, err := row.Options{}.ScanDriver(context.Background(),
		&sets{left: [][]driver.Value{{int64(1)}, {}, {int64(2), int64(3)}}}, hold)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	rows.Shape = row.Sets
	got, want := hex.EncodeToString(document(t, rows)), "81a16e01"+"c0"+"c0"+"81a16e02"+"81a16e03"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// sets is the driver.Rows of result sets with one column.
type sets struct{ left [][]driver.Value }

func (s *sets) Columns() []string      { return []string{"n"} }
func (s *sets) Close() error           { return nil }
func (s *sets) HasNextResultSet() bool { return len(s.left) > 1 }
func (s *sets) NextResultSet() error {
	if !s.HasNextResultSet() {
		return io.EOF
	}
	s.left = s.left[1:]
	return nil
}

func (s *sets) Next(dest []driver.Value) error {
	if len(s.left[0]) == 0 {
		return io.EOF
	}
	dest[0], s.left[0] = s.left[0][0], s.left[0][1:]
	return nil
}

// TestNestingIsLimited nests arrays in JSON as deep as encoding/json allows, and deeper.
func TestNestingIsLimited(t *testing.T) {
	for _, test := range []struct {
		depth int
		first byte
	}{{10_000, msgpcode.FixedArrayLow | 1}, {10_001, msgpcode.Str16}} {
		rows := row.Of([]row.Column{{Kind: row.JSON}},
			[]any{strings.Repeat("[", test.depth) + strings.Repeat("]", test.depth)})
		rows.Shape = row.Scalar
		if got := document(t, rows)[0]; got != test.first {
			t.Errorf("depth %d begins with %x, want %x", test.depth, got, test.first)
		}
	}
}

// FuzzJSON compares the document of a JSON text, token by token, with what encoding/json reads.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{"b":1.50,"a":[1,null,{"x":"y"}],"b":-0}`, `1e5`, `"\ud83d\ude00\ud83d"`, `[1,2`, "[\"\xff\"]",
		`{"":{}}`, ` true `, `[18446744073709551616]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows := row.Of([]row.Column{{Kind: row.JSON}}, []any{text})
		rows.Shape = row.Scalar
		got := lib.NewDecoder(bytes.NewReader(document(t, rows)))
		if !json.Valid([]byte(text)) {
			if s, err := got.DecodeString(); s != string([]rune(text)) || err != nil {
				t.Errorf("got %q, %v", s, err)
			}
			return
		}
		want := json.NewDecoder(strings.NewReader(text))
		want.UseNumber()
		if err := compare(want, got); err != nil {
			t.Error(err)
		}
		if _, err := got.PeekCode(); err != io.EOF {
			t.Errorf("something is left: %v", err)
		}
	})
}

func compare(want *json.Decoder, got *lib.Decoder) error {
	token, err := want.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		value, err := got.DecodeInterface()
		number, isNumber := token.(json.Number)
		f, isFloat := value.(float64)
		g, _ := number.Float64()
		equal := value == token ||
			isNumber && (fmt.Sprint(value) == number.String() || isFloat && f == g)
		if !equal || err != nil {
			return fmt.Errorf("got %T %v (%v), want %v", value, value, err, token)
		}
		return nil
	}
	values, length := 1, got.DecodeArrayLen
	if delim == '{' {
		values, length = 2, got.DecodeMapLen
	}
	n, err := length()
	if err != nil {
		return err
	}
	for range n * values {
		if err := compare(want, got); err != nil {
			return err
		}
	}
	if end, err := want.Token(); end != delim+2 { // } is two after {, and ] after [
		return fmt.Errorf("after %d: want %v, %v", n, end, err)
	}
	return nil
}

// document returns the document that the encoder writes for rows.
func document(t *testing.T, rows *row.Rows) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := msgpack.Encoder().Encode(&w, rows); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}
