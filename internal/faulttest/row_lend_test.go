package faulttest

import (
	"context"
	"database/sql/driver"
)

// A lender is lib/pq as a driver that lends its bytes, as database/sql allows: the values of a row,
// texts too, are in memory of the connection, which the next row and the next call overwrite.
type lender struct{ driver.Connector }

func (l lender) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := l.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &lendingConn{lendable: conn.(lendable)}, nil
}

// lendable has the interfaces that the connections of lib/pq implement.
type lendable interface {
	driver.Conn
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.NamedValueChecker
	driver.SessionResetter
	driver.Validator
}

type lendingConn struct {
	lendable
	lent []byte
}

func (c *lendingConn) QueryContext(ctx context.Context, text string,
	args []driver.NamedValue) (driver.Rows, error) {
	return c.lend(c.lendable.QueryContext(ctx, text, args))
}

func (c *lendingConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	stmt, err := c.lendable.PrepareContext(ctx, text)
	return lendingStmt{stmt, c}, err
}

type lendingStmt struct {
	driver.Stmt
	conn *lendingConn
}

func (s lendingStmt) QueryContext(ctx context.Context,
	args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.lend(s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args))
}

// lend returns rows whose values are lent.
func (c *lendingConn) lend(rows driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		return nil, err
	}
	return &lendingRows{named: rows.(named), conn: c}, nil
}

type named interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
}

type lendingRows struct {
	named
	conn *lendingConn
}

// takeBack overwrites all bytes that are lent.
func (c *lendingConn) takeBack() {
	for i := range c.lent {
		c.lent[i] = '7'
	}
	c.lent = c.lent[:0]
}

func (r *lendingRows) Next(dest []driver.Value) error {
	r.conn.takeBack()
	if err := r.named.Next(dest); err != nil {
		return err
	}
	size := 0
	for _, v := range dest {
		if text, ok := textOf(v); ok {
			size += len(text)
		}
	}
	if size > cap(r.conn.lent) {
		r.conn.lent = make([]byte, 0, 2*size)
	}
	for i, v := range dest {
		if text, ok := textOf(v); ok {
			start := len(r.conn.lent)
			r.conn.lent = append(r.conn.lent, text...)
			dest[i] = r.conn.lent[start:len(r.conn.lent):len(r.conn.lent)]
		}
	}
	return nil
}

func (r *lendingRows) Close() error {
	r.conn.takeBack()
	return r.named.Close()
}

// textOf returns the text of a value that a driver could lend.
func textOf(v driver.Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}
