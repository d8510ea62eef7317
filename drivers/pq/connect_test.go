package pq_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	libpq "github.com/lib/pq"

	"github.com/moresql/moresql/drivers/pq"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/internal/pgtest"
)

// faultyDialer dials connections that fail from the statement on that looks for a pooler.
type faultyDialer struct {
	stalls bool // or else the connection ends
}

func (d faultyDialer) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	return &faultyConn{Conn: conn, stalls: d.stalls, closed: make(chan struct{})}, err
}

func (d faultyDialer) DialTimeout(network, address string, _ time.Duration) (net.Conn, error) {
	return d.Dial(network, address)
}

type faultyConn struct {
	net.Conn
	stalls  bool
	failing atomic.Bool // Close writes too
	once    sync.Once
	closed  chan struct{}
}

func (c *faultyConn) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("pg_backend_pid")) {
		c.failing.Store(true)
	}
	return c.Conn.Write(p)
}

func (c *faultyConn) Read(p []byte) (int, error) {
	switch {
	case !c.failing.Load():
		return c.Conn.Read(p)
	case c.stalls:
		<-c.closed
		return 0, net.ErrClosed
	}
	return 0, io.EOF
}

func (c *faultyConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func connectFaulty(t *testing.T, ctx context.Context, stalls bool) error {
	t.Helper()
	leaktest.Check(t)
	connector, err := libpq.NewConnector(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	connector.Dialer(faultyDialer{stalls})
	_, err = pq.Wrap(connector).Connect(ctx)
	return err
}

func TestConnectEndsWithItsContextWhenTheServerIsSilent(t *testing.T) {
	pgtest.URI(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := connectFaulty(t, ctx, true)
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

// TestConnectIsNotRepeatedAfterALoss keeps database/sql from connecting again, as it does for
// driver.ErrBadConn: a connection that lib/pq cannot make is not tried again either.
func TestConnectIsNotRepeatedAfterALoss(t *testing.T) {
	err := connectFaulty(t, t.Context(), false)
	if err == nil || errors.Is(err, driver.ErrBadConn) || !strings.Contains(err.Error(), "lost") {
		t.Error(err)
	}
}
