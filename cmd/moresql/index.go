package main

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// authority matches a host and port that a curl line may name as they are.
var authority = regexp.MustCompile(`^([\w.-]+|\[[0-9a-fA-F:]+\])(:\d+)?$`)

// index lists the routes, with a line that tries each, on the address that the client has used.
func (a *api) index(w http.ResponseWriter, r *http.Request) {
	server := a.url
	if authority.MatchString(r.Host) {
		server = "http://" + r.Host
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "moresql calls the procedures of a database over HTTP.\n\n")
	a.list(w, server, " are served") // not where the database is
}

// documented responds to a request for the list of routes with the document instead if it names one
// of its media types, as clients of PostgREST do, which find its document there.
func documented(document, index http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if namesDocument(r.Header.Values("Accept")) {
			document.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Accept")
		index.ServeHTTP(w, r)
	})
}

func namesDocument(accept []string) bool {
	for member := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, err := mime.ParseMediaType(member)
		q, _ := strconv.ParseFloat(params["q"], 64)
		switch {
		case err != nil, params["q"] != "" && q == 0:
		case name == "application/openapi+json", name == "application/json":
			return true
		}
	}
	return false
}

// unknown responds to a request for a path that nothing is served at.
func (a *api) unknown(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, problem{
		Status:  http.StatusNotFound,
		Message: "nothing is served at this path",
		Hint:    a.hint(r.URL.Path),
	})
}

// described has the mux's own errors in the form of the library's: a path that nothing is served
// at, and a method that a path does not have.
func (a *api) described(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r) // which sets the values of the path
			return
		}
		own := &status{header: http.Header{}}
		h.ServeHTTP(own, r)
		switch own.code {
		case http.StatusNotFound:
			a.unknown(w, r)
		case http.StatusMethodNotAllowed:
			allow := own.header.Get("Allow")
			w.Header().Set("Allow", allow)
			writeProblem(w, problem{
				Status:  own.code,
				Message: "this path is not served for the method " + method(r.Method),
				Hint:    "it is served for " + allow,
			})
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// method returns a method as a message shows it.
func method(name string) string {
	if len(name) > 16 {
		return "of the request"
	}
	return name
}

// hint names a path that a client may have meant.
func (a *api) hint(path string) string {
	list := "GET / lists what is served"
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if a.cat == nil || first == "" {
		return list
	}
	if len(a.cat.Current().Named(first)) > 0 {
		return "perhaps you mean /rpc/" + first + "; " + list
	}
	return list
}

// A status is a ResponseWriter that keeps the status and the header only.
type status struct {
	header http.Header
	code   int
}

func (s *status) Header() http.Header         { return s.header }
func (s *status) WriteHeader(code int)        { s.code = code }
func (s *status) Write(p []byte) (int, error) { return io.Discard.Write(p) }
