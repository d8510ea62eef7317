package quirk

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// isPQ recognizes the types of lib/pq. It sends a request to cancel as soon as the context is
// done, and then waits for the server without end. PostgreSQL forgets the request if it comes
// before the statement, or between the two round trips that a statement with arguments takes.
func isPQ(v any) bool { return driverOf(v) == "github.com/lib/pq" }

// PQType returns the OID of a column's type in a result of lib/pq, "" for any other driver. lib/pq
// has no name for some built-in types, such as money[], and keeps their OID to itself.
func PQType(rows driver.Rows, column int) string {
	for ; rows != nil; rows = unwrapped(rows) {
		if isPQ(rows) {
			types := fieldOf(reflect.ValueOf(rows), "colTyps")
			if types.Kind() != reflect.Slice || types.Len() <= column {
				return ""
			}
			id := fieldOf(types.Index(column), "OID")
			if !id.CanUint() {
				return ""
			}
			return strconv.FormatUint(id.Uint(), 10)
		}
	}
	return ""
}

// Garbled reports whether lib/pq no longer knows where it is in what the server sends. It takes an
// error of more than 30,000 bytes, such as one that quotes a value of a request, for one from
// before the protocol, leaves the rest of it to the next call, which may wait without end, and
// calls the connection good (github.com/lib/pq/issues/1324). Only the text identifies such an
// error.
func Garbled(err error) bool { return strings.HasPrefix(err.Error(), "pq: server error: ") }

// longValue is the length in bytes from which an error that quotes a value may exceed the 30,000
// bytes that lib/pq reads: the server may escape it, and quote it more than once. Of xml it reports
// each wrong byte, with the line that has it and a pointer to it: some 200 bytes for one.
const longValue = 128

// A LongValueError is an error that the database has about one of the arguments, which are long,
// and that its driver cannot read. Its text is that of the driver.
type LongValueError struct{ Err error }

func (e *LongValueError) Error() string { return e.Err.Error() }
func (e *LongValueError) Unwrap() error { return e.Err }

// Problem says what the error means to the client that has sent the value.
func (*LongValueError) Problem() (status int, message, hint string) {
	return 400, // Bad Request; net/http is much to import for a number where rows are read
		"the database rejects one of the values, with a message longer than its driver can read",
		"check the longest value"
}

// Explain returns the error of a statement with these arguments as a *LongValueError if it is
// Garbled and an argument is long, and else as it is.
func Explain(err error, args []any) error {
	if !Garbled(err) || errors.As(err, new(*LongValueError)) {
		return err
	}
	for _, arg := range args {
		if isLong(arg) {
			return &LongValueError{err}
		}
	}
	return err
}

func isLong(arg any) bool {
	switch v := arg.(type) {
	case string:
		return len(v) > longValue
	case []byte:
		return len(v) > longValue
	case sql.NamedArg:
		return isLong(v.Value)
	}
	return false
}
