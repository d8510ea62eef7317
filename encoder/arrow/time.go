package arrow

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/moresql/moresql/row"
)

const (
	secondsPerDay = 24 * 60 * 60
	maxSeconds    = math.MaxInt64/1_000_000 - 1 // from 1970 on or back, that an int64 of microseconds has room for
)

// daysOf returns the days since 1970-01-01.
func daysOf(v row.Value) (days int32, ok bool) {
	t, ok := v.Time()
	if !ok {
		t, ok = parse(v.String(), "01-02")
	}
	n := t.Unix() / secondsPerDay
	return int32(n), ok && v.Kind() == row.Date && n == int64(int32(n))
}

// timeOf returns the microseconds since midnight.
func timeOf(v row.Value) (us int64, ok bool) {
	t, err := time.Parse("15:04:05", v.String()) // with a fraction or without, on the first day of the year 0
	ns := t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
	return ns.Microseconds(), err == nil && ns%time.Microsecond == 0 && v.Kind() == row.Time
}

// timestampOf returns the microseconds since 1970-01-01 00:00:00, in UTC for what has an offset.
func timestampOf(v row.Value) (us int64, ok bool) {
	t, ok := v.Time()
	if !ok && v.Kind() == row.Timestamp {
		t, ok = parse(v.String(), "01-02T15:04:05")
	}
	if !ok && v.Kind() == row.TimestampTZ {
		t, ok = parse(v.String(), "01-02T15:04:05-07:00")
		if !ok {
			t, ok = parse(v.String(), "01-02T15:04:05-07:00:00") // before zones were a matter of whole minutes
		}
	}
	if !ok || t.Unix() < -maxSeconds || t.Unix() > maxSeconds || t.Nanosecond()%1000 != 0 {
		return 0, false
	}
	return t.UnixMicro(), true
}

// parse reads text as row.Value has it, which package time does not know: a year of more than four
// digits, or one before Christ. The layout is that of what follows the year.
func parse(text, layout string) (time.Time, bool) {
	text, isBC := strings.CutSuffix(text, " BC")
	digits, rest, _ := strings.Cut(text, "-")
	year, err := strconv.ParseUint(digits, 10, 23) // the last of a date32 is 5,881,580
	if err != nil {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, rest) // in the year 0, which is a leap year
	if err != nil {
		return time.Time{}, false
	}
	y := int(year)
	if isBC {
		y = 1 - y
	}
	full := time.Date(y, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	return full, full.Day() == t.Day()
}
