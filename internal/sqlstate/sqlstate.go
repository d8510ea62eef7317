// Package sqlstate reads what the errors of databases say about themselves, without importing a
// driver, and maps it to HTTP.
package sqlstate

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/internal/quirk"
)

// Details are the parts of a database's error.
type Details struct {
	Code    string // SQLSTATE, "" when the error has none
	Message string
	Detail  string
	Hint    string
	Raised  bool // by the author of a procedure, with texts for the client
}

// Of returns the details of the first error in err's tree that has an SQLSTATE. The errors of
// lib/pq and pgx have a method for it and keep the rest in fields of the same names, those of
// go-sql-driver/mysql have fields only, and for those of SQLite and Firebird, and MySQL's of a
// right that is missing, the SQLSTATE of PostgreSQL for the same fault stands in. It returns the
// zero Details if there is none.
func Of(err error) Details {
	var coder interface {
		error
		SQLState() string
	}
	if errors.As(err, &coder) {
		code := coder.SQLState()
		if fields := structOf(coder); fields.IsValid() {
			return Details{
				Code:    code,
				Message: text(fields, "Message"),
				Detail:  text(fields, "Detail"),
				Hint:    text(fields, "Hint"),
				Raised:  raised(code, text(fields, "Routine")),
			}
		}
		return Details{Code: code, Message: coder.Error(), Raised: Raised(code)}
	}
	if details := ofMySQL(err); details.Code != "" {
		return details
	}
	if details := ofFirebird(err); details.Code != "" {
		return details
	}
	return ofSQLite(err)
}

// Within reports whether an error of PostgreSQL comes from within a routine, and not from the
// statement that was sent or from a value that was bound to it. PostgreSQL reports where it
// happened in the context, the last line of which is the outermost: for a value it names the
// placeholder, as in "unnamed portal parameter $1" in whatever language, and for the statement
// there is no context.
func Within(err error) bool {
	where := where(err)
	return where != "" && !strings.Contains(where[strings.LastIndexByte(where, '\n')+1:], "$")
}

// Bound reports whether an error of PostgreSQL comes from reading a value that was bound, before
// anything that an author has written began: the context has the placeholder alone.
func Bound(err error) bool {
	where := where(err)
	return strings.Contains(where, "$") && !strings.Contains(where, "\n")
}

// Public returns the message of an error as anybody may read it. What PostgreSQL quotes of data
// that was not bound is the value of a row, or what a procedure has made of one: everything from
// the first quotation mark to the last is replaced by an ellipsis. A message that nobody has raised
// is cut at messageLimit bytes.
func Public(err error) string {
	d := Of(err)
	message := public(err, d)
	if !d.Raised && len(message) > messageLimit {
		message = strings.ToValidUTF8(message[:messageLimit], "") + "…"
	}
	return message
}

// PublicDetail returns the detail of an error that nobody has raised as anybody may read it: that
// of a value which was bound is about what the client has sent. Others may show rows.
func PublicDetail(err error) string {
	detail := Of(err).Detail
	switch {
	case !Bound(err):
		return ""
	case len(detail) > messageLimit:
		return strings.ToValidUTF8(detail[:messageLimit], "") + "…"
	}
	return detail
}

// messageLimit limits a text that the database has written: it quotes values, however long.
const messageLimit = 1000

func public(err error, d Details) string {
	if class(d.Code) != "22" || d.Raised || field(err, "Routine") == "" || Bound(err) {
		return d.Message
	}
	first, end := quotation(d.Message)
	if first < 0 {
		return d.Message
	}
	return d.Message[:first] + `"…"` + d.Message[end:]
}

// marks are the quotation marks of the languages that PostgreSQL has messages in.
const marks = "\"«»“”„"

// quotation returns where a text is from its first quotation mark to the end of its last one, -1 if
// it has none.
func quotation(text string) (first, end int) {
	first, last := strings.IndexAny(text, marks), strings.LastIndexAny(text, marks)
	if first < 0 {
		return -1, -1
	}
	_, size := utf8.DecodeRuneInString(text[last:])
	return first, last + size
}

