package binder

import (
	"cmp"
	"strconv"
	"strings"
)

// A decimal is a number as it was written: its value is 0.digits × 10^exponent, with a sign. It is
// compared by its digits, since math/big would expand 1e1000000 to compare it.
type decimal struct {
	negative bool
	digits   string // without zeros at either end; "" is zero
	exponent int
}

// parseDecimal parses a number with an optional fraction and exponent.
func parseDecimal(text string) (d decimal, ok bool) {
	mantissa := strings.TrimLeft(text, "+-")
	if len(text)-len(mantissa) > 1 {
		return decimal{}, false
	}
	exponent := 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(mantissa[i+1:]); err != nil || exponent < -1e6 || exponent > 1e6 {
			return decimal{}, false
		}
		mantissa = mantissa[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	written := whole + fraction
	if written == "" || !isDigits(written) {
		return decimal{}, false
	}
	significant := strings.TrimLeft(written, "0")
	d.digits = strings.TrimRight(significant, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	d.negative = text[0] == '-'
	d.exponent = exponent + len(whole) - (len(written) - len(significant))
	return d, true
}

// compare returns -1, 0 or +1 if d is less than, equal to or greater than e.
func (d decimal) compare(e decimal) int {
	if d.sign() != e.sign() || d.digits == "" {
		return cmp.Compare(d.sign(), e.sign())
	}
	return d.sign() * cmp.Or(cmp.Compare(d.exponent, e.exponent), strings.Compare(d.digits, e.digits))
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return +1
}

func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }
