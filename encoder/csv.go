package encoder

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/row"
)

// CSV returns an encoder that writes comma-separated values (RFC 4180): a line of column names,
// also for a result without rows, and a line for each row, each ended by CRLF. Values are their
// text, see row.Value.AppendText: dates in ISO 8601, arrays and bytes as PostgreSQL writes them. As
// in PostgreSQL's COPY, NULL is an empty field and the empty text a quoted one; most readers take
// both for the same. In a result of one column NULL is therefore an empty line, which many readers
// skip. Bytes that are not UTF-8 become U+FFFD.
//
// One row, or one value, has the same form. Several result sets are an *UnsupportedError. It is
// safe for concurrent use.
func CSV(options ...CSVOption) Encoder {
	var e csvEncoder
	for _, option := range options {
		option(&e)
	}
	return e
}

// A CSVOption changes what CSV writes.
type CSVOption func(*csvEncoder)

// CSVGuard writes a ' before text, column names included, that a spreadsheet could run as a formula
// when it opens the file: text that begins with =, +, -, @, a tab, a line break or NUL (OWASP, CSV
// Injection; ASVS 5.0, 1.2.10). Numbers stay as they are. It is an option because readers of such a
// file must remove the ' again, and it protects only in spreadsheets that separate fields by commas
// alone.
func CSVGuard() CSVOption { return func(e *csvEncoder) { e.guard = true } }

// CSVBOM begins the document with a byte order mark, by which Excel recognizes UTF-8.
func CSVBOM() CSVOption { return func(e *csvEncoder) { e.bom = true } }

type csvEncoder struct{ guard, bom bool }

// MediaType implements Encoder. RFC 4180, section 3, defines the parameters.
func (csvEncoder) MediaType() string { return "text/csv; charset=utf-8; header=present" }

func (e csvEncoder) Encode(w io.Writer, rows *row.Rows) error {
	if err := refuseSets(rows, "CSV"); err != nil {
		return err
	}
	out := newOutput(w)
	defer out.free()
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
			if v := r.Value(i); isLarge(v) {
				if err := e.large(&out, v); err != nil {
					return err
				}
			} else {
				out.buf = e.appendValue(out.buf, v)
			}
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
		if raw := v.Raw(); len(raw) > 0 { // SQLite stores any text there
			return e.appendText(b, raw)
		}
	}
	return v.AppendText(b) // contains nothing that needs quotes
}

// appendText appends a field of any content.
func (e csvEncoder) appendText(b, s []byte) []byte {
	if !utf8.Valid(s) {
		s = []byte(validUTF8(string(s)))
	}
	formula := e.isFormula(s)
	if !formula && !needsQuotes(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	if formula {
		b = append(b, '\'')
	}
	return append(appendDoubled(b, s), '"')
}

// isFormula reports whether text is to be guarded.
func (e csvEncoder) isFormula(s []byte) bool {
	return e.guard && len(s) > 0 && strings.IndexByte("=+-@\t\r\n\x00", s[0]) >= 0
}

// large writes a large value as appendValue does.
func (e csvEncoder) large(out *output, v row.Value) error {
	switch raw := v.Raw(); v.Kind() {
	case row.Numeric:
		return out.pieces(raw, appendBytes)
	case row.Bytes:
		out.buf = append(out.buf, `\x`...)
		return out.pieces(raw, hex.AppendEncode)
	default:
		quote := ""
		if e.isFormula(raw) || needsQuotes(raw) {
			quote = `"`
		}
		out.buf = append(out.buf, quote...)
		if e.isFormula(raw) {
			out.buf = append(out.buf, '\'')
		}
		err := out.pieces(raw, func(b, piece []byte) []byte {
			if !utf8.Valid(piece) {
				piece = []byte(validUTF8(string(piece)))
			}
			return appendDoubled(b, piece)
		})
		out.buf = append(out.buf, quote...)
		return err
	}
}

// appendDoubled appends text in which quotes are doubled.
func appendDoubled(b, s []byte) []byte {
	for {
		quote := bytes.IndexByte(s, '"') + 1
		if quote == 0 {
			break
		}
		b = append(append(b, s[:quote]...), '"')
		s = s[quote:]
	}
	return append(b, s...)
}

// needsQuotes reports whether a field must be quoted. Besides the characters of RFC 4180 that is so
// for the empty text and for the word NULL, which readers may take for NULL, for white space at an
// end, which readers may trim, and for \., which ends the data for PostgreSQL's COPY.
func needsQuotes(s []byte) bool {
	return len(s) == 0 || s[0] <= ' ' || s[len(s)-1] <= ' ' ||
		bytes.ContainsAny(s, ",\"\r\n") || string(s) == `\.` || string(s) == "NULL"
}
