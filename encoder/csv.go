package encoder

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

// CSV returns an encoder that writes comma-separated values (RFC 4180): a line of names, without
// rows too, and one for each row, each ended by CRLF. Values are their text, see
// row.Value.AppendText: true and false, dates in ISO 8601, arrays and bytes as PostgreSQL writes
// them. As in PostgreSQL's COPY, NULL is an empty field, and the empty text is a quoted one; most
// readers take both for the same. In a result of one column NULL is therefore an empty line, which
// many readers pass over. Bytes that are not UTF-8 become U+FFFD.
//
// One row, or one value, has the same form; several result sets are an error. It is safe for
// concurrent use.
func CSV(options ...CSVOption) Encoder {
	var e csvEncoder
	for _, option := range options {
		option(&e)
	}
	return e
}

// A CSVOption changes how CSV writes.
type CSVOption func(*csvEncoder)

// CSVGuard puts a ' before texts, names of columns too, that a spreadsheet may run as a formula
// when the file is opened: those that begin with = + - @, a tab, a line break or NUL (OWASP, CSV
// Injection; ASVS 5.0, 1.2.10). Numbers stay as they are. What reads such a file has to take the '
// off again, which is why it is to be asked for; and it holds for spreadsheets that separate fields
// by commas alone.
func CSVGuard() CSVOption { return func(e *csvEncoder) { e.guard = true } }

// CSVBOM begins the document with a byte order mark, by which Excel knows UTF-8.
func CSVBOM() CSVOption { return func(e *csvEncoder) { e.bom = true } }

type csvEncoder struct{ guard, bom bool }

// MediaType has the parameters that RFC 4180, section 3, defines.
func (csvEncoder) MediaType() string { return "text/csv; charset=utf-8; header=present" }

func (e csvEncoder) Encode(w io.Writer, rows *row.Rows) error {
	if err := refuseSets(rows, "CSV"); err != nil {
		return err
	}
	m := memories.Get().(*memory)
	defer memories.Put(m)
	out := m.output(w)
	if e.bom {
		out.buf = append(out.buf, "\uFEFF"...)
	}
	for i, c := range rows.Columns() {
		if i > 0 {
			out.buf = append(out.buf, ',')
		}
		out.buf = e.appendText(out.buf, []byte(c.Name))
	}
	out.buf = append(out.buf, "\r\n"...)
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		for i := range r.Len() {
			if i > 0 {
				out.buf = append(out.buf, ',')
			}
			out.buf = e.appendValue(out.buf, r.Value(i))
		}
		out.buf = append(out.buf, "\r\n"...)
		if err := out.flushFull(); err != nil {
			return err
		}
	}
	return out.flush()
}

func (e csvEncoder) appendValue(b []byte, v row.Value) []byte {
	switch v.Kind() {
	case row.Text, row.JSON, row.UUID, row.Array:
		return e.appendText(b, v.Raw())
	case row.Date, row.Time, row.TimeTZ, row.Timestamp, row.TimestampTZ:
		if raw := v.Raw(); len(raw) > 0 { // SQLite keeps any text there
			return e.appendText(b, raw)
		}
	}
	return v.AppendText(b) // has nothing that needs quotes
}

// appendText appends a field that may hold anything.
func (e csvEncoder) appendText(b, s []byte) []byte {
	if !utf8.Valid(s) {
		s = []byte(validUTF8(string(s)))
	}
	formula := e.guard && len(s) > 0 && strings.IndexByte("=+-@\t\r\n\x00", s[0]) >= 0
	if !formula && !needsQuotes(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	if formula {
		b = append(b, '\'')
	}
	for {
		quote := bytes.IndexByte(s, '"') + 1
		if quote == 0 {
			break
		}
		b = append(append(b, s[:quote]...), '"')
		s = s[quote:]
	}
	return append(append(b, s...), '"')
}

// needsQuotes reports whether a field is only itself in quotes: besides what RFC 4180 says also
// when it is empty, which would be NULL, has space at an end, which readers may trim, or is \.
// which ends the data for PostgreSQL's COPY.
func needsQuotes(s []byte) bool {
	return len(s) == 0 || s[0] <= ' ' || s[len(s)-1] <= ' ' || bytes.ContainsAny(s, ",\"\r\n") || string(s) == `\.`
}
