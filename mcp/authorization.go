package mcp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// wellKnown is what the path of the metadata of a protected resource begins with, before the path
// of the resource (RFC 9728, section 3.1).
const wellKnown = "/.well-known/oauth-protected-resource"

// metadataOf returns the URL of the metadata of what the options name, "" if there is none.
func metadataOf(o Options) string {
	if len(o.AuthorizationServers) == 0 {
		return ""
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		panic("mcp: Options.AuthorizationServers needs the URL of the server, as its clients know it")
	}
	u.Path, u.RawPath, u.Fragment = wellKnown+strings.TrimSuffix(u.Path, "/"), "", ""
	return u.String()
}

// Metadata returns the handler of the server's metadata, by which a client without a token finds
// the AuthorizationServers (RFC 9728), and the path where it belongs: for the URL
// https://example.com/mcp that is /.well-known/oauth-protected-resource/mcp. A page of any site may
// read it. It panics if the Options name no AuthorizationServers.
func (s *Server) Metadata() (path string, h http.Handler) {
	u, err := url.Parse(s.metadata)
	if err != nil || s.metadata == "" {
		panic("mcp: there is no metadata without Options.AuthorizationServers")
	}
	text, err := json.Marshal(struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
		Methods  []string `json:"bearer_methods_supported"`
		Name     string   `json:"resource_name"`
	}{s.options.URL, s.options.AuthorizationServers, []string{"header"}, s.options.Name})
	if err != nil {
		panic(err) // each text is JSON
	}
	return u.Path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			h.Set("Content-Type", "application/json")
			w.Write(text) // fails if the client has left
		case http.MethodOptions: // clients in a browser send the version of the protocol as a field
			h.Set("Access-Control-Allow-Headers", "*")
			w.WriteHeader(http.StatusNoContent)
		default:
			h.Set("Allow", "GET, HEAD, OPTIONS")
			http.Error(w, "the metadata is only read", http.StatusMethodNotAllowed)
		}
	})
}

// challenge has a response of 401 name the metadata (RFC 9728, section 5.1).
func (s *Server) challenge(r *reply) {
	if r.status != http.StatusUnauthorized || s.metadata == "" {
		return
	}
	fields := r.header["Www-Authenticate"]
	for i, field := range fields {
		if scheme, others, _ := strings.Cut(field, " "); scheme == "Bearer" {
			fields[i] = `Bearer resource_metadata="` + s.metadata + `"`
			if others != "" {
				fields[i] += ", " + others
			}
		}
	}
}
