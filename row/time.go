package row

import (
	"bytes"
	"strconv"
	"time"
)

const secondsPerDay = 24 * 60 * 60

// timeValue keeps the local clock of t, and for the kinds that have one its offset.
//
// A driver of SQLite returns a text with an offset, in a column of any kind, as a time in a zone,
// and one without as a time in UTC. Where the driver is unknown, a Timestamp whose zone has an
// offset but no name is one of SQLite. Both keep their offset as a TimestampTZ.
func timeValue(t time.Time, c *Column) Value {
	kind, zone, offset := c.Kind, "UTC", 0
	if c.zone != nil {
		t = t.In(c.zone)
	}
	if t.Location() != time.UTC {
		zone, offset = t.Zone()
	}
	seconds := t.Unix() + int64(offset)
	switch {
	case c.stored && t.Location() != time.UTC:
		kind = TimestampTZ
	case c.stored && kind == TimestampTZ:
		kind = Timestamp
	case kind == Time, kind == TimeTZ, kind == TimestampTZ:
	case kind == Date:
		if seconds%secondsPerDay != 0 || t.Nanosecond() != 0 { // SQLite stores any time in a DATE
			kind = Timestamp
		}
	case kind == Timestamp:
		if offset != 0 && zone == "" {
			kind = TimestampTZ
		}
	default: // the driver does not report the type: the whole instant is kept
		kind = TimestampTZ
	}
	return Value{
		num:  uint64(seconds),
		nsec: int32(t.Nanosecond()),
		meta: int32(kind) | int32(offset)<<8,
	}
}

// appendTime writes a date or a time as PostgreSQL's to_json does (JsonEncodeDateTime in its
// source).
func (v Value) appendTime(b []byte) []byte {
	kind := v.Kind()
	days, sec := floorDiv(int64(v.num), secondsPerDay)
	var bc bool
	if kind == Date || kind == Timestamp || kind == TimestampTZ {
		b, bc = appendDate(b, days)
	}
	if kind == Timestamp || kind == TimestampTZ {
		b = append(b, 'T')
	}
	if kind != Date {
		if v.isMidnightEnd(days, sec) {
			b = append(b, "24:00:00"...)
		} else {
			b = appendClock(b, uint32(sec), uint32(v.nsec))
		}
	}
	if kind == TimeTZ || kind == TimestampTZ {
		b = appendOffset(b, v.offset(), kind == TimestampTZ)
	}
	if bc {
		b = append(b, " BC"...)
	}
	return b
}

// isMidnightEnd reports whether a time is PostgreSQL's 24:00:00, which lib/pq returns as midnight
// on 2 January of year 0, and other times on 1 January.
func (v Value) isMidnightEnd(days, sec int64) bool {
	const secondDay = -719527 // 0000-01-02, in days since 1970-01-01
	return sec == 0 && days == secondDay && (v.Kind() == Time || v.Kind() == TimeTZ)
}

// appendDate writes days since 1970-01-01 as year-month-day in the proleptic Gregorian calendar,
// and reports whether the year, written as a positive number, is one before Christ. The algorithm
// counts eras of 400 years from 1 March of year 0, so that leap days come last: Howard Hinnant,
// chrono-Compatible Low-Level Date Algorithms
// (https://howardhinnant.github.io/date_algorithms.html).
func appendDate(b []byte, days int64) (_ []byte, bc bool) {
	era, day := floorDiv(days+719468, 146097)
	dayOfEra := uint32(day)
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*dayOfYear + 2) / 153 // month, March is 0
	dayOfMonth := dayOfYear - (153*m+2)/5 + 1
	month := m + 3
	year := era*400 + int64(yearOfEra)
	if m >= 10 {
		month, year = m-9, year+1
	}
	if year <= 0 {
		year, bc = 1-year, true
	}
	if year > 9999 {
		b = strconv.AppendInt(b, year, 10)
	} else {
		y := uint32(year)
		high, low := digits[y/100], digits[y%100]
		b = append(b, high.tens, high.ones, low.tens, low.ones)
	}
	mm, dd := digits[month], digits[dayOfMonth]
	return append(b, '-', mm.tens, mm.ones, '-', dd.tens, dd.ones), bc
}

