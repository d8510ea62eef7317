package row

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
)

// Digits with which any decimal number can be told from its neighbours: FLT_DECIMAL_DIG and
// DBL_DECIMAL_DIG of the C standard.
const floatDigits, doubleDigits = 9, 17

// floatValue keeps the bits. A number is a Float32 if single precision can hold it, or if that is
// what it was before the driver has read its text with double precision, as lib/pq does, in which
// 0.1 is another number.
func floatValue(f float64, c *Column) Value {
	kind := Float64
	if c.Kind == Float32 {
		if single, ok := singleOf(f, c.single); ok {
			f, kind = single, Float32
		}
	}
	return Value{num: math.Float64bits(f), meta: int32(kind)}
}

func float32Value(f float32) Value {
	return Value{num: math.Float64bits(float64(f)), meta: int32(Float32)}
}

// parseFloat reads a number as databases write it, NaN and the infinities included, and not what
// only Go takes for one: 0x1p4, 1_000, inf.
func parseFloat(s string) (f float64, ok bool) {
	if !isNumber(s) {
		switch s {
		case "NaN", "Infinity", "-Infinity":
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// singleOf returns the number of single precision that f is, or if rounded is set, that f is in
// double precision. ok is false if there is none.
func singleOf(f float64, rounded bool) (single float64, ok bool) {
	single = float64(float32(f))
	if single == f || f != f {
		return f, true
	}
	if !rounded || math.IsInf(single, 0) {
		return f, false
	}
	const half = 1 << (52 - 23 - 1) // of the distance between two numbers of single precision
	if math.Float64bits(f)&(2*half-1) == half {
		// f lies half-way, where rounding decides for one of the two without a reason. The text that
		// f was read from is that of one of them.
		for _, to := range []float64{math.Inf(-1), math.Inf(1)} {
			near := math.Nextafter32(float32(single), float32(to))
			text := appendFloat(nil, float64(near), 32)
			if read, err := strconv.ParseFloat(string(text), 64); err == nil && read == f {
				return float64(near), true
			}
		}
	}
	return single, true
}

// appendFloat writes a number as PostgreSQL does since version 12: in the fewest digits that only
// this number is nearest to, and of these the nearest, or of two the even one. It has an exponent
// below 1e-4, and above the integers whose digits the precision is certain to hold: 15 digits, or 6
// in single precision (DBL_DIG and FLT_DIG of the C standard).
func appendFloat(b []byte, f float64, size int) []byte {
	low, high := 1e-4, 1e15
	if size == 32 {
		low, high = float64(float32(1e-4)), 1e6
	}
	format := byte('e')
	switch abs := math.Abs(f); {
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	case abs == 0, low <= abs && abs < high:
		format = 'f'
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, format, -1, size)
	switch {
	case mayEndInFive(f, size):
		return appendEven(b, start, f, format, size)
	case format == 'e' && isHalfWay(b[start:], f, size):
		return appendWithin(b[:start], f, size)
	}
	return b
}

// mayEndInFive reports whether f may have one decimal digit more than its shortest text. That digit
// is a 5, so that two texts are as near, of which strconv may take the odd one.
func mayEndInFive(f float64, size int) bool {
	most, drop := 25, 0
	if size == 32 {
		most, drop = 14, 53-24
	}
	// f is odd·2^-n, and has as many digits as odd·5^n. That number has more digits than can be told
	// apart for a large n. For a small one the digit counts: 5·10^-n is too far from f if it is more
	// than half of the distance to the next number.
	exp := int(math.Float64bits(f)>>52&0x7FF) - 1075
	fraction := math.Float64bits(f)&(1<<52-1) | 1<<52
	zeros := bits.TrailingZeros64(fraction)
	n := -(exp + zeros)
	return 2 <= n && n <= most && 7*(n-1) >= 3*(zeros-drop) // 5 is less than 2 to the power of 7/3
}

// appendEven replaces the text at b[start:] by the one of as many digits that is nearest to f, and
// even if two are, unless that is nearer to another number.
func appendEven(b []byte, start int, f float64, format byte, size int) []byte {
	end := len(b)
	mantissa, _, _ := bytes.Cut(b[start:], []byte("e"))
	_, digits, _ := bytes.Cut(mantissa, []byte("."))
	b = strconv.AppendFloat(b, f, format, len(digits), size)
	if read, err := strconv.ParseFloat(string(b[end:]), size); err == nil && read == f {
		return append(b[:start], b[end:]...)
	}
	return b[:end]
}

// appendWithin appends the shortest text that does not lie half-way to a neighbour of f.
func appendWithin(b []byte, f float64, size int) []byte {
	start, most := len(b), doubleDigits
	if size == 32 {
		most = floatDigits
	}
	for n := range most { // digits after the point
		b = strconv.AppendFloat(b[:start], f, 'e', n, size)
		read, err := strconv.ParseFloat(string(b[start:]), size)
		if err == nil && read == f && !isHalfWay(b[start:], f, size) {
			break
		}
	}
	return b
}

// isHalfWay reports whether text, of the form 1.25e+20, lies exactly half-way between f and one of
// its neighbours. strconv takes such a text where it is read as f, since that is even; PostgreSQL
// takes it for neither (acceptBounds in its d2s.c and f2s.c).
func isHalfWay(text []byte, f float64, size int) bool {
	precision := 53
	if size == 32 {
		precision = 24
	}
	// f is whole·2^exp, and half-way up and down are odd numbers of halves of that, or of quarters
	// next to a power of two, where numbers lie closer below than above.
	fraction, exp := math.Frexp(math.Abs(f))
	if exp < precision-1 || exp > 2*precision+32 { // then one side of equal has too many digits
		return false
	}
	whole := uint64(math.Ldexp(fraction, precision))
	exp -= precision
	digits, power := decimal(text)
	return equal(digits, power, 2*whole+1, exp-1) || equal(digits, power, 2*whole-1, exp-1) ||
		whole == 1<<(precision-1) && equal(digits, power, 4*whole-1, exp-2)
}

// decimal reads a text of the form -1.25e+20 as digits·10^power. It has at most 19 digits.
func decimal(text []byte) (digits uint64, power int) {
	mantissa, exponent, _ := bytes.Cut(text, []byte("e"))
	power, _ = strconv.Atoi(string(exponent))
	point := len(mantissa)
	for i, c := range mantissa {
		switch {
		case c == '.':
			point = i + 1
		case c != '-':
			digits = 10*digits + uint64(c-'0')
		}
	}
	return digits, power - (len(mantissa) - point)
}

// equal reports whether digits·10^power is odd·2^exp, of an odd number of at most 56 bits.
func equal(digits uint64, power int, odd uint64, exp int) bool {
	shift := bits.TrailingZeros64(digits)
	if shift+power != exp || power < -2 || power > 24 { // beyond, one side has more digits than fit
		return false
	}
	digits >>= shift
	for ; power > 0; power-- {
		if odd%5 != 0 {
			return false
		}
		odd /= 5
	}
	for ; power < 0; power++ {
		odd *= 5
	}
	return digits == odd
}
