// Package sqlstate reads what database errors say about themselves, without importing a driver, and maps it to HTTP.
package sqlstate

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Details are the parts of a database's error.
type Details struct {
	Code    string // SQLSTATE, "" when the error has none
	Message string
	Detail  string
	Hint    string
	Raised  bool // a procedure's author has raised it, and means the texts for the caller; else they are the database's
}

// Of reads the details of the first error in err's tree that has an SQLSTATE. lib/pq and pgx have a method for it and keep
// the rest in fields of the same names; go-sql-driver/mysql has fields only.
func Of(err error) Details {
	var coder interface {
		error
		SQLState() string
	}
	if errors.As(err, &coder) {
		code := coder.SQLState()
		if fields := structOf(coder); fields.IsValid() {
			raised := raised(code, text(fields, "Routine"))
			return Details{code, text(fields, "Message"), text(fields, "Detail"), text(fields, "Hint"), raised}
		}
		return Details{Code: code, Message: coder.Error(), Raised: Raised(code)}
	}
	if details := ofMySQL(err); details.Code != "" {
		return details
	}
	return ofSQLite(err)
}

// Within reports whether an error of the database's comes from within a routine, and not from the statement that was sent or a value that
// was bound to it. PostgreSQL tells where in the context, whose last line is the outermost: for a value it has the placeholder, "unnamed
// portal parameter $1" in whatever language, and for the statement itself there is none.
func Within(err error) bool {
	where := where(err)
	return where != "" && !strings.Contains(where[strings.LastIndexByte(where, '\n')+1:], "$")
}

// Bound reports whether an error of PostgreSQL's comes from reading a value that was bound, and nothing that an author wrote had begun: its
// context is the placeholder alone.
func Bound(err error) bool {
	where := where(err)
	return strings.Contains(where, "$") && !strings.Contains(where, "\n")
}

// Public returns an error's message as anybody may read it. What PostgreSQL quotes of data that was not bound is a value of a row, or of
// what a procedure has made of one: the whole from the first quotation mark to the last is left out.
func Public(err error) string {
	d := Of(err)
	if class(d.Code) != "22" || d.Raised || field(err, "Routine") == "" || Bound(err) {
		return d.Message
	}
	const marks = "\"«»“”„" // of the languages that it speaks
	first, last := strings.IndexAny(d.Message, marks), strings.LastIndexAny(d.Message, marks)
	if first < 0 {
		return d.Message
	}
	_, size := utf8.DecodeRuneInString(d.Message[last:])
	return d.Message[:first] + `"…"` + d.Message[last+size:]
}

// where returns the context of a database's error, "" for none.
func where(err error) string { return field(err, "Where") }

func field(err error, name string) string {
	var coder interface {
		error
		SQLState() string
	}
	if !errors.As(err, &coder) {
		return ""
	}
	fields := structOf(coder)
	if !fields.IsValid() {
		return ""
	}
	return text(fields, name)
}

// raised goes by the function of PostgreSQL's that has reported the error, where the driver tells: RAISE may have any code, and
// PL/pgSQL itself reports P0002, with the values of parameters in the detail.
func raised(code, routine string) bool {
	switch {
	case routine == "exec_stmt_raise":
		return true
	case routine != "" && code == "P0002":
		return false
	}
	return Raised(code)
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
			number := fields.FieldByName("Number")
			signal := number.IsValid() && number.CanUint() && number.Uint() == 1644 // ER_SIGNAL_EXCEPTION, whatever the state
			return Details{Code: string(code[:]), Message: text(fields, "Message"), Raised: signal || Raised(string(code[:]))}
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

// Unavailable reports whether err without an SQLSTATE says that the database could not be reached. pgx finds a connection closed between
// two statements by an error that is none of the network's, and says of it only that nothing was sent.
func Unavailable(err error) bool {
	var network net.Error
	var unsent interface {
		error
		SafeToRetry() bool
	}
	return errors.Is(err, driver.ErrBadConn) || errors.As(err, &network) || errors.As(err, &unsent) && unsent.SafeToRetry() ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
