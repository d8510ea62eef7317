// Package limit lets so many calls run at once, a few more wait for a while, and refuses the rest.
package limit

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// ErrBusy is returned by [Limit.Enter] if the limit is reached and the queue is full, or if the
// wait in it was too long.
var ErrBusy error = busyError{}

type busyError struct{}

func (busyError) Error() string { return "too many calls at once" }

// Problem returns what a response says of the error: its HTTP status, message and hint.
func (busyError) Problem() (status int, message, hint string) {
	return http.StatusServiceUnavailable, "there are too many requests at once: try again later", ""
}

// A Limit is shared by the calls that it counts. It is safe for concurrent use.
type Limit struct {
	running chan struct{}
	waiting atomic.Int64
	most    int64
	wait    time.Duration
}

// New returns a limit of so many calls running, at least one, and so many waiting, each no longer than wait.
func New(running, waiting int, wait time.Duration) *Limit {
	return &Limit{running: make(chan struct{}, max(running, 1)), most: int64(waiting), wait: wait}
}

// Enter waits for room, in the order of those who came. It returns ErrBusy when there is none, or the context's error; without an error Leave
// has to be called once.
func (l *Limit) Enter(ctx context.Context) error {
	select {
	case l.running <- struct{}{}:
		return nil
	default:
	}
	defer l.waiting.Add(-1)
	if l.waiting.Add(1) > l.most {
		return ErrBusy
	}
	timer := time.NewTimer(l.wait)
	defer timer.Stop()
	select {
	case l.running <- struct{}{}:
		return nil
	case <-timer.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Leave gives the room to the next.
func (l *Limit) Leave() { <-l.running }
