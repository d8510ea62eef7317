package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/moresql/moresql/internal/quirk"
	"github.com/moresql/moresql/row"
)

// A session runs statements on a driver's own connection, as database/sql does, but without a
// lock, a copy and a conversion for each value. It uses the driver only within sql.Conn.Raw, and
// holds that for no longer than a batch of rows takes: what else locks the connection, such as
// closing a statement that was prepared on it, need not wait for a slow client.
type session struct {
	result Result
	ctx    context.Context // of the call
	sent   context.Context // what the driver is given: that of watch, or else what stop ends
	watch  *quirk.Watch
	stop   func()
	sql    *sql.Conn
	conn   driver.Conn
	tx     driver.Tx
	ready  *row.Rows     // of a statement that was sent with BEGIN, or nil
	last   driver.Rows   // of the last statement
	closer []driver.Stmt // to be closed at the end of the call
	clean  string        // what is sent last, or ""
	batch  BatchResults  // of statements that were sent together, or nil
	undoes bool          // what only reads: a commit rolls back
	lost   bool          // the connection

	held    func(*session) error // what hold runs now
	call    func(any) error      // runs it; made a function value once
	outcome error                // of it

	// What held goes by, here since a function value that has it would be allocated for each call.
	found      any // what sql.Conn.Raw passes
	statements []Statement
	statement  Statement
	options    row.Options
	readOnly   bool // of Options, as the next two
	settings   int
	cleanRead  string
	ends       bool         // nothing is run after the statements
	read       func() error // of the rows

	few   [4]driver.NamedValue // memory for the first arguments
	taken int                  // of it
}

// newSession returns nil where a driver lacks what a session needs of it.
func newSession(ctx context.Context, conn *sql.Conn, o Options) (*session, error) {
	s := &session{ctx: ctx, sql: conn}
	s.result = Result{ctx: ctx, conn: s}
	s.call = s.run
	if err := s.hold((*session).look); err != nil {
		return nil, err
	}
	_, prepares := s.conn.(driver.ConnPrepareContext)
	_, begins := s.conn.(driver.ConnBeginTx)
	if !prepares || !begins && o.inTx() {
		return nil, nil
	}
	if s.watch = quirk.Of(s.conn).Watch(ctx); s.watch != nil {
		s.sent = s.watch.Context()
	} else {
		s.sent, s.stop = context.WithCancel(ctx)
	}
	return s, nil
}

// cancel has the driver cancel its statement. It may be called from any goroutine.
func (s *session) cancel() {
	if s.watch != nil {
		s.watch.Cancel()
	} else {
		s.stop()
	}
}

// isCanceled reports whether the call is over for the driver, or about to be.
func (s *session) isCanceled() bool {
	if s.watch != nil {
		return s.watch.Canceled() || s.ctx.Err() != nil
	}
	return s.sent.Err() != nil
}

// look takes the driver's connection, nil if it is none.
func (s *session) look() error {
	s.conn, _ = s.found.(driver.Conn)
	return nil
}

// hold runs a function that uses the driver.
func (s *session) hold(f func(*session) error) error {
	s.held = f
	if err := s.sql.Raw(s.call); err != nil {
		return err
	}
	return s.outcome
}

func (s *session) run(found any) error {
	s.found = found
	s.outcome = s.held(s)
	return nil
}

// holdRead runs what reads rows.
func (s *session) holdRead(f func() error) error {
	s.read = f
	return s.hold((*session).runRead)
}

func (s *session) runRead() error { return s.read() }

// begin begins the transaction. It has the rows of the last statement ready if the driver has sent
// all statements with it.
func (s *session) begin(statements []Statement, o Options) ([]Statement, error) {
	s.clean, s.undoes = o.Clean, o.ReadOnly || o.Undo
	s.statements, s.options = statements, o.Rows
	s.readOnly, s.ends, s.settings, s.cleanRead = o.ReadOnly, !o.Trailer, o.Settings, o.CleanRead
	err := s.hold((*session).beginTx)
	if s.ready != nil {
		statements = statements[len(statements)-1:]
	}
	return statements, err
}

func (s *session) beginTx() (err error) {
	p, ok := s.conn.(Pipeliner)
	if !ok {
		options := driver.TxOptions{ReadOnly: s.readOnly}
		tx, err := s.conn.(driver.ConnBeginTx).BeginTx(s.sent, options)
		if err == nil { // what there is next to an error may be a nil of the driver's type
			s.tx = tx
		}
		return err
	}
	texts := make([]string, len(s.statements))
	args := make([][]driver.NamedValue, len(s.statements))
	for i, statement := range s.statements {
		texts[i] = statement.Text
		if args[i], err = s.bind(nil, statement.Args); err != nil {
			return err
		}
	}
	if err := s.markSent(); err != nil {
		return err
	}
	var rows driver.Rows
	if r, ok := p.(Reader); ok && s.readOnly && s.ends {
		s.tx, rows, err = r.ReadQuery(s.sent, texts, args, s.cleanRead)
	} else {
		s.tx, rows, err = p.BeginQuery(s.sent, s.readOnly, s.settings, texts, args)
	}
	if err == nil {
		s.last = rows
		s.ready, err = s.options.ScanDriver(s.ctx, rows, s.holdRead)
	}
	return err
}

