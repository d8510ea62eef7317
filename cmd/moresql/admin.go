package main

import (
	"context"
	"net/http"

	"github.com/moresql/moresql/cmd/moresql/internal/guard"
	"github.com/moresql/moresql/cmd/moresql/internal/metrics"
)

// administer serves what concerns whoever runs the server, on an address of its own, if there is
// one. stop ends that.
func (s *service) administer(ctx context.Context) (stop func(), err error) {
	listener, err := s.ListenAdmin(ctx)
	if err != nil {
		return nil, err
	}
	if listener == nil {
		return func() {}, nil
	}
	s.metrics = metrics.New(version())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", live)
	mux.Handle("GET /ready", &s.ready)
	mux.Handle("GET /metrics", s.metrics.Handler())
	server := newServer(guard.Hosts(guard.HostNames(nil, s.AdminAddr, listener.Addr()), mux), s.log)
	server.WriteTimeout = writeTime
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	s.log.Info("the admin server listens", "address", listener.Addr().String())
	return func() {
		server.Close()
		<-ended
	}, nil
}
