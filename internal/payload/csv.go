package payload

import (
	"bytes"
	"unicode/utf8"
	"unsafe"
)

// csv takes records of CSV (RFC 4180). A line break within quotes is kept as it is.
type csv struct {
	columns []string
	keys    [][]byte // each as the key of an object, with the colon
	object  []byte
	fields  []field
}

// A field is a value of a record.
type field struct {
	text   []byte
	quoted bool
}

// isNull reports whether the value is NULL: an empty field, as in PostgreSQL's COPY and in the CSV
// of a response, or the word, as PostgREST has it. In quotes both are texts.
func (f *field) isNull() bool {
	return !f.quoted && (len(f.text) == 0 || string(f.text) == "NULL")
}

var (
	errCSV = &Error{Message: "The line is not CSV", Hint: "a field with quotes is quoted, and " +
		"has each of its quotes twice (RFC 4180)"}
	errFields = &Error{Message: "All lines must have same number of fields"}
	errUTF8   = &Error{Message: "The line is not UTF-8"}
)

func (*csv) texts() bool { return true }

func (f *csv) header() []string { return f.columns }

func (f *csv) take(c *collector, text []byte, last bool) (n, lines int, err error) {
	const mark = "\ufeff" // which spreadsheets write
	if f.columns == nil && bytes.HasPrefix(text, []byte(mark)) {
		text, n = text[len(mark):], len(mark)
	}
	if len(text) == 0 {
		if last && f.columns == nil {
			return 0, 0, &Error{Message: "Empty or invalid csv", Hint: "the first line has the names"}
		}
		return 0, 0, nil
	}
	length, lines, err := f.record(text, last)
	if err != nil || length == 0 {
		return 0, 0, err
	}
	n += length
	if f.columns == nil {
		return n, lines, f.name()
	}
	if len(f.fields) == 1 && len(f.fields[0].text) == 0 && !f.fields[0].quoted &&
		len(f.columns) > 1 { // an empty line
		return n, lines, nil
	}
	if len(f.fields) != len(f.columns) {
		return 0, 0, errFields
	}
	f.object = append(f.object[:0], '{')
	for i, value := range f.fields {
		f.object = append(f.object, f.keys[i]...)
		if value.isNull() {
			f.object = append(f.object, "null"...)
		} else {
			f.object = appendText(f.object, value.text)
		}
	}
	f.object = append(f.object, '}')
	if !utf8.Valid(f.object) {
		return 0, 0, errUTF8
	}
	return n, lines, c.add(unsafe.String(&f.object[0], len(f.object)), f.columns)
}

// name takes the names of the columns from the first record.
func (f *csv) name() error {
	var names seen
	for i, name := range f.fields {
		if len(name.text) == 0 || !utf8.Valid(name.text) {
			return &Error{Message: "A column has no name", Hint: "the first line has the names"}
		}
		if !names.add(string(name.text)) {
			return &Error{Message: "A column is there twice"}
		}
		f.columns = append(f.columns, string(name.text))
		var key []byte
		if i > 0 {
			key = append(key, ',')
		}
		f.keys = append(f.keys, append(appendText(key, name.text), ':'))
	}
	return nil
}

// record reads the fields of the first record of a text. n is 0 if more of the text is needed.
func (f *csv) record(text []byte, last bool) (n, lines int, err error) {
	f.fields = f.fields[:0]
	for i := 0; ; {
		var value field
		if i < len(text) && text[i] == '"' {
			end, breaks, ok := quotedEnd(text, i+1, last)
			if !ok {
				if last {
					return 0, 0, errCSV
				}
				return 0, 0, nil
			}
			value = field{unquoteField(text[i+1 : end]), true}
			lines += breaks
			i = end + 1
		} else {
			end := i
			for end < len(text) && text[end] != ',' && text[end] != '\n' && text[end] != '\r' {
				if text[end] == '"' {
					return 0, 0, errCSV
				}
				end++
			}
			value.text = text[i:end]
			i = end
		}
		f.fields = append(f.fields, value)
		rest := text[i:]
		switch {
		case len(rest) == 0 && !last, len(rest) == 1 && rest[0] == '\r' && !last:
			return 0, 0, nil
		case len(rest) == 0:
			return i, lines + 1, nil
		case rest[0] == ',':
			i++
		case rest[0] == '\n':
			return i + 1, lines + 1, nil
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return i + 2, lines + 1, nil
		default:
			return 0, 0, errCSV
		}
	}
}

// quotedEnd returns the place of the quote that ends a field, and how many lines end within it. ok
// is false if the text ends before it is known.
func quotedEnd(text []byte, i int, last bool) (end, breaks int, ok bool) {
	for {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return 0, 0, false
		}
		breaks += bytes.Count(text[i:i+n], []byte{'\n'})
		i += n
		switch {
		case i+1 == len(text):
			return i, breaks, last
		case text[i+1] != '"':
			return i, breaks, true
		}
		i += 2
	}
}

// unquoteField returns the text in quotes.
func unquoteField(text []byte) []byte {
	if bytes.IndexByte(text, '"') < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte(`""`), []byte(`"`))
}
