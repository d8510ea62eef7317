package encoder_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/row"
)

func TestJSONKeepsTheContract(t *testing.T)    { encodertest.RunJSON(t, encoder.JSON()) }
func TestStdJSONKeepsTheContract(t *testing.T) { encodertest.RunJSON(t, encoder.StdJSON()) }

// TestAllJSONEncodersWriteTheSame compares the documents token by token, numbers digit by digit.
func TestAllJSONEncodersWriteTheSame(t *testing.T) {
	want := tokens(t, encoder.JSON(), mixed(100))
	for name, e := range map[string]encoder.Encoder{
		"StdJSON": encoder.StdJSON(), "gojson": gojson.JSON(),
	} {
		if got := tokens(t, e, mixed(100)); got != want {
			t.Errorf("%s wrote\n%.2000s\nJSON wrote\n%.2000s", name, got, want)
		}
	}
}

// tokens encodes rows and returns the tokens of the JSON, one on each line.
func tokens(t *testing.T, e encoder.Encoder, rows *row.Rows) string {
	t.Helper()
	var document bytes.Buffer
	if err := e.Encode(&document, rows); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&document)
	d.UseNumber()
	var b strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%T %[1]v\n", token)
	}
}

func TestMarshalErrorNamesTheColumn(t *testing.T) {
	cause := errors.New("no")
	e := encoder.Marshal(func(v any) ([]byte, error) {
		if v == "bad" {
			return []byte("half a"), cause
		}
		return json.Marshal(v)
	})
	columns := []row.Column{{Name: "a", Kind: row.Int}, {Name: "b", Kind: row.Text}}
	var w bytes.Buffer
	err := e.Encode(&w, row.Of(columns, []any{int64(1), "good"}, []any{int64(2), "bad"}))
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("Encode returned %v, want the cause and the column", err)
	}
	if w.Len() > 0 {
		t.Errorf("it wrote %q", w.Bytes())
	}
}

// TestJSONOfNoColumns has the result of a statement that returns nothing, and rows without columns,
// as row.Of can make them.
func TestJSONOfNoColumns(t *testing.T) {
	for _, test := range []struct {
		rows *row.Rows
		want string
	}{
		{row.Of(nil), `[]`},
		{row.Of(nil, nil, nil), `[{},{}]`},
		// The text of an array shows its dimensions.
		{row.Of([]row.Column{{Name: "a", Kind: row.Array, Elem: row.Array}}, []any{"{x}"}),
			`[{"a":["x"]}]`},
	} {
		var w bytes.Buffer
		if err := encoder.JSON().Encode(&w, test.rows); err != nil || w.String() != test.want {
			t.Errorf("got %s (%v), want %s", &w, err, test.want)
		}
	}
}

// TestJSONOfARowLongerThanABlock has such a row among others.
func TestJSONOfARowLongerThanABlock(t *testing.T) {
	wide := strings.Repeat(`"wide"`, 50_000)
	columns := []row.Column{{Name: "a", Kind: row.Text}}
	var w bytes.Buffer
	rows := row.Of(columns, []any{"x"}, []any{wide}, []any{"y"})
	if err := encoder.JSON().Encode(&w, rows); err != nil {
		t.Fatal(err)
	}
	var got []struct{ A string }
	if err := json.Unmarshal(w.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].A != "x" || got[1].A != wide || got[2].A != "y" {
		t.Errorf("three rows were encoded as %d: %.100q", len(got), w.Bytes())
	}
}

// TestRowsDoNotAllocate compares a result of one row with one of many.
func TestRowsDoNotAllocate(t *testing.T) {
	for name, e := range map[string]encoder.Encoder{
		"JSON":     encoder.JSON(),
		"NDJSON":   encoder.NDJSON(),
		"Compact":  encoder.Compact(),
		"Envelope": encoder.Envelope("rows"),
		"CSV":      encoder.CSV(encoder.CSVGuard()),
		"HTML":     encoder.HTML(),
	} {
		count := func(n int) float64 {
			values := mixedValues(n)
			return testing.AllocsPerRun(20, func() {
				if err := e.Encode(io.Discard, row.Of(mixedColumns, values...)); err != nil {
					t.Fatal(err)
				}
			})
		}
		if few, many := count(1), count(1001); many != few {
			t.Errorf("%s: 1 row: %v allocations; 1001 rows: %v", name, few, many)
		}
	}
}
