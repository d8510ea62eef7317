package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/mattn/go-runewidth"
)

// Rows are measured in batches: the first decides on the columns, and later ones only widen them.
const (
	batchRows  = 500
	batchBytes = 1 << 20
)

// A table draws rows as lines whose columns are aligned, or one column a line where the terminal is
// too narrow for all of them.
type table struct {
	*Output
	names   []string
	widths  []int
	numeric []bool // columns of numbers alone are aligned to the right
	rows    [][]cell
	bytes   int
	drawn   int  // rows
	records bool // one column a line
}

// A cell is one value as it is shown.
type cell struct {
	text  string
	kind  byte // as the JSON value begins: n for null, " for a string, 0 for a number
	width int
}

// table reads JSON and draws it: an array as rows, an object as one record, and anything else as
// what it is.
func (out *Output) table(r io.Reader) error {
	decoder := json.NewDecoder(r)
	var err error
	switch first := peek(decoder); first {
	case 0:
	case '[':
		err = out.list(decoder)
	default:
		err = out.single(decoder)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err == nil { // nothing may follow, and a response may be cut here
		if _, err = decoder.Token(); err == io.EOF {
			return nil
		}
	}
	return fmt.Errorf("the result is not whole: %w", err)
}

// peek returns the character that the next value begins with, 0 at the end. It consumes nothing.
func peek(decoder *json.Decoder) byte {
	decoder.More() // reads up to the next value
	text, _ := io.ReadAll(decoder.Buffered())
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return 0
	}
	return text[0]
}

func (out *Output) list(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != nil {
		return err
	}
	t := &table{Output: out}
	total := 0
	for decoder.More() {
		names, row, err := readRow(decoder)
		if err == nil && t.names != nil && !slices.Equal(names, t.names) {
			err = t.draw()
			t = &table{Output: out}
		}
		if err != nil {
			return err
		}
		if t.names == nil {
			t.names = names
		}
		if err := t.add(row); err != nil {
			return err
		}
		total++
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if err := t.draw(); err != nil {
		return err
	}
	plural := "s"
	if total == 1 {
		plural = ""
	}
	_, err := fmt.Fprintf(out.w, "(%d row%s)\n", total, plural)
	return err
}

// single draws a value that is no list.
func (out *Output) single(decoder *json.Decoder) error {
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	if value[0] != '{' {
		c := cellOf(value)
		_, err := fmt.Fprintln(out.w, out.painted(c.text, c.kind))
		return err
	}
	names, row, err := readRow(json.NewDecoder(bytes.NewReader(value)))
	if err != nil {
		return err
	}
	t := &table{Output: out, names: names, rows: [][]cell{row}, records: true}
	return t.drawRecords(false)
}

// readRow reads an object in the order of its members, or another value as that of one column.
func readRow(decoder *json.Decoder) (names []string, row []cell, err error) {
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return nil, nil, err
	}
	if value[0] != '{' {
		return []string{"value"}, []cell{cellOf(value)}, nil
	}
	members := json.NewDecoder(bytes.NewReader(value))
	if _, err := members.Token(); err != nil {
		return nil, nil, err
	}
	names = []string{}
	for members.More() {
		name, err := members.Token()
		if err != nil {
			return nil, nil, err
		}
		var member json.RawMessage
		if err := members.Decode(&member); err != nil {
			return nil, nil, err
		}
		names, row = append(names, Visible(name.(string))), append(row, cellOf(member))
	}
	return names, row, nil
}

// cellOf returns a JSON value as it is shown: a string without its quotes, unless it would look
// like NULL.
func cellOf(value json.RawMessage) cell {
	c := cell{text: string(value), kind: value[0]}
	switch {
	case c.kind == 'n':
		c.text = null
	case c.kind == '"':
		var text string
		if json.Unmarshal(value, &text) == nil && text != null {
			c.text = text
		}
	case c.kind == '-' || c.kind >= '0' && c.kind <= '9':
		c.kind = 0
	}
	c.text = Visible(c.text)
	c.width = runewidth.StringWidth(c.text)
	return c
}

const null = "NULL"

func (t *table) add(row []cell) error {
	t.rows = append(t.rows, row)
	for _, c := range row {
		t.bytes += len(c.text)
	}
	if len(t.rows) < batchRows && t.bytes < batchBytes {
		return nil
	}
	return t.draw()
}
