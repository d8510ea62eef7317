package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// ownPaths returns the paths that are served by themselves, and not as the name of a relation.
func (a *api) ownPaths() (paths []string) {
	for _, r := range a.routes() {
		if !strings.Contains(r.Pattern, "{") {
			paths = append(paths, r.Pattern)
		}
	}
	paths = append(paths, "/ready", "/openapi.json")
	if a.mcp {
		paths = append(paths, "/mcp")
	}
	return paths
}

// isHidden reports whether a relation has the name of an own path: only requests that name its
// schema reach it.
func (a *api) isHidden(name string) bool {
	return name == "favicon.ico" || slices.Contains(a.ownPaths(), "/"+name)
}

// unhidden passes requests that name a schema, as those of PostgREST's clients may, to the relation
// of that schema which has the name of an own path.
func (a *api) unhidden(own, tables http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		field := "Content-Profile"
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			field = "Accept-Profile"
		}
		schema, name := r.Header.Get(field), strings.TrimPrefix(r.URL.Path, "/")
		if schema != "" && a.isHidden(name) && a.cat.Current().Relation(schema, name) != nil {
			tables.ServeHTTP(w, r)
			return
		}
		own.ServeHTTP(w, r)
	})
}

// listed has /rpc lead to the list at /rpc/, as it does where no tables are served, unless a
// relation has the name.
func (a *api) listed(tables http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list := url.URL{Path: "/rpc/", RawQuery: r.URL.RawQuery}
		for _, relation := range a.cat.Current().Relations() {
			if relation.Name == "rpc" {
				tables.ServeHTTP(w, r)
				return
			}
		}
		http.Redirect(w, r, list.String(), http.StatusTemporaryRedirect)
	})
}

// warnings say when the command starts what of PostgREST's configuration is not read, and which
// relations are hidden.
func (a *api) warnings() (list []string) {
	if !a.tables {
		return nil
	}
	for _, r := range a.cat.Current().Relations() {
		if r.Rights != 0 && a.isHidden(r.Name) {
			list = append(list, fmt.Sprintf("%s is a path of the command's own: %s is served to "+
				"requests with the field Accept-Profile: %s, or Content-Profile for those that write",
				relationPath(&r), &r, r.Schema))
		}
	}
	return list
}

func relationPath(r *catalog.Relation) string { return "/" + rest.Segment(r.Name) }
