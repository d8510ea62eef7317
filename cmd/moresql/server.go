package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/network"
	"github.com/moresql/moresql/cmd/moresql/internal/systemd"
	"github.com/moresql/moresql/rest"
)

const writeTime = 30 * time.Second // for a client to take one block of a response

// maxHeader is the most bytes of a request's line and header, with what net/http adds to the limit.
// Each request that waits for its turn holds them.
const maxHeader = 64<<10 - 4<<10

// serve serves requests until ctx is done, and then gives those in flight time to end.
func (s *service) serve(ctx context.Context) error {
	server, listeners := newServer(s, s.log), s.listeners
	open := busy{conns: map[net.Conn]bool{}}
	server.ConnState = open.note
	if s.tls != nil {
		listeners = nil
		for _, l := range s.listeners {
			listeners = append(listeners, tls.NewListener(l, s.tls.Config()))
		}
	}
	failed := begin(server, listeners)
	systemd.Notify(systemd.Ready)
	go systemd.Watch(ctx)
	select {
	case err := <-failed:
		return fmt.Errorf("the server ended: %w", err)
	case <-ctx.Done():
	}
	systemd.Notify(systemd.Stopping)
	s.ready.stopping.Store(true)
	n := &s.current.Load().Network
	s.log.Info("shutting down", "drain", n.Drain, "limit", n.Grace)
	select {
	case err := <-failed:
		return fmt.Errorf("the server ended: %w", err)
	case <-time.After(n.Drain):
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), n.Grace)
	defer cancel()
	listeners.Close()
	for range listeners {
		<-failed
	}
	go s.current.Load().hub.end() // its streams end only so
	err := open.wait(ctx)
	if err == nil {
		err = server.Shutdown(ctx)
	}
	if err != nil {
		server.Close()
		err = fmt.Errorf("requests that did not end within %v were cut", n.Grace)
	}
	return err
}

// begin has a server serve on each listener. What it returns receives an error for each.
func begin(server *http.Server, listeners network.Listeners) <-chan error {
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { ended <- server.Serve(l) }()
	}
	return ended
}

// newServer returns a server without a WriteTimeout, which would cut long streams: the option of
// the calls limits each block of a response instead.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelError),
	}
}

// A gate refuses requests for the readiness of a server that is about to stop.
type gate struct {
	ready    atomic.Pointer[rest.Health]
	stopping atomic.Bool
}

// watch has the readiness be that of a database.
func (g *gate) watch(db *database.DB, log *slog.Logger) { g.ready.Store(readiness(db, log)) }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.stopping.Load() {
		failure.Respond(w, r, http.StatusServiceUnavailable, "the server is about to stop", "")
		return
	}
	g.ready.Load().ServeHTTP(w, r)
}
