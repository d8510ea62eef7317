package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

const (
	grace     = 10 * time.Second // for requests in flight after a signal to stop
	writeTime = 30 * time.Second // for a client to take one block of a response
)

// listen opens the address that a flag names.
func listen(ctx context.Context, addr, flag string) (net.Listener, error) {
	config := net.ListenConfig{Control: showProgress}
	config.SetMultipathTCP(false) // whose sockets do not hand the option on to those of clients
	listener, err := config.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: stop what listens there, "+
			"or choose another port with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %q (%w): "+
			"choose a host:port of this machine with %s", addr, cause(err), flag)
	}
	return listener, nil
}

// address returns the host and port for clients on this machine.
func address(addr string, port int) string {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// serve serves requests until ctx is done, and then gives those in flight time to end.
func serve(ctx context.Context, listener net.Listener, h http.Handler, log *slog.Logger) error {
	server := newServer(h, log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the server ended: %w", err)
	case <-ctx.Done():
	}
	log.Info("shutting down", "limit", grace)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		server.Close()
		err = fmt.Errorf("requests that did not end within %v were cut", grace)
	}
	<-failed
	return err
}

// newServer returns a server without a WriteTimeout, which would cut long streams: the option of
// the calls limits each block of a response instead.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelError),
	}
}
