// Package logs writes the log, with a line for each request.
package logs

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/metrics"
	"github.com/moresql/moresql/cmd/moresql/internal/observe"
	"github.com/moresql/moresql/cmd/moresql/internal/trace"
)

// A Logging says what is reported of requests, and how.
type Logging struct {
	format string
	level  slog.Level
	Sample float64 // the share of successful requests that are logged
	timing bool    // responses say how long they took
}

// Flags adds the flags of the log.
func (l *Logging) Flags(flags *flag.FlagSet) {
	flags.StringVar(&l.format, "log-format", "text", "write the log in the `FORMAT`: text or json")
	flags.TextVar(&l.level, "log-level", slog.LevelInfo,
		"log what is of the `LEVEL` or above: debug, info, warn or error; requests are info")
	flags.Float64Var(&l.Sample, "log-sample", 1,
		"log this `share` of the requests that succeed, such as 0.01; others are always logged")
	flags.BoolVar(&l.timing, "server-timing", false,
		"say in each response how long it has taken, by Server-Timing")
}

// Check reports what makes no sense.
func (l *Logging) Check() error {
	switch {
	case l.format != "text" && l.format != "json":
		return errors.New("-log-format must be text or json")
	case !(l.Sample >= 0 && l.Sample <= 1):
		return errors.New("-log-sample must be a number from 0 to 1")
	}
	return nil
}

// Logger returns the log.
func (l *Logging) Logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: l.level}
	if l.format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// A Sink is where the log goes: to the handler that the configuration in force wants.
type Sink struct{ atomic.Pointer[slog.Logger] }

// NewSink returns a Sink to the handler of a log.
func NewSink(log *slog.Logger) *Sink {
	s := new(Sink)
	s.Store(log)
	return s
}

// Enabled implements slog.Handler.
func (s *Sink) Enabled(ctx context.Context, level slog.Level) bool {
	return s.Load().Handler().Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (s *Sink) Handle(ctx context.Context, r slog.Record) error {
	return s.Load().Handler().Handle(ctx, r)
}

// WithAttrs implements slog.Handler. What it returns stays with the handler of now.
func (s *Sink) WithAttrs(attrs []slog.Attr) slog.Handler {
	return s.Load().Handler().WithAttrs(attrs)
}

// WithGroup implements slog.Handler. What it returns stays with the handler of now.
func (s *Sink) WithGroup(name string) slog.Handler { return s.Load().Handler().WithGroup(name) }

// Observed logs one line for each request and counts it in the metrics, unless they are nil.
func (l *Logging) Observed(log *RequestLog, m *metrics.Metrics, next http.Handler) http.Handler {
	if m != nil {
		served := next
		next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Began()
			served.ServeHTTP(w, r)
		})
	}
	return observe.Handler(next, l.timing, func(r *http.Request, q *observe.Request) {
		if q.Aborted || q.Status >= 400 || l.Sample >= 1 || rand.Float64() < l.Sample {
			logged(log, r, q)
		}
		if m != nil {
			m.Ended(q)
		}
	})
}

// logged logs a request. It leaves out the query, which may hold a password.
func logged(log *RequestLog, r *http.Request, q *observe.Request) {
	if !log.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	attrs := make([]slog.Attr, 0, 11)
	attrs = append(attrs, slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", q.Status), slog.Int64("bytes", q.Bytes),
		slog.Duration("duration", time.Since(q.Start)), slog.String("request_id", q.ID))
	if q.Routine != "" {
		attrs = append(attrs, slog.String("routine", q.Routine))
	}
	if q.Code != "" {
		attrs = append(attrs, slog.String("code", q.Code))
	}
	if id, span := trace.IDs(r.Context()); id != "" {
		attrs = append(attrs, slog.String("trace_id", id), slog.String("span_id", span))
	}
	if q.Aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	log.add(time.Now(), attrs)
}

// PostgRESTLevel returns the level of PostgREST's name.
func PostgRESTLevel(name string) string {
	return cmp.Or(map[string]string{"crit": "error"}[name], name)
}