func (s *session) query(statement Statement, o row.Options) (*row.Rows, error) {
	if s.ready == nil {
		s.statement, s.options = statement, o
		if err := s.hold((*session).start); err != nil {
			return nil, err
		}
	}
	rows := s.ready
	s.ready = nil
	return rows, nil
}

// start sends a statement and has its rows ready.
func (s *session) start() error {
	result, err := s.send(s.sent, s.statement)
	if err == nil {
		s.last = result
		s.ready, err = s.options.ScanDriver(s.ctx, result, s.holdRead)
	}
	return err
}

// affected has the number of the driver, and otherwise that of a query on the same connection.
func (s *session) affected() (n int64, known, same bool) {
	n, known = quirk.Affected(s.last)
	return n, known, true
}

// send sends a statement, and has it prepared first where the driver wants that.
func (s *session) send(ctx context.Context, statement Statement) (driver.Rows, error) {
	if err := s.markSent(); err != nil {
		return nil, err
	}
	if query := queryOf(s.conn); query != nil && !quirk.Prepares(s.conn, statement.Args) {
		args, err := s.bind(nil, statement.Args)
		if err != nil {
			return nil, err
		}
		rows, err := query(ctx, statement.Text, args)
		if err != driver.ErrSkip {
			return rows, err
		}
	}
	stmt, err := s.conn.(driver.ConnPrepareContext).PrepareContext(ctx, statement.Text)
	if err != nil {
		return nil, err
	}
	s.closer = append(s.closer, stmt)
	return s.sendPrepared(ctx, stmt, statement.Args)
}

// queryOf returns what runs a statement that need not be prepared, nil if the driver has nothing.
func queryOf(conn driver.Conn) func(
	context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	switch q := conn.(type) {
	case RawQueryer:
		return q.QueryRaw
	case driver.QueryerContext:
		return q.QueryContext
	}
	return nil
}

func (s *session) sendPrepared(
	ctx context.Context, stmt driver.Stmt, values []any,
) (driver.Rows, error) {
	args, err := s.bind(stmt, values)
	if err != nil {
		return nil, err
	}
	if n := stmt.NumInput(); n >= 0 && n != len(args) {
		err := fmt.Errorf("the statement has %d placeholders for %d arguments", n, len(args))
		return nil, unsentError{err}
	}
	quirk.HexBytes(stmt, args)
	if queryer, ok := stmt.(driver.StmtQueryContext); ok {
		return queryer.QueryContext(ctx, args)
	}
	plain := make([]driver.Value, len(args))
	for i, arg := range args {
		if arg.Name != "" {
			return nil, unsentError{errors.New("the driver has no named arguments")}
		}
		plain[i] = arg.Value
	}
	if err := ctx.Err(); err != nil {
		return nil, unsentError{err}
	}
	return stmt.Query(plain) //lint:ignore SA1019 what a driver without StmtQueryContext has
}

// markSent must be called right before a statement is sent.
func (s *session) markSent() error {
	if s.watch != nil {
		if err := s.watch.MarkSent(); err != nil {
			return unsentError{err}
		}
	}
	return nil
}

// An unsentError is an error from before the statement was sent, which says nothing of the
// connection.
type unsentError struct{ error }

// explain marks an error as that of a lost connection if the driver says that the connection is no
// longer good: not every driver's error says so itself.
func (s *session) explain(err error) error {
	if unsent, ok := err.(unsentError); ok {
		return unsent.error
	}
	lost := s.hold(func(s *session) error {
		if v, ok := s.conn.(driver.Validator); ok && !v.IsValid() {
			return driver.ErrBadConn
		}
		return nil
	})
	if errors.Is(lost, driver.ErrBadConn) && !errors.Is(err, driver.ErrBadConn) {
		err = fmt.Errorf("%w (%w)", err, driver.ErrBadConn)
	}
	s.note(err)
	s.lost = s.lost || quirk.Garbled(err)
	return err
}

// note takes from an error whether the connection is lost.
func (s *session) note(err error) {
	s.lost = s.lost || errors.Is(err, driver.ErrBadConn)
}

func (s *session) finish(rows *row.Rows) {
	s.note(rows.Err())
	s.note(closeWithin(drainTime, rows, s))
}

// commit ends the transaction, whether or not that succeeds.
func (s *session) commit() error {
	if s.tx == nil {
		return nil
	}
	return s.hold(func(s *session) error {
		tx := s.tx
		s.tx = nil
		if c, ok := tx.(Cleaner); ok && s.clean != "" {
			err := c.EndClean(!s.undoes, s.clean)
			if err == nil {
				s.clean = ""
			}
			return err
		}
		if s.undoes {
			return tx.Rollback()
		}
		return tx.Commit()
	})
}
