package response

import (
	"net/http"
	"time"
)

const defaultWrite = 30 * time.Second

// WriteTimeout returns what a client may take for a block of the response to r: the limit that the
// program has set, none if it is negative, or if it is 0 the default. A program that has given its
// server a limit for whole responses keeps that instead of the default.
func WriteTimeout(r *http.Request, limit time.Duration) time.Duration {
	if limit != 0 {
		return max(limit, 0)
	}
	s, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if s != nil && s.WriteTimeout > 0 {
		return 0
	}
	return defaultWrite
}

// Limit gives the client of r the time for what is written next. It has no effect where the
// ResponseWriter has no deadlines.
func Limit(w http.ResponseWriter, r *http.Request, limit time.Duration) {
	if d := WriteTimeout(r, limit); d > 0 {
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
	}
}

// Flush sends what net/http holds back of a response, and lifts the deadline of Limit afterwards:
// it would cut off the next response on the connection, which may not be ours.
func Flush(w http.ResponseWriter, r *http.Request, limit time.Duration) {
	if WriteTimeout(r, limit) == 0 {
		return // there is no deadline to wait with
	}
	Limit(w, r, limit)
	control := http.NewResponseController(w)
	control.Flush() // its error is that of the connection, which net/http closes
	control.SetWriteDeadline(time.Time{})
}
