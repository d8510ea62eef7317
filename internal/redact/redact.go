// Package redact removes secrets from errors before they are logged.
package redact

import (
	"errors"
	"net/url"
)

// URI returns err with a message that is safe to log. The errors of net/url, and those of lib/pq
// that wrap them, quote a malformed URI with the password in it; the returned error still wraps
// them. An error that has none of these in its tree is returned as it is, and so is nil.
func URI(err error) error {
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
