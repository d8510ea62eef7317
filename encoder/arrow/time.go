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

	// maxSeconds limits the distance from 1970 of which an int64 can hold the microseconds.
	maxSeconds = math.MaxInt64/1_000_000 - 1
)

// daysOf returns the days since 1970-01-01 of a Date.
func daysOf(v row.Value) (days int32, ok bool) {
	t, ok := v.Time()
	if !ok {
		t, ok = parse(v.String(), "01-02")
	}
	n := t.Unix() / secondsPerDay
	return int32(n), ok && v.Kind() == row.Date && n == int64(int32(n))
}

// timeOf returns the microseconds since midnight of a Time.
func timeOf(v row.Value) (us int64, ok bool) {
	t, err := time.Parse("15:04:05", v.String()) // takes a fraction too; on 1 January of year 0
	ns := t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
	return ns.Microseconds(), err == nil && ns%time.Microsecond == 0 && v.Kind() == row.Time
}

// timestampOf returns the microseconds since 1970-01-01 00:00:00, in UTC for a TimestampTZ.
func timestampOf(v row.Value) (us int64, ok bool) {
	t, ok := v.Time()
	if !ok && v.Kind() == row.Timestamp {
		t, ok = parse(v.String(), "01-02T15:04:05")
	}
	if !ok && v.Kind() == row.TimestampTZ {
		t, ok = parse(v.String(), "01-02T15:04:05-07:00")
		if !ok { // local mean time, before standard time zones
			t, ok = parse(v.String(), "01-02T15:04:05-07:00:00")
		}
	}
	if !ok || t.Unix() < -maxSeconds || t.Unix() > maxSeconds || t.Nanosecond()%1000 != 0 {
		return 0, false
	}
	return t.UnixMicro(), true
}

// parse reads the text of a row.Value that package time cannot read: with a year of more than four
// digits, or one before Christ. layout is that of the text after the year.
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
	hour, minute, second := t.Clock()
	full := time.Date(y, t.Month(), t.Day(), hour, minute, second, t.Nanosecond(), t.Location())
	return full, full.Day() == t.Day()
}
