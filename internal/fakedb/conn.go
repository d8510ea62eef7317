package fakedb

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
)

// A conn can do everything; able hides some of it.
type conn struct {
	db    *DB
	id    int
	mu    sync.Mutex // held while it does something, to find out whether it does two things
	rows  *Rows      // that have not been closed
	valid bool
	done  bool
}

// use marks the connection as busy with what must not be done while anything else is.
func (c *conn) use(what string) (unlock func()) {
	if !c.mu.TryLock() {
		c.db.fail("%s: connection %d is used by two at once", what, c.id)
		return func() {}
	}
	if c.done {
		c.db.fail("%s: connection %d is closed", what, c.id)
	}
	if c.rows != nil {
		c.db.fail("%s: connection %d still has the rows of %s", what, c.id, c.rows.text)
	}
	return c.mu.Unlock
}

func (c *conn) send(
	ctx context.Context, verb, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	defer c.use(verb + " " + text)()
	r, ok := c.db.Results[text]
	if !ok {
		r.Rows = 1
	}
	if r.Err == driver.ErrSkip && verb == "query" { // it is not sent
		c.db.note("skip %s", text)
		return nil, r.Err
	}
	c.db.noteSent(verb, text, args)
	if err := c.respond(text); err != nil && err != driver.ErrSkip {
		return nil, err
	}
	c.rows = r.rows()
	c.rows.ctx, c.rows.conn, c.rows.text = ctx, c, text
	return c.rows, nil
}

// respond returns the error that there is for what has arrived.
func (c *conn) respond(what string) error {
	r := c.db.Results[what]
	c.valid = c.valid && !r.Lost
	return r.Err
}

func (c *conn) QueryContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	return c.send(ctx, "query", text, args)
}

func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

func (c *conn) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	defer c.use("prepare " + text)()
	c.db.note("prepare %s", text)
	if err := c.respond("prepare " + text); err != nil {
		return nil, err
	}
	s := &stmt{conn: c, text: text}
	switch c.db.Can & (RunsPrepared | ChecksPrepared) {
	case RunsPrepared:
		return struct {
			driver.Stmt
			driver.StmtQueryContext
		}{s, s}, nil
	case RunsPrepared | ChecksPrepared:
		return s, nil
	}
	return struct{ driver.Stmt }{s}, nil
}

func (c *conn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (c *conn) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	defer c.use("begin")()
	c.db.note("begin read only %v", o.ReadOnly)
	return tx{c}, c.respond("begin")
}

func (c *conn) CheckNamedValue(v *driver.NamedValue) error { return c.db.Check(v) }

func (c *conn) IsValid() bool { return c.valid }

func (c *conn) Close() error {
	defer c.use("close the connection")()
	c.done = true
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	c.db.closed++
	return nil
}

type tx struct{ c *conn }

func (tx tx) Commit() error   { return tx.end("commit") }
func (tx tx) Rollback() error { return tx.end("rollback") }

func (tx tx) end(how string) error {
	defer tx.c.use(how)()
	tx.c.db.note("%s", how)
	return tx.c.respond(how)
}

type stmt struct {
	conn *conn
	text string
	done bool
}

func (s *stmt) NumInput() int {
	if s.conn.db.Inputs == nil {
		return -1
	}
	return s.conn.db.Inputs(s.text)
}

func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.ErrUnsupported }

// Query is what drivers from before contexts have.
func (s *stmt) Query(values []driver.Value) (driver.Rows, error) {
	var args []driver.NamedValue
	for i, v := range values {
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.send(context.Background(), "old run", args)
}

func (s *stmt) QueryContext(
	ctx context.Context, args []driver.NamedValue,
) (driver.Rows, error) {
	return s.send(ctx, "run", args)
}

func (s *stmt) send(
	ctx context.Context, verb string, args []driver.NamedValue,
) (driver.Rows, error) {
	if s.done {
		s.conn.db.fail("%s is run after it was closed", s.text)
	}
	return s.conn.send(ctx, verb, s.text, args)
}

func (s *stmt) CheckNamedValue(v *driver.NamedValue) error { return s.conn.db.CheckPrepared(v) }

func (s *stmt) Close() error {
	defer s.conn.use("close " + s.text)()
	if s.done {
		s.conn.db.fail("%s is closed twice", s.text)
	}
	s.done = true
	s.conn.db.note("close %s", s.text)
	return nil
}
