package response

import (
	"encoding/json"
	"net/http"
)

// A Problem is the body of an answer that reports an error, in the form of RFC 9457. Its type is about:blank, which
// the RFC lets it leave out; Code and the members after it are extensions, the names those of PostgREST.
type Problem struct {
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      string         `json:"code,omitempty"` // SQLSTATE
	Message   string         `json:"message,omitempty"`
	Details   string         `json:"details,omitempty"`
	Hint      string         `json:"hint,omitempty"`
	RequestID string         `json:"request_id,omitempty"` // by which the log knows the request
	Errors    []FieldProblem `json:"errors,omitempty"`     // of single fields, as in the example of RFC 9457, section 3
}

// A FieldProblem is what is wrong with one field of the request.
type FieldProblem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Write answers with the problem. Header fields that the status calls for, such as Retry-After or WWW-Authenticate, are set before.
func (p Problem) Write(w http.ResponseWriter) {
	if p.Title = http.StatusText(p.Status); p.Title == "" {
		p.Title = "Error"
	}
	body, err := json.Marshal(p)
	if err != nil { // strings and an int, which marshal
		panic(err)
	}
	h := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified"} {
		h.Del(name) // what was said of the answer that did not come about, as http.Error has it
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // a cache might keep a 404 or a 405 by itself (RFC 9110, 15.1)
	w.WriteHeader(p.Status)
	w.Write(body) // a client that is gone is no concern here
}
