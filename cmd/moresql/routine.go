package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// printRoutine prints the route of a routine, with a line that tries it on the server at url or the
// reason why it cannot be called.
func printRoutine(w io.Writer, url string, current *catalog.Snapshot, r *catalog.Routine) {
	if first := current.Named(r.Name); first[0].Schema != r.Schema {
		fmt.Fprintf(w, "%-6s %s\n\tis not served: %s.%s has the name, "+
			"but for a request with the profile %s\n", "", r, first[0].Schema, r.Name, r.Schema)
		return
	}
	method, path, line := routineCurl(url, r)
	if line == "" {
		line = "cannot be called by name: a parameter has none"
	}
	fmt.Fprintf(w, "%-6s %s\n\t%s\n", method, path, line)
}

// routineCurl returns a line for the shell that calls a routine, with the names of the parameters
// in the places of their values. It is "" if parameters have no names to pass the values by.
func routineCurl(server string, r *catalog.Routine) (method, path, line string) {
	method, path = http.MethodPost, "/rpc/"+pathOf(r.Name)
	if r.Kind == catalog.Function && r.Volatility != catalog.Volatile { // others may write
		method = http.MethodGet
	}
	target := server + path
	var query, members []string
	for _, p := range r.Params {
		if p.Mode == catalog.Out {
			continue
		}
		if p.Name == "" {
			if mediaType := rest.BodyType(r); mediaType != "" {
				return http.MethodPost, path, curlPost(mediaType, "<body>", target)
			}
			return method, path, ""
		}
		name := url.QueryEscape(p.Name)
		query = append(query, name+"=<"+name+">")
		members = append(members, quoteJSON(p.Name)+": "+quoteJSON("<"+p.Name+">"))
	}
	switch {
	case method == http.MethodGet && len(query) > 0:
		// -g keeps curl from expanding the braces and brackets of arrays and ranges.
		return method, path, fmt.Sprintf("curl -g '%s?%s'", target, strings.Join(query, "&"))
	case method == http.MethodGet:
		return method, path, fmt.Sprintf("curl '%s'", target)
	case len(members) > 0:
		body := "{" + strings.Join(members, ", ") + "}"
		return method, path, curlPost("application/json", body, target)
	}
	return method, path, fmt.Sprintf("curl -X POST '%s'", target)
}

// curlPost returns a line for the shell that posts a body.
func curlPost(mediaType, body, target string) string {
	body = strings.ReplaceAll(body, "'", `'\''`)
	return fmt.Sprintf("curl -X POST -H 'Content-Type: %s' -d '%s' '%s'", mediaType, body, target)
}

// pathOf returns the name of a routine in a path, in which that of a file may have folders.
func pathOf(name string) string {
	if path.Clean("/"+name) != "/"+name { // a server would go elsewhere
		return rest.Segment(name)
	}
	return strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
}

// quoteJSON returns a JSON string, with <, > and & unescaped.
func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // strings always marshal
	}
	return strings.TrimSpace(b.String())
}
