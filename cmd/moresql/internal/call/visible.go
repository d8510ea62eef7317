package call

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Visible has characters that would move the cursor, change the colours or the order of a text
// stand as escapes of JSON.
func Visible(text string) string {
	if !strings.ContainsFunc(text, isControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		b.WriteString(visible(r))
	}
	return b.String()
}

func visible(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case isControl(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// isControl reports whether a character controls a terminal: C0, C1, line separators, and marks of
// bidirectional text (Unicode Standard Annex 9, section 2).
func isControl(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 ||
		r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// shown returns what is shown of a result: on a terminal it is visible, with its lines and tabs.
func (out *Output) shown(result io.Reader) io.Reader {
	if !out.Terminal {
		return result
	}
	return transform.NewReader(result, visibleLines{})
}

// visibleLines is what makes a text visible.
type visibleLines struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (visibleLines) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		rest := src[nSrc:]
		if !atEOF && (!utf8.FullRune(rest) || string(rest) == "\r") {
			return nDst, nSrc, transform.ErrShortSrc
		}
		r, size := utf8.DecodeRune(rest)
		text := visible(r)
		if r == '\n' || r == '\t' || bytes.HasPrefix(rest, []byte("\r\n")) {
			text = string(r)
		}
		if nDst+len(text) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], text)
		nSrc += size
	}
	return nDst, nSrc, nil
}
