package dialect

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// zoned matches a text that ends with a zone, as ISO 8601 and PostgreSQL write it. Its groups are
// what is before that, and the sign, the hours and the minutes of an offset. A day matches, too.
var zoned = regexp.MustCompile(`^(.*\d) ?(?:[Zz]|UTC|GMT|([+-])(1[0-5]|0?\d):?([0-5]\d)?)$`)

// instant returns the time that a text with a zone says, and otherwise the text. The driver knows
// in which zone the database has its times.
func instant(text string) any {
	part := zoned.FindStringSubmatch(text)
	if part == nil {
		return text
	}
	at, ok := readTime(part[1], timeLayouts)
	switch {
	case !ok:
		return text
	case part[2] == "":
		return at
	}
	offset, _ := time.ParseDuration(part[2] + part[3] + "h" + cmp.Or(part[4], "0") + "m")
	return at.Add(-offset).In(time.FixedZone("", int(offset.Seconds())))
}

// timeLayouts are those of times of day, after a space or in digits alone.
var timeLayouts = []string{
	"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2 15",
	"20060102 150405", "20060102 1504", "20060102 15", "20060102150405",
}

// dayLayouts are those of days.
var dayLayouts = []string{"2006-1-2", "20060102"}

// plainTime returns a day or a time without a zone as timeText writes it. Either may have zeros for
// its month and its day, as MySQL has them.
func plainTime(text string) (written string, ok bool) {
	n := min(len(text), len("2006-01-02"))
	text = strings.NewReplacer("/", "-", ".", "-").Replace(text[:n]) + text[n:]
	at, ok := readTime(strings.ReplaceAll(text, "-00", "-01"), slices.Concat(dayLayouts, timeLayouts))
	if !ok {
		return "", false
	}
	written = timeText(at)
	if strings.Contains(text, "-00") {
		day := strings.FieldsFunc(text, isBeforeClock)[0]
		written = day + written[len("2006-01-02"):]
	}
	return written, true
}

// timeText returns a time as MySQL writes it, or the day of one that is midnight.
func timeText(at time.Time) string {
	return strings.TrimSuffix(at.Format("2006-01-02 15:04:05.999999999"), " 00:00:00")
}

// isBeforeClock reports whether a character may be between a day and its time.
func isBeforeClock(r rune) bool { return r == ' ' || r == 'T' || r == 't' }

// readTime returns the time in UTC that a text without a zone says in one of the layouts. A T or
// several spaces may be before the time of day, and a comma before the fraction.
func readTime(text string, layouts []string) (at time.Time, ok bool) {
	text = strings.Join(strings.FieldsFunc(text, isBeforeClock), " ")
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
