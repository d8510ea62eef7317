package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// A session runs statements on a connection of the driver's own, as database/sql does, but without a lock, a copy and a conversion
// for each value. It asks the driver only within sql.Conn.Raw, and holds that for no longer than a batch of rows takes: what
// else locks the connection, such as closing a statement that was prepared on it, need not wait for a slow client.
type session struct {
	result   Result
	ctx      context.Context // of the call
	asking   context.Context // what the driver is given
	cancel   func()
	watch    *watch // between the two, or nil
	sql      *sql.Conn
	conn     driver.Conn
	tx       driver.Tx
	ready    *row.Rows     // of a statement that was sent with the beginning of the transaction, or nil
	prepared *Prepared     // of the pool, where kept is from
	kept     *statements   // that stay prepared, or nil
	closing  []driver.Stmt // at the end of the call
	lost     bool          // the connection

	held    func() error // what runs now
	outcome error        // of it
	call    func(any) error
}

// newSession returns nil where a driver lacks what a session needs of it.
func newSession(ctx context.Context, cancel func(), conn *sql.Conn, o Options) (*session, error) {
	s := &session{ctx: ctx, asking: ctx, cancel: cancel, sql: conn}
	s.result = Result{ctx: ctx, conn: s}
	s.call = func(any) error { // one for all batches
		s.outcome = s.held()
		return nil
	}
	direct := false
	err := conn.Raw(func(c any) error {
		_, prepares := c.(driver.ConnPrepareContext)
		_, begins := c.(driver.ConnBeginTx)
		s.conn, direct = c.(driver.Conn)
		direct = direct && prepares && (begins || !o.inTx())
		return nil
	})
	if !direct {
		return nil, err
	}
	s.watchOver()
	return s, err
}

// hold runs a function that asks the driver.
func (s *session) hold(f func() error) error {
	s.held = f
	if err := s.sql.Raw(s.call); err != nil {
		return err
	}
	return s.outcome
}

// watchOver puts a watch between the call's context and drivers that need one.
func (s *session) watchOver() {
	_, pipelines := s.conn.(pipeliner)
	pq := isPQ(s.conn)
	if pq || pipelines || isPGX(s.conn) {
		s.watch = newWatch(s.ctx, s.conn, pq)
		s.asking = s.watch.ctx
	}
}

// A pipeliner is a connection whose driver sends the first statements of a transaction together, instead of waiting for an answer to
// BEGIN and to each. It begins the transaction, passes over what all statements but the last return, and returns the rows of that. The
// transaction is not nil if it may have begun, even if there is an error.
type pipeliner interface {
	BeginQuery(ctx context.Context, readOnly bool, texts []string, args [][]driver.NamedValue) (driver.Tx, driver.Rows, error)
}

// begin begins the transaction, and has the rows of the last statement ready if the driver has sent
// all of them.
func (s *session) begin(statements []Statement, o Options) ([]Statement, error) {
	err := s.hold(func() error { return s.beginTx(statements, o) })
	if s.ready != nil {
		statements = statements[len(statements)-1:]
	}
	return statements, err
}

func (s *session) beginTx(statements []Statement, o Options) (err error) {
	p, ok := s.conn.(pipeliner)
	if !ok {
		options := driver.TxOptions{ReadOnly: o.ReadOnly}
		s.tx, err = s.conn.(driver.ConnBeginTx).BeginTx(s.asking, options)
		return err
	}
	texts := make([]string, len(statements))
	args := make([][]driver.NamedValue, len(statements))
	for i, statement := range statements {
		texts[i] = statement.Text
		if args[i], err = s.bind(nil, statement.Args); err != nil {
			return err
		}
	}
	if err := s.sends(); err != nil {
		return err
	}
	var rows driver.Rows
	if s.tx, rows, err = p.BeginQuery(s.asking, o.ReadOnly, texts, args); err == nil {
		s.ready, err = o.Rows.ScanDriver(s.ctx, rows, s.hold)
	}
	return err
}

func (s *session) query(statement Statement, o row.Options) (rows *row.Rows, err error) {
	if rows, s.ready = s.ready, nil; rows != nil {
		return rows, nil
	}
	err = s.hold(func() error {
		answer, err := s.ask(s.asking, statement)
		if err == nil {
			rows, err = o.ScanDriver(s.ctx, answer, s.hold)
		}
		return err
	})
	return rows, err
}

func (s *session) explain(statement Statement, err error) error {
	if own, ok := err.(unsent); ok {
		return own.error
	}
	s.forget(statement, err)
	return s.marked(err)
}

func (s *session) finish(rows *row.Rows) {
	s.note(rows.Err())
	s.note(closeWithin(drainTime, rows, s.cancel))
}

// commit ends the transaction, whether or not that succeeds.
func (s *session) commit() error {
	if s.tx == nil {
		return nil
	}
	return s.hold(func() error {
		tx := s.tx
		s.tx = nil
		return tx.Commit()
	})
}

// end gives back what the call has taken, from the driver first and then the connection itself.
func (s *session) end(failed bool) {
	defer s.cancel()
	defer s.sql.Close() // it goes back to the pool, which finds out whether it is broken
	defer func() {
		if s.kept != nil {
			s.prepared.give(s.conn, s.kept, s.lost)
		}
		if s.lost {
			s.sql.Raw(func(any) error { return driver.ErrBadConn }) // has the pool close it
		}
	}()
	defer func() {
		if s.watch != nil {
			s.lost = s.watch.end() || s.lost
		}
	}()
	s.release()
	if failed || s.ctx.Err() != nil {
		s.probe()
	}
}

