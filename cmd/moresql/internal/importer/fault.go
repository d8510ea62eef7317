package importer

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
	"modernc.org/sqlite"
)

// isRowFault reports whether an error of a database may be the fault of a row, so that it can be
// looked for.
func isRowFault(err error) bool {
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		switch my.Number {
		case 1205, 1213, // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK
			1021, 1114, 1317, 1927, // ER_DISK_FULL, ER_RECORD_FILE_FULL, interrupted, killed
			1044, 1142, 1143, 1146, 1054, 1064, 1370, // rights, and names that do not exist
			1288, 1348, 1471: // views that take no rows, or not in all columns
			return false
		}
		return true
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff { // SQLITE_ERROR is that of RAISE in a trigger, too
		case 18, 19, 20: // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH
			return true
		}
		return false
	}
	state := stateOf(err)
	if state == "" {
		return false
	}
	switch routineOf(err) {
	case "exec_stmt_raise", "ExecWithCheckOptions": // RAISE of PL/pgSQL, and a policy
		return true
	}
	return !strings.Contains(notOfRows, state[:2])
}

// isTooLong reports whether MySQL refuses a value, or what it stores of one, for its length.
func isTooLong(err error) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) && (my.Number == 1153 || // ER_NET_PACKET_TOO_LARGE
		my.Number == 1105 && strings.Contains(my.Message, "max_allowed_packet")) // ER_UNKNOWN_ERROR
}

// isLost reports whether an error says no more than that there is no connection. That of a network
// is a *net.OpError: files end in the same way where they are cut off.
func isLost(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, mysql.ErrInvalidConn) || errors.As(err, new(*net.OpError))
}

// notOfRows are the classes of errors of connections, sessions, transactions, statements, rights
// and the server (PostgreSQL manual, appendix A). Those that are not in it are of triggers and
// types, whose authors choose them, or have none better than XX.
const notOfRows = "08 24 25 26 28 2D 34 3B 3D 3F 40 42 53 55 57 58 72 F0"

// routineOf returns the function of PostgreSQL's source that reports an error.
func routineOf(err error) string {
	var pg *pgconn.PgError
	var lib *pq.Error
	switch {
	case errors.As(err, &pg):
		return pg.Routine
	case errors.As(err, &lib):
		return lib.Routine
	}
	return ""
}

func stateOf(err error) string {
	var coder interface {
		error
		SQLState() string
	}
	if errors.As(err, &coder) && len(coder.SQLState()) == 5 {
		return coder.SQLState()
	}
	return ""
}

// columnOf returns the column that PostgreSQL names in an error, or "".
func columnOf(err error) string {
	var pg *pgconn.PgError
	var lib *pq.Error
	switch {
	case errors.As(err, &pg):
		return pg.ColumnName
	case errors.As(err, &lib):
		return lib.Column
	}
	return ""
}

// reasonOf returns what a database says of an error, with detail and hint, on one line.
func reasonOf(err error) string {
	var text string
	var pg *pgconn.PgError
	var lib *pq.Error
	var my *mysql.MySQLError
	switch {
	case errors.As(err, &pg):
		text = join(pg.Message, pg.Detail, pg.Hint)
	case errors.As(err, &lib):
		text = join(lib.Message, lib.Detail, lib.Hint)
	case errors.As(err, &my):
		if text = my.Message; isTooLong(err) {
			text += ": raise max_allowed_packet of the server, or shorten the value"
		}
	default:
		text = err.Error()
	}
	return strings.Join(strings.Fields(text), " ")
}

func join(message, detail, hint string) string {
	if detail != "" {
		message += ": " + detail
	}
	if hint != "" {
		message += " (" + hint + ")"
	}
	return message
}

// An atRow is an error of a row.
type atRow struct {
	err    error
	row    int    // its index from 0 among those that were written, -1 if it is not known
	sure   bool   // it is this row, and not perhaps another
	column string // as the target has it, "" if it is not known
}

func (e *atRow) Error() string { return e.err.Error() }

func (e *atRow) Unwrap() error { return e.err }

// copyPlace is where COPY says that an error is, after the name of the table: "line 3, column
// price: …" in the language of the server. After the colon is what it reads. Without it the line
// may be another, since rows are written many at a time.
var copyPlace = regexp.MustCompile(`^\S+ (\d+)[^,:]*(?:, \S+ (.+?))?(\pZ?:|$)`)

// rowOf returns what an error says of the row that it is about, one of n that were written.
func (w *writer) rowOf(err error, n int) *atRow {
	var at *atRow
	if errors.As(err, &at) {
		return at
	}
	at = &atRow{err: err, row: -1}
	if n == 1 {
		at.row, at.sure = 0, true
	}
	var pg *pgconn.PgError
	var lib *pq.Error
	where := ""
	switch {
	case errors.As(err, &pg):
		where = pg.Where
	case errors.As(err, &lib):
		where = lib.Where
	}
	before := "COPY " + staged + ", "
	if w.merge == nil && w.relation != nil {
		before = "COPY " + w.relation.Name + ", "
	}
	place, first := strings.CutPrefix(where, before)
	if !first { // a trigger's comes first, of which a line may look like it, and so may a value
		_, place, _ = strings.Cut(where, "\n"+before)
	}
	if m := copyPlace.FindStringSubmatch(place); m != nil {
		at.column = m[2]
		if line, _ := strconv.Atoi(m[1]); line > 0 && line <= n {
			at.row, at.sure = line-1, n == 1 || first && m[3] != ""
		}
	}
	return at
}
