package quirk

import (
	"context"
	"database/sql/driver"
	"testing"
	"time"
)

// closable is a connection that tells when it is closed.
type closable struct {
	driver.Conn
	closed chan struct{}
}

func (c closable) Close() error {
	close(c.closed)
	return nil
}

// A statement has a head start before its cancellation, and the connection below it is closed last of all.
func TestWatch(t *testing.T) {
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
	<-w.ctx.Done()
	if d := time.Since(begin); d < headStart {
		t.Errorf("cancelled %v after it was sent", d)
	}
	<-conn.closed
	if err := w.MarkSent(); err != context.Canceled {
		t.Errorf("another statement: %v", err)
	}
	if !w.End() {
		t.Error("the connection goes back to the pool")
	}
}

// Whoever comes back in time keeps a connection, which is somebody else's then.
func TestWatchEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := newWatch(ctx, nil, true) // Close of which would panic
	w.MarkSent()
	w.End()
	cancel()
	w.holdBack()
	w.stop()
	w.close()
	if w.End() || w.timer != nil || w.ctx.Err() == nil {
		t.Error("it goes on")
	}
}
