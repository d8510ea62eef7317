package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/moresql/moresql/internal/quirk"
	"github.com/moresql/moresql/row"
)

// An indirect executor runs statements through database/sql: for connections and transactions of
// the program's own, and for drivers without contexts.
type indirect struct {
	result Result
	ctx    context.Context
	stop   func() // ends ctx
	db     Querier
	tx     *sql.Tx   // of the call's own, or nil
	conn   *sql.Conn // of the call's own, or nil
	clean  string    // what is sent last on it
	undoes bool      // what only reads: a commit rolls back
	last   *sql.Rows // of the last statement
}

func newIndirect(ctx context.Context, stop func(), db Querier, conn *sql.Conn) *Result {
	e := &indirect{ctx: ctx, stop: stop, db: db, conn: conn}
	e.result = Result{ctx: ctx, conn: e}
	return &e.result
}

func (e *indirect) begin(statements []Statement, o Options) ([]Statement, error) {
	beginner, ok := e.db.(interface {
		BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
	})
	_, isTx := e.db.(*sql.Tx)
	e.clean, e.undoes = o.Clean, o.ReadOnly || o.Undo
	switch {
	case ok:
		tx, err := beginner.BeginTx(e.ctx, &sql.TxOptions{ReadOnly: o.ReadOnly})
		if err != nil {
			return nil, err
		}
		e.db, e.tx = tx, tx
	case o.ReadOnly || !isTx:
		const text = "a transaction cannot begin in a %T: pass New a *sql.DB or *sql.Conn"
		return nil, fmt.Errorf(text, e.db)
	}
	return statements, nil
}

func (e *indirect) query(s Statement, o row.Options) (*row.Rows, error) {
	rows, err := e.db.QueryContext(e.ctx, s.Text, s.Args...)
	if err != nil {
		return nil, err
	}
	e.last = rows
	return o.Scan(rows)
}

// affected leaves a query out where it may run on another connection than the statement before it.
func (e *indirect) affected() (n int64, known, same bool) {
	n, known = quirk.Affected(quirk.DriverRows(e.last))
	_, isTx := e.db.(*sql.Tx)
	_, isConn := e.db.(*sql.Conn)
	return n, known, isTx || isConn
}

func (e *indirect) finish(rows *row.Rows) { closeWithin(drainTime, rows, e) }

func (e *indirect) cancel() { e.stop() }

func (e *indirect) explain(err error) error { return err }

func (e *indirect) commit() error {
	switch {
	case e.tx == nil:
		return nil
	case e.undoes:
		return e.tx.Rollback()
	}
	return e.tx.Commit()
}

func (e *indirect) end(bool) {
	defer e.stop()
	if e.conn != nil {
		defer e.conn.Close() // the pool finds out whether it is broken
	}
	if e.tx != nil {
		e.tx.Rollback() // unless it is committed
	}
	if e.conn != nil && e.clean != "" {
		ctx, cancel := context.WithTimeout(context.Background(), cleanTime)
		defer cancel()
		if _, err := e.conn.ExecContext(ctx, e.clean); err != nil {
			e.conn.Raw(func(any) error { return driver.ErrBadConn }) // has the pool drop it
		}
	}
}