// release ends the transaction first: an error may have ended the statements with it. All of that
// goes with a connection that is lost, which might not respond any more.
func (s *session) release() {
	if s.lost || s.tx == nil && s.closing == nil {
		return
	}
	s.hold(func() error {
		if s.tx != nil {
			s.note(s.tx.Rollback())
		}
		for _, stmt := range s.closing {
			stmt.Close() // what cannot be closed is lost with its connection
		}
		return nil
	})
}

// unsent is an error from before the database was asked.
type unsent struct{ error }

// sends is for when a statement is about to be sent.
func (s *session) sends() error {
	if s.watch != nil {
		if err := s.watch.sends(); err != nil {
			return unsent{err}
		}
	}
	return nil
}

// ask sends a statement, and prepares it first where the driver wants that or it is to be kept.
func (s *session) ask(ctx context.Context, statement Statement) (driver.Rows, error) {
	if err := s.sends(); err != nil {
		return nil, err
	}
	keep := false
	if s.kept != nil {
		if stmt, ok := s.kept.byText[statement.Text]; ok {
			return s.queryPrepared(ctx, stmt, statement.Args)
		}
		keep = len(s.kept.byText) < maxStatements
	}
	if queryer, ok := s.conn.(driver.QueryerContext); ok && !keep {
		args, err := s.bind(nil, statement.Args)
		if err != nil {
			return nil, err
		}
		if rows, err := queryer.QueryContext(ctx, statement.Text, args); err != driver.ErrSkip {
			return rows, err
		}
	}
	stmt, err := s.conn.(driver.ConnPrepareContext).PrepareContext(ctx, statement.Text)
	if err != nil {
		return nil, err
	}
	if keep {
		s.kept.byText[statement.Text] = stmt
	} else {
		s.closing = append(s.closing, stmt)
	}
	return s.queryPrepared(ctx, stmt, statement.Args)
}

func (s *session) queryPrepared(ctx context.Context, stmt driver.Stmt, values []any) (driver.Rows, error) {
	args, err := s.bind(stmt, values)
	if err != nil {
		return nil, err
	}
	if n := stmt.NumInput(); n >= 0 && n != len(args) {
		return nil, unsent{fmt.Errorf("the statement has %d placeholders, and there are %d arguments", n, len(args))}
	}
	if queryer, ok := stmt.(driver.StmtQueryContext); ok {
		return queryer.QueryContext(ctx, args)
	}
	plain := make([]driver.Value, len(args))
	for i, arg := range args {
		if arg.Name != "" {
			return nil, unsent{errors.New("the driver has no named arguments")}
		}
		plain[i] = arg.Value
	}
	if err := ctx.Err(); err != nil {
		return nil, unsent{err}
	}
	return stmt.Query(plain) //lint:ignore SA1019 what a driver without StmtQueryContext has
}

// bind makes of arguments what the driver takes: it or its prepared statement may say how, else they are converted as
// database/sql does by default.
func (s *session) bind(stmt driver.Stmt, values []any) ([]driver.NamedValue, error) {
	checker, ok := stmt.(driver.NamedValueChecker)
	if !ok {
		checker, _ = s.conn.(driver.NamedValueChecker)
	}
	args := make([]driver.NamedValue, len(values))
	n := 0
	for i, value := range values {
		arg := &args[n]
		*arg = driver.NamedValue{Ordinal: n + 1, Value: value}
		if named, ok := value.(sql.NamedArg); ok {
			arg.Name, arg.Value = named.Name, named.Value
		}
		err := driver.ErrSkip
		if checker != nil {
			err = checker.CheckNamedValue(arg)
		}
		if err == driver.ErrSkip {
			arg.Value, err = driver.DefaultParameterConverter.ConvertValue(arg.Value)
		}
		if err == driver.ErrRemoveArgument {
			continue
		}
		if err != nil {
			return nil, unsent{fmt.Errorf("argument %d: %w", i+1, err)}
		}
		n++
	}
	return args[:n], nil
}

// forget has a statement that has failed prepared anew for the next call: the database may have lost it, or its parameters or result
// may have other types by now, which can show in any way. Only an error of what it has called says that it was good.
func (s *session) forget(statement Statement, err error) {
	if s.kept == nil {
		return
	}
	code := sqlstate.Of(err).Code
	for _, class := range []string{"P0", "23", "40"} { // raised by its author, constraints, conflicts
		if strings.HasPrefix(code, class) {
			return
		}
	}
	if stmt, ok := s.kept.byText[statement.Text]; ok {
		delete(s.kept.byText, statement.Text)
		s.closing = append(s.closing, stmt)
	}
}

// note finds out whether an error means that the connection is lost.
func (s *session) note(err error) {
	s.lost = s.lost || errors.Is(err, driver.ErrBadConn)
}

// marked marks an error as that of a lost connection if the driver says that the connection is no longer good: not every
// driver's error says so itself.
func (s *session) marked(err error) error {
	lost := s.hold(func() error {
		if v, ok := s.conn.(driver.Validator); ok && !v.IsValid() {
			return driver.ErrBadConn
		}
		return nil
	})
	if errors.Is(lost, driver.ErrBadConn) && !errors.Is(err, driver.ErrBadConn) {
		err = fmt.Errorf("%w (%w)", err, driver.ErrBadConn)
	}
	s.note(err)
	s.lost = s.lost || sqlstate.Garbled(err)
	return err
}
