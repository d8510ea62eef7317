// Package guard keeps pages of other sites from what the browser of a user may do here.
package guard

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/cors"
)

// Headers sets header fields that stop clients from guessing the type of a response and caches from
// storing it: a response may depend on a password in the query or the body, which a cache does not
// know, and no cache can notice that it is out of date. A function may override Cache-Control.
func Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// CORS lets pages of the origins read the responses (fetch.spec.whatwg.org, CORS protocol), by
// every method that is served and with any header field, since PostgREST's clients send several of
// their own. Credentials that a browser adds by itself, such as cookies, are not allowed.
func CORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{
			http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
			http.MethodDelete,
		},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{
			"Content-Location", "Content-Profile", "Content-Range", "Etag", "Link", "Location",
			"Preference-Applied", "Proxy-Status", "Retry-After", "Written-Rows", "Www-Authenticate",
			"X-Request-Id",
		},
		MaxAge: 3600,
	}).Handler(next)
}

// OriginOf returns the origin that a text is, as browsers send it (RFC 6454, section 6.2): in lower
// case and without the port that the scheme has. It is "" for others: an origin has no path, no
// user and above all no password.
func OriginOf(text string) string {
	text = strings.ToLower(text)
	u, err := url.Parse(text)
	port := map[string]string{"http": ":80", "https": ":443"}
	if err != nil || port[u.Scheme] == "" || u.Host == "" || text != u.Scheme+"://"+u.Host {
		return ""
	}
	return strings.TrimSuffix(text, port[u.Scheme])
}

// IsWebURL reports whether a text is the URL of something on the web, and holds no password.
func IsWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
