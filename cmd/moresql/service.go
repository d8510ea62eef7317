package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/compress"
	"github.com/moresql/moresql/cmd/moresql/internal/metrics"
	"github.com/moresql/moresql/cmd/moresql/internal/observe"
	"github.com/moresql/moresql/cmd/moresql/internal/trace"
)

// A service is what runs for as long as the command serves.
type service struct {
	options
	log      *slog.Logger
	listener net.Listener
	db       *database
	who      *identity        // nil if all calls run as the login
	metrics  *metrics.Metrics // nil without an admin address
	tracer   *trace.Tracer    // nil unless the environment wants traces
}

// serve runs the server from start to end. The port is opened first, so that a port in use is
// reported before anything is installed in a database.
func (o options) serve(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	// SIGHUP reloads the schemas. Where there are none it has no meaning, and must not end a process
	// that cleans up after itself.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)

	where, err := o.served()
	if err != nil {
		return err
	}
	s := &service{options: o, log: log}
	if s.listener, err = o.network.listen(ctx); err != nil {
		return err
	}
	defer s.listener.Close()
	if s.db, err = where.open(o.data, o.connections); err != nil {
		return err
	}
	defer s.db.close()

	if s.tracer, err = newTracer(ctx, where.system.name, log); err != nil {
		return err
	}
	defer flushed(s.tracer)
	ready := &gate{ready: readiness(s.db, log)}
	stop, err := s.administer(ctx, ready)
	if err != nil {
		return err
	}
	defer stop()
	return s.run(ctx, stdout, ready)
}

// run prepares what is served, and serves it.
func (s *service) run(ctx context.Context, stdout io.Writer, ready *gate) error {
	a, err := s.api(ready)
	if err != nil {
		return err
	}
	err = a.prepare(ctx, s.install)
	switch {
	case ctx.Err() != nil:
		return errors.New("stopped before it was ready")
	case err != nil:
		return err
	}
	if r := newReloader(a, s.log); r != nil {
		if s.metrics != nil {
			s.metrics.Loaded(r.cats[0])
			r.reloaded = s.metrics.Reloaded
		}
		defer r.start(ctx, s.channel)()
	}
	var end context.CancelFunc
	a.hub, end = s.hear(ctx)
	defer end()
	h, procedures := a.handler()
	if err := a.check(ctx, procedures); err != nil {
		return err
	}
	for _, warning := range a.warnings() {
		s.log.Warn(warning)
	}
	a.print(stdout, a.url)
	_, at := s.url(s.listener.Addr())
	fmt.Fprintf(stdout, "\nlistening on %s\n", at)
	h = hosted(hosts(s.hostNames, s.addr, s.listener.Addr()),
		shared(s.origins, sameOrigin(s.origins, s.throttled(s.who, h))))
	if s.compress {
		h = compress.Handler(h, writeTime)
	}
	h = s.tracer.Handler(s.observed(s.log, s.metrics, guarded(h)))
	draining := func() { ready.stopping.Store(true) }
	return s.network.serve(ctx, s.listener, h, s.log, draining, end)
}

// api returns what the options say is served.
func (s *service) api(ready http.Handler) (*api, error) {
	calls, before := s.calls(s.db, s.log), []moresql.Option(nil)
	calls = append(calls, observe.Hooks())
	if s.metrics != nil {
		calls = append(calls, s.metrics.Hooks())
	}
	if s.tracer != nil {
		calls = append(calls, s.tracer.Hooks())
	}
	if s.auth.on() {
		var err error
		if s.who, err = s.auth.identity(s.schemas); err != nil {
			return nil, err
		}
		if before, err = s.auth.before(); err != nil {
			return nil, err
		}
		calls = append(calls, moresql.Session(s.who.settings))
	}
	url, _ := s.url(s.listener.Addr())
	return &api{
		m:         moresql.New(s.db.pool, calls...),
		db:        s.db,
		schemas:   s.schemas,
		folder:    s.sqlFiles,
		tables:    s.tables,
		grouped:   s.grouped,
		whole:     s.whole,
		txEnd:     s.txEnd,
		maxRows:   s.maxRows,
		maxCalls:  s.maxCalls,
		superuser: s.superuser,
		csvGuard:  s.csvGuard,
		url:       url,
		ready:     ready,
		secured:   s.auth.on(),
		before:    before,
		openAPI:   s.openAPI != "disabled",
		server:    s.openAPIServer,
		mcp:       s.mcp,
		toolRows:  s.toolRows,
		channels:  s.events,
	}, nil
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
