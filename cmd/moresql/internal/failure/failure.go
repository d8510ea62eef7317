// Package failure has what the command says of errors that others report.
package failure

import (
	"errors"
	"net"
	"strings"
	"syscall"
)

// Cause returns what the system reported, without the address or the file that surrounds it.
func Cause(err error) error {
	if e := (*net.DNSError)(nil); errors.As(err, &e) {
		return errors.New(e.Err)
	}
	if e := (*net.AddrError)(nil); errors.As(err, &e) {
		return errors.New(e.Err)
	}
	if e := syscall.Errno(0); errors.As(err, &e) {
		return e
	}
	return err
}

// OneLine returns the text of an error on one line.
func OneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
