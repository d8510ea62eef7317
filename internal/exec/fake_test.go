package exec

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
)

// What a driver's types can do beyond what database/sql asks of all.
type ability uint

const (
	queries      ability = 1 << iota // QueryerContext
	prepares                         // ConnPrepareContext
	begins                           // ConnBeginTx
	checks                           // NamedValueChecker on the connection
	runs                             // StmtQueryContext
	refuses                          // NamedValueChecker on the statement
	uncomparable                     // a connection that cannot be the key of a map

	modern = queries | prepares | begins | runs // lib/pq and most others
)

// An answer is what the fake has for a statement.
type answer struct {
	err     error // in place of rows
	none    bool  // no column: what MySQL sends for a procedure that returns nothing
	rows    int   // how many, in a column n that counts them
	end     error // after them, in place of io.EOF
	closing error // of Rows.Close
	lost    bool  // the connection is, as soon as the statement arrives, and IsValid knows it
	endless bool  // after its rows, Next and Close wait until the statement's context is done: pg_sleep
	onRow   func(n int)
}

// A fakeDB is a database with its driver, which is as able as a test wants it. It writes down what reaches it, and fails the test
// when a connection is used by two at once or for two things at a time, or a statement that is closed or another connection's.
type fakeDB struct {
	able    ability
	answers map[string]answer              // by a statement's text, one row for any other; also to begin, rollback and prepare text
	check   func(*driver.NamedValue) error // of the connection
	refuse  func(*driver.NamedValue) error // of the statement
	inputs  func(text string) int          // what NumInput says, nil for -1: the driver does not know

	mu     sync.Mutex
	log    []string
	args   [][]driver.NamedValue // of each statement that was sent
	opened int                   // connections
	closed int
	wrong  []string
}

// open opens a database on the fake. At the test's end no connection may be in use, nor anything be left of it.
func (f *fakeDB) open(t *testing.T) *sql.DB {
	t.Helper()
	leaktest.Check(t)
	db := sql.OpenDB(f)
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

// seen returns what has reached the fake since it was last asked, but for the opening of connections.
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
	f.opened++
	c := &fakeConn{db: f, id: f.opened, valid: true}
	f.mu.Unlock()
	switch f.able &^ (runs | refuses) {
	case 0:
		return struct{ fakeBase }{c}, nil
	case queries:
		return struct {
			fakeBase
			driver.QueryerContext
		}{c, c}, nil
	case prepares:
		return struct {
			fakeBase
			driver.ConnPrepareContext
		}{c, c}, nil
	case prepares | checks:
		return struct {
			fakeBase
			driver.ConnPrepareContext
			driver.NamedValueChecker
		}{c, c, c}, nil
	case queries | prepares:
		return struct {
			fakeBase
			driver.QueryerContext
			driver.ConnPrepareContext
		}{c, c, c}, nil
	case queries | prepares | begins:
		return struct {
			fakeBase
			driver.QueryerContext
			driver.ConnPrepareContext
			driver.ConnBeginTx
		}{c, c, c, c}, nil
	case queries | prepares | begins | uncomparable:
		return struct {
			fakeBase
			driver.QueryerContext
			driver.ConnPrepareContext
			driver.ConnBeginTx
			_ []int
		}{c, c, c, c, nil}, nil
	case queries | prepares | begins | checks:
		return c, nil
	}
	return nil, fmt.Errorf("no connection is made that is just so able: %b", f.able)
}

// fakeBase is what every connection of the fake's can do.
type fakeBase interface {
	driver.Conn
	driver.Validator
}

// A fakeConn can do everything; what hides some of it is put around it.
type fakeConn struct {
	db    *fakeDB
	id    int
	mu    sync.Mutex // held while the connection does something, to find out whether it does two things
	rows  *fakeRows  // that have not been closed
	valid bool
	done  bool
}

// use marks the connection as busy with what must not be done while anything else is.
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

