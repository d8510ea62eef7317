package encoder

import "unicode/utf8"

// appendString appends s as a JSON string (RFC 8259, section 7). Each byte that is not part of valid UTF-8 becomes
// U+FFFD, since section 8.1 allows nothing but UTF-8.
func appendString(b, s []byte) []byte {
	if !utf8.Valid(s) {
		s = []byte(validUTF8(string(s)))
	}
	b = append(b, '"')
	start := 0
	for i, c := range s {
		if plain[c] {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		default:
			const digits = "0123456789abcdef"
			b = append(b, `\u00`...)
			b = append(b, digits[c>>4], digits[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// plain says which bytes of valid UTF-8 stand in a JSON string as they are.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// appendJSON appends a JSON text as it is. A database that does not check what it holds in a column of JSON
// must not break the document: what is no JSON is written as a string.
func appendJSON(b, raw []byte) []byte {
	if !utf8.Valid(raw) {
		raw = []byte(validUTF8(string(raw)))
	}
	if !validJSON(raw) {
		return appendString(b, raw)
	}
	return append(b, raw...)
}

// validUTF8 puts U+FFFD for each byte that is not part of valid UTF-8.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
