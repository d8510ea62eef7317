package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/mcp"
	"github.com/moresql/moresql/rest"
)

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`

// callOf returns the message that calls a function with one argument.
func callOf(name string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + name +
		`","arguments":{"a":1}}}`
}

// byToken is an option by which a token names the role, and a request without one is refused.
var byToken = rest.Session(func(r *http.Request) (rest.Identity, error) {
	token := r.Header.Get("Authorization")
	if token == "" {
		return rest.Identity{}, rest.Challenge(rest.TokenMissing, "")
	}
	return rest.Identity{Role: strings.TrimPrefix(token, "Bearer ")}, nil
})

// refusing is an option by which each token has expired.
var refusing = rest.Session(func(r *http.Request) (rest.Identity, error) {
	if r.Header.Get("Authorization") == "" {
		return rest.Identity{}, rest.Challenge(rest.TokenMissing, "")
	}
	return rest.Identity{}, rest.Challenge(rest.TokenClaims, "old")
})

// Who makes a request is decided before anything of the protocol, with the status and the challenge
// that the API has.
func TestStrangersLearnNothing(t *testing.T) {
	m, db := open(t, nil)
	server := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{}, byToken)
	for _, body := range []string{listTools, `{"jsonrpc":"2.0","id":1,"method":"initialize"}`, `x`} {
		w := post(t, server, body)
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" ||
			strings.Contains(w.Body.String(), "f000") {
			t.Errorf("%s: %d %v %s", body, w.Code, w.Header(), w.Body)
		}
	}
	if log := db.Log(); log != "" {
		t.Errorf("the database got %s", log)
	}
}

// A session runs as the role of its token, for the list as for calls. The database decides which
// tools there are.
func TestToolsAreThoseOfTheRole(t *testing.T) {
	routines := numbered(3)
	for i := range routines {
		routines[i].OID = uint32(100 + i)
	}
	m, db := open(t, nil)
	server := mcp.New(m, catalog.OfRelations(nil, routines...), mcp.Options{}, byToken)
	c := connect(t, server, "Authorization", "Bearer ann")
	if tools := toolsOf(t, c); len(tools) != 0 { // the database reports the right to none of them
		t.Errorf("%d tools", len(tools))
	}
	text, failed := call(t, c, "f000", `{"a":1}`)
	if !failed || !strings.Contains(text, "unknown tool") {
		t.Errorf("a tool without the right to it: %s", text)
	}
	for _, args := range db.Args() {
		if len(args) == 4 && args[3].Value != "ann" {
			t.Errorf("a session has %v", args)
		}
	}
}

// Pages of other sites reach nothing, unless the program sees to that itself.
func TestOtherSitesAreRefused(t *testing.T) {
	m, _ := open(t, nil)
	cat := catalog.OfRelations(nil, numbered(1)...)
	for _, test := range []struct {
		reason    string
		unguarded bool
		fields    []string
		status    int
	}{
		{reason: "a program that is no browser", status: 200},
		{reason: "a page of its own", fields: []string{"Origin", "http://localhost"}, status: 200},
		{reason: "a page of another", fields: []string{"Origin", "http://evil.example"}, status: 403},
		{
			reason: "a page of another that the program has let pass", unguarded: true,
			fields: []string{"Origin", "http://evil.example"}, status: 200,
		},
		{reason: "an older one", fields: []string{"Mcp-Protocol-Version", "2025-06-18"}, status: 200},
		{reason: "none of the protocol", fields: []string{"Mcp-Protocol-Version", "1.0"}, status: 400},
		{reason: "another media type", fields: []string{"Content-Type", "text/plain"}, status: 415},
	} {
		w := post(t, mcp.New(m, cat, mcp.Options{Unguarded: test.unguarded}), listTools, test.fields...)
		if w.Code != test.status {
			t.Errorf("%s: %d %s", test.reason, w.Code, w.Body)
		}
	}
	w := get(mcp.New(m, cat, mcp.Options{}))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", w.Code, w.Header())
	}
}

// What a client sends of the message itself is not that of the call.
func TestCallsHaveTheClientsHeader(t *testing.T) {
	m, _ := open(t, nil)
	var seen *http.Request
	look := moresql.Hooks{Before: func(r *http.Request, c *moresql.Call) error {
		if strings.Contains(c.Name, "f000") {
			seen = r
		}
		return nil
	}}
	server := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{}, look)
	c := connect(t, server, "X-Request-Id", "7", "Cookie", "a=b", "Prefer", "tx=rollback",
		"Accept-Profile", "x", "Content-Profile", "x", "Range", "items=0-0")
	if text, failed := call(t, c, "f000", `{"a":1}`); failed {
		t.Fatal(text)
	}
	for name, want := range map[string]string{
		"X-Request-Id": "7", "Cookie": "a=b", "Prefer": "", "Accept-Profile": "", "Range": "",
		"Content-Profile": "api", "Accept": "application/json", "Mcp-Protocol-Version": "",
	} {
		if got := seen.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if seen.RemoteAddr == "" || seen.Host == "" || seen.URL.Path != "/f000" {
		t.Errorf("%+v", seen)
	}
}

