// Package sqlstate reads what database errors say about themselves, without importing a driver, and maps it to HTTP.
package sqlstate

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
)

// Details are the parts of a database's error.
type Details struct {
	Code    string // SQLSTATE, "" when the error has none
	Message string
	Detail  string
	Hint    string
}

// Of reads the details of the first error in err's tree that has an SQLSTATE. lib/pq and pgx have a method for it and keep
// the rest in fields of the same names; go-sql-driver/mysql has fields only.
func Of(err error) Details {
	var coder interface {
		error
		SQLState() string
	}
	if errors.As(err, &coder) {
		if fields := structOf(coder); fields.IsValid() {
			return Details{coder.SQLState(), text(fields, "Message"), text(fields, "Detail"), text(fields, "Hint")}
		}
		return Details{Code: coder.SQLState(), Message: coder.Error()}
	}
	return ofMySQL(err)
}

// ofMySQL walks err's tree for an error that has the fields of go-sql-driver/mysql's.
func ofMySQL(err error) Details {
	if err == nil {
		return Details{}
	}
	if fields := structOf(err); fields.IsValid() {
		if state := fields.FieldByName("SQLState"); state.IsValid() && state.Type() == reflect.TypeFor[[5]byte]() {
			code := state.Interface().([5]byte)
			if code == [5]byte{} {
				code = [5]byte([]byte("HY000")) // MySQL's general error; a server may leave the state out
			}
			return Details{Code: string(code[:]), Message: text(fields, "Message")}
		}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			if details := ofMySQL(err); details.Code != "" {
				return details
			}
		}
	}
	return ofMySQL(errors.Unwrap(err))
}

func structOf(err error) reflect.Value {
	v := reflect.ValueOf(err)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v
}

func text(fields reflect.Value, name string) string {
	if f := fields.FieldByName(name); f.IsValid() && f.Kind() == reflect.String {
		return f.String()
	}
	return ""
}

// Status returns the HTTP status for an SQLSTATE (PostgreSQL manual, appendix A), 500 for those that tell the
// client of nothing it could change.
func Status(code string) int {
	switch code {
	case "23503", "23505", "23P01", // foreign key, unique and exclusion constraints
		"23000": // MySQL's for any constraint
		return http.StatusConflict
	case "25006": // read only transaction
		return http.StatusMethodNotAllowed
	case "40001", "40P01", "55P03", // serialization failure, deadlock, lock not available: try again
		"57P01", "57P02", "57P03": // the server is going down or coming up
		return http.StatusServiceUnavailable
	case "42501":
		return http.StatusForbidden
	case "57014", "70100": // statement_timeout, and MySQL's max_statement_time
		return http.StatusGatewayTimeout
	case "P0001", "45000": // RAISE EXCEPTION, and MySQL's SIGNAL
		return http.StatusBadRequest
	case "P0002": // no data found
		return http.StatusNotFound
	}
	if status, ok := chosen(code); ok {
		return status
	}
	switch class(code) {
	case "08", "53", // connection, insufficient resources
		"28", "3D": // the program's own login or database is wrong
		return http.StatusServiceUnavailable
	case "22", "23": // the data, integrity constraints
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// Raised reports whether the code is one that a procedure's author gives to errors meant for its caller, with
// message, detail and hint.
func Raised(code string) bool {
	_, ok := chosen(code)
	return ok || code == "P0001" || code == "P0002" || code == "45000"
}

// Data reports whether the code is about the values of the call. The message names what is wrong with them; the detail
// may show the values of rows.
func Data(code string) bool { return class(code) == "22" || class(code) == "23" }

// chosen reads the status that a procedure's author has chosen by the code PTxyz, the convention of PostgREST.
func chosen(code string) (status int, ok bool) {
	if len(code) != 5 || code[:2] != "PT" {
		return 0, false
	}
	status, err := strconv.Atoi(code[2:])
	return status, err == nil && 400 <= status && status <= 599
}

func class(code string) string {
	if len(code) < 2 {
		return ""
	}
	return code[:2]
}

// Unavailable reports whether err without an SQLSTATE says that the database could not be reached.
func Unavailable(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