// where returns the context of an error of PostgreSQL, "" if there is none.
func where(err error) string { return field(err, "Where") }

func field(err error, name string) string {
	if fields := coderFields(err); fields.IsValid() {
		return text(fields, name)
	}
	return ""
}

// coderFields returns the fields of the first error in err's tree that has the method SQLState, as
// those of lib/pq and pgx do.
func coderFields(err error) reflect.Value {
	var coder interface {
		error
		SQLState() string
	}
	if !errors.As(err, &coder) {
		return reflect.Value{}
	}
	return structOf(coder)
}

// raised goes by the function of PostgreSQL that has reported the error, where the driver has its
// name: RAISE may have any code, and PL/pgSQL itself reports P0002, with the values of parameters
// in the detail.
func raised(code, routine string) bool {
	switch {
	case routine == "exec_stmt_raise":
		return true
	case routine != "" && code == "P0002":
		return false
	}
	return Raised(code)
}

// The numbers of errors that SIGNAL raises in MySQL: ER_SIGNAL_NOT_FOUND for states of class 02,
// and ER_SIGNAL_EXCEPTION for all others.
const signalNotFound, signalException = 1643, 1644

// insufficientPrivilege is PostgreSQL's code for a right that is missing.
const insufficientPrivilege = "42501"

// isMySQLCut reports whether MySQL has ended the connection, by an error whose state says something
// else: ER_CONNECTION_KILLED has that of a statement that took too long, and
// ER_CLIENT_INTERACTION_TIMEOUT that of everything else.
func isMySQLCut(err error) bool {
	fields := mySQLFields(err)
	if !fields.IsValid() {
		return false
	}
	n := number(fields, "Number")
	return n == 1927 || n == 4031
}

// ofMySQL returns the details of the first error in err's tree that has the fields of
// go-sql-driver/mysql.
func ofMySQL(err error) Details {
	fields := mySQLFields(err)
	if !fields.IsValid() {
		return Details{}
	}
	state := fields.FieldByName("SQLState").Interface().([5]byte)
	code := string(state[:])
	if state == [5]byte{} {
		code = "HY000" // the general error; a server may leave the state out
	}
	n := number(fields, "Number")
	switch n {
	case 1142, 1143, 1370: // of a table, a column, a routine: MySQL has 42000 for a syntax error, too
		code = insufficientPrivilege
	}
	return Details{
		Code:    code,
		Message: text(fields, "Message"),
		Raised:  n == signalNotFound || n == signalException || Raised(code),
	}
}

// mySQLFields returns the fields of the first error in err's tree that has those of
// go-sql-driver/mysql.
func mySQLFields(err error) reflect.Value {
	return findFields(err, func(fields reflect.Value) bool {
		state := fields.FieldByName("SQLState")
		return state.IsValid() && state.Type() == reflect.TypeFor[[5]byte]()
	})
}

// findFields returns the fields of the first error in err's tree that is of a kind, the zero Value
// if there is none.
func findFields(err error, isKind func(fields reflect.Value) bool) reflect.Value {
	if err == nil {
		return reflect.Value{}
	}
	if fields := structOf(err); fields.IsValid() && isKind(fields) {
		return fields
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			if fields := findFields(err, isKind); fields.IsValid() {
				return fields
			}
		}
	}
	return findFields(errors.Unwrap(err), isKind)
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

// Unavailable reports whether err, which has no SQLSTATE, says that the database could not be
// reached. pgx reports a connection that was closed between two statements by an error that is
// none of the network, and by SafeToRetry that nothing was sent.
func Unavailable(err error) bool {
	var network net.Error
	var unsent interface {
		error
		SafeToRetry() bool
	}
	return errors.Is(err, driver.ErrBadConn) || errors.As(err, &network) ||
		errors.As(err, &unsent) && unsent.SafeToRetry() ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || quirk.IsMySQLCut(err)
}
