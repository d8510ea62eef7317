// Package mcp serves the routines of a catalog as tools of the Model Context Protocol, so that a
// language model calls the functions and procedures of a database, and nothing else of it.
//
//	server := mcp.New(m, cat, mcp.Options{Name: "films"})
//	mux.Handle("/mcp", server)                 // streamable HTTP
//	err := server.Serve(ctx, os.Stdin, os.Stdout) // or stdio
//
// A tool is a call by the rules of package rest, through the same pipeline: session, role, limits
// and hooks hold, and what is declared to read runs in a READ ONLY transaction. Its description is
// the routine's COMMENT, its schemas are those of the OpenAPI document, and which tools there are
// the database decides by the rights of the session's role. Nothing else defines a tool.
package mcp

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/openapi"
)

// Options say how a catalog is served. The zero Options are valid.
type Options struct {
	Name, Version string // of the server, as clients show them; "" is moresql and 1
	Instructions  string // for the model: what the tools are for

	// MaxRows is how many rows a result has at most; 0 is 100. One that has been cut says so, and how
	// to get the next rows.
	MaxRows int

	// MaxBytes is how large a result is at most, which is in memory as a whole, and those of a request
	// over HTTP together: 4 MiB by default. What is larger is an error of the tool. It counts instead
	// of Limits.Bytes of the MoreSQL.
	MaxBytes int64

	// MaxBody is how many bytes the body of a request over HTTP has at most: 1 MiB by default, any
	// number if it is negative, 413 beyond. Memory is how many bytes the bodies of all requests over
	// HTTP have at once: any number by default, 503 beyond.
	MaxBody, Memory int64

	// MaxTools is how many tools a page of the list has; 0 is 40. Where there are more, the first page
	// begins with a tool that searches the others, and one that calls what has been found.
	MaxTools int

	// Unguarded says that the program itself refuses requests by which a page of another site reaches
	// the server: of another Host than the server has (DNS rebinding), or of another Origin.
	Unguarded bool

	// AuthorizationServers are the URLs of those whose tokens Session accepts, for clients that have
	// none yet: a request that is refused for its token is told of the Metadata, which has to be
	// served too. URL is that of the server, as clients know it, and needed for this alone.
	AuthorizationServers []string
	URL                  string
}

// A Server serves a catalog. It is safe for concurrent use.
type Server struct {
	options            Options
	catalog            *catalog.Catalog
	routines, document http.Handler
	transport          http.Handler // of the protocol over HTTP
	bodies             bodies       // of its requests
	metadata           string       // the URL of Metadata, "" for none

	mu       sync.Mutex
	snapshot *catalog.Snapshot    // that the documents are of
	read     map[string]*document // by their ETags
	made     map[string]*surface  // by the ETags of their documents
}

// New returns a Server for what rest.Routines(m, cat, calls...) serves. The option Session says
// who makes a request, from the header of the request that the client has sent: over stdio, which
// has none, from what the program knows. Encoders have no effect: a result is JSON, as that of
// rest.Routines, in an object that has room for what was cut. A reloaded catalog serves from the
// next request on. It panics as rest.Routines does, and for AuthorizationServers without a URL.
func New(m *moresql.MoreSQL, cat *catalog.Catalog, o Options, calls ...moresql.Option) *Server {
	o.Name, o.Version = cmp.Or(o.Name, "moresql"), cmp.Or(o.Version, "1")
	o.MaxRows, o.MaxTools = cmp.Or(o.MaxRows, 100), cmp.Or(o.MaxTools, 40)
	o.MaxBytes, o.MaxBody = cmp.Or(o.MaxBytes, 4<<20), cmp.Or(o.MaxBody, 1<<20)
	calls = append(calls[:len(calls):len(calls)], moresql.Encoders(cutting{encoder.JSON(), o.MaxRows}),
		moresql.Hooks{After: noteEnd})
	s := &Server{
		options: o, catalog: cat, metadata: metadataOf(o),
		bodies:   bodies{most: o.MaxBody, all: o.Memory},
		routines: rest.Routines(m.With(moresql.Limits{Bytes: o.MaxBytes}), cat, calls...),
		document: openapi.Handler(m, cat, openapi.About{}, calls...),
	}
	s.transport = sdk.NewStreamableHTTPHandler(
		func(r *http.Request) *sdk.Server { return servedBy(r.Context()).server },
		&sdk.StreamableHTTPOptions{
			Stateless: true, JSONResponse: true, DisableLocalhostProtection: o.Unguarded,
			PropagateRequestCancellation: true, MaxRequestBodyBytes: -1, // bodies has them bounded
		})
	if !o.Unguarded {
		s.transport = http.NewCrossOriginProtection().Handler(s.transport)
	}
	return s
}

// ServeHTTP serves the protocol over streamable HTTP without sessions, so that any copy of the
// program may serve any request. Who makes a request is decided before anything of it is read: an
// error of Session is the response, as that of a call is. A client that leaves ends its calls. What
// a call panics with ServeHTTP does, for the server that has called it to recover from.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), requestKey{}, r)
	tools := newSurface(s, false)
	if r.Method == http.MethodPost { // another method is refused whoever it is
		var failed *reply
		if tools, failed = s.surfaceOf(ctx); failed != nil {
			s.challenge(failed)
			failed.writeTo(w)
			return
		}
		release, ok := s.bodies.read(w, r)
		if !ok {
			return
		}
		defer release()
		ctx = context.WithValue(ctx, sizeKey{}, new(atomic.Int64))
	}
	var raised atomic.Pointer[string]
	ctx = context.WithValue(context.WithValue(ctx, surfaceKey{}, tools), raisedKey{}, &raised)
	s.transport.ServeHTTP(w, r.WithContext(ctx))
	if p := raised.Load(); p != nil {
		panic(*p)
	}
}

// Serve serves one client that writes to in and reads from out, line by line, until in ends, which
// is no error, or ctx is done. Calls that run when in ends have five seconds for their responses.
// When the catalog is reloaded the client is told which tools changed. It closes neither in nor
// out.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	tools, snapshot := newSurface(s, true), s.catalog.Current()
	if err := tools.refresh(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { tools.follow(ctx, snapshot) })
	defer watching.Wait()
	defer cancel()
	return tools.server.Run(ctx, &stdio{
		in: bufio.NewReader(in), server: tools.server, out: out, settled: make(chan struct{}, 1),
		inUse: map[any]bool{},
	})
}

type (
	requestKey struct{} // of the client's *http.Request in a context
	surfaceKey struct{} // of the *surface that serves it
	sizeKey    struct{} // of the *atomic.Int64 with the bytes of its results
	raisedKey  struct{} // of the *atomic.Pointer[string] of a panic
)

func servedBy(ctx context.Context) *surface {
	tools, _ := ctx.Value(surfaceKey{}).(*surface)
	return tools
}
