package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/config"
	"github.com/moresql/moresql/cmd/moresql/internal/logs"
	"github.com/moresql/moresql/cmd/moresql/internal/metrics"
	"github.com/moresql/moresql/cmd/moresql/internal/network"
	"github.com/moresql/moresql/cmd/moresql/internal/trace"
)

// A service is what runs for as long as the command serves, whatever configuration is in force.
type service struct {
	network.Network // as it was at the start
	conf            *config.Config
	read            func() (options, *slog.Logger, error) // the configuration again
	log             *slog.Logger                          // to the sink
	sink            *logs.Sink
	signals         chan os.Signal       // those that have everything read again
	requests        io.Writer            // gets what the log says of requests
	listeners       network.Listeners    // at least one
	metrics         *metrics.Metrics     // nil without an admin address
	tracer          *trace.Tracer        // nil unless the environment wants traces
	tls             *network.Certificate // nil without one
	ready           gate
	leases          []*lease // of databases, those that are closed apart
	current         atomic.Pointer[generation]
}

// serve runs the server from start to end. The port is opened first, so that a port in use is
// reported before anything is installed in a database. requests gets the lines of the log about
// requests; read reads the options again.
func (o options) serve(
	ctx context.Context, stdout io.Writer, log *slog.Logger, requests io.Writer,
	read func() (options, *slog.Logger, error),
) error {
	// SIGHUP reads everything again. It must not end a process that cleans up after itself before
	// there is anything to read again.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, hangups...)
	defer signal.Stop(signals)

	where, err := o.served()
	if err != nil {
		return err
	}
	s := &service{
		Network: o.Network, conf: o.conf, read: read, sink: logs.NewSink(log), requests: requests,
		signals: signals,
	}
	s.log = slog.New(s.sink)
	if s.Cert != "" {
		if s.tls, err = network.NewCertificate(s.Cert, s.Key, s.log); err != nil {
			return err
		}
	}
	if s.listeners, err = s.Listen(ctx); err != nil {
		return err
	}
	defer s.listeners.Close()
	defer s.closeDatabases()
	db, err := s.open(where, o)
	if err != nil {
		return err
	}
	if s.tracer, err = newTracer(ctx, where.System.Name, s.log); err != nil {
		return err
	}
	defer flushed(s.tracer)
	s.ready.watch(db.DB, s.log)
	stop, err := s.administer(ctx)
	if err != nil {
		return err
	}
	defer stop()
	return s.run(ctx, o, db, stdout)
}

// run prepares what is served, and serves it.
func (s *service) run(
	ctx context.Context, o options, db *lease, stdout io.Writer,
) error {
	g, err := s.generate(ctx, o, db, o.install)
	switch {
	case ctx.Err() != nil:
		return errors.New("stopped before it was ready")
	case err != nil:
		return err
	}
	s.enforce(ctx, g)
	g.api.print(stdout, g.api.url)
	fmt.Fprintln(stdout)
	for _, addr := range s.listeners.Addrs() {
		_, at := s.URL(addr)
		fmt.Fprintf(stdout, "listening on %s\n", at)
	}

	stopped := make(chan struct{})
	reloads, cancel := context.WithCancel(ctx)
	go func() {
		defer close(stopped)
		s.reload(reloads)
	}()
	defer func() {
		cancel()
		<-stopped
		s.current.Load().end()
	}()
	return s.serve(ctx)
}

// newTracer returns what sends traces, nil unless the environment wants them.
func newTracer(ctx context.Context, system string, log *slog.Logger) (*trace.Tracer, error) {
	on, err := trace.On(os.Getenv)
	if err != nil || !on {
		return nil, err
	}
	return trace.New(ctx, strings.ToLower(system), version(), log)
}

// flushed sends the traces that have not been sent, if the collector takes them in time.
func flushed(t *trace.Tracer) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	t.Shutdown(ctx)
}
