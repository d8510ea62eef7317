package main

import "net/http"

// netHTTP needs nothing: Fields reads the wildcards of the pattern.
func netHTTP(a api) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /cars", a.list)
	mux.Handle("GET /cars/{id}", a.get)
	mux.Handle("POST /cars/{id}", a.create)
	return mux
}
