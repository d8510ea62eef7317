package pq

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
)

var errFake = errors.New("division by zero")

// codeError is an error with a SQLSTATE.
type codeError string

func (e codeError) Error() string    { return "failed with " + string(e) }
func (e codeError) SQLState() string { return string(e) }

// A response is what the fake has for a statement.
type response struct {
	err     error // instead of rows
	none    bool  // no column
	rows    int   // in a column n that counts them
	end     error // after them, instead of io.EOF
	lost    bool  // the connection, as soon as the statement arrives, as IsValid knows
	closing error // of Rows.Close
}

// A fakeDB is a connector as lib/pq's, without a server. It logs what reaches it, and notes as
// wrong what lib/pq cannot take: a connection that is used by two at once or while rows are open,
// a statement that is closed or another connection's.
type fakeDB struct {
	// responses are by text, one row for any other; also to "begin", "rollback" and "prepare text".
	responses map[string]response
	check     func(*driver.NamedValue) error // of the connection's arguments, nil for the default
	shape     func(*fakeConn) driver.Conn    // nil for connections that can do all that lib/pq's can

	mu     sync.Mutex
	log    []string
	args   []driver.NamedValue // of the last statement with any
	opened int                 // connections
	closed int
	most   int // statements that were open at once on a connection
	wrong  []string
}

// open opens a database through Wrap. At the end of the test no connection may be in use.
func (f *fakeDB) open(t *testing.T) *sql.DB {
	t.Helper()
	leaktest.Check(t)
	db := sql.OpenDB(Wrap(f))
	t.Cleanup(func() {
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
		db.Close()
		if f.opened != f.closed {
			t.Errorf("%d connections were opened and %d closed", f.opened, f.closed)
		}
		for _, wrong := range f.wrong {
			t.Error(wrong)
		}
	})
	return db
}

func (f *fakeDB) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

func (f *fakeDB) fail(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// seen returns what has reached the fake since the last call, except for opening connections.
func (f *fakeDB) seen() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	log := strings.Join(f.log, ", ")
	f.log = nil
	return log
}

func (f *fakeDB) Driver() driver.Driver { return nil }

func (f *fakeDB) Connect(context.Context) (driver.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	c := &fakeConn{db: f, id: f.opened, valid: true}
	if f.shape != nil {
		return f.shape(c), nil
	}
	return c, nil
}

type fakeConn struct {
	db         *fakeDB
	id         int
	mu         sync.Mutex // held while the connection does something, to detect a second use
	rows       *fakeRows  // not closed yet
	statements int        // open ones
	valid      bool
	done       bool
}

var _ underlying = (*fakeConn)(nil)

// use marks the connection as busy until the returned function is called.
func (c *fakeConn) use(what string) func() {
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

func (c *fakeConn) send(verb, text string, args []driver.NamedValue) (driver.Rows, error) {
	defer c.use(verb + " " + text)()
	r, ok := c.db.responses[text]
	if !ok {
		r.rows = 1
	}
	c.db.note("%s %s", verb, text)
	if len(args) > 0 {
		c.db.mu.Lock()
		c.db.args = args
		c.db.mu.Unlock()
	}
	if err := c.respond(text); err != nil {
		return nil, err
	}
	c.rows = &fakeRows{response: r, conn: c, text: text}
	return c.rows, nil
}

func (c *fakeConn) respond(what string) error {
	r := c.db.responses[what]
	c.valid = c.valid && !r.lost
	return r.err
}

func (c *fakeConn) QueryContext(
	_ context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	return c.send("query", text, args)
}

func (c *fakeConn) ExecContext(
	_ context.Context, text string, args []driver.NamedValue,
) (driver.Result, error) {
	return c.exec("exec", text, args)
}

func (c *fakeConn) exec(verb, text string, args []driver.NamedValue) (driver.Result, error) {
	rows, err := c.send(verb, text, args)
	if err != nil {
		return nil, err
	}
	return driver.ResultNoRows, rows.Close()
}

func (c *fakeConn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

func (c *fakeConn) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	defer c.use("prepare " + text)()
	c.db.note("prepare %s", text)
	if err := c.respond("prepare " + text); err != nil {
		return nil, err
	}
	c.statements++
	c.db.mu.Lock()
	c.db.most = max(c.db.most, c.statements)
	c.db.mu.Unlock()
	return &fakeStmt{conn: c, text: text}, nil
}

func (c *fakeConn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (c *fakeConn) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	defer c.use("begin")()
	c.db.note("begin read only %v", o.ReadOnly)
	return fakeTx{c}, c.respond("begin")
}

func (c *fakeConn) CheckNamedValue(v *driver.NamedValue) error {
	if c.db.check == nil {
		return driver.ErrSkip
	}
	return c.db.check(v)
}

func (c *fakeConn) Ping(context.Context) error {
	defer c.use("ping")()
	c.db.note("ping")
	return nil
}

func (c *fakeConn) ResetSession(context.Context) error {
	if !c.valid {
		return driver.ErrBadConn
	}
	return nil
}

func (c *fakeConn) IsValid() bool { return c.valid }

func (c *fakeConn) Close() error {
	defer c.use("close the connection")()
	c.done = true
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	c.db.closed++
	return nil
}

type fakeTx struct{ c *fakeConn }

func (tx fakeTx) Commit() error {
	defer tx.c.use("commit")()
	tx.c.db.note("commit")
	return tx.c.respond("commit")
}

func (tx fakeTx) Rollback() error {
	defer tx.c.use("rollback")()
	tx.c.db.note("rollback")
	return tx.c.respond("rollback")
}

type fakeStmt struct {
	conn *fakeConn
	text string
	done bool
}

func (s *fakeStmt) NumInput() int                              { return -1 }
func (s *fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.ErrUnsupported }
func (s *fakeStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.ErrUnsupported }

func (s *fakeStmt) QueryContext(
	_ context.Context, args []driver.NamedValue,
) (driver.Rows, error) {
	s.use()
	return s.conn.send("run", s.text, args)
}

func (s *fakeStmt) ExecContext(
	_ context.Context, args []driver.NamedValue,
) (driver.Result, error) {
	s.use()
	return s.conn.exec("run", s.text, args)
}

func (s *fakeStmt) use() {
	if s.done {
		s.conn.db.fail("%s is run after it was closed", s.text)
	}
}

func (s *fakeStmt) Close() error {
	defer s.conn.use("close " + s.text)()
	if s.done {
		s.conn.db.fail("%s is closed twice", s.text)
	}
	s.done = true
	s.conn.statements--
	s.conn.db.note("close %s", s.text)
	return nil
}

type fakeRows struct {
	response
	conn *fakeConn
	text string
	n    int64
}

func (r *fakeRows) Columns() []string {
	if r.none {
		return nil
	}
	return []string{"n"}
}

func (r *fakeRows) Next(dest []driver.Value) error {
	if int(r.n) == r.response.rows {
		if r.end != nil {
			return r.end
		}
		return io.EOF
	}
	r.n++
	dest[0] = r.n
	return nil
}

func (r *fakeRows) Close() error {
	if r.conn.rows != r {
		r.conn.db.fail("the rows of %s are closed twice", r.text)
	}
	r.conn.rows = nil
	return r.closing
}
