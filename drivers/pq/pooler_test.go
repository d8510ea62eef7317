package pq

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

// TestPoolerIsFoundByTheProcessOfTheServer takes a real server for a pooler that gives statements
// no names of its own, by the wrong process.
func TestPoolerIsFoundByTheProcessOfTheServer(t *testing.T) {
	connector, err := pq.NewConnector(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	leaktest.Check(t)
	made, err := connector.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	conn, ok := made.(underlying)
	if !ok {
		t.Fatalf("%T lacks what a connection of lib/pq's had", made)
	}
	known := processOf(made)
	if known == 0 {
		t.Fatal("what lib/pq knows of the server's process is not found")
	}
	if err := checkPooler(t.Context(), conn, known); err != nil {
		t.Errorf("without a pooler: %v", err)
	}
	if err := checkPooler(t.Context(), conn, -known); err != ErrPooled {
		t.Errorf("with another process and the driver's names for statements: %v", err)
	}
	left, err := value(conn.QueryContext(t.Context(),
		"SELECT count(*) FROM pg_prepared_statements", nil))
	if left != int64(0) || err != nil {
		t.Errorf("%v statements are left, %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := checkPooler(ctx, conn, known); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits any more: %v", err)
	}
}

// TestPoolerOfOtherDriversIsNotLookedFor has nothing to say of them.
func TestPoolerOfOtherDriversIsNotLookedFor(t *testing.T) {
	type conn struct{ pid int }
	for _, c := range []any{conn{1}, &conn{1}, 1, struct{ driver.Conn }{}} {
		if got := processOf(c); got != 0 {
			t.Errorf("%T: %d", c, got)
		}
	}
}

func TestPoolerIsFoundByTheNamesOfStatements(t *testing.T) {
	for name, test := range map[string]struct {
		responses map[string]response
		want      error
	}{
		"another client has a statement of the name": {
			map[string]response{"prepare": {err: codeError("42P05")}}, ErrPooled,
		},
		"the pooler fails":           {map[string]response{"prepare": {err: errFake}}, errFake},
		"no transaction can begin":   {map[string]response{"begin": {err: errFake}}, errFake},
		"the statement is not there": {nil, ErrPooled},
	} {
		f := &fakeDB{responses: test.responses}
		made, _ := f.Connect(t.Context())
		c := namedConn{made.(underlying), f}
		if err := checkNames(t.Context(), c, 7); err != test.want {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if c := made.(*fakeConn); c.statements != 0 || c.rows != nil {
			t.Errorf("%s: a statement or rows are left open", name)
		}
	}
}

// namedConn fails to prepare whatever the text is.
type namedConn struct {
	underlying
	db *fakeDB
}

func (c namedConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if err := c.db.responses["prepare"].err; err != nil {
		return nil, err
	}
	return c.underlying.PrepareContext(ctx, text)
}

// TestConnectEndsWithItsContextOnSilentServer has a server accept connections and then send nothing
// more, as one does whose network has stalled.
func TestConnectEndsWithItsContextOnSilentServer(t *testing.T) {
	leaktest.Check(t)
	server := fakedb.Listen(t, "")
	connector, err := NewConnector(server.URI)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-server.Heard
		cancel()
	}()
	if _, err := connector.Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ends: %v", err)
	}
	made, err := pq.Open(server.URI)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	err = checkWithin(t.Context(), time.Millisecond, made.(underlying), processOf(made))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a context without an end: %v", err)
	}
}
