package limit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Clock is a context that is over after some time, in which the time does not count while the
// Clock is stopped. Its error is context.DeadlineExceeded then. A nil Clock may be stopped and
// started, too.
type Clock struct {
	context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	started time.Time     // when it was last started
	left    time.Duration // at that time

	bound   bool        // Bound has set the deadline of the connection
	arrived atomic.Bool // the body, to its end
}

// NewClock returns a Clock that has been started, and is over after d. End must be called.
func NewClock(ctx context.Context, d time.Duration) *Clock {
	c := &Clock{started: time.Now(), left: d}
	c.Context, c.cancel = context.WithCancelCause(ctx)
	c.timer = time.AfterFunc(d, func() { c.cancel(context.DeadlineExceeded) })
	return c
}

// Bounds are what bounds one request: its time, and what it holds of a Budget.
type Bounds struct {
	*Clock // or nil
	*Share // or nil

	unread io.ReadCloser // the bounded body, nil if it is that of the request
}

// Start returns a request whose context is a Clock of d, if that is positive, and whose body is
// bounded by it and by a number of bytes, if that is positive, and counted by the Budget. End must
// be called.
func Start(
	w http.ResponseWriter, r *http.Request, budget *Budget, d time.Duration, bytes int64,
) (*http.Request, Bounds) {
	b := Bounds{Share: budget.Share()}
	if d > 0 {
		b.Clock = NewClock(r.Context(), d)
		body := b.Bound(w, r)
		r = r.WithContext(b.Clock)
		r.Body = body
	}
	if r.Body == nil || r.Body == http.NoBody || d <= 0 && bytes <= 0 && budget == nil {
		return r, b
	}
	if d <= 0 {
		r = r.WithContext(r.Context())
	}
	if bytes > 0 {
		r.Body = http.MaxBytesReader(w, r.Body, bytes)
	}
	if bytes > 0 && r.ContentLength > bytes {
		r.Body = &tooLong{r.Body, bytes}
	}
	if budget != nil {
		r.Body = &countedBody{ReadCloser: r.Body, share: b.Share}
	}
	b.unread = r.Body
	return r, b
}

// Restore puts the body of the request that Start has returned into the one that it was given, if
// it has been read. Otherwise net/http looks there for whether the client waits to send it.
func (b Bounds) Restore(given, started *http.Request) {
	if b.unread != nil && started.Body != b.unread {
		given.Body = started.Body
	}
}

// A tooLong body is announced to exceed a limit. It fails before anything is read of it, for which
// a client may wait that sends Expect: 100-continue.
type tooLong struct {
	io.ReadCloser
	limit int64
}

// Read implements io.Reader.
func (b *tooLong) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: b.limit} }

// End frees what the request holds. Its context is over.
func (b Bounds) End() {
	b.Clock.End()
	b.Share.End()
}

// End frees what the Clock holds. The context is over, if it was not.
func (c *Clock) End() {
	if c == nil {
		return
	}
	c.timer.Stop()
	c.cancel(context.Canceled)
}

// Err implements context.Context.
func (c *Clock) Err() error {
	if c.isOver() {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

// isOver reports whether the time is over.
func (c *Clock) isOver() bool {
	return c.Context.Err() != nil && errors.Is(context.Cause(c.Context), context.DeadlineExceeded)
}

// Stop stops the Clock. It must have been started.
func (c *Clock) Stop() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.left -= time.Since(c.started)
}

// Start starts the Clock again. It must have been stopped.
func (c *Clock) Start() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = time.Now()
	c.timer.Reset(max(c.left, 0))
}

// Bound returns the body of a request as one that cannot be read any more when the Clock is over:
// its error is os.ErrDeadlineExceeded. Where the ResponseWriter has no deadlines, as that of
// net/http has, it is noticed only when something arrives.
func (c *Clock) Bound(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	if r.Body == nil || r.Body == http.NoBody {
		return r.Body
	}
	if d := readTimeout(r); d == 0 || d > c.left {
		http.NewResponseController(w).SetReadDeadline(c.started.Add(c.left))
		c.bound = true
	}
	return &boundBody{r.Body, c}
}

// Unbound lifts the deadline that Bound has set, once the body has arrived: net/http goes on to
// read the connection, to notice that the client has gone, and would take the deadline for that.
// What is left of a body has the time that the server gives it.
func (c *Clock) Unbound(w http.ResponseWriter, r *http.Request) {
	if c == nil || !c.bound {
		return
	}
	var deadline time.Time
	if d := readTimeout(r); d > 0 && !c.arrived.Load() {
		deadline = time.Now().Add(d)
	}
	http.NewResponseController(w).SetReadDeadline(deadline)
}

// readTimeout returns that of the server, 0 if it has none.
func readTimeout(r *http.Request) time.Duration {
	if s, _ := r.Context().Value(http.ServerContextKey).(*http.Server); s != nil {
		return max(s.ReadTimeout, 0)
	}
	return 0
}

type boundBody struct {
	io.ReadCloser
	clock *Clock
}

func (b *boundBody) Read(p []byte) (int, error) {
	if b.clock.isOver() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.clock.arrived.Store(true)
	}
	return n, err
}
