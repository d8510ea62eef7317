package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// readyTime limits how long a check of the database may take.
const readyTime = 2 * time.Second

// live reports that the process serves requests. It queries nobody: a database that is busy or away
// is no reason to restart this process.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "It works.")
}

// readiness reports whether a call would reach the database. Clients learn that it would not and in
// general why; address and role are for the log.
type readiness struct {
	db  *database
	log *slog.Logger

	mu      sync.Mutex
	running *check // nil if none is
	failing bool   // the last check has failed, and the log says so
}

// A check is one look at the database, for all requests that come while it lasts: they must not
// take one connection each.
type check struct {
	done chan struct{}
	err  error // after done is closed
}

// ServeHTTP implements http.Handler.
func (rd *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := rd.check()
	select {
	case <-c.done:
	case <-r.Context().Done(): // nobody waits for a response
		return
	}
	if c.err != nil {
		writeProblem(w, problem{
			Status: http.StatusServiceUnavailable, Message: rd.reason(c.err), Hint: "the log says more",
		})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "Ready.")
}

// check returns the check that is running, or begins one. It does not end with the request that
// began it, since others wait for it too.
func (rd *readiness) check() *check {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if rd.running == nil {
		c := &check{done: make(chan struct{})}
		rd.running = c
		go func() {
			defer close(c.done)
			ctx, cancel := context.WithTimeout(context.Background(), readyTime)
			defer cancel()
			c.err = rd.db.query(ctx)
			rd.end(c)
		}()
	}
	return rd.running
}

// end logs the result of a check if it differs from that of the one before.
func (rd *readiness) end(c *check) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.running = nil
	switch failing := c.err != nil; {
	case failing == rd.failing:
	case failing:
		rd.log.Warn("not ready: "+rd.reason(c.err), "error", oneLine(rd.db.explain(c.err)))
	default:
		rd.log.Info("ready again")
	}
	rd.failing = c.err != nil
}

// reason says what is wrong in words that give nothing away.
func (rd *readiness) reason(err error) string {
	stats := rd.db.pool.Stats()
	switch timedOut := errors.Is(err, context.DeadlineExceeded); {
	case timedOut && stats.InUse >= stats.MaxOpenConnections:
		return "every connection to the database is in use"
	case timedOut:
		return "the database does not respond in time"
	}
	return "the database cannot be used"
}

// A problem is an error in the form of the library's own (RFC 9457).
type problem struct {
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Message string `json:"message,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// writeProblem responds with an error.
func writeProblem(w http.ResponseWriter, p problem) {
	p.Title = http.StatusText(p.Status)
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and an int always marshal
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	w.Write(body)
}
