package encoder

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

// jsonMediaType has no charset, since RFC 8259, section 11, defines none.
const jsonMediaType = "application/json"

// A marshalFunc appends a value to b as JSON, through a library.
type marshalFunc func(b []byte, v row.Value) ([]byte, error)

// A layout writes the JSON around values: brackets, braces, commas and names. The values are
// written by appendValue or a marshalFunc.
type layout struct {
	output
	marshal marshalFunc     // nil for appendValue
	line    bool            // a row is one line
	strip   bool            // what is null is left out
	array   row.ArrayReader // one for all rows, for its memory
	names   [][]byte        // text before each value of an object: {"id": and then ,"name":
}

// newLayout returns a layout in pooled memory, which the caller gives back by free.
func newLayout(w io.Writer, marshal marshalFunc) layout {
	return layout{output: newOutput(w), marshal: marshal}
}

// encodeJSON writes rows in the form of their shape. marshal writes the values unless it is nil.
func encodeJSON(w io.Writer, rows *row.Rows, marshal marshalFunc) error {
	l := newLayout(w, marshal)
	defer l.free()
	if err := l.shaped(rows); err != nil {
		return err
	}
	return l.flush()
}

// shaped writes rows in the form of their shape.
func (l *layout) shaped(rows *row.Rows) error {
	object := l.object
	if l.strip {
		object = l.stripped
	}
	switch rows.Shape {
	case row.One, row.Maybe:
		return l.one(rows, object)
	case row.Scalar:
		return l.one(rows, l.scalar)
	case row.Scalars:
		return l.list(rows, l.scalar)
	case row.Sets:
		return l.sets(rows, func() error { return l.list(rows, object) })
	}
	return l.list(rows, object)
}

// one writes the only row, or null where there may be none.
func (l *layout) one(rows *row.Rows, write func([]byte, row.Row) ([]byte, error)) error {
	l.begin(rows.Columns())
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		if l.buf, err = write(l.buf, r); err != nil {
			return err
		}
	}
	if rows.Shape == row.Maybe && rows.Passed() == 0 {
		l.buf = append(l.buf, "null"...)
	}
	return nil
}

// list writes an array with one element for each row.
func (l *layout) list(rows *row.Rows, write func([]byte, row.Row) ([]byte, error)) error {
	l.begin(rows.Columns())
	separator := byte('[')
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		if l.buf, err = write(append(l.buf, separator), r); err != nil {
			return err
		}
		separator = ','
		if err := l.flushFull(); err != nil {
			return err
		}
	}
	if separator == '[' {
		l.buf = append(l.buf, '[')
	}
	l.buf = append(l.buf, ']')
	return nil
}

// sets writes an array, of which write writes the element for each result set.
func (l *layout) sets(rows *row.Rows, write func() error) error {
	separator := byte('[')
	err := eachSet(rows, func() error {
		l.buf = append(l.buf, separator)
		separator = ','
		if err := write(); err != nil {
			return err
		}
		return l.flushFull()
	})
	l.buf = append(l.buf, ']')
	return err
}

// begin prepares the names of the columns once for all rows.
func (l *layout) begin(columns []row.Column) {
	text := l.memory.text[:0]
	l.names = l.memory.names[:0]
	before := byte('{')
	for _, c := range columns {
		start := len(text)
		text = append(appendString(append(text, before), []byte(c.Name)), ':')
		l.names = append(l.names, text[start:]) // stays valid when text grows
		before = ','
	}
}

// object appends a row as an object.
func (l *layout) object(b []byte, r row.Row) ([]byte, error) {
	if len(l.names) == 0 {
		b = append(b, '{')
	}
	direct := l.marshal == nil && !l.line
	for i, name := range l.names {
		b = append(b, name...)
		if v := r.Value(i); direct && !isLarge(v) { // as value does, without a call for each
			b = appendValue(b, v, &l.array)
			continue
		}
		var err error
		if b, err = l.value(b, r, i); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// scalar appends the first value of a row.
func (l *layout) scalar(b []byte, r row.Row) ([]byte, error) { return l.value(b, r, 0) }

// value appends a value. A large one is written, together with what is in b.
func (l *layout) value(b []byte, r row.Row, i int) ([]byte, error) {
	v := r.Value(i)
	switch {
	case l.marshal != nil:
		b, err := l.marshal(b, v)
		if err != nil {
			err = fmt.Errorf("encode column %q: %w", r.Columns()[i].Name, err)
		}
		return b, err
	case l.strip:
		return l.strippedValue(b, v)
	case isLarge(v):
		l.buf = b
		err := l.large(v)
		return l.buf, err
	}
	start := len(b)
	b = appendValue(b, v, &l.array)
	if l.line {
		joinLines(b[start:])
	}
	return b, nil
}

// large writes a large value as appendValue does.
func (l *layout) large(v row.Value) error {
	raw := v.Raw()
	switch kind := v.Kind(); {
	case kind == row.Numeric:
		return l.pieces(raw, appendBytes)
	case kind == row.Text:
		return l.quoted(`"`, raw, appendChars)
	case kind == row.Bytes:
		return l.quoted(`"\\x`, raw, hex.AppendEncode)
	case kind == row.JSON && (v.Checked() && utf8.Valid(raw) || validJSON(raw)):
		return l.pieces(raw, func(b, piece []byte) []byte {
			start := len(b)
			b = append(b, piece...)
			if l.line {
				joinLines(b[start:])
			}
			return b
		})
	}
	// An array is a string if it turns out to be malformed at its end. Bounds before it are left out.
	text := raw[max(bytes.IndexByte(raw, '{'), 0):]
	if err := l.reserve(len(text)); err != nil {
		return err
	}
	l.buf = slices.Grow(l.buf, len(text)+len(text)/16)
	start := len(l.buf)
	l.buf = appendValue(l.buf, v, &l.array)
	if l.line {
		joinLines(l.buf[start:])
	}
	return l.flushFull()
}

// quoted writes a large value as a string that begins with begin.
func (l *layout) quoted(begin string, raw []byte, appendPiece func(b, piece []byte) []byte) error {
	l.buf = append(l.buf, begin...)
	err := l.pieces(raw, appendPiece)
	l.buf = append(l.buf, '"')
	return err
}
