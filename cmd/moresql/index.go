package main

import (
	"fmt"
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
// of its media types, as clients of PostgREST do, which find its document there, and with the page
// if it names that of pages, as browsers do.
func documented(document, page, index http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accept := r.Header.Values("Accept")
		switch {
		case accepts(accept, "text/html"):
			page.ServeHTTP(w, r)
		case accepts(accept, "application/openapi+json"), accepts(accept, "application/json"):
			document.ServeHTTP(w, r)
		default:
			w.Header().Add("Vary", "Accept")
			index.ServeHTTP(w, r)
		}
	})
}

// accepts reports whether a request accepts a media type by its name.
func accepts(accept []string, mediaType string) bool {
	for member := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, err := mime.ParseMediaType(member)
		q, _ := strconv.ParseFloat(params["q"], 64)
		if err == nil && name == mediaType && (params["q"] == "" || q > 0) {
			return true
		}
	}
	return false
}
