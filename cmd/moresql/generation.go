package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/check"
	"github.com/moresql/moresql/cmd/moresql/internal/compress"
	"github.com/moresql/moresql/cmd/moresql/internal/guard"
	"github.com/moresql/moresql/cmd/moresql/internal/observe"
	"github.com/moresql/moresql/cmd/moresql/internal/throttle"
)

// A generation is what one reading of the configuration serves. A request ends under the one that
// it began under, whichever is in force by then.
type generation struct {
	options
	db       *lease
	who      *identity // nil if all calls run as the login
	limiter  *throttle.Limiter
	hub      *following // nil if there are no events
	api      *api
	handler  http.Handler
	reloader *reloader      // nil if there is nothing to reload
	barred   *check.Finding // what keeps requests out, nil for nothing
	unload   func()         // ends the reloads, and waits for that

	running atomic.Int64 // requests
	retired atomic.Bool  // it is not in force any more
	closed  sync.Once
}

// generate prepares what the options say is served. Nothing is in force before enforce. It takes
// the lease over, and returns it if it fails.
func (s *service) generate(
	ctx context.Context, o options, db *lease, install bool,
) (*generation, error) {
	g, last := &generation{options: o, db: db, unload: func() {}}, s.current.Load()
	err := s.prepare(ctx, g, last, install)
	if err != nil {
		if last == nil || g.hub != last.hub {
			g.hub.end()
		}
		db.release()
		return nil, err
	}
	return g, nil
}

// prepare prepares a generation.
func (s *service) prepare(ctx context.Context, g, last *generation, install bool) (err error) {
	if g.api, err = s.api(g); err != nil {
		return err
	}
	if err := g.api.prepare(ctx, install); err != nil {
		return err
	}
	if g.auth.on() {
		if g.barred, err = g.subject(g.db.DB).Access(ctx); err != nil {
			return g.db.Explain(err)
		}
		// At the start that is a warning, since a migration may make up for it. Here it would take away
		// what works.
		if f := g.barred; f != nil && last != nil && last.barred == nil {
			return errors.New(f.Object + ": " + f.Problem + ": " + f.Fix)
		}
	}
	g.reloader = newReloader(g.api, s.log)
	g.hub = s.hear(ctx, g, last)
	if g.hub != nil {
		g.api.hub = g.hub.Hub
	}
	g.limiter = g.pace.limiter(last)
	h, procedures := g.api.handler()
	if err := g.api.check(ctx, procedures); err != nil {
		return err
	}
	g.handler = s.wrapped(g, h)
	return nil
}

// wrapped returns the handler of all that the command adds around an API, from the inside out.
func (s *service) wrapped(g *generation, h http.Handler) http.Handler {
	names := guard.HostNames(g.hostNames, s.Addr, s.listeners.Addrs()...)
	h = throttled(g.limiter, g.field, g.who, h)
	h = guard.Hosts(names, guard.CORS(g.origins, guard.SameOrigin(g.origins, h)))
	if g.compress {
		h = compress.Handler(h, writeTime)
	}
	return s.tracer.Handler(g.Observed(g.RequestLog(s.requests), s.metrics, guard.Headers(h)))
}

// api returns what the options say is served.
func (s *service) api(g *generation) (*api, error) {
	calls, before := g.calls(g.db.DB, s.log), []moresql.Option(nil)
	calls = append(calls, observe.Hooks())
	if s.metrics != nil {
		calls = append(calls, s.metrics.Hooks())
	}
	if s.tracer != nil {
		calls = append(calls, s.tracer.Hooks())
	}
	if g.auth.on() {
		var err error
		var last *identity
		if g := s.current.Load(); g != nil {
			last = g.who
		}
		g.who, err = g.auth.identity(g.schemas, g.authServers != nil, last, s.log)
		if err != nil {
			return nil, err
		}
		if before, err = g.auth.before(); err != nil {
			return nil, err
		}
		calls = append(calls, moresql.Session(g.who.settings))
	}
	url, _ := s.URL(s.listeners[0].Addr())
	return &api{
		m:         moresql.New(g.db.Pool, calls...),
		db:        g.db.DB,
		schemas:   g.schemas,
		folder:    g.sqlFiles,
		tables:    g.tables,
		grouped:   g.grouped,
		whole:     g.whole,
		txEnd:     g.txEnd,
		maxRows:   g.maxRows,
		maxCalls:  g.maxCalls,
		superuser: g.superuser,
		csvGuard:  g.csvGuard,
		url:       url,
		ready:     &s.ready,
		secured:   g.auth.on(),
		before:    before,
		openAPI:   g.openAPI != "disabled",
		server:    g.openAPIServer,
		mcp:       g.mcp,
		toolRows:  g.toolRows,
		limits:    g.limits,
		channels:  g.events,

		authServers: g.authServers,
	}, nil
}

// enforce puts a generation in force for all requests from now on, and retires the one before.
func (s *service) enforce(ctx context.Context, g *generation) {
	last := s.current.Swap(g)
	g.db.Limit(g.connections)
	g.db.Bound(g.memory, g.timeout)
	if g.hub != nil {
		g.hub.who.Store(g.who)
	}
	if last != nil && last.db != g.db {
		s.ready.watch(g.db.DB, s.log)
	}
	var cat *catalog.Catalog
	if r := g.reloader; r != nil {
		cat = r.cats[0]
		if s.metrics != nil {
			r.reloaded = s.metrics.Reloaded
		}
		r.reconfigure = s.request
		g.unload = r.start(ctx, g.channel, nil)
	}
	if s.metrics != nil {
		s.metrics.Serving(g.db.Pool, cat)
		s.metrics.Followed(g.hub.following)
	}
	if last != nil {
		last.unload()
		if last.hub != g.hub {
			last.hub.end() // clients come back by themselves, to the new one
		}
		last.retire()
	}
	for _, warning := range g.api.warnings() {
		s.log.Warn(warning)
	}
	if f := g.barred; f != nil {
		s.log.Warn(f.Object + ": " + f.Problem + ": " + f.Fix)
	}
}

// ServeHTTP has the generation in force serve a request. Once the server is about to stop, each
// connection ends with its response: one that is kept would be closed in the end, whether or not
// its client is sending the next request.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.ready.stopping.Load() {
		w.Header().Set("Connection", "close")
	}
	g := s.current.Load()
	for g.running.Add(1); s.current.Load() != g; g.running.Add(1) {
		g.done() // it was retired between the two, and may be closed
		g = s.current.Load()
	}
	defer g.done()
	g.handler.ServeHTTP(w, r)
}

// done ends a request.
func (g *generation) done() {
	if g.running.Add(-1) == 0 && g.retired.Load() {
		g.close()
	}
}

// retire has the generation closed when its last request has ended. It gets no more.
func (g *generation) retire() {
	g.retired.Store(true)
	if g.running.Load() == 0 {
		g.close()
	}
}

func (g *generation) close() { g.closed.Do(g.db.release) }

// end ends what does not end by itself.
func (g *generation) end() {
	g.hub.end()
	g.unload()
}
