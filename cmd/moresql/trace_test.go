package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A tracesServer is a collector that keeps what it receives.
type tracesServer struct {
	*httptest.Server
	mu      sync.Mutex
	service string
	spans   map[string]*spans.Span // by name
}

func newTracesServer(t *testing.T) *tracesServer {
	s := &tracesServer{spans: map[string]*spans.Span{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		message := new(collector.ExportTraceServiceRequest)
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, message) != nil {
			t.Errorf("%s %v", r.URL, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, resource := range message.ResourceSpans {
			for _, a := range resource.Resource.Attributes {
				if a.Key == "service.name" {
					s.service = a.Value.GetStringValue()
				}
			}
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					s.spans[span.Name] = span
				}
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// A request belongs to the trace of its client, its call to the request, and the function can pass
// the trace on.
func TestTracesReachTheCollector(t *testing.T) {
	traces := newTracesServer(t)
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api;
		CREATE FUNCTION api.trace() RETURNS text STABLE LANGUAGE sql
			AS $$ SELECT current_setting('request.headers')::json->>'traceparent' $$;
		CREATE FUNCTION api.fail(secret text) RETURNS int STABLE LANGUAGE plpgsql
			AS $$ BEGIN RAISE EXCEPTION 'no %', secret USING ERRCODE = '22023'; END $$`)
	c := launchIn(t, append(environ(), "MORESQL_DATABASE_URI="+uri,
		"OTEL_EXPORTER_OTLP_ENDPOINT="+traces.URL, "OTEL_SERVICE_NAME=films"),
		"-superuser", "-addr", "localhost:0", "-schema", "api", "-http-settings")
	c.await(c.stdout, "listening on ")
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	_, _, passed := c.get("/rpc/trace", "Traceparent", "00-"+trace+"-"+parent+"-01")
	c.get("/rpc/fail?secret=xyzzy")
	c.await(c.stderr, "trace_id="+trace)
	c.stop() // sends what is left
	traces.mu.Lock()
	defer traces.mu.Unlock()
	request, call := traces.spans["GET api.trace"], traces.spans["api.trace"]
	if request == nil || call == nil || traces.service != "films" {
		t.Fatalf("%q %v", traces.service, traces.spans)
	}
	if got := hex.EncodeToString(request.TraceId); got != trace {
		t.Errorf("the request is in the trace %s", got)
	}
	if got := hex.EncodeToString(request.ParentSpanId); got != parent {
		t.Errorf("the request is in the span %s", got)
	}
	if !slices.Equal(call.ParentSpanId, request.SpanId) {
		t.Errorf("the call is in the span %x", call.ParentSpanId)
	}
	if want := `"00-` + trace + "-" + hex.EncodeToString(request.SpanId) + `-01"`; passed != want {
		t.Errorf("the function has %s, not %s", passed, want)
	}
	failed := traces.spans["api.fail"]
	if failed == nil || failed.Status.Code != spans.Status_STATUS_CODE_ERROR ||
		failed.Status.Message != "22023" {
		t.Errorf("%v", failed)
	}
	for _, span := range traces.spans {
		if text := span.String(); strings.Contains(text, "xyzzy") {
			t.Errorf("a span has an argument: %s", text)
		}
	}
}

// Traces are off unless the environment wants them, and a collector that is away stops nothing.
func TestTracesAreOffUnlessTheEnvironmentWantsThem(t *testing.T) {
	for _, test := range []struct {
		reason  string
		environ []string
		traced  bool
	}{
		{"nothing is set", nil, false},
		{
			"off by exporter",
			[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_TRACES_EXPORTER=none"}, false,
		},
		{
			"off altogether",
			[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_SDK_DISABLED=true"}, false,
		},
		{"away", []string{
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT=100",
		}, true},
	} {
		c := launchIn(t, append(environ(), test.environ...), "-addr", "localhost:0")
		c.await(c.stdout, "listening on ")
		if status, _, body := c.get("/cars"); status != http.StatusOK {
			t.Errorf("%s: %d %s", test.reason, status, body)
		}
		c.stop()
		if got := strings.Contains(c.stderr.String(), "trace_id="); got != test.traced {
			t.Errorf("%s: traced is %v", test.reason, got)
		}
	}
	c := launchIn(t, append(environ(), "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1",
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"), "-addr", "localhost:0")
	const want = "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf"
	if status := c.wait(); status != 1 || !strings.Contains(c.stderr.String(), want) {
		t.Errorf("exit status %d: %s", status, c.stderr)
	}
}
