// Package routine has the rules by which a routine of a catalog is called over HTTP, which are
// PostgREST's: package rest serves by them, and the document of rest/openapi describes them.
package routine

import (
	"iter"
	"mime"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/row"
)

// Gettable reports whether GET and HEAD may call a routine. They run in a READ ONLY transaction, so
// that the database refuses what a function would write, whatever its declaration says: a function
// that is declared STABLE may call one that writes, and most that only read are never declared so.
// A procedure can end that transaction, and go on to write. Where the database has no such
// transactions, readOnly is false and the declaration decides, and so it does of named statements,
// some of which cannot stand in a transaction.
func Gettable(r *catalog.Routine, readOnly bool) bool {
	return r.Kind == catalog.Function && (readOnly || r.Volatility != catalog.Volatile)
}

// Reads reports whether the routine is declared to read only. The database then holds it to that,
// also for POST, as PostgREST does.
func Reads(r *catalog.Routine) bool {
	return r.Kind == catalog.Function && r.Volatility != catalog.Volatile
}

// Inputs ranges over the parameters that take a value.
func Inputs(r *catalog.Routine) iter.Seq[*catalog.Param] {
	return func(yield func(*catalog.Param) bool) {
		for i := range r.Params {
			if p := &r.Params[i]; p.Mode != catalog.Out && !yield(p) {
				return
			}
		}
	}
}

// Named reports whether a request can give the parameter a value by its name. A text does not say
// which type anyelement and the like stand for.
func Named(p *catalog.Param) bool {
	return p.Name != "" && (p.Type == nil || p.Type.Kind != catalog.Pseudo)
}

// BodyType returns the media type of a body that is passed as a whole to the only parameter of a
// routine, which has no name, "" for all other routines.
func BodyType(r *catalog.Routine) string {
	in := slices.Collect(Inputs(r))
	if len(in) != 1 || in[0].Name != "" {
		return ""
	}
	switch t := in[0].Type; {
	case t.Is(pgoid.JSON, pgoid.JSONB):
		return "application/json"
	case t.Is(pgoid.Text):
		return "text/plain"
	case t.Is(pgoid.XML):
		return "application/xml"
	case t.Is(pgoid.Bytea):
		return "application/octet-stream"
	}
	return ""
}

// MediaType returns the media type that a function returns by the name of a domain, "" for none
// (PostgREST's documentation, "Media Type Handlers"), and "*/*" for any. Only a single value has
// one, and PostgREST's own types cannot be overridden.
func MediaType(r *catalog.Routine) string {
	t := r.Result.Type
	if t == nil || t.Kind != catalog.Domain || r.Result.Set || r.Result.Columns != nil {
		return ""
	}
	return DomainMediaType(t.Name)
}

// DomainMediaType returns the media type of the values of a domain with a name, "" for one that is
// not named as a media type, and for PostgREST's own types, which cannot be overridden.
func DomainMediaType(domain string) string {
	name, params, err := mime.ParseMediaType(domain)
	switch {
	case err != nil || !strings.Contains(name, "/") || strings.Contains(name, "vnd.pgrst."):
		return ""
	case strings.HasPrefix(name, "text/") && params["charset"] == "":
		return domain + "; charset=utf-8" // as drivers return text
	}
	return domain
}

// Shape returns the shape of a routine's result, by its declaration and not by what comes.
func Shape(r *catalog.Routine) row.Shape {
	switch {
	case r.Result.Type == nil && r.Result.Columns == nil:
		return row.List
	case r.Result.Columns != nil && r.Result.Set:
		return row.List
	case r.Result.Columns != nil:
		return row.One
	case r.Result.Set:
		return row.Scalars
	}
	return row.Scalar
}
