package binder

import (
	"cmp"
	"regexp"
	"strings"
	"time"
)

// zoned matches a text that ends with a zone. Its groups are what is before that, and the sign, the
// hours and the minutes of an offset. A day matches, too.
var zoned = regexp.MustCompile(`^(.*\d) ?(?:[Zz]|UTC|GMT|([+-])(1[0-5]|0?\d):?([0-5]\d)?)$`)

// instants are the layouts of a day and a time, after a space or in digits alone. time.Parse takes
// a fraction after each second, also one after a comma.
var instants = []string{
	"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2 15",
	"20060102 150405", "20060102 1504", "20060102 15", "20060102150405",
}

// Instant returns the time that a text with a zone says, as ISO 8601 and PostgreSQL's timestamptz
// (manual, 8.5.1.3) write it: a day and at least its hour, then Z, UTC, GMT or an offset, which the
// time has as its zone. It reports false for any other text, such as one without a zone. It is for
// databases that ignore the zone of a text; their drivers know in which zone they have times.
func Instant(text string) (at time.Time, ok bool) {
	part := zoned.FindStringSubmatch(text)
	if part == nil {
		return time.Time{}, false
	}
	clock := strings.Join(strings.FieldsFunc(part[1], func(r rune) bool {
		return r == ' ' || r == 'T' || r == 't'
	}), " ")
	for _, layout := range instants {
		at, err := time.Parse(layout, clock)
		switch {
		case err != nil:
		case part[2] == "":
			return at, true
		default:
			offset, _ := time.ParseDuration(part[2] + part[3] + "h" + cmp.Or(part[4], "0") + "m")
			return at.Add(-offset).In(time.FixedZone("", int(offset.Seconds()))), true
		}
	}
	return time.Time{}, false
}
