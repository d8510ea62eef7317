package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

// Explain says what a database's error means to the person who runs the command, in one line
// without the password.
func (db *DB) Explain(err error) error {
	if db.Connector == nil {
		return fmt.Errorf("SQLite cannot use %s (%s): choose another folder with -data",
			db.Database, db.Censor(err))
	}
	if db.System.Routines && strings.Contains(err.Error(), "lock on file") {
		return fmt.Errorf("%s is open for writing elsewhere (%s): close it there, or serve a copy",
			db.Database, db.Censor(err))
	}
	if isFile := db.System.Folder == ""; isFile && !db.System.Routines &&
		!errors.As(err, new(*sqlite.Error)) { // it has been opened
		return fmt.Errorf("%s: %s", db.Server, db.Censor(err))
	} else if isFile {
		return fmt.Errorf("%s cannot use %s (%s): %s",
			db.System.Name, db.Database, db.Censor(err), db.remedy(err))
	}
	text, state, number := db.Censor(failure.Cause(err)), sqlState(err), mysqlNumber(err)
	switch {
	case state == "28P01", state == "28000":
		return fmt.Errorf("%s refuses the login (%s): correct the user and the password in %s",
			db.Server, text, db.Variable)
	case state == "3D000", number == 1049: // ER_BAD_DB_ERROR
		return fmt.Errorf("%s has no database %q: create it, or correct its name in %s",
			db.Server, db.Database, db.Variable)
	// MySQL denies a database, a table and a routine by ER_DBACCESS_DENIED_ERROR,
	// ER_TABLEACCESS_DENIED_ERROR and ER_PROCACCESS_DENIED_ERROR.
	case state == "42501", number == 1044, number == 1142, number == 1370:
		return fmt.Errorf("%s does not allow it (%s): grant the user of %s the right",
			db.Server, text, db.Variable)
	case refusesTLS(err):
		return fmt.Errorf("%s does not encrypt connections: if the network is safe, "+
			"add ?sslmode=disable (MySQL: ?tls=false) to %s", db.Server, db.Variable)
	case number == 1193: // ER_UNKNOWN_SYSTEM_VARIABLE
		return fmt.Errorf("%s does not know a parameter after the ? in %s (%s): leave it out, "+
			"or write one of the driver's or a variable of the server", db.Server, db.Variable, text)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not respond in time: check that it runs, and that host and "+
			"port in %s are right", db.Server, db.Variable)
	case state == "" && unreachable(err):
		return fmt.Errorf("%s cannot be reached (%s): start it, or correct host and port in %s",
			db.Server, text, db.Variable)
	}
	return fmt.Errorf("%s: %s", db.Server, text)
}

// remedy says what to do about a file that cannot be used. Other programs have notations for it
// that are a part of its path here.
func (db *DB) remedy(err error) string {
	path, at := filepath.ToSlash(db.Database), db.Variable
	switch {
	case isUnwritableWAL(err):
		return "its journal is a WAL, which the login has to write next to it: let it, " +
			"or run PRAGMA journal_mode = DELETE there once"
	case strings.Contains(path, ":memory:"):
		return "a database in memory would be empty: name a file in " + at +
			", or leave it out for the sample"
	case strings.Contains(path, "?"):
		return "leave out what follows the ? in " + at + ": the path is all that it has, and a file " +
			"that cannot be written is only read"
	case strings.Contains(path, "/file:"), strings.Contains(path, "/sqlite:"):
		return "write the path alone in " + at
	case strings.Contains(path, "%"):
		return "write the path in " + at + " as it is, with a space for %20"
	}
	return "correct the path in " + at
}

// isUnwritableWAL reports whether SQLite cannot read a file for want of what it writes next to it.
func isUnwritableWAL(err error) bool {
	failed := (*sqlite.Error)(nil)
	return errors.As(err, &failed) && slices.Contains([]int{sqlite3.SQLITE_READONLY_DIRECTORY,
		sqlite3.SQLITE_READONLY_CANTINIT, sqlite3.SQLITE_READONLY_RECOVERY}, failed.Code())
}

// ExplainLoad explains why the catalog of schemas cannot be read. Other sources than the command
// line, and other programs, have several names in one text.
func (db *DB) ExplainLoad(err error, schemas []string) error {
	for _, name := range schemas {
		if strings.Contains(name, ",") && strings.Contains(err.Error(), strconv.Quote(name)) {
			several := strings.Join(strings.Split(name, ","), " -schema ")
			return fmt.Errorf("%w: name several as -schema %s", db.Explain(err), several)
		}
	}
	return db.Explain(err)
}

// refusesTLS reports whether the server does not encrypt connections. pgx has only a text for it.
func refusesTLS(err error) bool {
	return errors.Is(err, pq.ErrSSLNotSupported) || errors.Is(err, mysql.ErrNoTLS) ||
		strings.HasSuffix(err.Error(), ": server refused TLS connection")
}

// isClosed reports whether the server has closed a connection before a statement was sent on it,
// or while it ran, by which time pgx knows.
func isClosed(err error) bool {
	state := sqlState(err) // admin_shutdown, crash_shutdown (PostgreSQL manual, appendix A)
	return state == "57P01" || state == "57P02" || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, failure.ConnectionReset) || errors.Is(err, syscall.EPIPE)
}

// sqlState returns the SQLSTATE of an error of the library or of a driver, "" if it has none.
func sqlState(err error) string {
	var coder interface {
		error
		SQLState() string // of *moresql.Error and *pq.Error
	}
	if errors.As(err, &coder) {
		return coder.SQLState()
	}
	var e *mysql.MySQLError
	if errors.As(err, &e) && e.SQLState != [5]byte{} {
		return string(e.SQLState[:])
	}
	return ""
}

// mysqlNumber returns the number of an error of MySQL, which says more than its SQLSTATE, or 0.
func mysqlNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// unreachable reports whether an error without an SQLSTATE is about the connection to the server.
func unreachable(err error) bool {
	return errors.As(err, new(net.Error)) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
