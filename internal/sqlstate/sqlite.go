package sqlstate

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ofSQLite reads an error of SQLite, which has no SQLSTATE but a result code of its own
// (sqlite.org/rescode.html), to which the SQLSTATE of PostgreSQL for the same fault is close
// enough.
func ofSQLite(err error) Details {
	number, message := modernc(err)
	if number == 0 {
		number, message = mattn(err)
	}
	code := sqliteCode(number)
	if number == 1 && isSQLiteValue(message) { // SQLITE_ERROR
		code = "22000"
	}
	if code == "" {
		return Details{}
	}
	return Details{
		Code:    code,
		Message: strings.TrimPrefix(message, "constraint failed: "),
		Raised:  Raised(code),
	}
}

// modernc returns the code and the message of an error of modernc.org/sqlite, 0 if it is not one.
// It returns the code by a method, in an error that nothing distinguishes from those of other
// packages but its text, which ends with the code, and for one code with its name.
func modernc(err error) (code int, message string) {
	var coder interface {
		error
		Code() int
	}
	if !errors.As(err, &coder) {
		return 0, ""
	}
	message = strings.TrimSuffix(coder.Error(), " (SQLITE_BUSY)")
	message, isSQLite := strings.CutSuffix(message, fmt.Sprintf(" (%d)", coder.Code()))
	if !isSQLite {
		return 0, ""
	}
	return coder.Code(), strings.TrimPrefix(message, "SQL logic error: ")
}

// mattn returns the code and the message of an error of mattn/go-sqlite3, 0 if it is not one.
func mattn(err error) (code int, message string) {
	fields := findFields(err, func(fields reflect.Value) bool {
		return strings.HasSuffix(fields.Type().PkgPath(), "mattn/go-sqlite3") &&
			fields.FieldByName("ExtendedCode").IsValid()
	})
	if !fields.IsValid() {
		return 0, ""
	}
	e, ok := fields.Interface().(error)
	if !ok {
		return 0, ""
	}
	return number(fields, "ExtendedCode"), e.Error()
}

// isSQLiteValue reports whether a message is about a value that a function could not read. SQLite
// has no code for that, the one that it has is that of a wrong statement, but its messages are in
// one language.
func isSQLiteValue(message string) bool {
	for _, begin := range []string{
		"malformed JSON", "json_object() labels must be TEXT", "bad JSON path: ", "JSON path error near ",
		"fts5: ", "unterminated string", "unknown special query: ", "malformed MATCH expression: ",
		"integer overflow", "LIKE or GLOB pattern too complex",
		"ESCAPE expression must be a single character",
		"argument of ntile must be ", "second argument to nth_value must be ",
		"frame starting offset must be ", "frame ending offset must be ",
	} {
		if strings.HasPrefix(message, begin) {
			return true
		}
	}
	return false
}

// sqliteCode returns the SQLSTATE for a result code, "" for one that says nothing about the call.
func sqliteCode(code int) string {
	switch code {
	case 787: // SQLITE_CONSTRAINT_FOREIGNKEY
		return "23503"
	case 1555, 2067, 2579: // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID
		return "23505"
	case 275: // SQLITE_CONSTRAINT_CHECK
		return "23514"
	case 1299: // SQLITE_CONSTRAINT_NOTNULL
		return "23502"
	case 1811: // SQLITE_CONSTRAINT_TRIGGER, from RAISE in a trigger
		return "P0001"
	case 3091: // SQLITE_CONSTRAINT_DATATYPE
		return "22000"
	}
	switch code & 0xff {
	case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
		return "55P03"
	case 8: // SQLITE_READONLY
		return "25006"
	case 9: // SQLITE_INTERRUPT
		return "57014"
	case 18, 20: // SQLITE_TOOBIG, SQLITE_MISMATCH
		return "22000"
	case 19: // SQLITE_CONSTRAINT
		return "23000"
	}
	return ""
}
