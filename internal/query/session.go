package query

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/moresql/moresql/row"
)

// A session runs statements on a connection of the driver's own, as database/sql does, without its copies of what comes back.
type session struct {
	conn    driver.Conn
	kept    *statements   // that stay prepared, or nil
	closing []driver.Stmt // at the end of the call
}

func (s *session) run(ctx context.Context, cancel func(), statements []Statement, o Options, use func(*row.Rows) error) error {
	defer s.close()
	if o.ReadOnly {
		beginner, ok := s.conn.(driver.ConnBeginTx)
		if !ok {
			return errIndirect
		}
		tx, err := beginner.BeginTx(ctx, driver.TxOptions{ReadOnly: true})
		if err != nil {
			return s.explain(err)
		}
		defer tx.Rollback() // it has only read
	}
	query := func(statement Statement) (*row.Rows, error) {
		rows, err := s.query(ctx, statement)
		if err != nil {
			s.forget(statement.Text)
			return nil, s.explain(err)
		}
		return row.Lend(ctx, rows)
	}
	return each(statements, query, o, cancel, func(rows *row.Rows) error {
		err := use(rows)
		if err != nil && rows.Err() != nil {
			s.forget(statements[len(statements)-1].Text)
			err = s.explain(err)
		}
		return err
	})
}

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
	preparer, ok := s.conn.(driver.ConnPrepareContext)
	if !ok {
		return nil, errIndirect
	}
	stmt, err := preparer.PrepareContext(ctx, statement.Text)
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

// forget has a statement that has failed prepared anew for the next call: the database may have lost it, or its result may have
// other columns by now.
func (s *session) forget(text string) {
	if s.kept == nil {
		return
	}
	if stmt, ok := s.kept.byText[text]; ok {
		delete(s.kept.byText, text)
		s.closing = append(s.closing, stmt)
	}
}

func (s *session) close() {
	for _, stmt := range s.closing {
		stmt.Close() // what cannot be closed is lost with its connection
	}
}

func (s *session) queryPrepared(ctx context.Context, stmt driver.Stmt, values []any) (driver.Rows, error) {
	queryer, ok := stmt.(driver.StmtQueryContext)
	if !ok {
		return nil, errIndirect
	}
	args, err := s.bind(stmt, values)
	if err != nil {
		return nil, err
	}
	if n := stmt.NumInput(); n >= 0 && n != len(args) {
		return nil, fmt.Errorf("the statement has %d placeholders, and there are %d arguments", n, len(args))
	}
	return queryer.QueryContext(ctx, args)
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
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		n++
	}
	return args[:n], nil
}

// explain marks an error as that of a lost connection if the driver says that the connection is no longer good: not every
// driver's error says so itself.
func (s *session) explain(err error) error {
	if v, ok := s.conn.(driver.Validator); ok && err != errIndirect && !v.IsValid() && !errors.Is(err, driver.ErrBadConn) {
		return fmt.Errorf("%w (%w)", err, driver.ErrBadConn)
	}
	return err
}
