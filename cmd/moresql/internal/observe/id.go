package observe

import (
	"context"
	"crypto/rand"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// identifier returns what identifies a request in logs: what the client or a proxy calls it, the
// trace that it belongs to (W3C Trace Context, 3.2), or something new.
func identifier(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && isPlain(id) {
		return id
	}
	if id := traceOf(r.Header); id != "" {
		return id
	}
	return rand.Text()
}

// traceOf returns the trace that the header Traceparent names, "" if none is valid.
func traceOf(h http.Header) string {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(h))
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		return span.TraceID().String()
	}
	return ""
}

// isPlain reports whether an identifier is short and can garble no log.
func isPlain(id string) bool {
	if len(id) > 128 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f {
			return false
		}
	}
	return true
}
