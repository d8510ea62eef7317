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
