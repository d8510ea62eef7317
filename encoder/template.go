package encoder

import (
	"bytes"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"

	"github.com/moresql/moresql/row"
)

// Template returns an encoder that writes a page through an HTML template, as the rows come:
//
//	<ul>{{range .Rows}}<li>{{.name}}: {{.price}}</li>{{end}}</ul>
//
// The data of the template is
//
//   - .Rows, to be ranged over once: each row is a map, valid until the next one; of columns with
//     the same name it holds the first
//   - .Columns, the names in the order of the result
//   - .Values, within the range, the values of the current row in the same order
//   - .Value, the first of .Values
//   - .Row, the map of the only row where the shape is One, Scalar or Maybe; .Values are its values
//   - .Title, what people call the result: the comment of a routine or table, or its name
//   - .User, what the program says of who makes the request: moresql.Settings.User
//   - .Total, the rows of the whole that .Rows are a page of, which are counted for a template that
//     mentions it; nil where rest.Query or another Resource does not count them
//   - .Previous and .Next, the addresses of the pages around this one, "" if there is none: for a
//     request by GET. Without a total, only after the range does .Next know whether rows are left
//
// Values are bool, int64, uint64, string, and []any for arrays. NULL is nil: false to {{if}},
// nothing in HTML, null in JavaScript. Numbers that are not integers print all their digits and are
// numbers in JavaScript; their methods Float64 and String serve to compare them. JSON prints its
// text, and in JavaScript is the value. To {{if}} both are false where a value of Go would be: zero
// with any number of digits, and the JSON values false, null, "", [] and {}.
//
// A column that a row does not have is an error, and so are several result sets. When the rows fail
// nothing more is written, whatever follows in the template. Template uses a copy of t, and panics
// if it cannot have one: t is nil, or has been executed before. The encoder is safe for concurrent
// use if the template's functions are.
func Template(t *template.Template) Encoder {
	e := templateEncoder{template: template.Must(t.Clone()).Option("missingkey=error")}
	for _, t := range e.template.Templates() {
		if t.Tree != nil {
			text := t.Tree.Root.String()
			e.more = e.more || mentionsMore.MatchString(text)
			e.total = e.total || mentionsTotal.MatchString(text)
		}
	}
	return e
}

// A text that only looks like a field of the frame costs a count, and nothing else.
var (
	mentionsMore  = regexp.MustCompile(`\.(User|Total|Previous|Next)\b`)
	mentionsTotal = regexp.MustCompile(`\.Total\b`)
)

type templateEncoder struct {
	template    *template.Template
	more, total bool // of what is in the frame
	frame       Frame
}

var _ Framer = templateEncoder{}

func (templateEncoder) MediaType() string { return "text/html; charset=utf-8" }

// Frames implements Framer.
func (e templateEncoder) Frames() (more, total bool) { return e.more, e.total }

// Framed implements Framer.
func (e templateEncoder) Framed(f Frame) Encoder {
	e.frame = f
	return e
}

func (e templateEncoder) Encode(w io.Writer, rows *row.Rows) error {
	if err := refuseSets(rows, "a template"); err != nil {
		return err
	}
	p := page{frame: &e.frame, rows: rows, fields: make(map[string]any)}
	for _, c := range rows.Columns() {
		p.Columns = append(p.Columns, c.Name)
	}
	if s := rows.Shape; s == row.One || s == row.Scalar || s == row.Maybe {
		for r, err := range rows.All() {
			if err != nil {
				return err
			}
			p.fill(r)
			p.Row = p.fields
		}
		p.ended = true
	}
	err := e.template.Execute(pageWriter{w, &p}, &p)
	if p.err != nil {
		return p.err
	}
	if err != nil {
		return err
	}
	for _, err := range rows.All() { // rows that the template has not ranged over
		if err != nil {
			return err
		}
	}
	return nil
}

// page is the data of a template.
type page struct {
	Columns []string
	Values  []any
	Row     map[string]any

	frame  *Frame
	rows   *row.Rows
	fields map[string]any // one map for all rows
	ranged bool
	ended  bool  // there are no more rows
	err    error // of the rows; nothing is written after it
}

var errRangedTwice = errors.New(
	"the template ranges over .Rows twice: the rows are streamed and can be read only once")

// Rows ranges over the rows.
func (p *page) Rows() iter.Seq[map[string]any] {
	return func(yield func(map[string]any) bool) {
		if p.Row != nil {
			yield(p.Row)
			return
		}
		if p.ranged {
			p.err = errRangedTwice
			return
		}
		p.ranged = true
		for r, err := range p.rows.All() {
			if err != nil {
				p.err = err
				return
			}
			p.fill(r)
			if !yield(p.fields) {
				return
			}
		}
		p.ended = true
	}
}

// Value returns the first of the values, or nil.
func (p *page) Value() any {
	if len(p.Values) == 0 {
		return nil
	}
	return p.Values[0]
}

// fill makes the values of a row the data of the template.
func (p *page) fill(r row.Row) {
	p.Values = p.Values[:0]
	clear(p.fields)
	for name, v := range r.All() {
		value := templateValue(v)
		p.Values = append(p.Values, value)
		if _, ok := p.fields[name]; !ok {
			p.fields[name] = value
		}
	}
}

func templateValue(v row.Value) any {
	if list, err := v.List(templateValue); err == nil {
		return list
	}
	switch value := native(v).(type) {
	case json.Number:
		return literalOf([]byte(value))
	case json.RawMessage:
		return literalOf(value)
	default:
		return value
	}
}

// A literal is a JSON text. html/template prints it in HTML, and copies it to JavaScript, where a
// json.Number would become a string.
//
// For templates the truth of a slice is its length. The length of a literal that is to be false is
// therefore 0, and its text what is between the length and the capacity.
type literal []byte

func literalOf(text []byte) literal {
	text = slices.Clip(text)
	if isFalse(text) {
		return literal(text[:0])
	}
	return literal(text)
}

// isFalse reports whether a JSON text is a value of which Go's equal is false to a template.
func isFalse(text []byte) bool {
	switch text = bytes.TrimSpace(text); string(text) {
	case "false", "null", `""`:
		return true
	}
	switch text[0] {
	case '[', '{': // a valid text has the other bracket at its end
		return skipSpace(text, 1) == len(text)-1
	case '-', '0':
		mantissa, _, _ := bytes.Cut(bytes.ToLower(text), []byte{'e'})
		return len(bytes.Trim(mantissa, "-0.")) == 0
	}
	return false
}

// String returns the text.
func (l literal) String() string { return string(l[:cap(l)]) }

// MarshalJSON implements json.Marshaler.
func (l literal) MarshalJSON() ([]byte, error) { return l[:cap(l)], nil }

// Float64 returns the number, for comparisons in a template.
func (l literal) Float64() (float64, error) { return strconv.ParseFloat(l.String(), 64) }

// A pageWriter writes nothing once the rows have failed: the template does not notice, and would
// complete the document.
type pageWriter struct {
	io.Writer
	page *page
}

func (w pageWriter) Write(p []byte) (int, error) {
	if w.page.err != nil {
		return 0, w.page.err
	}
	return w.Writer.Write(p)
}
