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
	Prepared *Prepared           // where statements are kept, nil to have them prepared for each call, if at all
}

// Run sends statements, each once, and calls use with the rows of the last, which are good until it returns; those of the others
// are read to their ends. It returns the error of use, or what went wrong before.
//
// A *sql.DB would send a statement again, up to three times in all, when a driver says that the connection is bad, even if the
// procedure has run before it broke: so a connection is taken first. What is taken here is also read without the detour through
// database/sql. The driver's connection is the caller's of Raw for as long as that lasts, so use has to be called within.
func Run(ctx context.Context, db Querier, statements []Statement, o Options, use func(*row.Rows) error) error {
	// A type of the user's own that embeds a *sql.DB keeps its say in each statement, as long as it is one.
	pool, ok := db.(interface {
		Conn(context.Context) (*sql.Conn, error)
		Stats() sql.DBStats
	})
	if _, isDB := db.(*sql.DB); !ok || !isDB && len(statements) == 1 && !o.ReadOnly {
		return through(ctx, db, statements, o, use)
	}
	ctx, cancel := context.WithCancel(ctx) // which would take a transaction or connection of the user's own with it
	defer cancel()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // it goes back to the pool, which finds out if it is broken
	isDirect := false
	raw := conn.Raw(func(c any) error {
		var s session
		if s.conn, isDirect = direct(c, o); !isDirect {
			return nil
		}
		if o.Prepared != nil {
			s.kept = o.Prepared.on(s.conn, func() int { return pool.Stats().OpenConnections })
		}
		err = s.run(ctx, cancel, statements, o, use)
		if !s.lost {
			return nil
		}
		if o.Prepared != nil {
			o.Prepared.drop(s.conn)
		}
		return driver.ErrBadConn // the pool shall close it
	})
	switch {
	case isDirect:
		return err
	case raw != nil:
		return raw
	}
	return through(ctx, conn, statements, o, use)
}

// through runs statements through database/sql, for what is the user's own and for drivers without contexts.
func through(ctx context.Context, db Querier, statements []Statement, o Options, use func(*row.Rows) error) error {
	if o.ReadOnly {
		beginner, ok := db.(interface {
			BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
		})
		if !ok {
			return fmt.Errorf("ReadOnly cannot begin a transaction in a %T: give New a *sql.DB or *sql.Conn", db)
		}
		tx, err := beginner.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() // it has only read
		db = tx
	}
	query := func(s Statement) (*row.Rows, error) {
		rows, err := db.QueryContext(ctx, s.Text, s.Args...)
		if err != nil {
			return nil, err
		}
		return row.Scan(rows)
	}
	failed := func(_ Statement, err error) error { return err }
	return each(statements, query, failed, o, func(rows *row.Rows) { rows.Close() }, use)
}

// each runs one statement after the other and calls use with the rows of the last. What goes wrong with one goes through failed.
func each(statements []Statement, query func(Statement) (*row.Rows, error), failed func(Statement, error) error,
	o Options, finish func(*row.Rows), use func(*row.Rows) error) error {
	last := len(statements) - 1
	for _, s := range statements[:last] {
		rows, err := query(s)
		if err == nil {
			err = rows.Finish()
			finish(rows)
		}
		if err != nil {
			return failed(s, err)
		}
	}
	rows, err := query(statements[last])
	if err != nil {
		return failed(statements[last], err)
	}
	defer finish(rows)
	rows.Declare(o.Kinds)
	if err = use(rows); err != nil && rows.Err() != nil {
		err = failed(statements[last], err)
	}
	return err
}

// drainTime is what the rest of a result that nobody wants is given to arrive.
const drainTime = 100 * time.Millisecond

// closeWithin closes rows. Drivers read an unfinished result to its end for that, which keeps the connection
// and may take for ever: after a while the query is cancelled instead. What failed has been reported by the rows; the error is for
// whoever gets the connection.
func closeWithin(d time.Duration, rows *row.Rows, cancel func()) error {
	if !rows.Ended() {
		defer time.AfterFunc(d, cancel).Stop()
	}
	return rows.Close()
}
