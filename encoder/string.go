package encoder

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// appendString appends s as a JSON string (RFC 8259, section 7). Each byte that is not part of valid UTF-8 becomes
// U+FFFD, since section 8.1 allows nothing but UTF-8.
func appendString(b, s []byte) []byte {
	b = append(b, '"')
	start := 0
	for i := skipPlain(s, 0); i < len(s); i = skipPlain(s, i) {
		if n := skipRunes(s, i); n > i {
			i = n
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscaped(b, s[i])
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// appendEscaped appends a byte that cannot stand in a string as it is.
func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	}
	if c >= utf8.RuneSelf {
		return utf8.AppendRune(b, utf8.RuneError)
	}
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}

// skipPlain returns where the first byte from s[i] on is that does not stand as it is for a character of a JSON string: a
// quote, a backslash, a control character, or one of those that only together are a character. It looks at eight bytes at a time.
func skipPlain(s []byte, i int) int {
	for ; i+8 <= len(s); i += 8 {
		if found := special(binary.LittleEndian.Uint64(s[i:])); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && plain[s[i]] {
		i++
	}
	return i
}

// special marks, in the highest bit of its byte, the first of eight bytes that is not plain; what it marks in those after it
// means nothing. A byte minus one more than it can be borrows from that bit: Henry S. Warren, Hacker's Delight, 6-1.
func special(word uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^(ones*'"'), word^(ones*'\\')
	return ((word - ones*' ') | (quote - ones) | (backslash - ones) | word) & high
}

// plain says which bytes stand in a JSON string as they are, each a character.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\'
	}
	return t
}()

// skipRunes returns where the characters from s[i] on end that are none of ASCII; i when there is none, or no valid one.
func skipRunes(s []byte, i int) int {
	for i < len(s) && s[i] >= utf8.RuneSelf {
		// most are of three bytes
		if c := s[i]; c > 0xE0 && c < 0xED && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80 {
			i += 3
			continue
		}
		n := runeLen(s, i)
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

// runeLen returns how long the character at s[i] is, which is none of ASCII, or 0 where there is none: table 3-7 of the Unicode
// Standard. It says what utf8.DecodeRune says, in half the time.
func runeLen(s []byte, i int) int {
	n := 0
	low, high := byte(0x80), byte(0xBF) // of the second byte
	switch c := s[i]; {
	case c < 0xC2:
		return 0
	case c < 0xE0:
		n = 2
	case c < 0xF0:
		n = 3
		if c == 0xE0 { // shorter ones are not to be written longer
			low = 0xA0
		} else if c == 0xED { // surrogates are no characters
			high = 0x9F
		}
	case c < 0xF5:
		n = 4
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 { // U+10FFFF is the last
			high = 0x8F
		}
	default:
		return 0
	}
	if i+n > len(s) || s[i+1] < low || s[i+1] > high {
		return 0
	}
	for _, c := range s[i+2 : i+n] {
		if c&0xC0 != 0x80 {
			return 0
		}
	}
	return n
}

// appendJSON appends a JSON text as it is. A database that does not check what it holds in a column of JSON
// must not break the document: what is no JSON is written as a string.
func appendJSON(b, raw []byte) []byte {
	if validJSON(raw) {
		return append(b, raw...)
	}
	if utf8.Valid(raw) {
		return appendString(b, raw)
	}
	return appendJSON(b, []byte(validUTF8(string(raw))))
}

// validUTF8 puts U+FFFD for each byte that is not part of valid UTF-8.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