// appendClock writes hh:mm:ss and the fraction of the second without trailing zeros.
func appendClock(b []byte, sec, nsec uint32) []byte {
	hour, minute, second := digits[sec/3600], digits[sec/60%60], digits[sec%60]
	b = append(b, hour.tens, hour.ones, ':', minute.tens, minute.ones, ':', second.tens, second.ones)
	if nsec == 0 {
		return b
	}
	high, low := nsec/100_000, nsec%100_000*10 // four digits, and five followed by a zero
	h1, h2 := digits[high/100], digits[high%100]
	l1, l2, l3 := digits[low/10_000], digits[low/100%100], digits[low%100]
	b = append(b, '.', h1.tens, h1.ones, h2.tens, h2.ones,
		l1.tens, l1.ones, l2.tens, l2.ones, l3.tens)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// appendOffset writes an offset from UTC as +hh:mm, and :ss where there are seconds. Unless long is
// set, minutes of zero are left out, as PostgreSQL does for time with time zone.
func appendOffset(b []byte, offset int32, long bool) []byte {
	if offset == 0 && long {
		return append(b, "+00:00"...)
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	sec := uint32(offset)
	b = append(b, sign, digits[sec/3600%100].tens, digits[sec/3600%100].ones)
	if long || sec%3600 != 0 {
		b = append(b, ':', digits[sec/60%60].tens, digits[sec/60%60].ones)
	}
	if sec%60 != 0 {
		b = append(b, ':', digits[sec%60].tens, digits[sec%60].ones)
	}
	return b
}

// digits holds the two digits of each number below 100.
var digits = func() (t [100]struct{ tens, ones byte }) {
	for n := range t {
		t[n].tens, t[n].ones = '0'+byte(n/10), '0'+byte(n%10)
	}
	return t
}()

func floorDiv(a, b int64) (quotient, remainder int64) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient, remainder = quotient-1, remainder+b
	}
	return quotient, remainder
}

// isoTimestamp rewrites the text of a timestamp at b[from:], as databases print it (2024-01-02
// 03:04:05.500+02), into the form that appendTime writes (2024-01-02T03:04:05.5+02:00). Without
// offset set, an offset stays as it is. Other text, such as infinity, does not change.
// TestTimesAsText has a case for each branch, and FuzzTimestamp compares it with regular
// expressions.
func isoTimestamp(b []byte, from int, offset bool) []byte {
	const around = "00-00 00:00:00" // the pattern around the space, with 0 for any digit
	i := from + bytes.IndexByte(b[from:], ' ')
	start := i - len("00-00")
	if start < from+len("2024-") || start+len(around) > len(b) {
		return b
	}
	for j := range len(around) {
		c := b[start+j]
		if isDigit := '0' <= c && c <= '9'; isDigit != (around[j] == '0') || !isDigit && c != around[j] {
			return b
		}
	}
	b[i] = 'T'
	i += len(" 03:04:05")
	if i < len(b) && b[i] == '.' {
		end := i + 1
		for end < len(b) && '0' <= b[end] && b[end] <= '9' {
			end++
		}
		used := end
		for b[used-1] == '0' {
			used--
		}
		if b[used-1] == '.' {
			used--
		}
		b = append(b[:used], b[end:]...)
		i = used
	}
	signed := i < len(b) && (b[i] == '+' || b[i] == '-')
	end := i + len("+02")
	if offset && signed && (end == len(b) || end < len(b) && b[end] == ' ') {
		tail := string(b[end:]) // " BC"
		b = append(append(b[:end], ":00"...), tail...)
	}
	return b
}
