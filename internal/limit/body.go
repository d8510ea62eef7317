package limit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// Body returns the body of a request with a limit on its size, unless most is negative, and on the
// time that it takes to arrive. A body that is larger fails with a *http.MaxBytesError. One that
// has not arrived when the context of the request ends, or at another deadline of the connection,
// fails with a *[SlowBodyError].
//
// A context by itself does not end the Read of a body, so a client that stalls would keep what
// stands ready for its call. It needs a ResponseWriter with deadlines, as that of net/http.
func Body(w http.ResponseWriter, r *http.Request, most int64) io.ReadCloser {
	if r.Body == nil || r.Body == http.NoBody {
		return r.Body
	}
	b := &body{ReadCloser: r.Body, w: w, ctx: r.Context()}
	if most > 0 {
		return http.MaxBytesReader(w, b, most)
	}
	return b
}

// A body has a deadline on the connection from the first Read to its end.
type body struct {
	io.ReadCloser
	w       http.ResponseWriter
	ctx     context.Context
	limited bool // the connection has the deadline
	done    bool // it has none any more
}

func (b *body) Read(p []byte) (int, error) {
	if !b.limited && !b.done {
		b.limited = b.limit()
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		// The deadline stays: the server would otherwise wait for the rest before it responds.
		err = &SlowBodyError{err}
	case err != nil && b.limited:
		// From here on the server reads ahead, to notice that the client leaves: with a deadline that
		// would end the request.
		b.limited, b.done = false, true
		http.NewResponseController(b.w).SetReadDeadline(time.Time{})
	}
	return n, err
}

// limit gives the connection the deadline of the context, if it has one. That of the server, which
// it replaces, is kept where it is earlier.
func (b *body) limit() bool {
	deadline, ok := b.ctx.Deadline()
	if !ok {
		b.done = true
		return false
	}
	server, ok := b.ctx.Value(http.ServerContextKey).(*http.Server)
	if ok && server.ReadTimeout > 0 && time.Until(deadline) > server.ReadTimeout {
		deadline = time.Now().Add(server.ReadTimeout)
	}
	return http.NewResponseController(b.w).SetReadDeadline(deadline) == nil
}

// A SlowBodyError reports a body that has not arrived in time.
type SlowBodyError struct{ Err error }

func (e *SlowBodyError) Error() string { return "the body has not arrived in time: " + e.Err.Error() }

// Unwrap returns the error of the connection.
func (e *SlowBodyError) Unwrap() error { return e.Err }

// Problem returns what a response says of the error: 408, for a request that is not complete in the
// time that the server is prepared to wait (RFC 9110, 15.5.9). 504 would blame the database, which
// nothing has been sent to.
func (e *SlowBodyError) Problem() (status int, message, hint string) {
	return http.StatusRequestTimeout, "the body of the request has not arrived in time",
		"send it again"
}
