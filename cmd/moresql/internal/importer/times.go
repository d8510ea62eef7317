package importer

import (
	"cmp"
	"regexp"
	"strings"
	"time"
)

// zoned matches a text that ends with a zone, and has groups of what is before that, and the sign,
// the hours and the minutes of an offset. A day matches, too.
var zoned = regexp.MustCompile(`^(.*\d) ?(?:[Zz]|UTC|GMT|([+-])(1[0-5]|0?\d):?([0-5]\d)?)$`)

var zonedLayouts = []string{
	"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2 15", "20060102 150405", "20060102 1504",
	"20060102 15", "20060102150405",
}

// instantOf returns the time that a text with a zone says, as an argument of a call has it: MySQL
// refuses a zone, or takes its hours for minutes. Another text stays.
func instantOf(text []byte) any {
	part := zoned.FindStringSubmatch(string(text))
	if part == nil {
		return string(text)
	}
	at := strings.NewReplacer("T", " ", "t", " ").Replace(part[1])
	for _, layout := range zonedLayouts {
		if at, err := time.Parse(layout, at); err == nil {
			offset, _ := time.ParseDuration(part[2] + cmp.Or(part[3], "0") + "h" +
				cmp.Or(part[4], "0") + "m")
			return inMySQL(at.Add(-offset), text)
		}
	}
	return string(text)
}

// inMySQL returns what stands for a time of a text. The driver fails at a year that MySQL does not
// have, whose text the server refuses as any other, and writes the zero time as 0000-00-00.
func inMySQL(at time.Time, text []byte) any {
	switch {
	case at.Year() < 1, at.Year() > 9999:
		return string(text)
	case at.IsZero():
		return at.Add(time.Nanosecond) // which no column has
	}
	return at
}
