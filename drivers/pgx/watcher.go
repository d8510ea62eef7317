package pgx

import (
	"context"
	"crypto/tls"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// A watcher interrupts what waits for the server when a context is done, as the configuration of
// the connection says. It does for a trip what pgconn does for its own, with less memory.
type watcher struct {
	handler ctxwatch.Handler
	ctx     context.Context // that is watched
	handle  func()          // calls the handler for ctx; a function value is made once
	stop    func() bool     // nil while nothing is watched
	handled chan struct{}   // receives when the handler has been called
}

func newWatcher(conn *pgconn.PgConn, build func(*pgconn.PgConn) ctxwatch.Handler) *watcher {
	w := &watcher{handler: build(conn), handled: make(chan struct{}, 1)}
	w.handle = func() {
		w.handler.HandleCancel(w.ctx)
		w.handled <- struct{}{}
	}
	return w
}

// begin begins to watch a context. That of moresql has what context.AfterFunc looks for, which by
// itself takes less memory.
func (w *watcher) begin(ctx context.Context) {
	w.ctx = ctx
	if c, ok := ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		w.stop = c.AfterFunc(w.handle)
	} else if ctx.Done() != nil {
		w.stop = context.AfterFunc(ctx, w.handle)
	}
}

// end no longer watches. It may be called again.
func (w *watcher) end() {
	if w.stop != nil && !w.stop() {
		<-w.handled
		w.handler.HandleUnwatchAfterCancel()
	}
	w.stop, w.ctx = nil, nil
}

// abandon closes a connection on which a statement may be running, which pgconn then cancels.
func abandon(conn *pgconn.PgConn) {
	under := conn.Conn()
	if t, ok := under.(*tls.Conn); ok { // which would wait for the network to say goodbye
		under = t.NetConn()
	}
	under.Close()
	for !conn.IsClosed() {
		if _, err := conn.ReceiveMessage(context.Background()); err != nil {
			return
		}
	}
}
