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

// A function that returns JSON made for a purpose says itself what its answer is.
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

func TestRaw(t *testing.T) {
	large := strings.Repeat("0123456789", 100_000)
	for _, tt := range []struct {
		why   string
		kind  row.Kind
		value any
		want  string
	}{
		{why: "bytes are their own, not digits",
			kind: row.Bytes, value: []byte("\x00\x89PNG\xff"), want: "\x00\x89PNG\xff"},
		{why: "no bytes", kind: row.Bytes, value: []byte{}, want: ""},
		{why: "text stays as it is, also where it is not UTF-8",
			kind: row.Text, value: "a\xff\"<\r\n", want: "a\xff\"<\r\n"},
		{why: "JSON keeps its space", kind: row.JSON, value: " [1 ,\n2]", want: " [1 ,\n2]"},
		{why: "NULL is empty", kind: row.Text, want: ""},
		{why: "NULL is not a JSON null", kind: row.JSON, want: ""},
		{why: "the empty text too", kind: row.Text, value: "", want: ""},
		{why: "numbers", kind: row.Numeric, value: "-1.50", want: "-1.50"},
		{why: "others are their text", kind: row.Bool, value: true, want: "true"},
		{why: "dates in ISO 8601",
			kind: row.Date, value: time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), want: "2024-02-29"},
		{why: "longer than a block", kind: row.Bytes, value: []byte(large), want: large},
	} {
		if got := write(t, encoder.Binary(), scalar(tt.kind, tt.value)); got != tt.want {
			t.Errorf("%s: %.100q, want %.100q", tt.why, got, tt.want)
		}
	}
}

// TestRawOrder: large values, which go past the block, come in their place.
func TestRawOrder(t *testing.T) {
	large := strings.Repeat("l", 100_000)
	rows := row.Of([]row.Column{{Name: "line", Kind: row.Text}}, []any{"a\n"}, []any{large},
		[]any{nil}, []any{"z\n"})
	if got := write(t, encoder.Text(), rows); got != "a\n"+large+"z\n" {
		t.Errorf("got %d bytes, %.10q … %.10q", len(got), got, got[len(got)-5:])
	}
}

func TestRawColumns(t *testing.T) {
	var w bytes.Buffer
	err := encoder.Text().Encode(&w, cars())
	if err == nil || !strings.Contains(err.Error(), "the result has 3") || w.Len() > 0 {
		t.Errorf("wrote %q and returned %v", &w, err)
	}
	if got := write(t, encoder.Text(), row.Of(nil, nil)); got != "" {
		t.Errorf("a row without columns is %q", got)
	}
}

// TestRawErrors: the writer's error ends it at once, also between a block and a value that goes
// past it.
func TestRawErrors(t *testing.T) {
	large := strings.Repeat("l", 100_000)
	for room := range 3 {
		rows := row.Of([]row.Column{{Name: "a", Kind: row.Text}}, []any{"a"}, []any{large}, []any{"z"})
		w := &shortWriter{room: room}
		if err := encoder.Text().Encode(w, rows); !errors.Is(err, io.ErrShortWrite) ||
			w.writes != room+1 {
			t.Errorf("after %d writes: %d writes, %v", room, w.writes, err)
		}
	}
}

// A shortWriter takes a number of writes and fails from there on.
type shortWriter struct{ room, writes int }

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.writes++; w.writes > w.room {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}
