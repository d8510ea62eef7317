package mcp_test

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/mcp"
)

// An id is that of one call at a time (MCP, "Messages": it must not have been used before), and of
// one session there is one initialize. What breaks that has a response, as each message with an id
// has (JSON-RPC 2.0, section 5), and no other call is taken for it.
func TestMessagesOutOfTurnHaveResponses(t *testing.T) {
	began := make(chan bool, 1)
	m, _ := open(t, map[string]fakedb.Result{
		`SELECT * FROM "api"."f000"("a" => $1::integer)`: {
			Rows: 1, Endless: true, OnRow: func(int) { began <- true },
		},
	})
	server := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{})
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(t.Context(), in, out) }()
	lines := bufio.NewReader(fromServer)
	const (
		initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},` +
			`"protocolVersion":"2025-06-18","clientInfo":{"name":"test","version":"1"}}}`
		ping    = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
		pong    = `{"jsonrpc":"2.0","id":1,"result":{}}`
		invalid = `"code":-32600`
	)
	for _, test := range []struct{ reason, line, want string }{
		{"a call before a session", strings.Replace(callOf("f000"), ":1,", `:"1",`, 1),
			`"id":"1","error":{` + invalid},
		{"a session begins", initialize, `"protocolVersion"`},
		{"and again", initialize, `"id":1,"error":{` + invalid},
		{"a call", callOf("f000"), ""},
		{"one with its id", ping, invalid},
		{"a batch with its id", "[" + ping + "]", invalid},
		{"an id that is null, which a request must not have (MCP, \"Requests\")",
			strings.Replace(ping, ":1,", ":null,", 1), invalid},
		{"an id of another type", strings.Replace(ping, ":1,", `:"1",`, 1),
			strings.Replace(pong, ":1,", `:"1",`, 1)},
		{"the call ends", `{"jsonrpc":"2.0","method":"notifications/cancelled",` +
			`"params":{"requestId":1}}`, `"id":1,"result":{"content"`},
		{"its id is free", ping, pong},
		{"and again", ping, pong},
	} {
		if _, err := io.WriteString(toServer, test.line+"\n"); err != nil {
			t.Fatal(err)
		}
		if test.line == callOf("f000") {
			<-began
		}
		if test.want == "" {
			continue
		}
		got, err := lines.ReadString('\n')
		if err != nil || !strings.Contains(got, test.want) ||
			test.want == invalid && !strings.Contains(got, `"id":null`) {
			t.Errorf("%s: %s %v", test.reason, got, err)
		}
	}
	toServer.Close()
	if err := <-ended; err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
