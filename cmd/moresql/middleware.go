package main

import (
	"log/slog"
	"net/http"
	"time"
)

// logged logs one line for each request. It leaves out the query, which may hold a password.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, c, ended := time.Now(), &counter{ResponseWriter: w, status: http.StatusOK}, false
		// Deferred, so that a request is logged during a panic such as http.ErrAbortHandler too,
		// which is left to net/http to recover.
		defer func() {
			attrs := []any{"method", r.Method, "path", r.URL.Path, "status", c.status,
				"bytes", c.bytes, "duration", time.Since(start)}
			if !ended {
				attrs = append(attrs, "aborted", true)
			}
			log.InfoContext(r.Context(), "request", attrs...)
		}()
		next.ServeHTTP(c, r)
		ended = true
	})
}

// A counter is a ResponseWriter that records the status and counts the bytes of the body.
type counter struct {
	http.ResponseWriter
	status int
	wrote  bool // the status is final
	bytes  int64
}

// Unwrap is for http.ResponseController.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counter) WriteHeader(status int) {
	if !c.wrote && status >= 200 { // 1xx are informational: a final status follows
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
