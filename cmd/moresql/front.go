package main

import (
	_ "embed"
	"net/http"

	"github.com/moresql/moresql/rest"
)

// fronted has the errors of a mux in the form of the library's, and addresses name formats.
func (a *api) fronted(mux *http.ServeMux) http.Handler {
	return rest.Front{Mux: mux, Paths: a.paths, Hint: "GET / lists what is served"}
}

// paths returns the paths that are served.
func (a *api) paths() (paths []string) {
	paths = a.ownPaths()
	for _, c := range a.channels {
		if c.Roles == nil {
			paths = append(paths, "/events/"+rest.Segment(c.Name))
		}
	}
	if a.secured { // a stranger learns no names of the database
		return paths
	}
	if _, cat := a.callable(a.m); cat != nil {
		for _, r := range cat.Current().Routines() {
			paths = append(paths, "/rpc/"+pathOf(r.Name))
		}
	}
	if a.cat != nil && a.tables {
		for _, r := range a.cat.Current().Relations() {
			if r.Rights != 0 {
				paths = append(paths, relationPath(&r))
			}
		}
	}
	return paths
}

//go:embed favicon.svg
var icon []byte

// favicon is for browsers, which look for one by themselves.
func favicon(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", "public, max-age=86400")
	w.Write(icon)
}
