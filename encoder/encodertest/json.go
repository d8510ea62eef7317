package encodertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// DecodeJSON is a Decode function for a JSON array of objects. The fields keep their order and
// duplicate names. The text of an array or object is its JSON without white space.
func DecodeJSON(document []byte) ([][]Field, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	if err := expect(d, '['); err != nil {
		return nil, err
	}
	var rows [][]Field
	for d.More() {
		if err := expect(d, '{'); err != nil {
			return nil, err
		}
		var fields []Field
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return nil, err
			}
			field, err := decodeField(raw)
			if err != nil {
				return nil, err
			}
			field.Name = name.(string)
			fields = append(fields, field)
		}
		if err := expect(d, '}'); err != nil {
			return nil, err
		}
		rows = append(rows, fields)
	}
	if err := expect(d, ']'); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the document continues after its end")
	}
	return rows, nil
}

func expect(d *json.Decoder, want json.Delim) error {
	if got, err := d.Token(); err != nil {
		return err
	} else if got != want {
		return fmt.Errorf("got %v at byte %d, want %v", got, d.InputOffset(), want)
	}
	return nil
}

func decodeField(raw []byte) (Field, error) {
	var f Field
	switch raw[0] {
	case 'n':
		return Field{Null: true}, nil
	case '"':
		err := json.Unmarshal(raw, &f.Text)
		return f, err
	}
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	f.Text = b.String()
	return f, err
}

// equalJSON reports whether two JSON texts are equal but for white space, escapes and what
// equalNumbers allows. The order of keys counts.
func equalJSON(a, b []byte, equalNumbers func(a, b string) bool) bool {
	if !json.Valid(a) || !json.Valid(b) {
		return false
	}
	da, db := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	da.UseNumber()
	db.UseNumber()
	for {
		ta, errA := da.Token()
		tb, errB := db.Token()
		if errA != nil || errB != nil {
			return errA == errB // io.EOF
		}
		na, okA := ta.(json.Number)
		nb, okB := tb.(json.Number)
		if ta != tb && !(okA && okB && equalNumbers(na.String(), nb.String())) {
			return false
		}
	}
}

// RunJSON is Run for an encoder that writes JSON in the form of encoder.JSON. In addition it tests
// that documents are valid whatever the values are, that values are as PostgreSQL's to_json writes
// them, and the forms of all shapes.
func RunJSON(t *testing.T, e encoder.Encoder) {
	Run(t, e, DecodeJSON)
	k := kit{e, DecodeJSON}
	t.Run("JSON media type", k.jsonMediaType)
	t.Run("JSON values", k.jsonValues)
	t.Run("JSON names", k.jsonNames)
	t.Run("JSON shapes", k.jsonShapes)
	t.Run("JSON row error", k.jsonRowError)
}

func (k kit) jsonMediaType(t *testing.T) {
	media, _, _ := mime.ParseMediaType(k.encoder.MediaType())
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		t.Errorf("MediaType() = %q", k.encoder.MediaType())
	}
}

func (k kit) jsonValues(t *testing.T) {
	for _, s := range slices.Concat(samples, strays) {
		t.Run(s.name, func(t *testing.T) {
			r := table([]column{{"value", s.databaseType}}, s.src)
			r.shape = row.Scalar
			if got := k.jsonDocument(t, r); !s.sameJSON(got, []byte(s.json)) {
				t.Errorf("got  %s\nwant %s", got, s.json)
			}
		})
	}
}

func (k kit) jsonNames(t *testing.T) {
	columns := []column{{`"a\`, "INT8"}, {"", "INT8"}, {"\n<ü>\x00\u2028", "INT8"}, {"\xff", "INT8"}}
	got := k.jsonDocument(t, table(columns, int64(1), int64(2), int64(3), int64(4)))
	want := `[{"\"a\\":1,"":2,"\n<ü>\u0000\u2028":3,"\ufffd":4}]`
	if !equalJSON(got, []byte(want), exactly) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func (k kit) jsonShapes(t *testing.T) {
	pair := func() *result {
		return table([]column{{"z", "INT8"}, {"a", "_TEXT"}}, int64(1), []byte("{x,NULL}"))
	}
	shaped := func(s row.Shape, r *result) *result {
		r.shape = s
		return r
	}
	sets := pair()
	sets.next = numbered(0)
	sets.next.next = table([]column{{"b", "BOOL"}}, true)
	noRows := numbered(0)
	noRows.next = numbered(0)
	for _, test := range []struct {
		name   string
		result *result
		want   string
	}{
		{"list", shaped(row.List, pair()), `[{"z":1,"a":["x",null]}]`},
		{"list without rows", shaped(row.List, numbered(0)), `[]`},
		{"one", shaped(row.One, pair()), `{"z":1,"a":["x",null]}`},
		{"maybe one", shaped(row.Maybe, pair()), `{"z":1,"a":["x",null]}`},
		{"maybe none", shaped(row.Maybe, numbered(0)), `null`},
		{"scalar", shaped(row.Scalar, table([]column{{"n", "NUMERIC"}}, "1.50")), `1.50`},
		{"scalar string", shaped(row.Scalar, table([]column{{"s", "TEXT"}}, `"`)), `"\""`},
		{"scalar NULL", shaped(row.Scalar, table([]column{{"s", "TEXT"}}, nil)), `null`},
		{"scalars", shaped(row.Scalars, table([]column{{"n", "NUMERIC"}}, "1.50")), `[1.50]`},
		{"scalars without rows", shaped(row.Scalars, numbered(0)), `[]`},
		{"sets", shaped(row.Sets, sets), `[[{"z":1,"a":["x",null]}],[],[{"b":true}]]`},
		{"a single set", shaped(row.Sets, pair()), `[[{"z":1,"a":["x",null]}]]`},
		{"sets without rows", shaped(row.Sets, noRows), `[[],[]]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := k.jsonDocument(t, test.result); !equalJSON(got, []byte(test.want), exactly) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// jsonRowError checks that a document whose rows have failed is never complete, whatever its shape
// and however late the error.
func (k kit) jsonRowError(t *testing.T) {
	first := numbered(5000)
	first.next = numbered(1)
	for _, test := range []struct {
		name   string
		result *result
		last   *result // the result set whose rows fail; result if nil
		shape  row.Shape
	}{
		{name: "list", result: numbered(5000)},
		{name: "list without rows", result: numbered(0)},
		{name: "one", result: numbered(1), shape: row.One},
		{name: "scalar", result: table([]column{{"n", "INT8"}}, int64(1)), shape: row.Scalar},
		{name: "sets", result: first, last: first.next, shape: row.Sets},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.last == nil {
				test.last = test.result
			}
			test.last.err = errRows
			test.result.shape = test.shape
			if document := k.failing(t, test.result); json.Valid(document) {
				t.Errorf("the rows failed, but the document is complete: %s", excerpt(document))
			}
		})
	}
}

func exactly(a, b string) bool { return a == b }

// jsonDocument returns a document, and checks that it is valid JSON in valid UTF-8.
func (k kit) jsonDocument(t *testing.T, r *result) []byte {
	t.Helper()
	document := k.document(t, r)
	if !json.Valid(document) || !utf8.Valid(document) {
		t.Errorf("not valid JSON: %q", document)
	}
	return document
}
