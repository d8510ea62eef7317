package encoder_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

func scalar(kind row.Kind, value any) *row.Rows {
	rows := row.Of([]row.Column{{Name: "value", Kind: kind}}, []any{value})
	rows.Shape = row.Scalar
	return rows
}

// A function that returns JSON in a form of its own needs nothing around it.
func ExampleRaw() {
	e := encoder.Raw("application/geo+json")
	e.Encode(os.Stdout, scalar(row.JSON, `{"type": "Point", "coordinates": [8.5, 47.4]}`))
	// Output: {"type": "Point", "coordinates": [8.5, 47.4]}
}

func ExampleText() {
	encoder.Text().Encode(os.Stdout, scalar(row.Text, `no "quotes"`))
	// Output: no "quotes"
}

func ExampleBinary() {
	encoder.Binary().Encode(os.Stdout, scalar(row.Bytes, []byte{0x4d, 0x5a}))
	// Output: MZ
}

func TestRawWritesTheValueAlone(t *testing.T) {
	large := strings.Repeat("0123456789", 100_000)
	for _, tt := range []struct {
		why   string
		kind  row.Kind
		value any
		want  string
	}{
		{why: "bytes, not their digits",
			kind: row.Bytes, value: []byte("\x00\x89PNG\xff"), want: "\x00\x89PNG\xff"},
		{why: "no bytes", kind: row.Bytes, value: []byte{}, want: ""},
		{why: "text is unchanged, even if it is not UTF-8",
			kind: row.Text, value: "a\xff\"<\r\n", want: "a\xff\"<\r\n"},
		{why: "JSON keeps its white space", kind: row.JSON, value: " [1 ,\n2]", want: " [1 ,\n2]"},
		{why: "NULL is empty", kind: row.Text, want: ""},
		{why: "NULL is not a JSON null", kind: row.JSON, want: ""},
		{why: "the empty text is empty too", kind: row.Text, value: "", want: ""},
		{why: "numbers", kind: row.Numeric, value: "-1.50", want: "-1.50"},
		{why: "other kinds are their text", kind: row.Bool, value: true, want: "true"},
		{why: "dates in ISO 8601",
			kind: row.Date, value: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), want: "2024-02-29"},
		{why: "longer than a block", kind: row.Bytes, value: []byte(large), want: large},
	} {
		if got := write(t, encoder.Binary(), scalar(tt.kind, tt.value)); got != tt.want {
			t.Errorf("%s: %.100q, want %.100q", tt.why, got, tt.want)
		}
	}
}

// TestRawKeepsTheOrderOfLargeValues has a value that is not copied to the block.
func TestRawKeepsTheOrderOfLargeValues(t *testing.T) {
	large := strings.Repeat("l", 100_000)
	columns := []row.Column{{Name: "line", Kind: row.Text}}
	rows := row.Of(columns, []any{"a\n"}, []any{large}, []any{nil}, []any{"z\n"})
	if got := write(t, encoder.Text(), rows); got != "a\n"+large+"z\n" {
		t.Errorf("got %d bytes, %.10q … %.10q", len(got), got, got[len(got)-5:])
	}
}

func TestRawRefusesSeveralColumns(t *testing.T) {
	var w bytes.Buffer
	err := encoder.Text().Encode(&w, cars())
	if err == nil || !strings.Contains(err.Error(), "the result has 3") || w.Len() > 0 {
		t.Errorf("wrote %q and returned %v", &w, err)
	}
	if got := write(t, encoder.Text(), row.Of(nil, nil)); got != "" {
		t.Errorf("a row without columns is %q", got)
	}
}

// TestRawStopsAtAnErrorOfTheWriter covers the write of a block before a large value, too.
func TestRawStopsAtAnErrorOfTheWriter(t *testing.T) {
	large := strings.Repeat("l", 100_000)
	for limit := range 3 {
		rows := row.Of([]row.Column{{Name: "a", Kind: row.Text}}, []any{"a"}, []any{large}, []any{"z"})
		w := &shortWriter{limit: limit}
		err := encoder.Text().Encode(w, rows)
		if !errors.Is(err, io.ErrShortWrite) || w.writes != limit+1 {
			t.Errorf("after %d writes: %d writes, %v", limit, w.writes, err)
		}
	}
}

// A shortWriter accepts limit writes and fails from there on.
type shortWriter struct{ limit, writes int }

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.writes++; w.writes > w.limit {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}
