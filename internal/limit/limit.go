// Package limit limits how many calls run at once, some more of which may wait in a queue, what the
// bodies and rows of all requests take of the memory, and the time of each. Others are refused.
package limit

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// A BusyError is returned by [Limit.Enter] if the limit is reached and the queue is full, or if the
// wait in it was too long, and where a [Budget] has no more bytes.
type BusyError struct {
	Wait   time.Duration // after which a place may be free, as far as anybody knows
	reason string        // "" for too many calls
	ran    bool          // the call has run: who tries again runs it once more
}

func (e *BusyError) Error() string { return cmp.Or(e.reason, "too many calls at once") }

// Problem returns what a response says of the error: its HTTP status, message and hint.
func (e *BusyError) Problem() (status int, message, hint string) {
	if e.ran {
		return http.StatusServiceUnavailable, e.reason, "request a part of the result"
	}
	return http.StatusServiceUnavailable, "too many requests are being served: try again later", ""
}

// Header returns the field Retry-After (RFC 9110, 10.2.3), in whole seconds, at least one, unless
// the call has run.
func (e *BusyError) Header() http.Header {
	if e.ran {
		return nil
	}
	seconds := math.Ceil(max(e.Wait, time.Second).Seconds())
	return http.Header{"Retry-After": {strconv.Itoa(int(seconds))}}
}

// A Limit is shared by the calls that it counts. A nil Limit is none. It is safe for concurrent
// use.
type Limit struct {
	running chan struct{}
	waiting atomic.Int64
	most    int64 // that may wait
	wait    time.Duration
}

// New returns a limit of running concurrent calls; up to waiting more queue for at most wait. Each
// is without a limit if it is negative, and running also if it is 0: then the Limit is nil.
func New(running, waiting int, wait time.Duration) *Limit {
	if running <= 0 {
		return nil
	}
	if waiting < 0 {
		waiting = math.MaxInt
	}
	if wait < 0 {
		wait = math.MaxInt64
	}
	return &Limit{running: make(chan struct{}, running), most: int64(waiting), wait: wait}
}

// Enter waits until the call may run; calls that wait are served in their order. It returns a
// *[BusyError], the error of the context, or nil: then [Limit.Leave] must be called once.
func (l *Limit) Enter(ctx context.Context) error {
	if l == nil {
		return nil
	}
	select {
	case l.running <- struct{}{}:
		return nil
	default:
	}
	defer l.waiting.Add(-1)
	if l.waiting.Add(1) > l.most {
		return &BusyError{Wait: l.wait}
	}
	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	select {
	case l.running <- struct{}{}:
		return nil
	case <-timer.C:
		return &BusyError{Wait: l.wait}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Leave ends a call, and lets the next one run.
func (l *Limit) Leave() {
	if l != nil {
		<-l.running
	}
}
