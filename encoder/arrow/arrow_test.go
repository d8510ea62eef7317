package arrow

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/moresql/moresql/row"
)

// TestValuesKeepTypeAndContent checks the Arrow type of a column and the value in it, a number for
// dates and times. The comments have the queries whose results PostgreSQL has confirmed.
func TestValuesKeepTypeAndContent(t *testing.T) {
	utc := func(year int, month time.Month, day, hour, min, sec, nsec int) time.Time {
		return time.Date(year, month, day, hour, min, sec, nsec, time.UTC)
	}
	for _, test := range []struct {
		column row.Column
		value  any // as a driver returns it
		want   string
	}{
		{row.Column{Kind: row.Bool}, true, "bool true"},
		{row.Column{Kind: row.Int}, int64(math.MinInt64), "int64 -9223372036854775808"},
		{row.Column{Kind: row.Int, DatabaseType: "UNSIGNED BIGINT"}, uint64(math.MaxUint64),
			"uint64 18446744073709551615"},
		{row.Column{Kind: row.Int, DatabaseType: "INT UNSIGNED"}, int64(1), "uint64 1"},
		{row.Column{Kind: row.Float32}, 0.1, "float32 0.1"}, // lib/pq
		{row.Column{Kind: row.Float32}, math.Inf(1), "float32 +Inf"},
		{row.Column{Kind: row.Float64}, 0.1, "float64 0.1"},
		{row.Column{Kind: row.Float64}, math.NaN(), "float64 NaN"},
		{row.Column{Kind: row.Numeric}, "1.500", "utf8 1.500"},
		{row.Column{Kind: row.Numeric}, "NaN", "utf8 NaN"},
		{row.Column{Kind: row.Text}, "", "utf8 "},
		{row.Column{Kind: row.Text}, "a\xff\xfe", "utf8 a\ufffd\ufffd"},
		{row.Column{Kind: row.UUID}, "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
			"utf8 6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{row.Column{Kind: row.JSON}, `{"a": 1.50}`, `utf8 {"a": 1.50}`},
		{row.Column{Kind: row.JSON}, `{"a`, `utf8 "{\"a"`},
		{row.Column{Kind: row.Bytes}, []byte{}, "binary "},
		{row.Column{Kind: row.Bytes}, []byte("\xff"), "binary /w=="}, // in base64
		{row.Column{Kind: row.Void}, "", "null (null)"},
		{row.Column{Kind: row.Array, Elem: row.Array, DatabaseType: "_INT2VECTOR"}, `{"1 2",NULL,""}`,
			"list<item: list<item: int64, nullable>, nullable> [[1,2],null,[]]"},
		{row.Column{Kind: row.Array, Elem: row.Array, DatabaseType: "1013"}, `{"1 2"}`,
			`list<item: list<item: utf8, nullable>, nullable> [["1","2"]]`},
		{row.Column{}, int64(1), "utf8 1"},
		{row.Column{}, true, "utf8 true"},
		{row.Column{Kind: row.TimeTZ}, "23:59:59+05:30", "utf8 23:59:59+05:30"},

		// SELECT v::date - '1970-01-01'
		{row.Column{Kind: row.Date}, utc(2024, 2, 29, 0, 0, 0, 0), "date32 19782"},
		{row.Column{Kind: row.Date}, "2024-02-29", "date32 19782"},
		{row.Column{Kind: row.Date}, "1969-12-31", "date32 -1"},
		{row.Column{Kind: row.Date}, utc(-43, 3, 15, 0, 0, 0, 0), "date32 -735160"},
		{row.Column{Kind: row.Date}, "0044-03-15 BC", "date32 -735160"},
		{row.Column{Kind: row.Date}, "0001-02-29 BC", "date32 -719469"},
		{row.Column{Kind: row.Date}, "4713-11-24 BC", "date32 -2440222"},   // PostgreSQL's first
		{row.Column{Kind: row.Date}, "5874897-12-31", "date32 2145042905"}, // and last
		// SELECT extract(epoch FROM v) * 1000000
		{row.Column{Kind: row.Time}, utc(0, 1, 1, 23, 59, 59, 123456000), "time64[us] 86399123456"},
		{row.Column{Kind: row.Time}, "23:59:59.123456", "time64[us] 86399123456"},
		{row.Column{Kind: row.Timestamp}, utc(2024, 2, 29, 23, 59, 59, 120000000),
			"timestamp[us] 1709251199120000"},
		{row.Column{Kind: row.Timestamp}, "2024-02-29 23:59:59.12", "timestamp[us] 1709251199120000"},
		{row.Column{Kind: row.Timestamp}, utc(1969, 12, 31, 23, 59, 59, 999999000), "timestamp[us] -1"},
		{row.Column{Kind: row.Timestamp}, "0044-03-15 01:02:03 BC", "timestamp[us] -63517820277000000"},
		{row.Column{Kind: row.Timestamp}, "4713-11-24 00:00:00 BC", "timestamp[us] -210835180800000000"},
		{row.Column{Kind: row.Timestamp}, "294246-12-31 23:59:59.999999",
			"timestamp[us] 9223371244799999999"},
		{row.Column{Kind: row.TimestampTZ},
			time.Date(2024, 3, 1, 5, 29, 59, 5e8, time.FixedZone("", 19800)),
			"timestamp[us, tz=UTC] 1709251199500000"},
		{row.Column{Kind: row.TimestampTZ}, "2024-03-01 05:29:59.5+05:30",
			"timestamp[us, tz=UTC] 1709251199500000"},
		{row.Column{Kind: row.TimestampTZ}, "2024-03-01 00:59:59.5+01",
			"timestamp[us, tz=UTC] 1709251199500000"},
		{row.Column{Kind: row.TimestampTZ}, "1850-01-01 05:53:28+05:53:28",
			"timestamp[us, tz=UTC] -3786825600000000"},

		{row.Column{Kind: row.Array, Elem: row.Int}, "{}", "list<item: int64, nullable> []"},
		{row.Column{Kind: row.Array, Elem: row.Int}, "[0:1]={1,NULL}",
			"list<item: int64, nullable> [1,null]"},
		{row.Column{Kind: row.Array, Elem: row.Text}, `{"a,b",NULL,"NULL"}`,
			`list<item: utf8, nullable> ["a,b",null,"NULL"]`},
		{row.Column{Kind: row.Array, Elem: row.Date}, "{2024-02-29}",
			`list<item: date32, nullable> ["2024-02-29"]`},
		{row.Column{Kind: row.Array}, "{1,x}", `list<item: utf8, nullable> ["1","x"]`},
	} {
		var document bytes.Buffer
		rows := row.Of([]row.Column{test.column}, []any{test.value}, []any{nil})
		if err := Encoder().Encode(&document, rows); err != nil {
			t.Errorf("%v: %v", test, err)
			continue
		}
		reader, err := ipc.NewReader(&document)
		if err != nil || !reader.Next() {
			t.Fatal(test, err, reader.Err())
		}
		values := reader.RecordBatch().Column(0)
		text := values.ValueStr(0)
		switch a := values.(type) {
		case *array.Date32:
			text = fmt.Sprint(int32(a.Value(0)))
		case *array.Time64:
			text = fmt.Sprint(int64(a.Value(0)))
		case *array.Timestamp:
			text = fmt.Sprint(int64(a.Value(0)))
		}
		got := fmt.Sprint(values.DataType(), " ", text)
		got = strings.ReplaceAll(got, ": extension<arrow.json>", "")
		if values.Len() != 2 || values.NullN() == 0 || got != test.want {
			t.Errorf("%s %v: got %s of %d, want %s", test.column.Kind, test.value, got, values.Len(),
				test.want)
		}
		reader.Release()
	}
}

// TestValuesThatArrowCannotHoldAreErrors has values that would become others in Arrow's type.
func TestValuesThatArrowCannotHoldAreErrors(t *testing.T) {
	for _, test := range []struct {
		kind, elem row.Kind
		value      any
	}{
		{kind: row.Bool, value: int64(2)},
		{kind: row.Int, value: "9223372036854775808"},
		{kind: row.Int, value: "text in SQLite"},
		{kind: row.Uint, value: int64(-1)},
		{kind: row.Float32, value: 1e300},
		{kind: row.Float64, value: "text in SQLite"},
		{kind: row.Bytes, value: "text in SQLite"},
		{kind: row.Date, value: "infinity"},
		{kind: row.Date, value: "0000-00-00"}, // MySQL
		{kind: row.Date, value: "2023-02-29"},
		{kind: row.Date, value: "5881581-01-01"}, // an int32 of days overflows
		{kind: row.Date, value: time.Date(2024, 2, 29, 1, 0, 0, 0, time.UTC)},
		{kind: row.Time, value: "24:00:00"},
		{kind: row.Time, value: "12:00:00.0000001"},
		{kind: row.Timestamp, value: "-infinity"},
		{kind: row.Timestamp, value: "294276-12-31 23:59:59.999999"}, // PostgreSQL's last
		{kind: row.Timestamp, value: time.Date(2024, 2, 29, 0, 0, 0, 100, time.UTC)},
		{kind: row.Timestamp, value: time.Date(2024, 2, 29, 0, 0, 0, 0, time.FixedZone("", 3600))},
		{kind: row.TimestampTZ, value: "2024-02-29 00:00:00"},
		{kind: row.TimestampTZ, value: "infinity"},
		{kind: row.Array, elem: row.Int, value: "{{1},{2}}"},
		{kind: row.Array, elem: row.Int, value: "{1,2"},
		{kind: row.Array, elem: row.Date, value: "{infinity}"},
	} {
		columns := []row.Column{{Name: "since", Kind: test.kind, Elem: test.elem}}
		var document bytes.Buffer
		err := Encoder().Encode(&document, row.Of(columns, []any{test.value}))
		if err == nil || !strings.Contains(err.Error(), `column "since"`) ||
			strings.Contains(err.Error(), fmt.Sprint(test.value)) {
			t.Errorf("%s %v: %v", test.kind, test.value, err)
		}
		if document.Len() > 0 {
			t.Errorf("%s %v: %d bytes came before the error", test.kind, test.value, document.Len())
		}
	}
}

func TestFieldsHaveTheirKindAsMetadata(t *testing.T) {
	rows := row.Of([]row.Column{
		{Name: "n", Kind: row.Numeric}, {Name: "j", Kind: row.JSON},
		{Name: "a", Kind: row.Array, Elem: row.Numeric}, {Name: "n\xff"},
	})
	reader := read(t, rows)
	fields := reader.Schema().Fields()
	for i, want := range []struct{ name, kind, extension string }{
		{"n", "numeric", ""}, {"j", "json", "arrow.json"}, {"a", "array", ""}, {"n\ufffd", "null", ""},
	} {
		kind, _ := fields[i].Metadata.GetValue("moresql.kind")
		extension, _ := fields[i].Metadata.GetValue("ARROW:extension:name")
		if fields[i].Name != want.name || kind != want.kind || extension != want.extension ||
			!fields[i].Nullable {
			t.Errorf("got %v, want %v", fields[i], want)
		}
	}
}

func TestBatchesAreLimitedInRowsAndBytes(t *testing.T) {
	for _, test := range []struct {
		why   string
		value any
		rows  int
		want  []int64
	}{
		{why: "no rows, no batch", value: "", rows: 0},
		{why: "as many rows as a batch has", value: int64(1), rows: 1024, want: []int64{1024}},
		{why: "one row more than a batch has", value: int64(1), rows: 1025, want: []int64{1024, 1}},
		{why: "wide rows", value: strings.Repeat("x", 10<<10), rows: 10, want: []int64{4, 4, 2}},
		{why: "a row that is wider than a batch",
			value: strings.Repeat("x", 100<<10), rows: 2, want: []int64{1, 1}},
	} {
		reader := read(t,
			row.Of([]row.Column{{Name: "v"}}, slices.Repeat([][]any{{test.value}}, test.rows)...))
		var got []int64
		for reader.Next() {
			got = append(got, reader.RecordBatch().NumRows())
		}
		if !slices.Equal(got, test.want) || reader.Err() != nil {
			t.Errorf("%s: got %v, want %v (%v)", test.why, got, test.want, reader.Err())
		}
	}
}

// TestSetsAreStreamsOfTheirOwn checks that each result set has a schema, and a mark at its end if
// it is complete.
func TestSetsAreStreamsOfTheirOwn(t *testing.T) {
	end := []byte("\xff\xff\xff\xff\x00\x00\x00\x00") // Arrow columnar format, "IPC Streaming Format"
	errRows := errors.New("the rows failed")
	for _, failure := range []error{nil, errRows} {
		hold := func(use func() error) error { return use() }
		rows, err := row.Options{}.ScanDriver(context.Background(),
			&sets{names: []string{"a", "b"}, failure: failure}, hold)
		if err != nil {
			t.Fatal(err)
		}
		rows.Shape = row.Sets
		var document bytes.Buffer
		if err := Encoder().Encode(&document, rows); !errors.Is(err, failure) {
			t.Errorf("Encode returned %v, want %v", err, failure)
		}
		complete := 2
		if failure != nil {
			complete = 1
		}
		if got := bytes.Count(document.Bytes(), end); got != complete {
			t.Errorf("%d streams have their mark, want %d (rows: %v)", got, complete, failure)
		}
		for _, name := range []string{"a", "b"} {
			reader, err := ipc.NewReader(&document)
			if err != nil {
				if failure == nil || name == "a" {
					t.Fatal(err)
				}
				break
			}
			if got := reader.Schema().Field(0).Name; got != name || !reader.Next() ||
				reader.RecordBatch().NumRows() != 1 || reader.Next() {
				t.Errorf("got %s, want %s and one row", got, name)
			}
			reader.Release()
		}
	}
}

// sets is the driver.Rows of two result sets of one row, each with a column of its own. The failure
// comes at the end.
type sets struct {
	names   []string
	given   bool
	failure error
}

func (s *sets) Columns() []string      { return s.names[:1] }
func (s *sets) Close() error           { return nil }
func (s *sets) HasNextResultSet() bool { return len(s.names) > 1 }

func (s *sets) NextResultSet() error {
	if !s.HasNextResultSet() {
		return io.EOF
	}
	s.names, s.given = s.names[1:], false
	return nil
}

func (s *sets) Next(dest []driver.Value) error {
	if s.given {
		if !s.HasNextResultSet() && s.failure != nil {
			return s.failure
		}
		return io.EOF
	}
	dest[0], s.given = "x", true
	return nil
}

// FuzzParse checks that any date and time that parse reads is the one that package row writes as
// that text, or as an equal one.
func FuzzParse(f *testing.F) {
	for _, seed := range []struct {
		text    string
		seconds int64
	}{
		{"2024-02-29T23:59:59.12", 1709251199},
		{"0044-03-15T01:02:03 BC", -63517820277},
		{"294276-12-31T23:59:59.999999", 9224318015999},
		{"2023-02-29T00:00:00", -62167219200}, // the year 0
		{"0000-01-01T00:00:00", -1},
		{"-1-01-01T00:00:00", 0},
		{"infinity", math.MaxInt64},
		{"99999999999999-01-01T00:00:00Z", math.MinInt64},
	} {
		f.Add(seed.text, seed.seconds)
	}
	const layout = "01-02T15:04:05"
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		if first, ok := parse(text, layout); ok {
			if again, ok := parse(textOf(row.Timestamp, first), layout); !ok || !again.Equal(first) {
				t.Errorf("%q is %v, and then %v", text, first, again)
			}
		}
		instant := time.Unix(seconds%(8e6*365*secondsPerDay), 0).UTC() // of 8 million years
		if got, ok := parse(textOf(row.Timestamp, instant), layout); !ok || !got.Equal(instant) {
			t.Errorf("%v (%s) is read as %v", instant, textOf(row.Timestamp, instant), got)
		}
	})
}

// read encodes rows and returns a reader of the stream.
func read(t *testing.T, rows *row.Rows) *ipc.Reader {
	t.Helper()
	var document bytes.Buffer
	if err := Encoder().Encode(&document, rows); err != nil {
		t.Fatal(err)
	}
	reader, err := ipc.NewReader(&document)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Release)
	return reader
}
