package importer

import (
	"time"

	"github.com/moresql/moresql/binder"
)

// instantOf returns the time that a text with a zone says, as an argument of a call has it: MySQL
// refuses a zone, or takes its hours for minutes. Another text stays, and so does one of a year
// that MySQL does not have, at which the driver fails: the server refuses it as any other.
func instantOf(text []byte) any {
	at, ok := binder.Instant(string(text))
	switch year := at.UTC().Year(); {
	case !ok, year < 1, year > 9999:
		return string(text)
	case at.IsZero(): // the driver would write it as 0000-00-00
		return at.Add(time.Nanosecond) // which no column has
	}
	return at
}
