package binder

import (
	"fmt"
	"net/http"
)

const (
	// maxExponent is more than that of any number that a double holds. PostgreSQL keeps larger ones as
	// numeric, also inside jsonb, and writes them out: 1e130000 as 130,001 digits.
	maxExponent = 400

	// maxExpanded limits the digits that exponents beyond that make of the values of one request.
	maxExpanded = 4 << 20

	// mostExponent is the largest that PostgreSQL takes (manual, 8.1.2): others make an error, and no
	// digits.
	mostExponent = 131072
)

// An expansion counts the digits that the numbers in values have when they are written out.
type expansion int

// add counts those of a text, and returns an Error of status 413 if there are too many: a body of
// some kilobytes would come back as hundreds of megabytes (RFC 8259, section 6, lets a parser limit
// the range of numbers).
func (e *expansion) add(name, text string) error {
	for i := 1; i < len(text); i++ {
		if text[i]|0x20 != 'e' || !isDigit(text[i-1]) && text[i-1] != '.' {
			continue
		}
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		exponent := 0
		for ; i < len(text) && isDigit(text[i]); i++ {
			exponent = min(10*exponent+int(text[i]-'0'), mostExponent+1)
		}
		if exponent > maxExponent && exponent <= mostExponent {
			*e += expansion(exponent)
		}
	}
	if *e <= maxExpanded {
		return nil
	}
	message := "its numbers are too long when they are written out"
	return &Error{
		Status: http.StatusRequestEntityTooLarge, Field: name,
		Message: fmt.Sprintf("%s: %s", name, message),
		Hint:    fmt.Sprintf("Exponents beyond %d may add up to %d digits.", maxExponent, maxExpanded),
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
