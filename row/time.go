package row

import (
	"bytes"
	"strconv"
	"time"
)

const secondsPerDay = 24 * 60 * 60

// timeValue keeps what the wall clock shows, and for the kinds that have one the offset.
//
// A Timestamp whose zone has an offset but no name did not come from a database without time zones:
// SQLite's drivers read '2024-01-02 03:04:05+02:00' so in a column declared TIMESTAMP. Its offset is kept.
func timeValue(t time.Time, kind Kind) Value {
	zone, offset := "UTC", 0
	if t.Location() != time.UTC {
		zone, offset = t.Zone()
	}
	seconds := t.Unix() + int64(offset)
	switch kind {
	case Time, TimeTZ, TimestampTZ:
	case Date:
		if seconds%secondsPerDay != 0 || t.Nanosecond() != 0 { // SQLite keeps any text in a DATE
			kind = Timestamp
		}
	case Timestamp:
		if offset != 0 && zone == "" {
			kind = TimestampTZ
		}
	default: // a driver that names no type: the instant, whole
		kind = TimestampTZ
	}
	return Value{num: uint64(seconds), nsec: int32(t.Nanosecond()), meta: int32(kind) | int32(offset)<<8}
}

// appendTime writes a date or a time as PostgreSQL's to_json does (JsonEncodeDateTime in its source).
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

// isMidnightEnd reports PostgreSQL's time 24:00:00, which lib/pq hands over as midnight of the day after
// the one that it puts other times on, 1 January of year 0.
func (v Value) isMidnightEnd(days, sec int64) bool {
	const secondDay = -719527 // 0000-01-02, in days since 1970-01-01
	return sec == 0 && days == secondDay && (v.Kind() == Time || v.Kind() == TimeTZ)
}

// appendDate writes days since 1970-01-01 as year-month-day in the proleptic Gregorian calendar, and reports
// whether the year, written as a positive number, is one before Christ. The algorithm counts eras of 400 years from
// 1 March of year 0, so that leap days come last: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
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
		b = append(b, digits[y/100].tens, digits[y/100].ones, digits[y%100].tens, digits[y%100].ones)
	}
	return append(b, '-', digits[month].tens, digits[month].ones, '-', digits[dayOfMonth].tens, digits[dayOfMonth].ones), bc
}

// appendClock writes hh:mm:ss and the fraction without its trailing zeros.
func appendClock(b []byte, sec, nsec uint32) []byte {
	hour, minute, second := digits[sec/3600], digits[sec/60%60], digits[sec%60]
	b = append(b, hour.tens, hour.ones, ':', minute.tens, minute.ones, ':', second.tens, second.ones)
	if nsec == 0 {
		return b
	}
	high, low := nsec/100_000, nsec%100_000*10 // four digits, and five with a zero behind them
	a, c, d, e, f := digits[high/100], digits[high%100], digits[low/10_000], digits[low/100%100], digits[low%100]
	b = append(b, '.', a.tens, a.ones, c.tens, c.ones, d.tens, d.ones, e.tens, e.ones, f.tens)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// appendOffset writes +hh:mm, and :ss where there are seconds; unless long is asked for minutes of zero are left out,
// as PostgreSQL does for time with time zone.
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

// digits has the two of each number below 100.
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

// isoTimestamp turns the text of a timestamp at b[from:], as the databases print it (2024-01-02 03:04:05.500+02), in place
// into the ISO 8601 form that appendTime writes (2024-01-02T03:04:05.5+02:00). Other text stays: infinity.
func isoTimestamp(b []byte, from int, offset bool) []byte {
	const around = "00-00 00:00:00" // the space, with digits where the 0 are
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
	if j := i + len("+02"); offset && j <= len(b) && (b[i] == '+' || b[i] == '-') && (j == len(b) || b[j] == ' ') {
		tail := string(b[j:]) // " BC"
		b = append(append(b[:j], ":00"...), tail...)
	}
	return b
}
