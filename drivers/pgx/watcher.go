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
	stop    func() bool   // nil while nothing is watched
	handled chan struct{} // receives when the handler has been called
}

func newWatcher(conn *pgconn.PgConn, build func(*pgconn.PgConn) ctxwatch.Handler) watcher {
	return watcher{handler: build(conn), handled: make(chan struct{}, 1)}
}

// begin begins to watch a context.
func (w *watcher) begin(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	w.stop = context.AfterFunc(ctx, func() {
		w.handler.HandleCancel(ctx)
		w.handled <- struct{}{}
	})
}

// end no longer watches. It may be called again.
func (w *watcher) end() {
	if w.stop != nil && !w.stop() {
		<-w.handled
		w.handler.HandleUnwatchAfterCancel()
	}
	w.stop = nil
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
