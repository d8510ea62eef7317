package dialect

import (
	"strings"
	"time"

	"github.com/moresql/moresql/binder"
)

// instant returns the time that a text with a zone says, and otherwise the text. The driver knows
// in which zone the database has its times.
func instant(text string) any {
	if at, ok := binder.Instant(text); ok {
		return at
	}
	return text
}

// plainTime returns a day or a time without a zone as timeText writes it. Either may have zeros for
// its month and its day, as MySQL has them.
func plainTime(text string) (written string, ok bool) {
	text = strings.TrimSpace(text)
	n := min(len(text), len("2006-01-02"))
	text = strings.NewReplacer("/", "-", ".", "-").Replace(text[:n]) + text[n:]
	at, ok := readTime(strings.ReplaceAll(text, "-00", "-01"))
	if !ok {
		return "", false
	}
	written = timeText(at)
	if strings.Contains(text, "-00") {
		day := text[:strings.IndexAny(text+" ", " Tt")]
		written = day + written[len("2006-01-02"):]
	}
	return written, true
}

// timeText returns a time as MySQL writes it, or the day of one that is midnight.
func timeText(at time.Time) string {
	return strings.TrimSuffix(at.Format("2006-01-02 15:04:05.999999999"), " 00:00:00")
}

// readTime returns the time in UTC that a text without a zone says, or the midnight of a day.
func readTime(text string) (at time.Time, ok bool) {
	for _, layout := range []string{"2006-1-2", "20060102"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return binder.Instant(text + "Z")
}