// A client that leaves ends its call, over HTTP and by the notification of the protocol.
func TestCallsEndWithTheirClients(t *testing.T) {
	const statement = `SELECT * FROM "api"."f000"("a" => $1::integer)`
	began := make(chan bool, 1)
	endless := fakedb.Result{Rows: 1, Endless: true, OnRow: func(int) { began <- true }}
	for reason, connection := range map[string]func(*mcp.Server) *sdk.ClientSession{
		"HTTP":  func(s *mcp.Server) *sdk.ClientSession { return connect(t, s) },
		"stdio": func(s *mcp.Server) *sdk.ClientSession { return join(t, nil, piped(t, s.Serve)) },
	} {
		m, _ := open(t, map[string]fakedb.Result{statement: endless})
		ended := make(chan error, 1)
		after := moresql.Hooks{After: func(_ *http.Request, c *moresql.Call, err error) {
			if strings.Contains(c.Name, "f000") {
				ended <- err
			}
		}}
		c := connection(mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{}, after))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-began
			cancel()
		}()
		_, err := c.CallTool(ctx, &sdk.CallToolParams{Name: "f000", Arguments: map[string]int{"a": 1}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", reason, err)
		}
		if err := <-ended; err == nil {
			t.Errorf("%s: the call went on", reason)
		}
	}
}

// Over HTTP nobody is notified of changes, so that none are promised and who listens for them has
// the end at once: a stream of no use would keep a server from being shut down.
func TestNobodyListensOverHTTP(t *testing.T) {
	m, _ := open(t, nil)
	server := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{})
	const version = "2026-07-28"
	body := func(method, params string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + params + `"_meta":{` +
			`"io.modelcontextprotocol/protocolVersion":"` + version +
			`","io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},` +
			`"io.modelcontextprotocol/clientCapabilities":{}}}}`
	}
	w := post(t, server, body("server/discover", ""),
		"Mcp-Protocol-Version", version, "Mcp-Method", "server/discover")
	if text := w.Body.String(); !strings.Contains(text, `"tools":{`) ||
		strings.Contains(text, `"listChanged":true`) {
		t.Errorf("%d %s", w.Code, text)
	}
	w = post(t, server, body("subscriptions/listen", `"notifications":{"toolsListChanged":true},`),
		"Mcp-Protocol-Version", version, "Mcp-Method", "subscriptions/listen")
	if text := w.Body.String(); !strings.Contains(text, `"id":1,"result":{`) {
		t.Errorf("%d %s", w.Code, text)
	}
}

// A panic of the program's own hooks is that of the handler, as in a call of the API: the server
// that has called the handler recovers from it, and other requests are served.
func TestPanicsReachTheServer(t *testing.T) {
	m, _ := open(t, nil)
	panicking := moresql.Hooks{Before: func(_ *http.Request, c *moresql.Call) error {
		if strings.Contains(c.Name, "f000") {
			panic("a mistake")
		}
		return nil
	}}
	server := mcp.New(m, catalog.OfRelations(nil, numbered(2)...), mcp.Options{}, panicking)
	func() {
		defer func() {
			text := fmt.Sprint(recover())
			if !strings.HasPrefix(text, "a mistake") || !strings.Contains(text, t.Name()) {
				t.Error(text)
			}
		}()
		post(t, server, callOf("f000"))
	}()
	if w := post(t, server, callOf("f001")); w.Code != 200 {
		t.Errorf("and then: %d %s", w.Code, w.Body)
	}
}

// Serve ends with its input, and with its context.
func TestServeEnds(t *testing.T) {
	m, _ := open(t, nil)
	server := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{})
	if err := server.Serve(t.Context(), strings.NewReader(""), io.Discard); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, out := io.Pipe()
	defer out.Close()
	if err := server.Serve(ctx, in, io.Discard); err == nil {
		t.Error("a context that is done ends nothing")
	}
}

// A body that is not one message, or a batch of them, calls nothing, and the response says why, as
// JSON-RPC 2.0 has it (section 5.1). The id of a response is that of its call, digit by digit.
func TestBodiesThatAreNoMessagesCallNothing(t *testing.T) {
	call := callOf("f000")
	withID := func(id string) string { return strings.Replace(call, `"id":1`, `"id":`+id, 1) }
	for _, test := range []struct {
		reason, body string
		status       int
		want         string
	}{
		{"a call", call, 200, `"id":1,`},
		{"space around", "\r\n " + call + "\n", 200, `"id":1,`},
		{"a batch", "[" + call + "," + withID("2") + "]", 200, `"id":2,`},
		{"the largest id", withID("9007199254740991"), 200, `"id":9007199254740991,`},
		{"an id that loses digits", withID("9007199254740993"), 400, `"code":-32600`},
		{"an id with a fraction", withID("1.5"), 400, `"code":-32600`},
		{"two calls", call + call, 400, `"code":-32700`},
		{"text after a call", call + " x", 400, `"code":-32700`},
		{"a part of a call", call[:50], 400, `"code":-32700`},
		{"nothing", "", 400, `"code":-32700`},
		{"a number", "1", 400, `"code":-32600`},
		{"another version of JSON-RPC", strings.Replace(call, "2.0", "1.0", 1), 400, `"code":-32600`},
		{"an empty batch", "[]", 400, `"code":-32600`},
		{"a batch with a number", "[" + call + ",1]", 400, `"code":-32600`},
		{"a batch with an id twice", "[" + call + "," + call + "]", 400, `"code":-32600`},
	} {
		m, db := open(t, nil)
		w := post(t, mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{}), test.body)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) ||
			w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v %s", test.reason, w.Code, w.Header(), w.Body)
		}
		if called := strings.Contains(db.Log(), "f000"); called != (test.status == 200) {
			t.Errorf("%s: the database got %s", test.reason, db.Log())
		}
	}
}
