package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/lib/pq"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

// The listener waits at least shortWait and at most longWait before it connects again. While the
// server is away, stopping may take up to longWait as well.
const (
	shortWait = 100 * time.Millisecond
	longWait  = 2 * time.Second
)

// listen requests a reload for every notification on the channel, of all there is to read if that
// is what it says, and for every new connection,
// before which notifications may have been lost. The first connection counts too: the catalog was
// loaded earlier.
func (r *reloader) listen(ctx context.Context, channel string) {
	report := r.connectionLog(ctx, channel)
	l := pq.NewDialListener(dialer{ctx}, r.db.Listener, shortWait, longWait, report)
	closed := context.AfterFunc(ctx, func() { l.Close() })
	defer closed()
	if err := l.Listen(channel); err == nil {
		r.request("listening")
	} else if !errors.Is(err, net.ErrClosed) {
		r.log.Error("cannot listen to the channel: only SIGHUP reloads",
			"channel", channel, "error", failure.OneLine(r.db.Explain(err)))
		l.Close()
	}
	for n := range l.Notify { // pq closes it when the listener's goroutines have ended
		switch {
		case n == nil:
			r.request("listening again")
		case n.Extra == "reload config" && r.reconfigure != nil: // as PostgREST has it
			r.reconfigure()
		default:
			r.request("notification")
		}
	}
}

// connectionLog returns a callback that logs the loss of the connection, once until the next
// success, so that a server that is away for long does not fill the log.
func (r *reloader) connectionLog(ctx context.Context, channel string) pq.EventCallbackType {
	failing := false
	return func(event pq.ListenerEventType, err error) {
		switch event {
		case pq.ListenerEventConnected, pq.ListenerEventReconnected:
			failing = false
		default:
			if err != nil && !failing && ctx.Err() == nil {
				failing = true
				r.log.Warn("the listener has no connection and tries again",
					"channel", channel, "error", failure.OneLine(r.db.Explain(err)))
			}
		}
	}
}

// A dialer opens connections that close when its context is done, since a pq.Listener cannot be
// closed while it connects.
type dialer struct{ ctx context.Context }

// Dial implements pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, 10*time.Second)
}

// DialTimeout implements pq.Dialer. The keep-alive probes of net.Dialer detect a connection that
// was cut without a word.
func (d dialer) DialTimeout(
	network, address string, timeout time.Duration,
) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: timeout}).DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &boundConn{conn, context.AfterFunc(d.ctx, func() { conn.Close() })}, nil
}

// A boundConn is a connection that closes when a context is done.
type boundConn struct {
	net.Conn
	unbind func() bool
}

// Close implements net.Conn.
func (c *boundConn) Close() error {
	c.unbind()
	return c.Conn.Close()
}
