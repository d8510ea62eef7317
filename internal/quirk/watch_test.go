package quirk

import (
	"context"
	"database/sql/driver"
	"testing"
	"time"
)

// closable is a connection that says when it is closed.
type closable struct {
	driver.Conn
	closed chan struct{}
}

func (c closable) Close() error {
	close(c.closed)
	return nil
}

// TestWatchHoldsBackTheCancellation, and closes the connection last of all.
func TestWatchHoldsBackTheCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	conn := closable{closed: make(chan struct{})}
	w := newWatch(ctx, conn, true)
	defer w.End()
	begin := time.Now()
	if err := w.MarkSent(); err != nil {
		t.Error(err)
	}
	cancel()
	<-w.Context().Done()
	if d := time.Since(begin); d < headStart {
		t.Errorf("the statement was cancelled %v after it was sent", d)
	}
	<-conn.closed
	if err := w.MarkSent(); err != context.Canceled {
		t.Errorf("another statement: %v", err)
	}
	if !w.End() {
		t.Error("the closed connection goes back to the pool")
	}
}

// TestWatchLeavesTheConnectionAlone once it has ended: the connection is somebody else's then.
func TestWatchLeavesTheConnectionAlone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := newWatch(ctx, nil, true) // a nil connection panics when it is closed
	w.MarkSent()
	w.End()
	cancel()
	w.Cancel()
	w.stop()
	w.close()
	if w.End() || w.timer != nil || w.Context().Err() == nil {
		t.Error("the watch goes on")
	}
}
