package rest

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/redact"
)

// Health is a handler that reports whether a call would reach the database: "It works.", or 503
// with what is wrong in general. Requests that come at the same time share one check, so that they
// take one connection. It must not be copied after its first request.
//
//	mux.Handle("GET /ready", &rest.Health{Check: db.PingContext, Stats: db.Stats})
type Health struct {
	Check   func(context.Context) error // of the database
	Stats   func() sql.DBStats          // of the pool, which may be exhausted; nil for none
	Timeout time.Duration               // of a check; 0 is 2 s

	// Shows reports whether the client may know the cause, without the password; nil is nobody.
	Shows func(*http.Request) bool

	// Logger gets a line when checks begin to fail, with the cause, and when they succeed again; nil
	// is slog.Default().
	Logger *slog.Logger

	mu      sync.Mutex
	running *healthCheck // nil if none is
	failing bool         // the last check has failed, and the log says so
}

// A healthCheck is one look at the database, for all requests that come while it lasts.
type healthCheck struct {
	done chan struct{}
	err  error // after done is closed
}

// ServeHTTP implements http.Handler.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := h.check()
	select {
	case <-c.done:
	case <-r.Context().Done(): // nobody waits for a response
		return
	}
	if c.err != nil {
		e := &moresql.Error{
			Status: http.StatusServiceUnavailable, Message: h.reason(c.err), Hint: "the log says more",
			Public: true,
		}
		if h.Shows != nil && h.Shows(r) {
			e.Detail, e.Hint = oneLine(c.err), ""
		}
		Fail(w, r, e)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, "It works.")
}

// check returns the check that is running, or begins one. It does not end with the request that
// began it, since others wait for it too.
func (h *Health) check() *healthCheck {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running == nil {
		c := &healthCheck{done: make(chan struct{})}
		h.running = c
		go func() {
			defer close(c.done)
			limit := h.Timeout
			if limit <= 0 {
				limit = 2 * time.Second
			}
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			c.err = h.Check(ctx)
			h.end(c)
		}()
	}
	return h.running
}

// end logs the result of a check if it differs from that of the one before.
func (h *Health) end(c *healthCheck) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = nil
	log := h.Logger
	if log == nil {
		log = slog.Default()
	}
	switch failing := c.err != nil; {
	case failing == h.failing:
	case failing:
		log.Warn("not ready: "+h.reason(c.err), "error", oneLine(c.err))
	default:
		log.Info("ready again")
	}
	h.failing = c.err != nil
}

// reason says what is wrong in words that give nothing away.
func (h *Health) reason(err error) string {
	timedOut := errors.Is(err, context.DeadlineExceeded)
	if timedOut && h.Stats != nil {
		if stats := h.Stats(); stats.MaxOpenConnections > 0 && stats.InUse >= stats.MaxOpenConnections {
			return "every connection to the database is in use"
		}
	}
	if timedOut {
		return "the database does not respond in time"
	}
	return "the database cannot be used"
}

// oneLine returns the text of an error in one line, without the password of a URI.
func oneLine(err error) string {
	return strings.Join(strings.Fields(redact.URI(err).Error()), " ")
}
