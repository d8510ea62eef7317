package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"

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
	if db.System.Folder == "" {
		return fmt.Errorf("%s cannot use %s (%s): correct the path in %s",
			db.System.Name, db.Database, db.Censor(err), db.Variable)
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
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not respond in time: check that it runs, and that host and "+
			"port in %s are right", db.Server, db.Variable)
	case state == "" && unreachable(err):
		return fmt.Errorf("%s cannot be reached (%s): start it, or correct host and port in %s",
			db.Server, text, db.Variable)
	}
	return fmt.Errorf("%s: %s", db.Server, text)
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
