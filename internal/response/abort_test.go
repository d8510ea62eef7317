package response

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A reached is a ResponseWriter that notes what Abort reaches.
type reached struct {
	*httptest.ResponseRecorder
	conn     net.Conn
	deadline time.Time
}

func (w *reached) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func (w *reached) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.conn, nil, nil }

// A jealous writer does not give the connection away once there is a body, as gin's.
type jealous struct{ http.ResponseWriter }

func (jealous) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, errors.New("there is a body")
}
func (w jealous) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A fastContext makes the connection known, as that of fasthttp.
type fastContext struct {
	context.Context
	conn net.Conn
}

func (c fastContext) Conn() net.Conn { return c.conn }

// A closed is a connection that notes whether it is closed.
type closed struct {
	net.Conn
	linger, is bool
}

func (c *closed) SetLinger(int) error {
	c.linger = true
	return nil
}

func (c *closed) Close() error {
	c.is = true
	return nil
}

// TestAbort has the client see the abort even if the panic is swallowed, and another server than
// net/http's go on.
func TestAbort(t *testing.T) {
	served := context.WithValue(context.Background(), http.ServerContextKey, &http.Server{})
	for _, test := range []struct {
		reason                  string
		ctx                     context.Context
		minor                   int
		wrap                    func(*reached) http.ResponseWriter
		panics, deadline, reset bool
	}{
		{reason: "HTTP/1.1", ctx: served, minor: 1, panics: true, deadline: true},
		{reason: "HTTP/1.0", ctx: served, panics: true, reset: true},
		{reason: "HTTP/1.0 through a writer that keeps the connection", ctx: served, panics: true,
			reset: true, wrap: func(w *reached) http.ResponseWriter { return jealous{w} }},
		{reason: "a writer that hides deadlines", ctx: served, minor: 1, panics: true, reset: true,
			wrap: func(w *reached) http.ResponseWriter {
				return struct {
					http.ResponseWriter
					http.Hijacker
				}{w, w}
			}},
		{reason: "a writer that hides both", ctx: served, minor: 1, panics: true,
			wrap: func(w *reached) http.ResponseWriter { return struct{ http.ResponseWriter }{w} }},
		{reason: "another server, which gives the connection", ctx: context.Background(), minor: 1,
			reset: true},
		{reason: "no server", ctx: context.Background(), minor: 1, panics: true,
			wrap: func(w *reached) http.ResponseWriter { return w.ResponseRecorder }},
	} {
		conn := new(closed)
		w := &reached{ResponseRecorder: httptest.NewRecorder(), conn: conn}
		var outer http.ResponseWriter = w
		if test.wrap != nil {
			outer = test.wrap(w)
		}
		r := getRequest().WithContext(test.ctx)
		r.ProtoMinor = test.minor
		if p := panicOf(func() { Abort(outer, r) }); (p == http.ErrAbortHandler) != test.panics {
			t.Errorf("%s: panics with %v", test.reason, p)
		}
		past := !w.deadline.IsZero() && w.deadline.Before(time.Now())
		if past != test.deadline || conn.is != test.reset || conn.linger != test.reset {
			t.Errorf("%s: deadline %v, connection closed: %v", test.reason, w.deadline, conn.is)
		}
	}
}

func TestAbortFindsTheConnectionOfFasthttp(t *testing.T) {
	conn := new(closed)
	r := getRequest().WithContext(fastContext{context.Background(), conn})
	if p := panicOf(func() { Abort(httptest.NewRecorder(), r) }); p != nil || !conn.is {
		t.Errorf("panics with %v, connection closed: %v", p, conn.is)
	}
}

func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}
