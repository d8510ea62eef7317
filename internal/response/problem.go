package response

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/htmlpage"
	"github.com/moresql/moresql/internal/sqlstate"
)

// A Problem is the body of a response that reports an error, in the form of RFC 9457. Its type is
// about:blank, which the RFC lets it leave out; Code and the members after it are extensions, with
// the names that PostgREST has for them.
type Problem struct {
	Title     string           `json:"title"`
	Status    int              `json:"status"`
	Code      string           `json:"code,omitempty"` // SQLSTATE
	Message   string           `json:"message,omitempty"`
	Details   string           `json:"details,omitempty"`
	Hint      string           `json:"hint,omitempty"`
	RequestID string           `json:"request_id,omitempty"` // in the log, too
	Errors    []binder.Problem `json:"errors,omitempty"`     // as in RFC 9457, section 3
	Call      *Called          `json:"call,omitempty"`       // of a batch

	Header http.Header `json:"-"` // replaces what Write would set, except the type of the body
}

// A Called is the call of a batch that a problem is of.
type Called struct {
	Index int    `json:"index"` // from 0, as in a JSON array
	Name  string `json:"name,omitempty"`
}

// SetCall says which call of a batch the problem is of, by its place from 1. 0 is none.
func (p *Problem) SetCall(place int, name string) {
	if place > 0 {
		p.Call = &Called{place - 1, name}
	}
}

// Redact removes from the message and the details what the database wrote by itself, without an
// author, and may show rows. err is the cause.
func (p *Problem) Redact(err error, raised bool) {
	database := sqlstate.Of(err)
	if err != nil && p.Message != "" && p.Message == database.Message {
		p.Message = sqlstate.Public(err)
	}
	if !raised && p.Details == database.Detail {
		p.Details = sqlstate.PublicDetail(err)
	}
}

// Send sends the problem as the whole response to r, whose client has a time for it.
func (p Problem) Send(w http.ResponseWriter, r *http.Request, limit time.Duration) {
	linger(w, r)
	Limit(w, r, limit)
	p.Write(w, r)
	Flush(w, r, limit)
}

// Write writes the problem: as a page if the request prefers that. It sets the header fields that
// the status calls for, unless they are set.
func (p Problem) Write(w http.ResponseWriter, r *http.Request) {
	if p.Title = http.StatusText(p.Status); p.Title == "" {
		p.Title = "Error"
	}
	p.Message = cmp.Or(p.Message, p.Title) // clients of PostgREST show it
	h := w.Header()
	for _, name := range []string{"Content-Encoding", "Etag", "Last-Modified"} {
		h.Del(name) // they were about another response, as http.Error has it
	}
	if seconds, ok := sqlstate.RetryAfter(p.Code); ok && p.Status == http.StatusServiceUnavailable {
		setDefault(h, "Retry-After", strconv.Itoa(seconds))
	}
	switch p.Status {
	case http.StatusUnauthorized: // RFC 9110, 15.5.2
		setDefault(h, "WWW-Authenticate", "Bearer")
	case http.StatusRequestTimeout: // RFC 9110, 15.5.9; net/http would wait for the rest of the body
		h.Set("Connection", "close")
	case http.StatusMethodNotAllowed: // a call that may only read has tried to write
		setDefault(h, "Allow", http.MethodPost)
	}
	h.Set("Cache-Control", "no-store") // a cache might keep a 404 or a 405 by itself (RFC 9110, 15.1)
	maps.Copy(h, p.Header)
	if p.RequestID != "" {
		h.Set("X-Request-Id", p.RequestID)
	}
	if htmlpage.Wanted(r) {
		htmlpage.Write(w, p.Status, p.page(r))
		return
	}
	body, err := json.Marshal(p.shown())
	if err != nil { // strings and an int, which marshal
		panic(err)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	w.Write(body) // a client that has left needs no response
}

// shown returns what the body has. The details of 300 are the list of the choices, where they are
// JSON.
func (p Problem) shown() any {
	if p.Status != http.StatusMultipleChoices || !json.Valid([]byte(p.Details)) {
		return p
	}
	type problem Problem
	return struct {
		problem
		Details json.RawMessage `json:"details"`
	}{problem(p), json.RawMessage(p.Details)}
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}

// RequestID returns the identifier that a proxy has given the request, or a new one.
func RequestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f || i >= 128 { // it could garble a log
			return rand.Text()
		}
	}
	return cmp.Or(id, rand.Text())
}
