package exec

import (
	"context"
	"database/sql/driver"
	"sync"
	"time"
)

// headStart is how long a statement has been out at least when it is cancelled.
const headStart = 100 * time.Millisecond

// A watch tells lib/pq and pgx when a call's context is done, and closes the connection when lib/pq does not come back on its own.
//
// Both send one request to cancel then. PostgreSQL forgets it when it comes before the statement, or between the two round trips that one
// with arguments takes through lib/pq, and the statement runs on for nobody: so it is held back for a while. A quick call ends by itself
// meanwhile, and its connection lives on.
//
// lib/pq closes the connection as soon as the server has answered, and waits for that for ever, even where the network has stalled. Its
// Close may be called meanwhile, which is how it is woken up.
type watch struct {
	of     context.Context // the call
	ctx    context.Context // for the driver
	cancel func()
	ignore func() bool // that of is done
	conn   driver.Conn
	wakes  bool // Close wakes up who waits for it

	mu    sync.Mutex
	sent  time.Time // the last statement
	timer *time.Timer
	over  bool
	lost  bool // the connection, of which the driver may not know
}

func newWatch(ctx context.Context, conn driver.Conn, wakes bool) *watch {
	w := &watch{of: ctx, conn: conn, wakes: wakes}
	w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.ignore = context.AfterFunc(ctx, w.done)
	return w
}

// sends is for when a statement is about to be sent, and returns an error if nobody wants it any more.
func (w *watch) sends() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = time.Now()
	return w.of.Err() // in this order: if it is done from now on, done knows of the statement
}

// done is for when the call's context is.
func (w *watch) done() {
	w.unlessOver(func() { w.timer = time.AfterFunc(headStart-time.Since(w.sent), w.stop) })
}

// stop has the driver cancel the statement.
func (w *watch) stop() {
	w.unlessOver(func() {
		w.cancel()
		if w.wakes {
			w.timer = time.AfterFunc(drainTime, w.close)
		}
	})
}

func (w *watch) close() {
	w.unlessOver(func() {
		w.lost = true
		w.conn.Close()
	})
}

// unlessOver does something if the connection is not somebody else's by now.
func (w *watch) unlessOver(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		do()
	}
}

// end is for when the session has nothing more to ask. It reports whether the connection has been closed.
func (w *watch) end() (lost bool) {
	w.ignore()
	w.unlessOver(func() {
		w.over = true
		if w.timer != nil {
			w.timer.Stop()
		}
		w.cancel()
	})
	return w.lost
}
