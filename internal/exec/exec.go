// Package exec runs the statements of one call on one connection, each at most once, and gives the
// connection back.
//
// Run begins the call and returns a Result, which is the call under way: its rows are read, a
// trailer may be queried after them, the transaction is committed, and Close gives everything back.
package exec

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/row"
)

// A Querier runs a statement that returns rows, as *sql.DB, *sql.Conn and *sql.Tx do.
type Querier = interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A Statement is SQL text and the arguments that are bound to its placeholders.
//
// Arguments reach the driver as database/sql passes them.
type Statement struct {
	Text string
	Args []any
}

// Options set how the statements of a call are run.
type Options struct {
	// ReadOnly runs the statements in a READ ONLY transaction, which is rolled back in any case:
	// PostgreSQL lets NOTIFY through, and up to version 15 large objects. Result.Close does it, or,
	// if Tx is set too, Result.Commit.
	ReadOnly bool

	// Tx runs the statements in a transaction, which Result.Commit commits and Result.Close rolls
	// back otherwise. Within a *sql.Tx of the program's own they run in that, and its owner ends it.
	Tx bool

	// First, if set, runs statements before the last one, and returns that one.
	First func(run func(text string, args []any, each func(row.Row) error) error) (
		text string, args []any, err error)

	// Undo has Result.Commit roll the transaction of Tx back.
	Undo bool

	// Trailer says that Result.Trailer is called: the transaction has to stay open for it.
	Trailer bool

	// Settings is the number of the first statements that only change settings of the transaction.
	Settings int

	// Clean is the text that is sent last, after the end of the transaction, on a connection of the
	// pool, so that nothing of the statements stays there; "" for none. It may hold several
	// statements. If it fails the pool drops the connection. CleanRead is one statement that is
	// enough where a READ ONLY transaction has been rolled back.
	Clean, CleanRead string

	// Reads says that the statements only read, as ReadOnly does: a Querier that is Replicated may
	// send them to its replica.
	Reads bool

	// Rows says how the rows of the last statement are read.
	Rows row.Options

	// Outs are what the last statement returns through placeholders after those of its Args, as
	// sql.Out arguments. If there are any they are the columns of the one row that the call
	// returns, and rows that the database sends are left out.
	Outs []row.Column

	// Dialect, if set, says whether statements before the last one return what is left out. Needed is
	// for RunContext.
	Dialect *dialect.Dialect
	Needed  bool

	mark  func(role, text string) string // the texts of statements after the settings; see Begin
	role  string
	reset string // what comes before the settings of a step
}

// inTx reports whether the statements run in a transaction of the call's own.
func (o Options) inTx() bool { return o.ReadOnly || o.Tx }

// A ConnectError is an error from before a statement was sent: there is no connection.
type ConnectError struct{ Err error }

func (e *ConnectError) Error() string { return e.Err.Error() }
func (e *ConnectError) Unwrap() error { return e.Err }

// Run sends statements, each at most once, and returns once the last one has begun to return rows;
// the rows of the others have been read to their end. There must be at least one statement.
// Whoever gets a Result must Close it; when there is an error everything has been given back. The
// error is a *ConnectError if nothing has been sent for want of a connection, and wraps
// driver.ErrBadConn if the connection is lost.
//
// A *sql.DB would send a statement again, up to three times in all, when a driver says that the
// connection is bad, even if the procedure has run before it broke: so a connection is taken
// first. A type that embeds a *sql.DB still runs a single statement by its own QueryContext;
// several statements, or a transaction, need one connection, which only the pool has.
func Run(ctx context.Context, db Querier, statements []Statement, o Options) (*Result, error) {
	for i := o.Settings; o.mark != nil && i < len(statements); i++ {
		statements[i].Text = o.mark(o.role, statements[i].Text)
	}
	r, ok := db.(Replicated)
	if !ok {
		return run(ctx, db, statements, o)
	}
	return runReplicated(ctx, r, statements, o)
}

// run is Run for a Querier that stands for itself.
func run(ctx context.Context, db Querier, statements []Statement, o Options) (*Result, error) {
	r, err := acquire(ctx, db, len(statements), o)
	if err != nil {
		return nil, err
	}
	if err := r.start(statements, o); err != nil {
		return nil, err
	}
	return r, nil
}

// acquire takes a connection, where db is a pool of them, and returns a Result without rows on it.
func acquire(ctx context.Context, db Querier, statements int, o Options) (*Result, error) {
	pool, ok := db.(interface {
		Conn(context.Context) (*sql.Conn, error)
	})
	if !ok { // cancelling the context would end a transaction or connection of the program's own
		return newIndirect(ctx, func() {}, db, nil), nil
	}
	if _, isDB := db.(*sql.DB); !isDB && statements == 1 && !o.inTx() {
		ctx, cancel := context.WithCancel(ctx)
		return newIndirect(ctx, cancel, db, nil), nil
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, &ConnectError{err}
	}
	s, err := newSession(ctx, conn, o)
	switch {
	case err != nil:
		conn.Close()
		return nil, err
	case s == nil:
		ctx, cancel := context.WithCancel(ctx)
		return newIndirect(ctx, cancel, conn, conn), nil
	}
	return &s.result, nil
}

// Unwrap returns the pool that a type of the program's own stands for by its method Unwrap()
// *sql.DB, and others as they are. It warns of a pool in such a type without the method: its
// QueryContext is most likely that of database/sql, which sends a statement again when its
// connection breaks, and the queries of clients that have left may run on.
func Unwrap(db Querier, log *slog.Logger) Querier {
	if w, ok := db.(interface{ Unwrap() *sql.DB }); ok {
		return w.Unwrap()
	}
	inner := db
	if r, ok := db.(Replicated); ok {
		inner = r.Primary()
	}
	_, isDB := inner.(*sql.DB)
	_, isPool := inner.(interface {
		Conn(context.Context) (*sql.Conn, error)
	})
	if isPool && !isDB {
		log.Warn(fmt.Sprintf("moresql: a %T may send a statement more than once: "+
			"pass New the *sql.DB in it, or give it the method Unwrap() *sql.DB", inner))
	}
	return db
}

// drainTime is how long the rest of a result that nobody wants may take to arrive.
const drainTime = 100 * time.Millisecond

// cleanTime is how long a rollback may take, and what removes what a call has left behind.
const cleanTime = time.Second

// closeWithin closes rows. To do so drivers read an unfinished result to its end, which occupies
// the connection and may never end: after d the statement is cancelled. The rows have reported
// what failed in them; the error returned concerns the connection only.
func closeWithin(d time.Duration, rows *row.Rows, statement interface{ cancel() }) error {
	if !rows.Ended() {
		defer time.AfterFunc(d, statement.cancel).Stop()
	}
	return rows.Close()
}
