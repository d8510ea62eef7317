package response

import (
	"io"
	"net/http"
	"strings"
)

// linger gives the client of a request that is refused while its body may still be on its way the
// time to read why. For a request that ends its connection net/http closes it at once, the kernel
// resets a connection with bytes that nobody has read, and a client that is still writing sees that
// instead of the response. Only for a body that is too large net/http waits a moment, which it is
// told here, through every wrapper of its ResponseWriter.
func linger(w http.ResponseWriter, r *http.Request) {
	if r.Close && r.ContentLength != 0 {
		endConnection(w)
	}
}

// endConnection has net/http take the body for too large: after the response it waits a moment, and
// closes the connection.
func endConnection(w http.ResponseWriter) {
	body := io.NopCloser(strings.NewReader("x"))
	http.MaxBytesReader(innermost(w), body, 0).Read(make([]byte, 1))
}

// mostUnread is how much of a body is read to keep the connection, as net/http has it.
const mostUnread = 256 << 10

// readRest reads what is left of the body of a request in full duplex. net/http leaves that to the
// handler, and panics if it comes to the end of the body later: the client may see a reset instead
// of the response. A body that is too long for that ends the connection after the response, as does
// one of unknown length when the call has failed: its client may wait for the response before it
// sends more.
func readRest(w http.ResponseWriter, r *http.Request, failed bool) {
	if r.Body == nil || r.ContentLength == 0 {
		return
	}
	if failed && r.ContentLength < 0 {
		endConnection(w)
		return
	}
	if _, err := io.CopyN(io.Discard, r.Body, mostUnread); err != io.EOF {
		endConnection(w)
	}
}

// innermost returns the ResponseWriter of the server.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = wrapper.Unwrap()
	}
}
