// Package rest serves procedures by the rules that clients of PostgREST speak, among them
// postgrest-js: routines of a catalog at /rpc/name, parts of results by filters, order and pages,
// counts, and settings by which functions see the request and decide on the response.
//
//	cat, err := catalog.Load(ctx, db, "api")
//	…
//	http.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(moresql.New(db), cat)))
//
// Everything here is a moresql.Resource or an Option that decorates one: what the package does, a
// program can do itself.
package rest

import (
	"net/http"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// Routines returns a handler that serves every routine of a catalog at /{name}, as PostgREST does
// at /rpc/{name} (its documentation, "Functions as RPC"): mount it under http.StripPrefix.
// Arguments go by name, from the query of a GET, which calls only what is declared STABLE or
// IMMUTABLE, or from the body of a POST. The names that are given pick the overload. The shape of
// the response comes from the declaration, and Query is on.
//
// The calls of a catalog that was loaded from a database are written by what it says of their
// types. Those of another, such as named statements, are written by the Caller of m and of the
// options; so are all if that Caller does not write the plain calls of moresql.Function and
// Procedure. A reloaded catalog serves from the next request on. It panics as
// MoreSQL.Handler does.
func Routines(m *moresql.MoreSQL, cat *catalog.Catalog, options ...moresql.Option) http.Handler {
	m = m.With(options...)
	resource := &routines{
		catalog: cat, caller: m.Caller(), describe: m.Describe, byCatalog: writesPlainCalls(m),
	}
	v := newView(resource) // inside of all decorators, so that none of them hides the routines from it
	v.query = true
	return &routinesHandler{resource, m.Serve(v)}
}

// A routinesHandler answers OPTIONS, which runs nothing, and leaves the rest to the pipeline.
type routinesHandler struct {
	resource *routines
	handler  http.Handler
}

func (h *routinesHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	overloads := h.resource.named(r)
	if r.Method != http.MethodOptions || len(overloads) == 0 {
		h.handler.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Allow", allowed(overloads))
	w.WriteHeader(http.StatusNoContent)
}

// named returns the overloads of the routine that a request is for.
func (res *routines) named(r *http.Request) []catalog.Routine {
	return res.catalog.Current().Named(strings.TrimPrefix(r.URL.Path, "/"))
}
