package query

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// A session runs statements on a connection of the driver's own, as database/sql does, without its copies of what comes back.
type session struct {
	conn    driver.Conn
	kept    *statements   // that stay prepared, or nil
	closing []driver.Stmt // at the end of the call
	lost    bool          // the connection
}

// direct reports whether a driver has what a session needs of it.
func direct(conn any, o Options) (driver.Conn, bool) {
	c, isConn := conn.(driver.Conn)
	_, prepares := conn.(driver.ConnPrepareContext)
	_, begins := conn.(driver.ConnBeginTx)
	return c, isConn && prepares && (begins || !o.ReadOnly)
}

func (s *session) run(ctx context.Context, cancel func(), statements []Statement, o Options, use func(*row.Rows) error) error {
	defer s.close()
	if o.ReadOnly {
		tx, err := s.conn.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{ReadOnly: true})
		if err != nil {
			return s.explain(err)
		}
		defer func() { s.note(tx.Rollback()) }() // it has only read
	}
	query := func(statement Statement) (*row.Rows, error) {
		rows, err := s.query(ctx, statement)
		if err != nil {
			return nil, err
		}
		return row.Lend(ctx, rows)
	}
	failed := func(statement Statement, err error) error {
		if own, ok := err.(unsent); ok {
			return own.error
		}
		s.forget(statement, err)
		return s.explain(err)
	}
	return each(statements, query, failed, o, func(rows *row.Rows) { s.note(closeWithin(drainTime, rows, cancel)) }, use)
}

// unsent is an error from before the database was asked.
type unsent struct{ error }

// query sends a statement, and prepares it first where the driver wants that or it is to be kept.
func (s *session) query(ctx context.Context, statement Statement) (driver.Rows, error) {
	if s.kept != nil {
		if stmt, ok := s.kept.byText[statement.Text]; ok {
			return s.queryPrepared(ctx, stmt, statement.Args)
		}
	} else if queryer, ok := s.conn.(driver.QueryerContext); ok {
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
	if s.kept != nil && len(s.kept.byText) < maxStatements {
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
	return stmt.Query(plain)
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

// forget has a statement prepared anew for the next call when it may have failed because the database has lost it, or gives
// its result other columns by now. What a request's values alone can cause is none of that, where the error tells.
func (s *session) forget(statement Statement, err error) {
	if s.kept == nil {
		return
	}
	switch code := sqlstate.Of(err).Code; {
	case code == "", code == "0A000", code == "26000", code == "HY000", code[:2] == "XX":
		if stmt, ok := s.kept.byText[statement.Text]; ok {
			delete(s.kept.byText, statement.Text)
			s.closing = append(s.closing, stmt)
		}
	}
}

func (s *session) close() {
	for _, stmt := range s.closing {
		stmt.Close() // what cannot be closed is lost with its connection
	}
}

// note finds out whether an error means that the connection is lost.
func (s *session) note(err error) {
	s.lost = s.lost || errors.Is(err, driver.ErrBadConn)
}

// explain marks an error as that of a lost connection if the driver says that the connection is no longer good: not every
// driver's error says so itself.
func (s *session) explain(err error) error {
	if v, ok := s.conn.(driver.Validator); ok && !v.IsValid() && !errors.Is(err, driver.ErrBadConn) {
		err = fmt.Errorf("%w (%w)", err, driver.ErrBadConn)
	}
	s.note(err)
	return err
}
