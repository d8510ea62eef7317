package encoder

import "github.com/moresql/moresql/row"

// appendArray appends an array as JSON. What is not a valid array is written as a string.
func appendArray(b []byte, v row.Value, reader *row.ArrayReader) []byte {
	start := len(b)
	if b, ok := copyArray(b, v); ok {
		return b
	}
	reader.Reset(v)
	for {
		token, err := reader.Next()
		if err != nil {
			return appendString(b[:start], v.Raw())
		}
		if len(b) > start && b[len(b)-1] != '[' && (token == row.Open || token == row.Element) {
			b = append(b, ',')
		}
		switch token {
		case row.Open:
			b = append(b, '[')
		case row.Close:
			b = append(b, ']')
		case row.Element:
			var inner *row.ArrayReader
			if element := reader.Value(); element.Kind() == row.Array { // of int2vector[]
				inner = new(row.ArrayReader)
			}
			b = appendValue(b, reader.Value(), inner)
		case row.End:
			return b
		}
	}
}

// copyArray appends an array of one dimension whose elements are only copied, as most are:
// PostgreSQL quotes and escapes text in arrays (manual, 8.15.6) as JSON does, except for control
// characters. For any other array ok is false, and what it has appended must be dropped.
// TestCopyArrayCopiesPlainArraysOnly has a case for each branch, and FuzzCopyArray compares it with
// the ArrayReader.
func copyArray(b []byte, v row.Value) (_ []byte, ok bool) {
	elem, delim := v.Elem()
	isText := elem == row.Text
	text := v.Raw()
	if !isText && elem != row.Int && elem != row.Numeric || delim != ',' {
		return b, false
	}
	if len(text) < 2 || text[0] != '{' {
		return b, false
	}
	b = append(b, '[')
	if text[1] == '}' && len(text) == 2 {
		return append(b, ']'), true
	}
	for i := 1; ; i++ {
		start := i
		if isText && i < len(text) && text[i] == '"' {
			if i = skipQuoted(text, i); i < 0 {
				return b, false
			}
			b = append(b, text[start:i]...)
		} else {
			for i < len(text) && plain[text[i]] && text[i] != ',' && text[i] != '}' && text[i] != '{' {
				i++
			}
			switch element := text[start:i]; {
			case len(element) == 0:
				return b, false
			case len(element) == len("null") && element[0]|0x20 == 'n':
				if string(element) != "NULL" { // PostgreSQL writes no other
					return b, false
				}
				b = append(b, "null"...)
			case isText:
				b = append(append(append(b, '"'), element...), '"')
			case skipNumber(element, 0) == len(element):
				b = append(b, element...)
			default:
				return b, false
			}
		}
		if i >= len(text) {
			return b, false
		}
		switch text[i] {
		case ',':
			b = append(b, ',')
		case '}':
			return append(b, ']'), i == len(text)-1
		default:
			return b, false
		}
	}
}

// skipQuoted returns the end of the quoted element at b[i], or -1 if JSON cannot take it unchanged.
func skipQuoted(b []byte, i int) int {
	for i = skipPlain(b, i+1); i < len(b); i = skipPlain(b, i) {
		if b[i] == '"' {
			return i + 1
		}
		if b[i] != '\\' || i+1 == len(b) || b[i+1] != '"' && b[i+1] != '\\' {
			return -1
		}
		i += 2
	}
	return -1
}
