package sqlstate

import (
	"errors"
	"net/url"
)

// Censored returns an error as it may be logged: net/url, and so lib/pq, quotes a malformed URI
// with the password in it. The error that it returns still wraps err.
func Censored(err error) error {
	if errors.As(err, new(*url.Error)) {
		return malformed{err}
	}
	return err
}

type malformed struct{ err error }

func (malformed) Error() string {
	return "the URI of the database is malformed: " +
		"write the characters @ : / ? # % of a password as %40 %3A %2F %3F %23 %25"
}

func (m malformed) Unwrap() error { return m.err }
