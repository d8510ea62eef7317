package response

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Abort ends a response that has begun so that its client sees that it is not complete, also where
// middleware recovers from the panic and returns as if nothing had happened. It returns only where
// the server is not that of net/http and the connection has been reset.
//
// Middleware that holds the response back, or whose ResponseWriter reaches neither a deadline nor
// the connection, has to pass on the panic.
func Abort(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Context().Value(http.ServerContextKey) == nil:
		// Other servers, such as fasthttp, may end the process for a panic.
		if reset(connOf(r.Context())) || reset(hijack(w)) {
			return
		}
	case !r.ProtoAtLeast(1, 1):
		// A body of HTTP/1.0 may end with the connection: only a reset says that it is cut.
		reset(hijack(w))
	default:
		// Nothing can be written any more, the end of the body neither.
		if http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)) != nil {
			reset(hijack(w))
		}
	}
	panic(http.ErrAbortHandler)
}

// connOf returns the connection of a request whose server makes it known by its context, as
// fasthttp does, or nil.
func connOf(ctx context.Context) net.Conn {
	if c, ok := ctx.(interface{ Conn() net.Conn }); ok {
		return c.Conn()
	}
	return nil
}

// hijack returns the connection of a response, or nil. Some middleware refuses to give it away once
// the response has begun, so each ResponseWriter down to the server's has its turn.
func hijack(w http.ResponseWriter) net.Conn {
	for {
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				return conn
			}
		}
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = wrapper.Unwrap()
	}
}

// reset closes a connection so that the other side sees an error. It reports whether there is one.
func reset(conn net.Conn) bool {
	if conn == nil {
		return false
	}
	under := conn
	if secure, ok := conn.(*tls.Conn); ok {
		under = secure.NetConn()
	}
	if tcp, ok := under.(interface{ SetLinger(seconds int) error }); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
	return true
}
