package response

import (
	"crypto/tls"
	"net"
	"net/http"
)

// Abort ends a response so that the client sees it is not complete. It does not return.
func Abort(w http.ResponseWriter, r *http.Request) {
	// A body of HTTP/1.0 may end with the connection: only a reset says that it is cut.
	if !r.ProtoAtLeast(1, 1) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if secure, ok := conn.(*tls.Conn); ok {
				conn = secure.NetConn()
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			conn.Close()
		}
	}
	panic(http.ErrAbortHandler)
}
