package row

import (
	"strings"
	"time"
)

// storedText makes the Value of a text that SQLite has stored in a column declared as a kind. It
// stays a text, since SQLite converts what is a number for the column when it is stored, except for
// the kinds that SQLite has no way to store but as text.
func storedText(s string, kind Kind) Value {
	switch kind {
	case JSON, UUID:
		return textValue(s, kind)
	case Time:
		if _, rest, ok := clock(s); ok && rest == "" {
			return textValue(s, Time)
		}
	case Date, Timestamp, TimestampTZ:
		if v, ok := storedTime(s); ok {
			return v
		}
	}
	return textValue(s, Text)
}

// storedTime reads a text that SQLite takes for a day, with or without a time of day and an offset
// ("Date And Time Functions", 2), or one that Go's time.Time.String writes, which is how
// modernc.org/sqlite stores a time: 2024-07-01 12:00:00.5 +0200 CEST m=+0.1. ok is false for
// any other text, and for one with more than nanoseconds.
func storedTime(s string) (v Value, ok bool) {
	if len(s) < len("2024-07-01") {
		return Value{}, false
	}
	day, rest := s[:len("2024-07-01")], s[len("2024-07-01"):]
	if !matches(day, "0000-00-00") {
		return Value{}, false
	}
	year, month, date := 100*two(day)+two(day[2:]), two(day[5:]), two(day[8:])
	at := time.Date(year, time.Month(month), date, 0, 0, 0, 0, time.UTC)
	if year == 0 || month == 0 || at.Day() != date || at.Month() != time.Month(month) {
		return Value{}, false
	}
	v = Value{num: uint64(at.Unix()), meta: int32(Date)}
	if rest == "" {
		return v, true
	}
	if rest[0] != ' ' && rest[0] != 'T' {
		return Value{}, false
	}
	since, rest, ok := clock(rest[1:])
	if !ok {
		return Value{}, false
	}
	v.num += uint64(since / time.Second)
	v.nsec, v.meta = int32(since%time.Second), int32(Timestamp)
	if rest == "" {
		return v, true
	}
	offset, ok := zoneOffset(strings.TrimPrefix(rest, " "))
	if !ok {
		return Value{}, false
	}
	v.meta = int32(TimestampTZ) | offset<<8
	return v, true
}

// clock reads a time of day, hh:mm with or without seconds, and returns what follows it.
func clock(s string) (since time.Duration, rest string, ok bool) {
	if len(s) < len("12:00") || !matches(s[:5], "00:00") {
		return 0, "", false
	}
	hour, minute, second, nsec := two(s), two(s[3:]), 0, 0
	rest = s[5:]
	if len(rest) >= len(":00") && matches(rest[:3], ":00") {
		second, rest = two(rest[1:]), rest[3:]
		if end := skipDigits(rest, 1); rest != "" && rest[0] == '.' && end > 0 {
			digits := strings.TrimRight(rest[1:end], "0")
			if len(digits) > 9 {
				return 0, "", false
			}
			for i := range 9 {
				nsec *= 10
				if i < len(digits) {
					nsec += int(digits[i] - '0')
				}
			}
			rest = rest[end:]
		}
	}
	since = time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(nsec)
	return since, rest, hour < 24 && minute < 60 && second < 60
}

// zoneOffset reads an offset from UTC: Z, +02:00, or as Go writes it, +0200 CEST m=+0.1.
func zoneOffset(s string) (offset int32, ok bool) {
	if s == "Z" {
		return 0, true
	}
	s, _, named := strings.Cut(s, " ")
	long := len(s) == len("+02:00") && matches(s[1:], "00:00")
	short := len(s) == len("+0200") && matches(s[1:], "0000")
	if !short && (!long || named) || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	minutes := two(s[len(s)-2:])
	offset = int32(two(s[1:])*3600 + minutes*60)
	if s[0] == '-' {
		offset = -offset
	}
	return offset, minutes < 60
}

// matches reports whether s is like a pattern of the same length, with 0 for any digit.
func matches(s, pattern string) bool {
	for i := range len(pattern) {
		isDigit := '0' <= s[i] && s[i] <= '9'
		if isDigit != (pattern[i] == '0') || !isDigit && s[i] != pattern[i] {
			return false
		}
	}
	return true
}

// two returns the number that the first two digits of s are.
func two(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
