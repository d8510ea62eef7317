package fakedb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// Connector returns a connector for a database that responds to every query with what rows returns.
// It records and checks nothing.
func Connector(rows func() driver.Rows) driver.Connector { return responder{rows} }

// A responder is the connector and its connections.
type responder struct{ rows func() driver.Rows }

func (r responder) Connect(context.Context) (driver.Conn, error) { return r, nil }
func (r responder) Driver() driver.Driver                        { return nil }
func (r responder) Close() error                                 { return nil }

func (r responder) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (r responder) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }

func (r responder) QueryContext(
	context.Context, string, []driver.NamedValue,
) (driver.Rows, error) {
	return r.rows(), nil
}

// Driver implements driver.Connector. There is none.
func (db *DB) Driver() driver.Driver { return nil }

// Connect implements driver.Connector. The connection has the interfaces of Can, and no others.
func (db *DB) Connect(context.Context) (driver.Conn, error) {
	db.mu.Lock()
	db.opened++
	c := &conn{db: db, id: db.opened, valid: true}
	db.mu.Unlock()
	return c.able(db.Can &^ (RunsPrepared | ChecksPrepared))
}

// basic is what every connection has, unless it Resets.
type basic interface {
	driver.Conn
	driver.Validator
}

// able hides the interfaces of a connection that it is not to have.
func (c *conn) able(can Ability) (driver.Conn, error) {
	switch can {
	case 0:
		return struct{ basic }{c}, nil
	case Queries:
		return struct {
			basic
			driver.QueryerContext
		}{c, c}, nil
	case Prepares:
		return struct {
			basic
			driver.ConnPrepareContext
		}{c, c}, nil
	case Prepares | Checks:
		return struct {
			basic
			driver.ConnPrepareContext
			driver.NamedValueChecker
		}{c, c, c}, nil
	case Queries | Prepares:
		return struct {
			basic
			driver.QueryerContext
			driver.ConnPrepareContext
		}{c, c, c}, nil
	case Queries | Prepares | Begins:
		return struct {
			basic
			driver.QueryerContext
			driver.ConnPrepareContext
			driver.ConnBeginTx
		}{c, c, c, c}, nil
	case Queries | Prepares | Begins | Checks:
		return c, nil
	case Queries | Prepares | Begins | Checks | Pipelines:
		return pipeliner{c}, nil
	case Queries | Prepares | Begins | Checks | QueriesRaw:
		return rawQueryer{c}, nil
	case Queries | Prepares | Resets:
		return struct {
			driver.Conn
			driver.QueryerContext
			driver.ConnPrepareContext
			driver.SessionResetter
		}{c, c, c, resetter{c}}, nil
	}
	return nil, fmt.Errorf("fakedb has no connection with the abilities %b", can)
}

type resetter struct{ c *conn }

func (r resetter) ResetSession(context.Context) error {
	if !r.c.valid {
		return driver.ErrBadConn
	}
	return nil
}

// A pipeliner sends the beginning of a transaction together.
type pipeliner struct{ *conn }

func (p pipeliner) BeginQuery(
	ctx context.Context, readOnly bool, _ int, texts []string, args [][]driver.NamedValue,
) (tx driver.Tx, rows driver.Rows, err error) {
	p.db.note("together %d", len(texts))
	if tx, err = p.BeginTx(ctx, driver.TxOptions{ReadOnly: readOnly}); err != nil {
		return nil, nil, err
	}
	for i, text := range texts {
		if i > 0 {
			rows.Close()
		}
		if rows, err = p.QueryContext(ctx, text, args[i]); err != nil {
			return tx, nil, err
		}
	}
	return tx, rows, nil
}

// A rawQueryer has rows of its own for package row.
type rawQueryer struct{ *conn }

func (q rawQueryer) QueryRaw(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	return q.send(ctx, "query raw", text, args)
}
