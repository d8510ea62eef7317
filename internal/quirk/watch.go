package quirk

import (
	"context"
	"database/sql/driver"
	"sync"
	"time"
)

const (
	// headStart is how long a statement has at least been out when it is cancelled.
	headStart = 100 * time.Millisecond

	// stallTime is how long a driver may take to come back after that.
	stallTime = 100 * time.Millisecond
)

// A Watch lets lib/pq and pgx know when the context of a call is done, and closes the connection
// when lib/pq does not come back on its own. It may be used from one goroutine at a time, besides
// what the end of the context sets off.
//
// Both drivers send one request to cancel then. PostgreSQL forgets it if it comes too early, and
// the statement runs on for nobody: so the request is held back for a while. A quick call ends by
// itself meanwhile, and keeps its connection.
//
// lib/pq closes the connection as soon as the server has responded, and waits for that without
// end, even where the network has stalled. Its Close may be called meanwhile, and wakes it up.
type Watch struct {
	of     context.Context // the call's
	ignore func() bool     // no longer waits for the end of of
	conn   driver.Conn
	stalls bool // the connection is closed if the driver does not come back

	mu       sync.Mutex
	sent     time.Time // the last statement
	timer    *time.Timer
	canceled bool // by Cancel, which the statement may not know yet
	over     bool
	lost     bool // the connection, of which the driver may not know
	driver   driverContext
}

func newWatch(ctx context.Context, conn driver.Conn, stalls bool) *Watch {
	w := &Watch{of: ctx, conn: conn, stalls: stalls}
	w.driver.values = ctx
	w.ignore = context.AfterFunc(ctx, w.Cancel)
	return w
}

// Context returns the context for the driver. It has the values of the call's, and ends when the
// statement is to be cancelled, and with the watch.
func (w *Watch) Context() context.Context { return &w.driver }

// Canceled reports whether Cancel has been called, by whomever.
func (w *Watch) Canceled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.canceled
}

// MarkSent must be called right before a statement is sent. It returns the error of the call's
// context if that is done and nothing is to be sent any more.
func (w *Watch) MarkSent() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = time.Now()
	return w.of.Err() // in this order: if it is done from now on, Cancel knows of the statement
}

// Cancel has the driver cancel the statement, once that has had its head start. The end of the
// call's context calls it, too.
func (w *Watch) Cancel() {
	w.unlessOver(func() {
		if !w.canceled {
			w.canceled = true
			w.timer = time.AfterFunc(headStart-time.Since(w.sent), w.stop)
		}
	})
}

// stop has the driver cancel the statement.
func (w *Watch) stop() {
	w.unlessOver(func() {
		w.driver.finish()
		if w.stalls {
			w.timer = time.AfterFunc(stallTime, w.close)
		}
	})
}

func (w *Watch) close() {
	w.unlessOver(func() {
		w.lost = true
		w.conn.Close()
	})
}

// unlessOver calls do if the connection has not been given to anybody else yet.
func (w *Watch) unlessOver(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		do()
	}
}

// End ends the watch, once the call sends nothing more. It reports whether it has closed the
// connection, and may be called again.
func (w *Watch) End() (lost bool) {
	w.ignore()
	w.unlessOver(func() {
		w.over = true
		if w.timer != nil {
			w.timer.Stop()
		}
		w.driver.finish()
	})
	return w.lost
}
