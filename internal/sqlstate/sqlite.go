package sqlstate

import (
	"errors"
	"fmt"
	"strings"
)

// ofSQLite reads an error of SQLite, which has no SQLSTATE but a result code of its own
// (sqlite.org/rescode.html), to which the SQLSTATE of PostgreSQL for the same fault is close
// enough. modernc.org/sqlite returns the code by a method, in an error that nothing distinguishes
// from those of other packages but its text, which ends with the code.
func ofSQLite(err error) Details {
	var coder interface {
		error
		Code() int
	}
	if !errors.As(err, &coder) {
		return Details{}
	}
	message, isSQLite := strings.CutSuffix(coder.Error(), fmt.Sprintf(" (%d)", coder.Code()))
	code := sqliteCode(coder.Code())
	if !isSQLite || code == "" {
		return Details{}
	}
	return Details{
		Code:    code,
		Message: strings.TrimPrefix(message, "constraint failed: "),
		Raised:  Raised(code),
	}
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
