package encoder_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// A large value, and what readers find of it in JSON and as text.
type large struct {
	name  string
	kind  row.Kind
	value any
	json  any
	text  string
	whole bool // it has to be in memory as a whole, to know whether it is malformed
}

// larges are values in which n repetitions put each byte at each place of a block.
func larges(n int) []large {
	text := strings.Repeat("€\"\\\x01<&ä\r\n😀x", n)
	broken := strings.Repeat("\xff\xe2\x82ab\x80", n)
	shown := string([]rune(broken))
	data := bytes.Repeat([]byte("\x00\xffab"), 4*n)
	inHex := `\x` + hex.EncodeToString(data)
	document := `{"a":"` + strings.Repeat("€ä x", 4*n) + `",` + strings.Repeat("\r\n", n) + `"b":2}`
	digits := strings.Repeat("17", 9*n)
	array := "[0:1]={" + strings.Repeat(`"a\"b",`, 4*n) + "c}"
	var list []any
	for range 4 * n {
		list = append(list, `a"b`)
	}
	var decoded any
	if err := json.Unmarshal([]byte(document), &decoded); err != nil {
		panic(err)
	}
	return []large{
		{"text", row.Text, text, text, text, false},
		{"a formula", row.Text, "=" + digits, "=" + digits, "=" + digits, false},
		{"text that is not UTF-8", row.Text, broken, shown, shown, false},
		{"bytes", row.Bytes, data, inHex, inHex, false},
		{"JSON", row.JSON, document, decoded, document, false},
		{"malformed JSON", row.JSON, document[:len(document)-1], document[:len(document)-1],
			document[:len(document)-1], true},
		{"a number", row.Numeric, digits, json.Number(digits), digits, false},
		{"an array", row.Array, array, append(list, "c"), array, true},
		{"a malformed array", row.Array, "{" + digits, "{" + digits, "{" + digits, true},
	}
}

// A blockWriter knows the longest of its writes.
type blockWriter struct {
	bytes.Buffer
	longest int
}

func (w *blockWriter) Write(p []byte) (int, error) {
	w.longest = max(w.longest, len(p))
	return w.Buffer.Write(p)
}

// encodeLarge returns what a format writes of a row that holds a value between two others.
func encodeLarge(t *testing.T, e encoder.Encoder, l large) *blockWriter {
	t.Helper()
	columns := []row.Column{{Name: "a", Kind: row.Int}, {Name: "v", Kind: l.kind, Elem: row.Text},
		{Name: "z", Kind: row.Text}}
	w := new(blockWriter)
	line := []any{1, l.value, "end"}
	if err := e.Encode(w, row.Of(columns, line, line)); err != nil {
		t.Fatal(err)
	}
	if most := 64 << 10; !l.whole && w.longest > most {
		t.Errorf("%s, %s: %d bytes are written at once", e.MediaType(), l.name, w.longest)
	}
	return w
}

// fieldOf returns the value v of the second row of JSON in one of its forms.
func fieldOf(t *testing.T, document []byte, compact bool) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	if compact {
		var c struct{ Rows [][]any }
		if err := d.Decode(&c); err != nil {
			t.Fatal(err)
		}
		return c.Rows[1][1]
	}
	var rows []struct{ V, Z any }
	if err := d.Decode(&rows); err != nil || len(rows) != 2 || rows[1].Z != "end" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if n, ok := rows[1].V.(map[string]any); ok {
		n["b"] = 2.0 // as without UseNumber
	}
	return rows[1].V
}

// What is written in pieces is what readers of the formats find again, wherever the pieces end.
func TestLargeValuesAreWrittenInPieces(t *testing.T) {
	for _, n := range []int{1, 2500, 9999} {
		for _, l := range larges(n) {
			lines := encodeLarge(t, encoder.NDJSON(), l).Bytes()
			if bytes.Count(lines, []byte("\n")) != 2 || bytes.Contains(lines, []byte("\r")) {
				t.Errorf("%s: a row of NDJSON is not a line", l.name)
			}
			lines = bytes.Replace(bytes.TrimSpace(lines), []byte("\n"), []byte(","), 1)
			for format, got := range map[string]any{
				"JSON":    fieldOf(t, encodeLarge(t, encoder.JSON(), l).Bytes(), false),
				"Compact": fieldOf(t, encodeLarge(t, encoder.Compact(), l).Bytes(), true),
				"NDJSON":  fieldOf(t, append(append([]byte("["), lines...), ']'), false),
			} {
				if m, ok := got.(map[string]any); ok {
					m["b"] = 2.0
				}
				if !reflect.DeepEqual(got, l.json) {
					t.Errorf("%s, %s of %d: %.200v", format, l.name, n, got)
				}
			}
			for _, guard := range []bool{false, true} {
				e, want := encoder.CSV(), strings.ReplaceAll(l.text, "\r\n", "\n")
				if guard {
					e = encoder.CSV(encoder.CSVGuard())
					if strings.HasPrefix(want, "=") {
						want = "'" + want
					}
				}
				records, err := csv.NewReader(encodeLarge(t, e, l)).ReadAll()
				if err != nil || len(records) != 3 || records[2][1] != want || records[2][2] != "end" {
					t.Errorf("CSV, %s of %d: %d records, %v", l.name, n, len(records), err)
				}
			}
			page := encodeLarge(t, encoder.HTML(), large{l.name, l.kind, l.value, l.json, l.text,
				l.whole && l.kind != row.JSON && l.kind != row.Array || l.kind == row.Bytes}).String()
			cells := strings.Split(page, "<td")
			_, cell, _ := strings.Cut(cells[5], ">")
			cell, _, _ = strings.Cut(cell, "</td>")
			if got := html.UnescapeString(cell); got != l.text {
				t.Errorf("HTML, %s of %d: %.200q", l.name, n, got)
			}
		}
	}
}

// A fullWriter has no room.
type fullWriter struct{ blockWriter }

var errFull = errors.New("it is full")

func (w *fullWriter) Reserve(n int) error {
	if n < 1<<20 {
		return nil
	}
	return errFull
}

// A value for which there is no room is refused before any of it is made.
func TestNoRoomIsKnownBeforeALargeValue(t *testing.T) {
	for _, e := range []encoder.Encoder{encoder.JSON(), encoder.NDJSON(), encoder.Compact(),
		encoder.CSV(), encoder.HTML(), encoder.Text()} {
		for _, kind := range []row.Kind{row.Text, row.Array} {
			columns := []row.Column{{Name: "v", Kind: kind, Elem: row.Text}}
			value := "{" + strings.Repeat("1", 1<<20) + "}"
			w := new(fullWriter)
			if err := e.Encode(w, row.Of(columns, []any{value})); err != errFull {
				t.Errorf("%s: %v", e.MediaType(), err)
			}
			if w.Len() > 16<<10 {
				t.Errorf("%s: %d bytes of it are written", e.MediaType(), w.Len())
			}
		}
	}
}
