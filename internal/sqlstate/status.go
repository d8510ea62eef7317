package sqlstate

import (
	"net/http"
	"strconv"
	"strings"
)

// A line is one of the table of HTTP statuses.
type line struct {
	status int
	retry  int // seconds, or 0 where the same call would fail again or may have run
}

// lineOf returns the line of an SQLSTATE or a class of SQLSTATEs (PostgreSQL manual, appendix A;
// MySQL has some of its own). It is the table of PostgREST, except that PostgREST's 400 for
// everything else is a 500 here: unless an error is about the values of the call, the fault is in
// the database.
func lineOf(code string) (l line, ok bool) {
	switch code {
	case "23503", "23505", "23P01", // foreign key, unique and exclusion constraints
		"23000": // MySQL's for any constraint
		l = line{http.StatusConflict, 0}
	case "25006": // read only transaction
		l = line{http.StatusMethodNotAllowed, 0}
	case "25P04", "57014", // transaction_timeout, statement_timeout
		"70100": // MySQL's max_statement_time
		l = line{http.StatusGatewayTimeout, 0}
	case "40001", "40P01", "55P03", // serialization failure, deadlock, lock not available
		"57P05": // the session was idle for too long
		l = line{http.StatusServiceUnavailable, 1}
	case "57P01", "57P02", "57P03": // the server is going down or coming up
		l = line{http.StatusServiceUnavailable, 5}
	case "42501": // insufficient privilege
		l = line{http.StatusForbidden, 0}
	case "42883", "42P01", "P0002", "02000": // no such function, no such table, no data found
		l = line{http.StatusNotFound, 0}
	case "45000", "P0001": // MySQL's SIGNAL, RAISE EXCEPTION
		l = line{http.StatusBadRequest, 0}
	case "53400": // a limit of the configuration, which does not go away
		l = line{http.StatusInternalServerError, 0}

	case "53": // insufficient resources
		l = line{http.StatusServiceUnavailable, 5}
	case "08", "3D": // the connection, lost perhaps after the call has run; no such database
		l = line{http.StatusServiceUnavailable, 0}
	case "0L", "0P", "28": // grantor, role, authorization
		l = line{http.StatusForbidden, 0}
	case "22", "23", "44": // the data, constraints, a view's CHECK OPTION
		l = line{http.StatusBadRequest, 0}
	case "00", "01", "02", "03", "09", "0A", "0B", "0F", "0Z", "10", "20", "21", "24", "25", "26",
		"27", "2B", "2D", "2F", "34", "38", "39", "3B", "3F", "40", "42", "54", "55", "57", "58",
		"72", "F0", "HV", "P0", "XX", // the rest of appendix A
		"0K", "35", "70", "HY", "XA", // of MySQL
		"CR", // of CockroachDB
		"PT": // not followed by the status of an error
		l = line{http.StatusInternalServerError, 0}
	default:
		return line{}, false
	}
	return l, true
}

// find returns the line of a code, or else of its class.
func find(code string) (l line, ok bool) {
	if l, ok = lineOf(code); ok {
		return l, true
	}
	return lineOf(class(code))
}

// A Report says how a response reports an error of the database.
type Report struct {
	Details
	Status int  // of HTTP
	Public bool // the response has the message and the hint
}

// ReportOf returns the report of an error that has an SQLSTATE; without one its Code is "".
//
// The code of some errors blames the program for a value of the request: the input of types such as
// jsonpath and tsquery fails with codes of syntax errors, wherever it is read. Class 54 is for
// values that are too complex, unless it comes from within a routine, whose author it is about.
// These are 400.
//
// It is not for the error of opening a connection: that is a fault of the program, whatever its
// code, and the status is 503.
func ReportOf(err error, authenticated bool) Report {
	r := Report{Details: Of(err)}
	r.Status = Lookup(r.Code, authenticated)
	if isMySQLCut(err) {
		r.Status = http.StatusServiceUnavailable
	}
	r.Public = r.Raised || r.Status < 500 && Data(r.Code)
	if r.Public || len(r.Code) != 5 {
		return r
	}
	if isAboutValue(err, r.Code) || Bound(err) || class(r.Code) == "54" && !Within(err) {
		r.Status, r.Public = http.StatusBadRequest, true
		r.Message = "the database rejects a value of the request"
		r.Detail, r.Hint = "", "check the syntax and the size of the values"
	}
	return r
}

// Lookup returns the HTTP status for the SQLSTATE of a failed call. A missing right is 401 for a
// request that is not authenticated, and 403 for one that is.
func Lookup(code string, authenticated bool) int {
	if status, ok := chosen(code); ok {
		return status
	}
	l, ok := find(code)
	switch {
	case !authenticated && (code == "42501" || class(code) == "28"):
		return http.StatusUnauthorized
	case ok:
		return l.status
	case own(code):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// RetryAfter returns the seconds for Retry-After (RFC 9110, 10.2.3). ok is false where the same
// call would fail again, or may have run although it failed.
func RetryAfter(code string) (seconds int, ok bool) {
	l, _ := find(code)
	return l.retry, l.retry > 0
}

// Raised reports whether the code is one that the author of a procedure gives to errors for its
// caller, with message, detail and hint.
func Raised(code string) bool {
	_, ok := chosen(code)
	return ok || code == "P0001" || code == "P0002" || code == "45000" || own(code)
}

// Undefined reports whether a code says that a function or a table does not exist.
func Undefined(code string) bool { return code == "42883" || code == "42P01" }

// Data reports whether the code is about the values of the call. The message of such an error says
// what is wrong with them; the detail may show values of rows.
func Data(code string) bool {
	c := class(code)
	return c == "22" || c == "23" || c == "44"
}

// chosen returns the status that the author of a procedure has chosen by the code PTxyz, which is a
// convention of PostgREST.
func chosen(code string) (status int, ok bool) {
	if len(code) != 5 || code[:2] != "PT" {
		return 0, false
	}
	status, err := strconv.Atoi(code[2:])
	return status, err == nil && 400 <= status && status <= 599
}

// own reports whether a code can only be one that an author has made up, since no database has its
// class.
func own(code string) bool {
	_, known := lineOf(class(code))
	return !known && len(code) == 5 && strings.Trim(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func class(code string) string {
	if len(code) < 2 {
		return ""
	}
	return code[:2]
}
