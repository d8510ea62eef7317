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
	listeners, err := s.ListenAdmin(ctx)
	if err != nil {
		return nil, err
	}
	if listeners == nil {
		return func() {}, nil
	}
	s.metrics = metrics.New(version())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", live)
	mux.Handle("GET /ready", &s.ready)
	mux.Handle("GET /metrics", s.metrics.Handler())
	names := guard.HostNames(nil, s.AdminAddr, listeners.Addrs()...)
	server := newServer(guard.Hosts(names, mux), s.log)
	server.WriteTimeout = writeTime
	ended := begin(server, listeners)
	for _, addr := range listeners.Addrs() {
		s.log.Info("the admin server listens", "address", addr.String())
	}
	return func() {
		server.Close()
		for range listeners {
			<-ended
		}
	}, nil
}
