package main

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// A busy knows the connections of a server from which a request is expected, or served. net/http
// drops what it reads after Shutdown, so that who has connected by then would get no response.
type busy struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	none  chan struct{} // nil, or closed when there are none
}

// note is http.Server.ConnState.
func (b *busy) note(conn net.Conn, state http.ConnState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if state == http.StateNew || state == http.StateActive {
		b.conns[conn] = true
		return
	}
	delete(b.conns, conn)
	if len(b.conns) == 0 && b.none != nil {
		close(b.none)
		b.none = nil
	}
}

// wait waits until there are none. Call it once, when no more can come.
func (b *busy) wait(ctx context.Context) error {
	b.mu.Lock()
	none := make(chan struct{})
	if len(b.conns) == 0 {
		close(none)
	} else {
		b.none = none
	}
	b.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
