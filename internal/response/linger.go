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
	if !r.Close || r.ContentLength == 0 {
		return
	}
	body := io.NopCloser(strings.NewReader("x"))
	http.MaxBytesReader(innermost(w), body, 0).Read(make([]byte, 1))
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
