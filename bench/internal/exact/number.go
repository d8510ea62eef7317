package exact

import (
	"strconv"
	"strings"
)

// equalNumbers reports whether two JSON numbers have the same decimal value.
func equalNumbers(a, b string) bool { return a == b || decimalOf(a) == decimalOf(b) }

// A decimal is 0.digits × 10^exponent in its only representation: zero has no digits, and the
// digits of any other number neither begin nor end with 0.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

func decimalOf(number string) decimal {
	rest, negative := strings.CutPrefix(number, "-")
	power := 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil { // out of range: it equals only the same text
			return decimal{negative, number, 0}
		}
		rest, power = rest[:i], n
	}
	whole, fraction, _ := strings.Cut(rest, ".")
	digits := whole + fraction
	significant := strings.TrimLeft(digits, "0")
	d := decimal{
		negative: negative,
		digits:   strings.TrimRight(significant, "0"),
		exponent: power + len(whole) - (len(digits) - len(significant)),
	}
	if d.digits == "" {
		return decimal{}
	}
	return d
}
