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
	ReadOnly bool        // in a transaction that can only read
	Commit   bool        // in a transaction that Rows.Finish commits, and that is rolled back without it; one of the user's own is left to him
	Last     *Last       // what Rows.Finish asks before that
	Rows     row.Options // how the rows of the last statement are read
	Prepared *Prepared   // where statements are kept, nil to have them prepared for each call, if at all
}

// A Last statement is run when the rows of the others have been read to their end.
type Last struct {
	Statement
	Use func(*row.Rows) error
}

// A ConnectError is one from before a statement was sent: there is no connection.
type ConnectError struct{ Err error }

func (e *ConnectError) Error() string { return e.Err.Error() }
func (e *ConnectError) Unwrap() error { return e.Err }

// Run sends statements, each once, and calls use with the rows of the last, which are good until it returns; those of the others
// are read to their ends. It returns the error of use, or what went wrong before.
//
// A *sql.DB would send a statement again, up to three times in all, when a driver says that the connection is bad, even if the
// procedure has run before it broke: so a connection is taken first. A type of the user's own that embeds a *sql.DB keeps its
// say in a statement, unless there are several that need one connection.
func Run(ctx context.Context, db Querier, statements []Statement, o Options, use func(*row.Rows) error) error {
	pool, ok := db.(interface {
		Conn(context.Context) (*sql.Conn, error)
	})
	if !ok {
		return through(ctx, func() {}, db, statements, o, use) // cancelling would take a transaction or connection with it
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sqlDB, isDB := db.(*sql.DB)
	if !isDB && len(statements) == 1 && !o.ReadOnly && !o.Commit && o.Last == nil {
		return through(ctx, cancel, db, statements, o, use)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return &ConnectError{err}
	}
	defer conn.Close() // it goes back to the pool, which finds out if it is broken
	s, err := newSession(conn, o)
	if err != nil {
		return err
	}
	if s == nil {
		return through(ctx, cancel, conn, statements, o, use)
	}
	defer func() {
		if s.lost {
			conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool shall close it
		}
	}()
	if o.Prepared != nil && isDB {
		if s.kept = o.Prepared.take(s.conn, func() int { return sqlDB.Stats().OpenConnections }); s.kept != nil {
			defer func() { o.Prepared.give(s.conn, s.kept, s.lost) }()
		}
	}
	defer s.watchOver(ctx, cancel)()
	if s.kept != nil && !s.kept.owned {
		if err := owns(ctx, conn); err != nil {
			return s.unowned(err)
		}
		s.kept.owned = true
	}
	if err = s.run(statements, o, use); err != nil || ctx.Err() != nil {
		s.probe()
	}
	return err
}

// through runs statements through database/sql, for what is the user's own and for drivers without contexts.
func through(ctx context.Context, cancel func(), db Querier, statements []Statement, o Options, use func(*row.Rows) error) error {
	p := &pool{ctx: ctx, cancel: cancel, db: db}
	if o.ReadOnly || o.Commit {
		beginner, ok := db.(interface {
			BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
		})
		_, isTx := db.(*sql.Tx)
		switch {
		case ok:
			tx, err := beginner.BeginTx(ctx, &sql.TxOptions{ReadOnly: o.ReadOnly})
			if err != nil {
				return err
			}
			defer tx.Rollback() // unless it is committed
			p.db, p.tx = tx, tx
		case o.ReadOnly || !isTx:
			return fmt.Errorf("a transaction cannot begin in a %T: give New a *sql.DB or *sql.Conn", db)
		}
	}
	return run(p, statements, o, use)
}

// A pool asks database/sql.
type pool struct {
	ctx    context.Context
	cancel func()
	db     Querier
	tx     *sql.Tx // that belongs to the call, or nil
}

func (p *pool) query(s Statement, o row.Options) (*row.Rows, error) {
	rows, err := p.db.QueryContext(p.ctx, s.Text, s.Args...)
	if err != nil {
		return nil, err
	}
	return o.Scan(rows)
}

func (p *pool) finish(rows *row.Rows) { closeWithin(drainTime, rows, p.cancel) }

func (p *pool) failed(_ Statement, err error) error { return err }

func (p *pool) commit() error {
	if p.tx == nil {
		return nil
	}
	return p.tx.Commit()
}

// An asker asks the database, in one of the ways that there are.
type asker interface {
	query(Statement, row.Options) (*row.Rows, error)
	finish(*row.Rows)              // gives rows back
	failed(Statement, error) error // explains what went wrong with a statement
	commit() error                 // ends the transaction, if there is one that belongs to the call
}

// run runs one statement after the other, and calls use with the rows of the last.
func run(a asker, statements []Statement, o Options, use func(*row.Rows) error) error {
	last := len(statements) - 1
	for _, s := range statements[:last] {
		rows, err := a.query(s, row.Options{})
		if err == nil {
			err = rows.Finish()
			a.finish(rows)
		}
		if err != nil {
			return a.failed(s, err)
		}
	}
	rows, err := a.query(statements[last], o.Rows)
	if err != nil {
		return a.failed(statements[last], err)
	}
	defer a.finish(rows)
	if o.Commit || o.Last != nil {
		rows.AtEnd(func() error { return end(a, o) })
	}
	if err = use(rows); err != nil && rows.Err() != nil {
		err = a.failed(statements[last], err)
	}
	return err
}

// end is what comes after the rows of the call.
func end(a asker, o Options) error {
	if o.Last != nil {
		if err := run(a, []Statement{o.Last.Statement}, Options{}, o.Last.use); err != nil {
			return err
		}
	}
	if o.Commit {
		return a.commit()
	}
	return nil
}

func (l *Last) use(rows *row.Rows) error {
	if err := l.Use(rows); err != nil {
		return err
	}
	return rows.Finish()
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
