package response

import (
	"net/http"

	"github.com/moresql/moresql/row"
)

// A TooLargeError reports a result or a response that exceeds a limit of the program's.
type TooLargeError struct{ Message string }

func (e *TooLargeError) Error() string { return e.Message }

// Problem returns what a response says of the error: 500, since it is the program that has set the
// limit, and the result may be large whatever the client requests.
func (e *TooLargeError) Problem() (status int, message, hint string) {
	return http.StatusInternalServerError, e.Message, "request a part of the result"
}

// A singularError is a *row.CountError where the client has chosen to get a single object.
type singularError struct{ *row.CountError }

func (e *singularError) Unwrap() error { return e.CountError }

// Problem returns what a response says of the error: 406, since another media type has room for the
// result (RFC 9110, 15.5.7).
func (e *singularError) Problem() (status int, message, hint string) {
	return http.StatusNotAcceptable, "a single object is requested, and the result is not one row", ""
}

// A locationError is a row whose values make Redirect lead elsewhere.
type locationError struct{ segment string }

func (e *locationError) Error() string {
	return "the row makes the segment " + e.segment + " of Redirect empty or dots"
}

// Problem returns what a response says of the error: 400, since a value that is no name of anything
// comes from the request, however the procedure has passed it on.
func (e *locationError) Problem() (status int, message, hint string) {
	return http.StatusBadRequest, "the values lead to no place: " + e.Error(), ""
}