func (c *fakeConn) send(ctx context.Context, verb, text string, args []driver.NamedValue) (driver.Rows, error) {
	defer c.use(verb + " " + text)()
	a, ok := c.db.answers[text]
	if !ok {
		a.rows = 1
	}
	if a.err == driver.ErrSkip && verb == "query" { // it is not sent
		c.db.note("skip %s", text)
		return nil, a.err
	}
	c.db.mu.Lock()
	c.db.log = append(c.db.log, verb+" "+text)
	c.db.args = append(c.db.args, slices.Clone(args))
	c.db.mu.Unlock()
	if err := c.answer(text); err != nil && err != driver.ErrSkip {
		return nil, err
	}
	c.rows = &fakeRows{answer: a, ctx: ctx, conn: c, text: text}
	return c.rows, nil
}

// answer returns the error that there is for what is asked.
func (c *fakeConn) answer(what string) error {
	a := c.db.answers[what]
	c.valid = c.valid && !a.lost
	return a.err
}

func (c *fakeConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	return c.send(ctx, "query", text, args)
}

func (c *fakeConn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

func (c *fakeConn) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	defer c.use("prepare " + text)()
	c.db.note("prepare %s", text)
	if err := c.answer("prepare " + text); err != nil {
		return nil, err
	}
	s := &fakeStmt{conn: c, text: text}
	switch c.db.able & (runs | refuses) {
	case runs:
		return struct {
			driver.Stmt
			driver.StmtQueryContext
		}{s, s}, nil
	case runs | refuses:
		return s, nil
	}
	return struct{ driver.Stmt }{s}, nil
}

func (c *fakeConn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (c *fakeConn) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	defer c.use("begin")()
	c.db.note("begin read only %v", o.ReadOnly)
	return fakeTx{c}, c.answer("begin")
}

func (c *fakeConn) CheckNamedValue(v *driver.NamedValue) error { return c.db.check(v) }

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
	return tx.c.answer("commit")
}

func (tx fakeTx) Rollback() error {
	defer tx.c.use("rollback")()
	tx.c.db.note("rollback")
	return tx.c.answer("rollback")
}

type fakeStmt struct {
	conn *fakeConn
	text string
	done bool
}

func (s *fakeStmt) NumInput() int {
	if s.conn.db.inputs == nil {
		return -1
	}
	return s.conn.db.inputs(s.text)
}

func (s *fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.ErrUnsupported }

// Query is what drivers from before contexts have.
func (s *fakeStmt) Query(values []driver.Value) (driver.Rows, error) {
	var args []driver.NamedValue
	for i, v := range values {
		args = append(args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.send(context.Background(), "old run", args)
}

func (s *fakeStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.send(ctx, "run", args)
}

func (s *fakeStmt) send(ctx context.Context, verb string, args []driver.NamedValue) (driver.Rows, error) {
	if s.done {
		s.conn.db.fail("%s is run after it was closed", s.text)
	}
	return s.conn.send(ctx, verb, s.text, args)
}

func (s *fakeStmt) CheckNamedValue(v *driver.NamedValue) error { return s.conn.db.refuse(v) }

func (s *fakeStmt) Close() error {
	defer s.conn.use("close " + s.text)()
	if s.done {
		s.conn.db.fail("%s is closed twice", s.text)
	}
	s.done = true
	s.conn.db.note("close %s", s.text)
	return nil
}

type fakeRows struct {
	answer
	ctx  context.Context
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
	if int(r.n) == r.answer.rows {
		if r.endless {
			return r.wait()
		}
		if r.end != nil {
			return r.end
		}
		return io.EOF
	}
	r.n++
	dest[0] = r.n
	if r.onRow != nil {
		r.onRow(int(r.n))
	}
	return nil
}

func (r *fakeRows) Close() error {
	if r.conn.rows != r {
		r.conn.db.fail("the rows of %s are closed twice", r.text)
	}
	if r.endless {
		r.wait()
	}
	r.conn.rows = nil
	return r.closing
}

// wait is what reading on comes to until the query is cancelled.
func (r *fakeRows) wait() error {
	<-r.ctx.Done()
	r.conn.db.note("cancel %s", r.text)
	r.endless, r.end = false, r.ctx.Err()
	return r.end
}
