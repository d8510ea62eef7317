// Package failure has what the command says of errors that others report.
package failure

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
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

// Respond responds with an error in the form of the library's.
func Respond(w http.ResponseWriter, r *http.Request, status int, message, hint string) {
	rest.Fail(w, r, &moresql.Error{Status: status, Message: message, Hint: hint, Public: true})
}
