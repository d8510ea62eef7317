package encoder

import (
	"io"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

// HTML returns an encoder that writes a page with a table, for people to read: a row of column
// names, and a row for each row. Numbers are aligned to the right, in cells of the class num; NULL
// is an empty cell of the class null. Values are their text, see row.Value.AppendText. Each of
// several result sets is a table. Everything is escaped; bytes that are not UTF-8, and NUL, which
// HTML does not allow, become U+FFFD. Use Template for another page. It is safe for concurrent use.
func HTML(options ...HTMLOption) Encoder {
	e := htmlEncoder{title: "Result"}
	for _, option := range options {
		option(&e)
	}
	e.head = string(appendHTML([]byte(htmlBegin), []byte(e.title))) + htmlStyle
	return e
}

// An HTMLOption changes what HTML writes.
type HTMLOption func(*htmlEncoder)

// HTMLTitle sets the title of the page, which is also the caption of its tables. The default is
// Result, without captions.
func HTMLTitle(title string) HTMLOption {
	return func(e *htmlEncoder) {
		e.title = title
		e.caption = "<caption>" + string(appendHTML(nil, []byte(title))) + "</caption>\n"
	}
}

const (
	htmlBegin = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>`
	htmlStyle = `</title>
<style>
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
table { border-collapse: collapse; margin-block-end: 2rem; }
caption { font-weight: bold; padding-block: .5rem; text-align: start; }
th, td { border: 1px solid #8888; padding: .25rem .5rem; text-align: start; vertical-align: top; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
thead th { background: Canvas; position: sticky; top: 0; }
.num { font-variant-numeric: tabular-nums; overflow-wrap: normal; text-align: end; }
.null::before { content: "NULL"; opacity: .6; }
@media print { thead th { position: static; } tr { break-inside: avoid; } }
</style>
</head>
<body>
`
	htmlEnd = `</body>
</html>
`
)

type htmlEncoder struct{ title, head, caption string }

func (htmlEncoder) MediaType() string { return "text/html; charset=utf-8" }

func (e htmlEncoder) Encode(w io.Writer, rows *row.Rows) error {
	out := newOutput(w)
	defer out.free()
	out.buf = append(out.buf, e.head...)
	var err error
	if rows.Shape == row.Sets {
		err = eachSet(rows, func() error { return e.table(&out, rows) })
	} else {
		err = e.table(&out, rows)
	}
	if err != nil {
		return err
	}
	out.buf = append(out.buf, htmlEnd...)
	return out.flush()
}

// table writes the current result set as a table.
func (e htmlEncoder) table(out *output, rows *row.Rows) error {
	b := append(append(out.buf, "<table>\n"...), e.caption...)
	b = append(b, "<thead>\n<tr>"...)
	for _, c := range rows.Columns() {
		b = append(b, `<th scope="col"`...)
		b = append(appendHTML(appendClass(b, c.Kind), []byte(c.Name)), "</th>"...)
	}
	out.buf = append(b, "</tr>\n</thead>\n<tbody>\n"...)
	var text []byte
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		b := append(out.buf, "<tr>"...)
		for i := range r.Len() {
			v := r.Value(i)
			b = append(b, "<td"...)
			switch {
			case v.Kind() == row.Null || v.Kind() == row.Void:
				b = append(b, ` class="null">`...)
			case isLarge(v) && v.Kind() != row.Bytes:
				out.buf = appendClass(b, v.Kind())
				if err := out.pieces(v.Raw(), appendHTML); err != nil {
					return err
				}
				b = out.buf
			default:
				text = v.AppendText(text[:0])
				b = appendHTML(appendClass(b, v.Kind()), text)
			}
			b = append(b, "</td>"...)
		}
		out.buf = append(b, "</tr>\n"...)
		if err := out.flushFull(); err != nil {
			return err
		}
	}
	out.buf = append(out.buf, "</tbody>\n</table>\n"...)
	return out.flushFull()
}

// appendClass writes the class of a cell, if it has one, and the end of its tag.
func appendClass(b []byte, kind row.Kind) []byte {
	switch kind {
	case row.Int, row.Uint, row.Numeric, row.Float32, row.Float64:
		return append(b, ` class="num">`...)
	}
	return append(b, '>')
}

// appendHTML appends text that can stand in an element or in a quoted attribute, escaped as
// html.EscapeString does. Unlike that, it keeps a carriage return, which would be read as a line
// feed (HTML Standard, 13.2.3.5), and shows NUL.
func appendHTML(b, s []byte) []byte {
	if !utf8.Valid(s) {
		s = []byte(validUTF8(string(s)))
	}
	for _, c := range s {
		switch c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&#34;"...)
		case '\'':
			b = append(b, "&#39;"...)
		case '\r':
			b = append(b, "&#13;"...)
		case 0:
			b = append(b, "\uFFFD"...)
		default:
			b = append(b, c)
		}
	}
	return b
}
