package rest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/response"
)

// A Front is the handler in front of a program's mux. What the mux refuses by itself is an error as
// those of the library are, problem+json (RFC 9457) or a page for a browser: a path that nothing is
// served at, with the nearest one that is, and a method that a path does not have.
//
// A Front lets an address name the format, too, for the handlers of MoreSQL.Handler at fixed paths:
// where /cars is served, /cars.csv is the same for a request that accepts text/csv, be it a link or
// a picture. A path that the mux serves itself stays that. A suffix whose media type the handler
// does not offer, or that stands for a wildcard, is a part of the name, and a handler that
// middleware wraps has none.
type Front struct {
	Mux *http.ServeMux

	// Paths returns the paths that an error may name to anybody; nil for none. It must be safe for
	// concurrent use.
	Paths func() []string

	// Hint is added to the error of a path that nothing is served at, such as where a list is.
	Hint string
}

// ServeHTTP implements http.Handler.
func (f Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = bySuffix(r, f.serves(r))
	h, pattern := f.Mux.Handler(r)
	if tables, ok := h.(*tablesHandler); ok && tables.isMissing(r) {
		if allow := f.methods(r); allow != "" {
			f.notAllowed(w, r, allow)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), frontKey{}, f))
	}
	if pattern != "" {
		if strings.Contains(pattern, "{") || r.RequestURI == "*" {
			h = f.Mux // sets the values of the path, and refuses what is none
		}
		r.Pattern = pattern
		h.ServeHTTP(w, r) // else it would be looked for once more
		return
	}
	own := &ownStatus{header: http.Header{}}
	h.ServeHTTP(own, r)
	switch own.code {
	case http.StatusNotFound:
		f.NotFound(w, r)
	case http.StatusMethodNotAllowed:
		f.notAllowed(w, r, own.header.Get("Allow"))
	default: // a redirect to a clean path
		f.Mux.ServeHTTP(w, r)
	}
}

// frontKey is that of the Front in the context of a request for a relation which does not exist:
// the path may be meant for what is served next to relations.
type frontKey struct{}

// methods returns those that the path of a request is served for by patterns of its own, "" for
// none: a pattern that matches any name, as that of relations, is the one that has been found.
func (f Front) methods(r *http.Request) string {
	var allow []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		other := new(http.Request)
		*other = *r
		other.Method = method
		_, pattern := f.Mux.Handler(other)
		if i := strings.IndexByte(pattern, '/'); i >= 0 &&
			strings.TrimSuffix(pattern[i:], "{$}") == r.URL.Path {
			allow = append(allow, method)
		}
	}
	return strings.Join(allow, ", ")
}

func (f Front) notAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	Fail(w, r, &moresql.Error{
		Status: http.StatusMethodNotAllowed, Public: true, Header: http.Header{"Allow": {allow}},
		Message: fmt.Sprintf("this path is not served for the method %.16q", r.Method),
		Hint:    "it is served for " + allow,
	})
}

// NotFound refuses a path that nothing is served at, as ServeHTTP does, for handlers of the mux.
func (f Front) NotFound(w http.ResponseWriter, r *http.Request) {
	Fail(w, r, &moresql.Error{
		Status: http.StatusNotFound, Public: true, Message: "nothing is served at this path",
		Hint: f.hint(r.URL.Path),
	})
}

// serves returns what bySuffix needs to know of the mux.
func (f Front) serves(r *http.Request) func(path, mediaType string) bool {
	return func(path, mediaType string) bool {
		h, pattern := f.Mux.Handler(r)
		tables, ok := h.(*tablesHandler)
		if pattern != "" && !(ok && tables.isMissing(r)) {
			return false
		}
		h, pattern = f.Mux.Handler(at(r, path, mediaType))
		made, ok := h.(resourceful)
		return ok && !strings.Contains(pattern, "{") && negotiate.Offers(made.Encoders(), mediaType)
	}
}

// hint names a path that a client may have meant: one that ends alike, or differs in a few letters.
func (f Front) hint(target string) string {
	if f.Paths == nil || target == "/" {
		return f.Hint
	}
	paths := f.Paths()
	last := path.Base(target)
	i := similar(target, len(paths), func(i int) string { return paths[i] })
	if i < 0 {
		i = similar(last, len(paths), func(i int) string { return path.Base(paths[i]) })
	}
	for j := range paths {
		if path.Base(paths[j]) == last {
			i = j
		}
	}
	if i < 0 {
		return f.Hint
	}
	hint := "perhaps you mean " + paths[i]
	if f.Hint != "" {
		hint += "; " + f.Hint
	}
	return hint
}

// Fail responds with an error as the library does: problem+json, or a page for a browser. Message,
// Detail and Hint are sent if the error is Public.
func Fail(w http.ResponseWriter, r *http.Request, e *moresql.Error) {
	p := response.Problem{Status: e.Status, Code: e.Code, RequestID: e.RequestID, Header: e.Header}
	if e.Public {
		p.Message, p.Details, p.Hint, p.Errors = e.Message, e.Detail, e.Hint, e.Problems
	}
	p.Write(w, r)
}

// An ownStatus is a ResponseWriter that keeps the status and the header only.
type ownStatus struct {
	header http.Header
	code   int
}

func (s *ownStatus) Header() http.Header         { return s.header }
func (s *ownStatus) WriteHeader(code int)        { s.code = code }
func (s *ownStatus) Write(p []byte) (int, error) { return io.Discard.Write(p) }
