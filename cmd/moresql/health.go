package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// healthTime limits how long a check of the database's health may take.
const healthTime = 2 * time.Second

// health reports whether the database responds, and if not, why.
func health(db *database) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTime)
		defer cancel()
		if err := db.check(ctx); err != nil {
			writeProblem(w, http.StatusServiceUnavailable, oneLine(err))
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, "It works.")
	})
}

// writeProblem responds with an error in the form of the library's own (RFC 9457).
func writeProblem(w http.ResponseWriter, status int, message string) {
	body, err := json.Marshal(struct {
		Title   string `json:"title"`
		Status  int    `json:"status"`
		Message string `json:"message,omitempty"`
	}{http.StatusText(status), status, message})
	if err != nil {
		panic(err) // strings and an int always marshal
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}
