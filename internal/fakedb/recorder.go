package fakedb

import (
	"context"
	"database/sql/driver"
	"errors"
)

// Record returns a connector for the database of another one, for tests that look at what reaches a
// real database. saw is called for every statement that is prepared, run or queried, once it has
// been, with the error that it came to, and with "BEGIN" for every transaction. It must be safe for
// concurrent use.
//
// The connections have all of the interfaces that database/sql looks for; without one in the driver
// they do what database/sql does without it.
func Record(connector driver.Connector, saw func(text string, err error)) driver.Connector {
	return recorder{connector, saw}
}

// RecordDriver is Record for a driver that opens connections by a name.
func RecordDriver(d driver.Driver, name string, saw func(text string, err error)) driver.Connector {
	return recorder{named{d, name}, saw}
}

type named struct {
	driver driver.Driver
	name   string
}

func (n named) Connect(context.Context) (driver.Conn, error) { return n.driver.Open(n.name) }
func (n named) Driver() driver.Driver                        { return n.driver }

type recorder struct {
	driver.Connector
	saw func(text string, err error)
}

func (r recorder) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &recorded{c, r.saw}, nil
}

// recorded is a connection that is recorded.
type recorded struct {
	driver.Conn
	saw func(text string, err error)
}

// Unwrap returns the driver's own connection, by which moresql recognizes the driver.
func (c *recorded) Unwrap() driver.Conn { return c.Conn }

func (c *recorded) Prepare(text string) (driver.Stmt, error) {
	stmt, err := c.Conn.Prepare(text)
	c.saw(text, err)
	return stmt, err
}

func (c *recorded) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	p, ok := c.Conn.(driver.ConnPrepareContext)
	if !ok {
		return c.Prepare(text)
	}
	stmt, err := p.PrepareContext(ctx, text)
	c.saw(text, err)
	return stmt, err
}

func (c *recorded) QueryContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	rows, err := q.QueryContext(ctx, text, args)
	if err != driver.ErrSkip {
		c.saw(text, err)
	}
	return rows, err
}

func (c *recorded) ExecContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Result, error) {
	e, ok := c.Conn.(driver.ExecerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	result, err := e.ExecContext(ctx, text, args)
	if err != driver.ErrSkip {
		c.saw(text, err)
	}
	return result, err
}

func (c *recorded) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	b, ok := c.Conn.(driver.ConnBeginTx)
	if !ok {
		return nil, errors.New("the driver has no driver.ConnBeginTx")
	}
	tx, err := b.BeginTx(ctx, o)
	c.saw("BEGIN", err)
	return tx, err
}

func (c *recorded) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *recorded) ResetSession(ctx context.Context) error {
	if resetter, ok := c.Conn.(driver.SessionResetter); ok {
		return resetter.ResetSession(ctx)
	}
	return nil
}

func (c *recorded) IsValid() bool {
	validator, ok := c.Conn.(driver.Validator)
	return !ok || validator.IsValid()
}

func (c *recorded) Ping(ctx context.Context) error {
	if pinger, ok := c.Conn.(driver.Pinger); ok {
		return pinger.Ping(ctx)
	}
	return nil
}
