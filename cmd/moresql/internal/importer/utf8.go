package importer

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// countLetters counts the letters beyond ASCII that are UTF-8, and the bytes that are not. A letter
// that the end of the sample cuts is neither.
func countLetters(sample []byte) (valid, invalid int) {
	for len(sample) > 0 {
		r, n := utf8.DecodeRune(sample)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(sample):
			return valid, invalid
		case r == utf8.RuneError && n == 1:
			invalid++
		case n > 1:
			valid++
		}
		sample = sample[n:]
	}
	return valid, invalid
}

var replacement = []byte("\ufffd")

// badEncoding says what is wrong with the encoding of a text, "" for nothing.
func badEncoding(text []byte, encoding string, decoded bool) string {
	if decoded {
		if bytes.Contains(text, replacement) {
			return "a letter is not " + encoding + ": name the file's encoding with -encoding"
		}
		return ""
	}
	if utf8.Valid(text) {
		return ""
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return fmt.Sprintf("the byte 0x%02X after %d others is not UTF-8: mend it, or name the "+
				"file's encoding, as in -encoding windows-1252", text[i], i)
		}
		i += n
	}
}
