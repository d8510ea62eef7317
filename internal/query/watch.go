package query

import (
	"database/sql/driver"
	"reflect"
	"sync"
	"time"
)

// A watch closes a connection whose context is done when the driver does not come back on its own. lib/pq sends a request to cancel then,
// closes the connection as soon as the server has answered, and waits for that for ever, even where the network has stalled. Its Close may
// be called meanwhile, which is how it is woken up.
type watch struct {
	mu    sync.Mutex
	timer *time.Timer
	over  bool
}

// wakes reports whether Close of a driver's connection wakes up who waits for it.
func wakes(conn driver.Conn) bool {
	t := reflect.TypeOf(conn)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "github.com/lib/pq"
}

// begin is for when the context is done.
func (w *watch) begin(s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.timer = time.AfterFunc(drainTime, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.over { // else it is somebody else's by now
			s.conn.Close()
		}
	})
}

// end is for when the session has nothing more to ask.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
