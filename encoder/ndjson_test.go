package encoder_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
)

// Logs and pipelines read one line, one row, at a time.
func ExampleNDJSON() {
	encoder.NDJSON().Encode(os.Stdout, cars())
	// Output:
	// {"car":"Käfer","price":12500.00,"tags":["blue","<new>"]}
	// {"car":"2CV","price":null,"tags":[]}
}

func TestNDJSONKeepsTheContract(t *testing.T) { encodertest.Run(t, encoder.NDJSON(), readNDJSON) }

// readNDJSON is the encodertest.Decode of NDJSON.
func readNDJSON(document []byte) (rows [][]encodertest.Field, err error) {
	for line := range bytes.Lines(document) {
		object, whole := bytes.CutSuffix(line, []byte("\n"))
		if !whole || len(object) == 0 {
			return nil, errors.New("a line is not complete")
		}
		row, err := encodertest.DecodeJSON(slices.Concat([]byte("["), object, []byte("]")))
		if err != nil {
			return nil, err
		}
		rows = append(rows, row...)
	}
	return rows, nil
}

// TestNDJSONKeepsRowsOnOneLine has values of json, which keep the line breaks that they were stored
// with (PostgreSQL manual, 8.14): these must not end a line.
func TestNDJSONKeepsRowsOnOneLine(t *testing.T) {
	columns := []row.Column{
		{Name: "a\nb", Kind: row.JSON}, {Name: "text", Kind: row.Text},
		{Name: "c", Kind: row.Array, Elem: row.JSON},
	}
	values := []any{
		"{\r\n  \"a\":\t[1,\n\r2],\n\"b\\n\": \"\\r\\n\"\n}", "x\r\ny", `{"[1,` + "\n" + `2]"}`,
	}
	for name, shape := range map[string]row.Shape{"list": row.List, "one": row.One, "sets": row.Sets} {
		rows := row.Of(columns, values)
		rows.Shape = shape
		document := write(t, encoder.NDJSON(), rows)
		scanner := bufio.NewScanner(strings.NewReader(document))
		n := 0
		for ; scanner.Scan(); n++ {
			line := bytes.TrimRight(bytes.TrimLeft(scanner.Bytes(), "["), "]")
			var got map[string]any
			if err := json.Unmarshal(line, &got); err != nil {
				t.Fatalf("%s: %v: %s", name, err, line)
			}
			inner, _ := got["a\nb"].(map[string]any)
			if inner["b\n"] != "\r\n" || got["text"] != "x\r\ny" {
				t.Errorf("%s: texts lost their line breaks: %q", name, got)
			}
		}
		if n != 1 || strings.ContainsRune(document, '\r') {
			t.Errorf("%s: one row is %d lines: %q", name, n, document)
		}
	}
}
