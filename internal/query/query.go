// Package query runs the statements of one call on one connection, each at most once, and gives the connection back.
package query

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/moresql/moresql/row"
)

// A Querier runs a statement that returns rows: *sql.DB, *sql.Conn and *sql.Tx do.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A Statement is SQL text and what is bound to its placeholders.
type Statement struct {
	Text string
	Args []any
}

// Options say how statements are run.
type Options struct {
	ReadOnly bool                // in a transaction that can only read
	Kinds    map[string]row.Kind // of columns whose type the driver does not tell
}

// A Result is the rows of one call.
type Result struct {
	*row.Rows
	cancel context.CancelFunc
	conn   *sql.Conn // taken for this call, or nil
	tx     *sql.Tx   // begun for this call, or nil
}

// Run sends statements, each once, and returns the rows of the last; those of the others are read to their ends. A *sql.DB would
// send one again, up to three times in all, when a driver says that the connection is bad, even if the procedure has run before it
// broke: so a connection is taken first. Close the Result.
func Run(ctx context.Context, db Querier, statements []Statement, o Options) (_ Result, err error) {
	r := Result{cancel: func() {}}
	defer func() {
		if err != nil {
			err = r.Explain(err)
			r.release()
		}
	}()
	// A type of the user's own that embeds a *sql.DB keeps its say in each statement, as long as it is one.
	if pool, ok := db.(interface {
		Conn(context.Context) (*sql.Conn, error)
	}); ok {
		ctx, r.cancel = context.WithCancel(ctx) // which would take a transaction or connection of the user's own with it
		if _, ok := db.(*sql.DB); ok || len(statements) > 1 || o.ReadOnly {
			if r.conn, err = pool.Conn(ctx); err != nil {
				return Result{}, err
			}
			db = r.conn
		}
	}
	if o.ReadOnly {
		beginner, ok := db.(interface {
			BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
		})
		if !ok {
			return Result{}, fmt.Errorf("ReadOnly cannot begin a transaction in a %T: give New a *sql.DB or *sql.Conn", db)
		}
		if r.tx, err = beginner.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}); err != nil {
			return Result{}, err
		}
		db = r.tx
	}
	last := statements[len(statements)-1]
	for _, s := range statements[:len(statements)-1] {
		rows, err := db.QueryContext(ctx, s.Text, s.Args...)
		if err != nil {
			return Result{}, err
		}
		if err := discard(rows); err != nil {
			return Result{}, err
		}
	}
	rows, err := db.QueryContext(ctx, last.Text, last.Args...)
	if err != nil {
		return Result{}, err
	}
	if r.Rows, err = row.Scan(rows); err != nil {
		return Result{}, err
	}
	r.Declare(o.Kinds)
	return r, nil
}

// discard reads a result that is not wanted to its end, for the errors in it.
func discard(rows *sql.Rows) error {
	defer rows.Close()
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
		}
	}
	return rows.Err()
}

// drainTime is what the rest of a result that nobody wants is given to arrive.
const drainTime = 100 * time.Millisecond

// Close gives the connection back. Drivers read an unfinished result to its end for that, which keeps the connection
// and may take for ever: after drainTime the query is cancelled instead.
func (r Result) Close() {
	timer := time.AfterFunc(drainTime, r.cancel)
	r.Rows.Close() // what failed has been reported by the rows
	timer.Stop()
	r.release()
}

func (r Result) release() {
	if r.tx != nil {
		r.tx.Rollback() // it has only read
	}
	r.cancel()
	if r.conn != nil {
		r.conn.Close() // it goes back to the pool, which finds out if it is broken
	}
}

// Explain marks an error of the query or its rows as a lost connection, if it was that: not every driver's says so itself.
func (r Result) Explain(err error) error {
	if r.conn == nil || r.Rows != nil && r.Rows.Err() == nil {
		return err
	}
	lost := r.conn.Raw(func(conn any) error {
		if v, ok := conn.(driver.Validator); ok && !v.IsValid() {
			return driver.ErrBadConn
		}
		return nil
	})
	if lost != nil {
		return fmt.Errorf("%w (%w)", err, driver.ErrBadConn)
	}
	return err
}
