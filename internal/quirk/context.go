package quirk

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A driverContext is the context that a driver has from a Watch. It does what one of package
// context's does that others derive from WithoutCancel, in memory of the Watch: there is one for
// each call. The zero driverContext lacks its values.
type driverContext struct {
	values context.Context

	mu       sync.Mutex
	done     chan struct{} // made for the first who waits
	finished bool
	waiting  []*func()  // what AfterFunc was given, and finish has to call
	one      [1]*func() // the memory of waiting: a driver waits once
}

// Deadline implements context.Context. What is known of time is for the Watch.
func (c *driverContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (c *driverContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.finished {
			close(c.done)
		}
	}
	return c.done
}

// Err implements context.Context.
func (c *driverContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return context.Canceled
	}
	return nil
}

// Value implements context.Context.
func (c *driverContext) Value(key any) any { return c.values.Value(key) }

// AfterFunc is context.AfterFunc for this context. Package context looks for the method, and needs
// no goroutine to wait for the end.
func (c *driverContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		go f()
		return func() bool { return false }
	}
	if c.waiting == nil {
		c.waiting = c.one[:0]
	}
	c.waiting = append(c.waiting, &f)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.Index(c.waiting, &f)
		if i >= 0 {
			c.waiting = slices.Delete(c.waiting, i, i+1)
		}
		return i >= 0
	}
}

// finish ends the context. It may be called again.
func (c *driverContext) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return
	}
	c.finished = true
	if c.done != nil {
		close(c.done)
	}
	for _, f := range c.waiting {
		go (*f)()
	}
	c.waiting = nil
}
