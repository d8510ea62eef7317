package mcp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql/catalog"
)

// A surface is what one role may use, as a server of the protocol.
type surface struct {
	of     *Server
	server *sdk.Server
	tools  atomic.Pointer[[]*tool]
	turn   sync.Mutex // held by refresh
}

// newSurface returns a surface without tools. A client that stays is notified of changes; over HTTP
// each request has the surface of its time.
func newSurface(s *Server, stays bool) *surface {
	v := &surface{of: s}
	v.tools.Store(new([]*tool))
	changes := &sdk.ServerCapabilities{
		Tools:     &sdk.ToolCapabilities{ListChanged: stays},
		Resources: &sdk.ResourceCapabilities{ListChanged: stays},
	}
	v.server = sdk.NewServer(
		&sdk.Implementation{Name: s.options.Name, Version: s.options.Version},
		&sdk.ServerOptions{
			Instructions: s.options.Instructions, PageSize: s.options.MaxTools, Capabilities: changes,
			// A list is for those who have the rights of its role.
			SetCacheable: func(_ context.Context, _ sdk.Request, c *sdk.Cacheable) {
				c.CacheScope = "private"
			},
		})
	v.server.AddReceivingMiddleware(v.receive)
	v.server.AddResource(catalogResource, v.read)
	return v
}

// receive has each request over stdio see the tools as they are now, and lists them in the order of
// the database. Over HTTP a surface is made for the request.
func (v *surface) receive(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, r sdk.Request) (_ sdk.Result, err error) {
		defer raise(ctx, &err)
		switch method {
		case "tools/list", "tools/call", "resources/list", "resources/read":
			if servedBy(ctx) == nil {
				if err := v.refresh(ctx); err != nil {
					return nil, coded(err, codeOf(method))
				}
			}
		}
		list, ok := r.(*sdk.ListToolsRequest)
		if method != "tools/list" || !ok {
			result, err := next(ctx, method, r)
			return result, coded(err, codeOf(method))
		}
		cursor := ""
		if list.Params != nil {
			cursor = list.Params.Cursor
		}
		return v.list(cursor)
	}
}

// codeOf returns the code of JSON-RPC for errors that have none in a call of a method: of the SDK's
// one is about a second initialize, and others are faults.
func codeOf(method string) int64 {
	if method == "initialize" {
		return jsonrpc.CodeInvalidRequest
	}
	return jsonrpc.CodeInternalError
}

// coded returns an error with a code, that which is given unless it has one.
func coded(err error, code int64) error {
	var has *jsonrpc.Error
	if err == nil || errors.As(err, &has) && has.Code != 0 {
		return err
	}
	return &jsonrpc.Error{Code: code, Message: err.Error()}
}

// raise hands a panic on to the goroutine of the request over HTTP, with where it came from. In
// that which the SDK has started for the call it would end the program.
func raise(ctx context.Context, err *error) {
	raised, ok := ctx.Value(raisedKey{}).(*atomic.Pointer[string])
	if !ok {
		return
	}
	if p := recover(); p != nil {
		text := fmt.Sprintf("%v\n\n%s", p, debug.Stack())
		raised.Store(&text)
		*err = &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "the call has panicked"}
	}
}

// list returns a page of the tools. A cursor is the name of the last tool before it.
func (v *surface) list(cursor string) (*sdk.ListToolsResult, error) {
	all := *v.tools.Load()
	listed := make([]*sdk.Tool, 0, len(all)+2)
	most := v.of.options.MaxTools
	if len(all) > most {
		listed = append(listed, searchTool(len(all)), callTool())
		most = max(most, len(listed)+1)
	}
	for _, t := range all {
		listed = append(listed, &t.Tool)
	}
	if cursor != "" {
		i := slices.IndexFunc(listed, func(t *sdk.Tool) bool { return t.Name == cursor })
		if i < 0 {
			return nil, &jsonrpc.Error{
				Code: jsonrpc.CodeInvalidParams, Message: "the list has changed since the cursor was made",
			}
		}
		listed = listed[i+1:]
	}
	page := &sdk.ListToolsResult{
		Tools: listed[:min(len(listed), most)], Cacheable: sdk.Cacheable{CacheScope: "private"},
	}
	if len(listed) > most {
		page.NextCursor = listed[most-1].Name
	}
	return page, nil
}

// refresh shows the tools of the role as they are now.
func (v *surface) refresh(ctx context.Context) error {
	v.turn.Lock()
	defer v.turn.Unlock()
	now, failed := v.of.surfaceOf(ctx)
	if failed != nil {
		return fmt.Errorf("mcp: the tools of the role: %s", failed.body.String())
	}
	if tools := *now.tools.Load(); !same(tools, *v.tools.Load()) {
		v.show(tools)
	}
	return nil
}

// same reports whether two lists are one.
func same(a, b []*tool) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// follow refreshes the tools when a reload replaces the snapshot that they are of, and those after
// it, until ctx is done.
func (v *surface) follow(ctx context.Context, snapshot *catalog.Snapshot) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-snapshot.Replaced():
			snapshot = v.of.catalog.Current()
			v.refresh(ctx) // the next request reports an error
		}
	}
}

// show registers the tools and the resources instead of those before, of which clients are
// notified.
func (v *surface) show(tools []*tool) {
	before := *v.tools.Load()
	v.tools.Store(&tools)
	var gone, goneURIs []string
	for _, t := range before {
		if !slices.ContainsFunc(tools, func(now *tool) bool { return now.Name == t.Name }) {
			gone, goneURIs = append(gone, t.Name), append(goneURIs, t.uri())
		}
	}
	v.server.RemoveTools(gone...)
	v.server.RemoveResources(goneURIs...)
	for _, t := range tools {
		v.server.AddTool(&t.Tool, v.handler(t))
		v.server.AddResource(t.resource(), v.read)
	}
	if len(tools) > v.of.options.MaxTools {
		v.server.AddTool(searchTool(len(tools)), v.search)
		v.server.AddTool(callTool(), v.callFound)
	} else {
		v.server.RemoveTools(searchName, callName)
	}
}

func (v *surface) handler(t *tool) sdk.ToolHandler {
	return func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return v.of.call(ctx, t, r.Params.Arguments)
	}
}

// find returns the tool with a name, nil if there is none.
func (v *surface) find(name string) *tool {
	tools := *v.tools.Load()
	i := slices.IndexFunc(tools, func(t *tool) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return tools[i]
}
