package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// maxLabel is how many bytes of a text are kept.
const maxLabel = 400

func isNumber(k row.Kind) bool { return axisOf(k) == ofNumbers }

// axisOf returns the axis that values of a kind are on.
func axisOf(k row.Kind) axis {
	switch k {
	case row.Int, row.Uint, row.Float32, row.Float64, row.Numeric:
		return ofNumbers
	case row.Date, row.Timestamp, row.TimestampTZ:
		return ofTimes
	case row.Time:
		return ofClock
	}
	return ofWords
}

// numberOf returns the number to draw, NaN for what cannot be drawn.
func numberOf(v row.Value) float64 {
	f := math.NaN()
	switch v.Kind() {
	case row.Int:
		f = float64(v.Int())
	case row.Uint:
		f = float64(v.Uint())
	case row.Float32, row.Float64:
		f = v.Float()
	case row.Numeric:
		if n, err := strconv.ParseFloat(string(v.Raw()), 64); err == nil {
			f = n
		}
	}
	if math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// timeOf returns the instant of a value, also of one that the driver has returned as text.
func timeOf(v row.Value) (time.Time, bool) {
	if t, ok := v.Time(); ok {
		return t, true
	}
	text, bc := strings.CutSuffix(v.String(), " BC")
	text = strings.Replace(text, "T", " ", 1)
	for _, layout := range []string{time.DateOnly, time.DateTime, time.DateTime + "Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			if bc {
				t = t.AddDate(1-2*t.Year(), 0, 0)
			}
			return t, true
		}
	}
	return time.Time{}, false
}

// clockOf returns the seconds of a time of day, hh:mm:ss with a fraction.
func clockOf(text string) float64 {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return math.NaN()
	}
	seconds := 0.0
	for _, part := range parts {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return math.NaN()
		}
		seconds = seconds*60 + f
	}
	return seconds
}

// head returns the text of a value, cut where no chart has room for more. It is a copy.
func head(v row.Value) string {
	if v.IsNull() {
		return "NULL"
	}
	raw := v.Raw()
	if len(raw) <= maxLabel {
		return v.String()
	}
	n := maxLabel
	for n > maxLabel-utf8.UTFMax && !utf8.RuneStart(raw[n]) {
		n--
	}
	return string(raw[:n]) + "…"
}

func unsupported(format string, args ...any) error {
	return &encoder.UnsupportedError{Err: fmt.Errorf(format, args...)}
}

func withoutNumbers(columns []row.Column) error {
	var list []string
	for _, c := range columns[:min(len(columns), 10)] {
		name := c.Name
		if c.Kind != row.Null {
			name += " (" + c.Kind.String() + ")"
		}
		list = append(list, name)
	}
	return unsupported("a chart needs a column of numbers after the first one, and the result has "+
		"none: %s", strings.Join(list, ", "))
}

func tooManySeries(n int) error {
	return unsupported("a chart has at most %d columns of numbers, and the result has %d or more: "+
		"select some of them", maxSeries, n)
}
