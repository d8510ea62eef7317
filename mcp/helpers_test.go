package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/fakedb"
)

// Types of PostgreSQL, as catalog.Load reads them.
var (
	integer = &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	numeric = &catalog.Type{OID: 1700, Name: "numeric", SQL: "numeric"}
	text    = &catalog.Type{OID: 25, Name: "text", SQL: "text"}
	bytes   = &catalog.Type{OID: 17, Name: "bytea", SQL: "bytea"}
	date    = &catalog.Type{OID: 1082, Name: "date", SQL: "date"}
	numbers = &catalog.Type{OID: 1231, Kind: catalog.Array, Name: "_numeric", Elem: numeric}
	record  = &catalog.Type{OID: 2249, Name: "record", Kind: catalog.Pseudo, SQL: "record"}
	anyJSON = &catalog.Type{OID: 114, Name: "json", SQL: "json"}
	void    = &catalog.Type{OID: 2278, Name: "void", Kind: catalog.Pseudo, SQL: "void"}
	size    = &catalog.Type{
		OID: 16384, Kind: catalog.Enum, Schema: "api", Name: "size", SQL: "api.size",
		Labels: []string{"S", "M"},
	}
)

var quiet = moresql.Hooks{Logger: slog.New(slog.DiscardHandler)}

// function returns a function of the schema api.
func function(name string, v catalog.Volatility, result catalog.Result, params ...catalog.Param) (
	r catalog.Routine,
) {
	return catalog.Routine{
		Schema: "api", Name: name, Volatility: v, Result: result, Params: params,
	}
}

// open returns a MoreSQL whose database responds to statements with results by their texts.
func open(t *testing.T, results map[string]fakedb.Result) (*moresql.MoreSQL, *fakedb.DB) {
	t.Helper()
	db := &fakedb.DB{Can: fakedb.Modern, Results: results}
	return moresql.New(db.Open(t), quiet), db
}

func expectTools(expect sqlmock.Sqlmock) {
	expect.ExpectQuery("has_function_privilege").
		WillReturnRows(sqlmock.NewRows([]string{"oids"}).AddRow(""))
}

// connect connects the official client to a server over HTTP, with alternating names and values of
// header fields.
func connect(t *testing.T, h http.Handler, fields ...string) *sdk.ClientSession {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return join(t, nil, &sdk.StreamableClientTransport{
		Endpoint: server.URL, HTTPClient: &http.Client{Transport: sending(fields)},
	})
}

func join(t *testing.T, o *sdk.ClientOptions, transport sdk.Transport) *sdk.ClientSession {
	t.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, o)
	session, err := client.Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// sending adds header fields to each request.
type sending []string

func (s sending) RoundTrip(r *http.Request) (*http.Response, error) {
	for i := 0; i < len(s); i += 2 {
		r.Header.Set(s[i], s[i+1])
	}
	return oneRequest.RoundTrip(r)
}

// oneRequest leaves no connection open after the test.
var oneRequest = &http.Transport{DisableKeepAlives: true}

// toolsOf returns all tools by their names.
func toolsOf(t *testing.T, c *sdk.ClientSession) map[string]*sdk.Tool {
	t.Helper()
	tools := map[string]*sdk.Tool{}
	for tool, err := range c.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		tools[tool.Name] = tool
	}
	return tools
}

// call calls a tool, and returns what the model reads.
func call(t *testing.T, c *sdk.ClientSession, name, arguments string) (text string, isError bool) {
	t.Helper()
	got, err := c.CallTool(t.Context(), &sdk.CallToolParams{
		Name: name, Arguments: json.RawMessage(arguments),
	})
	if err != nil {
		return err.Error(), true
	}
	return got.Content[0].(*sdk.TextContent).Text, got.IsError
}

// post sends one request of the protocol, with alternating names and values of header fields.
func post(t *testing.T, h http.Handler, body string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(
		t.Context(), "POST", "http://localhost/mcp", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
		if fields[i] == "Host" {
			r.Host = fields[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// piped serves a client over two pipes, as stdio is, until the test ends.
func piped(t *testing.T, serve func(context.Context, io.Reader, io.Writer) error) sdk.Transport {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // which is done before the client has ended
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, in, out) }()
	t.Cleanup(func() {
		toServer.Close()
		if err := <-ended; err != nil && !errors.Is(err, io.ErrClosedPipe) { // a last notification
			t.Error(err)
		}
	})
	return &sdk.IOTransport{Reader: fromServer, Writer: toServer}
}

// shown returns JSON with its members in one order.
func shown(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var same any
	if err := json.Unmarshal(b, &same); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(same)
}

func get(h http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/mcp", nil))
	return w
}
