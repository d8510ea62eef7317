package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/lib/pq"
)

// How long the listener waits before it connects again: the longest is also what stopping may take while the server is away.
const (
	shortWait = 100 * time.Millisecond
	longWait  = 2 * time.Second
)

// listen wants a reload for every notification on the channel, and for every new connection, before which some may have been
// missed: the first comes after the catalog was loaded.
func (r *reloader) listen(ctx context.Context, channel string) {
	failing := false // so that a server that is away for long is reported once
	l := pq.NewDialListener(dialer{ctx}, r.db.listener, shortWait, longWait, func(event pq.ListenerEventType, err error) {
		switch event {
		case pq.ListenerEventConnected, pq.ListenerEventReconnected:
			failing = false
		default:
			if err != nil && !failing && ctx.Err() == nil {
				failing = true
				r.log.Warn("the listener has no connection and tries again", "channel", channel, "error", oneLine(r.db.explain(err)))
			}
		}
	})
	closed := context.AfterFunc(ctx, func() { l.Close() })
	defer closed()
	if err := l.Listen(channel); err == nil {
		r.want("listening")
	} else if !errors.Is(err, net.ErrClosed) {
		r.log.Error("the channel cannot be listened to: only SIGHUP reloads", "channel", channel, "error", oneLine(r.db.explain(err)))
		l.Close()
	}
	for n := range l.Notify { // it is closed when the listener's goroutines have ended
		if n == nil {
			r.want("listening again")
		} else {
			r.want("notification")
		}
	}
}

// A dialer gives the listener connections that end with ctx: pq.Listener cannot be closed while it connects.
type dialer struct{ ctx context.Context }

// Dial implements pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, 10*time.Second)
}

// DialTimeout implements pq.Dialer. net.Dialer has TCP look whether the server is there, so that a connection that was cut without
// a word ends too.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: timeout}).DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &boundConn{conn, context.AfterFunc(d.ctx, func() { conn.Close() })}, nil
}

// A boundConn is a connection that ends with a context.
type boundConn struct {
	net.Conn
	forget func() bool
}

// Close implements net.Conn.
func (c *boundConn) Close() error {
	c.forget()
	return c.Conn.Close()
}
