package chart

import (
	"math"
	"strconv"
	"strings"
)

// A scale maps the values from lo to hi to the pixels from start to end.
type scale struct {
	lo, hi     float64
	start, end int
}

// at returns the pixel of a value.
func (s scale) at(v float64) int {
	part := (v - s.lo) / (s.hi - s.lo)
	if math.IsInf(s.hi-s.lo, 0) {
		part = (v/2 - s.lo/2) / (s.hi/2 - s.lo/2)
	}
	return s.start + int(math.Round(part*float64(s.end-s.start)))
}

// A tick is a labelled place on a scale.
type tick struct {
	at    float64
	label string
}

// spread widens a range that is a single value, so that there is something to divide.
func spread(lo, hi float64) (float64, float64) {
	switch {
	case lo < hi:
		return lo, hi
	case lo == 0:
		return 0, 1
	}
	d := math.Abs(lo) / 10
	if lo-d == lo { // among the smallest numbers
		d = math.SmallestNonzeroFloat64
	}
	return max(lo-d, -math.MaxFloat64), min(hi+d, math.MaxFloat64)
}

// A decimalStep is a distance of ticks: digit is 1, 2 or 5, times a power of ten. Ticks are
// computed in decimals, so that a label has the digits of its place and no others.
type decimalStep struct {
	digit    int64
	exponent int
}

// stepOver returns a step that divides a range into some want parts.
func stepOver(lo, hi float64, want int) decimalStep {
	return roundStep(hi/float64(want) - lo/float64(want))
}

// roundStep returns the least step that is not below one.
func roundStep(step float64) decimalStep {
	exponent := int(math.Floor(math.Log10(step)))
	for _, digit := range []int64{1, 2, 5} {
		if s := (decimalStep{digit, exponent}); s.length() >= step*(1-1e-9) {
			return s
		}
	}
	return decimalStep{1, exponent + 1}
}

func (s decimalStep) length() float64 { return parseDecimal(s.digit, s.exponent) }

// whole returns the step, or 1 where that is less.
func (s decimalStep) whole() decimalStep {
	if s.exponent < 0 {
		return decimalStep{1, 0}
	}
	return s
}

// divides reports whether floats are exact enough for a step between lo and hi.
func (s decimalStep) divides(lo, hi float64) bool {
	length := s.length()
	return length > 1e-300 && !math.IsInf(length, 0) &&
		max(math.Abs(lo), math.Abs(hi))/length < 1e15
}

// around returns the places of ticks outside of a range.
func (s decimalStep) around(lo, hi float64) (float64, float64) {
	if !s.divides(lo, hi) {
		return lo, hi
	}
	below := parseDecimal(int64(math.Floor(lo/s.length()+1e-9))*s.digit, s.exponent)
	above := parseDecimal(int64(math.Ceil(hi/s.length()-1e-9))*s.digit, s.exponent)
	return max(below, -math.MaxFloat64), min(above, math.MaxFloat64)
}

// ticks returns the ticks between lo and hi.
func (s decimalStep) ticks(lo, hi float64) []tick {
	if !s.divides(lo, hi) {
		return []tick{{lo, significant(lo)}}
	}
	var places []int64
	most := int64(0)
	for i := int64(math.Ceil(lo/s.length() - 1e-9)); float64(i) <= hi/s.length()+1e-9; i++ {
		places = append(places, i*s.digit)
		most = max(most, i*s.digit, -i*s.digit)
	}
	unit, suffix := unitOf(parseDecimal(most, s.exponent))
	ticks := make([]tick, len(places))
	for i, p := range places {
		ticks[i] = tick{parseDecimal(p, s.exponent), "0"}
		if p != 0 {
			ticks[i].label = grouped(decimal(p, s.exponent-unit)) + suffix
		}
	}
	return ticks
}

// unitOf returns the power of ten in which numbers up to most are written, and its name.
func unitOf(most float64) (exponent int, suffix string) {
	switch {
	case most >= 1e15 || most < 1e-4 && most > 0:
		exponent = int(math.Floor(math.Log10(most)))
		return exponent, "e" + strconv.Itoa(exponent)
	case most >= 1e12:
		return 12, " trillion"
	case most >= 1e9:
		return 9, " billion"
	case most >= 1e6:
		return 6, " million"
	}
	return 0, ""
}

// parseDecimal returns the float64 that is nearest to digits times a power of ten.
func parseDecimal(digits int64, exponent int) float64 {
	f, _ := strconv.ParseFloat(strconv.FormatInt(digits, 10)+"e"+strconv.Itoa(exponent), 64)
	return f
}

// decimal writes digits times a power of ten without an exponent.
func decimal(digits int64, exponent int) string {
	text, negative := strings.CutPrefix(strconv.FormatInt(digits, 10), "-")
	if exponent >= 0 {
		text += strings.Repeat("0", exponent)
	} else {
		text = strings.Repeat("0", max(0, 1-exponent-len(text))) + text
		point := len(text) + exponent
		text = text[:point] + "." + text[point:]
	}
	if negative {
		return minus + text
	}
	return text
}

// minus is the sign of a negative number, as wide as its digits.
const minus = "−"

// grouped separates each three digits before the point by a comma.
func grouped(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, minus); negative {
		sign, text = minus, rest
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if fraction != "" {
		fraction = "." + fraction
	}
	if len(whole) < 5 {
		return sign + text
	}
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String() + fraction
}

// significant writes a number for which there is no scale.
func significant(f float64) string {
	return tidy(strconv.FormatFloat(f, 'g', 6, 64))
}

// tidy writes a number as a reader of a chart expects it, with all its digits.
func tidy(digits string) string {
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		return minus + tidy(rest)
	}
	if strings.ContainsAny(digits, "eE") {
		return strings.NewReplacer("e+0", "e", "e+", "e", "E+", "e").Replace(digits)
	}
	return grouped(digits)
}
