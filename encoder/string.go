package encoder

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// appendString appends s as a JSON string (RFC 8259, section 7). Each byte that is not part of
// valid UTF-8 becomes U+FFFD, since section 8.1 allows only UTF-8.
func appendString(b, s []byte) []byte {
	return append(appendChars(append(b, '"'), s), '"')
}

// appendChars appends s as the inside of a JSON string.
func appendChars(b, s []byte) []byte {
	start := 0
	for i := skipPlain(s, 0); i < len(s); i = skipPlain(s, start) {
		b = appendEscaped(append(b, s[start:i]...), s[i])
		start = i + 1
	}
	return append(b, s[start:]...)
}

// appendEscaped appends a byte that must not stand in a string unescaped.
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

// skipPlain returns the index, from s[i] on, of the first byte that must not stand in a JSON string
// unescaped: a quote, a backslash, a control character, or one that is not part of valid UTF-8. It
// reads eight bytes at a time, and calls no function for text as most is, so that its variables
// stay in registers.
func skipPlain(s []byte, i int) int {
	for i >= 0 && i < len(s) {
		if i < len(s)-7 {
			found := special(load(s, i))
			if found == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(found) / 8
		} else if plain[s[i]] {
			i++
			continue
		}
		if s[i] < utf8.RuneSelf {
			return i
		}
		for i < len(s) && s[i] >= utf8.RuneSelf {
			if i < len(s)-7 {
				if word := load(s, i); threeBytes(word) { // the usual case, seldom a single one
					i += 3
					if threeBytes(word >> 24) {
						i += 3
					}
					continue
				}
			}
			n := runeLen(s, i)
			if n == 0 {
				return i
			}
			i += n
		}
	}
	return i
}

// load returns the eight bytes at s[i].
func load(s []byte, i int) uint64 {
	return binary.LittleEndian.Uint64(s[i : i+8])
}

// special marks, by the highest bit of its byte, the first of eight bytes that is not plain. Marks
// after that one mean nothing. Subtracting from a byte one more than it can be borrows from that
// bit: Henry S. Warren, Hacker's Delight, 6-1.
func special(word uint64) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^(ones*'"'), word^(ones*'\\')
	return ((word - ones*' ') | (quote - ones) | (backslash - ones) | word) & high
}

// plain reports for each byte whether it is a character that may stand in a JSON string unescaped.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = ' ' <= c && c < utf8.RuneSelf && c != '"' && c != '\\'
	}
	return t
}()

// threeBytes reports whether the lowest three bytes are a character from U+1000 to U+CFFF.
func threeBytes(word uint64) bool {
	return word&0xC0C0F0 == 0x8080E0 && byte(word)-0xE1 < 0xED-0xE1
}

// runeLen returns the length of the character at s[i], which is not ASCII, or 0 if it is not valid
// (Unicode Standard, table 3-7). Its result is that of utf8.DecodeRune, in half the time.
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
		if c == 0xE0 { // below are overlong encodings
			low = 0xA0
		} else if c == 0xED { // above are surrogates
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
