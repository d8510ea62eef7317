// Package trace sends traces of requests and their calls to a collector of OpenTelemetry, as the
// standard environment variables say.
package trace

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/observe"
)

// A Tracer makes spans and sends them. A nil one does nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
	system   string
}

// On reports whether the environment, read by get, wants traces: it names a collector, or the
// exporter otlp. The error is of what it wants and cannot have.
func On(get func(name string) string) (bool, error) {
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	exporter := get("OTEL_TRACES_EXPORTER")
	switch exporter {
	case "none":
		return false, nil
	case "", "otlp":
	default:
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER must be otlp or none")
	}
	if exporter == "" && get("OTEL_EXPORTER_OTLP_ENDPOINT") == "" &&
		get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return false, nil
	}
	for _, name := range []string{
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL",
	} {
		switch get(name) {
		case "http/protobuf":
			return true, nil
		case "":
		default:
			return false, fmt.Errorf("%s must be http/protobuf, mostly on port 4318", name)
		}
	}
	return true, nil
}

// New returns a Tracer of a process whose environment wants traces. system is the name of the
// database in them. What goes wrong later is logged, and stops no request.
func New(ctx context.Context, system, version string, log *slog.Logger) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(
			attribute.String("service.name", "moresql"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("traces are lost", "error", err)
	}))
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return &Tracer{p, p.Tracer("github.com/moresql/moresql/cmd/moresql"), system}, nil
}

// Shutdown sends what has not been sent.
func (t *Tracer) Shutdown(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Handler makes a span of each request, which belongs to the trace that the request names. What is
// called reads the span in the request's own header field traceparent, to pass it on.
func (t *Tracer) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	context := propagation.TraceContext{}
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		context.Inject(r.Context(), propagation.HeaderCarrier(r.Header))
		next.ServeHTTP(w, r)
	})
	return otelhttp.NewHandler(inner, "request",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(context),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method }))
}

// Hooks makes a span of each call, from when its arguments are known. They come after those of
// package observe.
func (t *Tracer) Hooks() moresql.Hooks {
	return moresql.Hooks{After: func(r *http.Request, c *moresql.Call, err error) {
		q := observe.Of(r.Context())
		if q == nil || q.Routine == "" {
			return
		}
		request := api.SpanFromContext(r.Context())
		if !request.IsRecording() {
			return
		}
		request.SetName(r.Method + " " + q.Routine)
		request.SetAttributes(attribute.String("http.route", q.Routine))
		if q.Called.IsZero() {
			return
		}
		_, span := t.tracer.Start(r.Context(), q.Routine, api.WithTimestamp(q.Called),
			api.WithSpanKind(api.SpanKindClient), api.WithAttributes(
				attribute.String("db.system.name", t.system),
				attribute.String("db.operation.name", q.Routine)))
		if err != nil { // without its text, which may have values of a row
			span.SetStatus(codes.Error, q.Code)
			span.SetAttributes(attribute.String("db.response.status_code", q.Code))
		}
		span.End(api.WithTimestamp(q.Ended))
	}}
}

// IDs returns those of the trace and of the span of a request, "" without one.
func IDs(ctx context.Context) (trace, span string) {
	c := api.SpanContextFromContext(ctx)
	if !c.IsValid() {
		return "", ""
	}
	return c.TraceID().String(), c.SpanID().String()
}
