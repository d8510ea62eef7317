// Package rest serves procedures by the rules that clients of PostgREST speak, among them
// postgrest-js: routines of a catalog at /rpc/name, parts of results by filters, order and pages,
// counts, and settings by which functions see the request and decide on the response.
//
//	cat, err := catalog.Load(ctx, db, "api")
//	…
//	http.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(moresql.New(db), cat)))
//
// Begin with [Routines] and [Tables], which serve all that a catalog has; [Session] has a request
// run as a role. [Query] and [MaxPage] are for single handlers of a program's own. A [Front] before
// the mux words its errors, and [Health] is the connection test.
//
// Everything here is a moresql.Resource or an Option that decorates one: what the package does, a
// program can do itself.
package rest

import (
	"net/http"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
)

// Routines returns a handler that serves every routine of a catalog at /{name}, as PostgREST does
// at /rpc/{name} (its documentation, "Functions as RPC"): mount it under http.StripPrefix.
// Arguments go by name, from the query of a GET or the body of a POST. The names that are given
// pick the overload. The shape of the response comes from the declaration, and Query is on. Of
// several schemas a request chooses one by Accept-Profile, or Content-Profile for POST; without
// them the first that has the name counts.
//
// GET and HEAD run in a READ ONLY transaction, so that PostgreSQL and MariaDB refuse with 405 what
// a function would write, whatever it is declared as; the database of m must be able to begin one,
// which a *sql.Tx cannot. On SQLite, which has none, and of named statements GET calls only what is
// declared to read. A procedure, which can end its transaction, is called by POST alone.
//
// A POST runs in a transaction, which is rolled back if the response is an error, unless it is for
// a procedure of PostgreSQL that returns nothing, and may end its own. What cannot run in one, such
// as a named statement VACUUM, is for MoreSQL.Handler. OPTIONS lists the methods and runs nothing;
// browsers send it without credentials, so neither Session nor Hooks see it.
//
// A function whose result is a domain that is named as a media type, such as "image/png", returns
// that to a request that accepts it, and one of "*/*" to every request (PostgREST's documentation,
// "Media Type Handlers"). docs/postgrest.md lists what is different from PostgREST.
//
// The address may name the format, for links and pictures: /sales.csv and /portrait.png are for a
// request that accepts text/csv and image/png, whatever its Accept field says. A routine of that
// whole name comes first, and a suffix of a media type that is not offered is a part of the name.
//
// The path / itself is a list of what the role of the request may call, JSON or a page for a
// browser. POST to it runs many calls in one transaction: an array of objects such as
// {"call": "f", "args": {"a": 1}}, or NDJSON of them, which is run as it is read and may be larger
// than memory. The response has the results in the order of the calls, an array or NDJSON; an error
// names its call by its index, and nothing has happened then. See docs/rest.md and MaxCalls.
//
// The calls of a catalog that was loaded from a database are written by what it says of their
// types. Those of another, such as named statements, are written by the Caller of m and of the
// options; so are all if that Caller does not write the plain calls of moresql.Function and
// Procedure. A reloaded catalog serves from the next request on. It panics as MoreSQL.Handler does.
func Routines(m *moresql.MoreSQL, cat *catalog.Catalog, options ...moresql.Option) http.Handler {
	m = m.With(options...)
	resource := &routines{
		catalog: cat, caller: m.Caller(), describe: m.Describe, byCatalog: writesPlainCalls(m),
	}
	v := newView(resource) // inside of all decorators, so that none of them hides the routines from it
	v.query = true
	if traits, ok := resource.Traits(); ok && spec(traits.Dialect).ReadOnly {
		m = m.With(moresql.ReadOnly())
		calls, _ := m.Describe("f")
		resource.readOnly = calls.Routine
	}
	return &routinesHandler{
		resource, m.Serve(v), m.Serve(directory{resource}), m.Serve(newBatches(resource)), m.Encoders(),
	}
}

// A routinesHandler answers OPTIONS, which runs nothing, and leaves the rest to the pipeline.
type routinesHandler struct {
	resource *routines
	handler  http.Handler
	list     http.Handler
	batches  http.Handler
	encoders []encoder.Encoder
}

// Abilities returns what may be done with the calls, and whether GET calls every function, for
// package openapi.
func (h *routinesHandler) Abilities() (traits moresql.Traits, readOnly bool) {
	traits, _ = h.resource.Traits()
	return traits, h.resource.readOnly
}

func (h *routinesHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "" || r.URL.Path == "/" {
		if r.Method == http.MethodPost {
			h.batches.ServeHTTP(w, r)
		} else {
			h.list.ServeHTTP(w, r)
		}
		return
	}
	r = h.bySuffix(r)
	if r.Method == http.MethodOptions {
		name := strings.TrimPrefix(r.URL.Path, "/")
		overloads, _, err := lookup(h.resource.catalog.Current(), r, name)
		if len(overloads) > 0 && err == nil {
			w.Header().Set("Allow", h.resource.allowed(overloads))
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	h.handler.ServeHTTP(w, r)
}
