package main

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/metrics"
	"github.com/moresql/moresql/cmd/moresql/internal/observe"
)

// observed logs one line for each request and counts it in the metrics, unless they are nil.
func observed(log *slog.Logger, m *metrics.Metrics, next http.Handler) http.Handler {
	if m != nil {
		served := next
		next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Began()
			served.ServeHTTP(w, r)
		})
	}
	return observe.Handler(next, func(r *http.Request, q *observe.Request) {
		logged(log, r, q)
		if m != nil {
			m.Ended(q)
		}
	})
}

// logged logs a request. It leaves out the query, which may hold a password.
func logged(log *slog.Logger, r *http.Request, q *observe.Request) {
	attrs := []any{"method", r.Method, "path", r.URL.Path, "status", q.Status,
		"bytes", q.Bytes, "duration", time.Since(q.Start)}
	if q.Aborted {
		attrs = append(attrs, "aborted", true)
	}
	log.InfoContext(r.Context(), "request", attrs...)
}
