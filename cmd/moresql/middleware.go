package main

import (
	"log/slog"
	"net/http"
	"time"
)

// logged logs one line for each request. The query is left out: it may hold a password.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, c, ended := time.Now(), &counter{ResponseWriter: w, status: http.StatusOK}, false
		defer func() { // also on its way out of a panic, as http.ErrAbortHandler, which is net/http's to recover
			attrs := []any{"method", r.Method, "path", r.URL.Path, "status", c.status, "bytes", c.bytes,
				"duration", time.Since(start)}
			if !ended {
				attrs = append(attrs, "aborted", true)
			}
			log.InfoContext(r.Context(), "request", attrs...)
		}()
		next.ServeHTTP(c, r)
		ended = true
	})
}

// A counter remembers what was answered.
type counter struct {
	http.ResponseWriter
	status int
	wrote  bool // the status is final
	bytes  int64
}

// Unwrap is for http.ResponseController.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counter) WriteHeader(status int) {
	if !c.wrote && status >= 200 { // 1xx go before it
		c.status, c.wrote = status, true
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(p []byte) (int, error) {
	c.wrote = true
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// writeTime is what a client has to take one block of an answer.
const writeTime = 30 * time.Second

// patient lets an answer take as long as it likes while it moves: the limit for writing starts anew with every block. That for
// reading, the server's ReadTimeout, net/http ends with the request's body.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := &mover{w, http.NewResponseController(w)}
		next.ServeHTTP(m, r)
		m.move() // for what net/http has still to send
	})
}

// A mover moves the deadline on before everything that it writes.
type mover struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Unwrap is for http.ResponseController.
func (m *mover) Unwrap() http.ResponseWriter { return m.ResponseWriter }

func (m *mover) WriteHeader(status int) {
	m.move()
	m.ResponseWriter.WriteHeader(status)
}

func (m *mover) Write(p []byte) (int, error) {
	m.move()
	return m.ResponseWriter.Write(p)
}

func (m *mover) move() { m.control.SetWriteDeadline(time.Now().Add(writeTime)) }
