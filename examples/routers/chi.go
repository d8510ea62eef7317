package main

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
)

// chiRouter needs chi 5.1 or later, which sets the path values of a request. They are still escaped
// where the path has an escape that it needs, such as %2F.
func chiRouter(a api) http.Handler {
	r := chi.NewRouter()
	r.Method(http.MethodGet, "/cars", a.list)
	r.Method(http.MethodGet, "/cars/{id}", unescaped(a.get))
	r.Method(http.MethodPost, "/cars/{id}", unescaped(a.create))
	return r
}

// unescaped serves a request whose path values are as net/http has them.
func unescaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawPath != "" { // what chi has matched
			params := chi.RouteContext(r.Context()).URLParams
			for i, name := range params.Keys {
				if value, err := url.PathUnescape(params.Values[i]); err == nil {
					r.SetPathValue(name, value)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}
