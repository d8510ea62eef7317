// Package call calls routines from a terminal. A call is a request by package rest's rules, which a
// server or a handler in this process responds to, so that arguments, results and errors are those
// that clients of the server have.
package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/moresql/moresql/rest"
)

// A Target is where routines are called.
type Target struct {
	Transport http.RoundTripper // Local for a handler in this process
	Base      string            // the URL that the name of a routine is appended to
	Query     string            // of the URL: a filter, an order or a page
	Token     string            // a bearer token, "" for none
	Schema    string            // of the routine, "" for the first that has it
	Untyped   bool              // parameters have no types, since they are those of statements
}

// ErrInterrupted is of a call whose context has ended, also while its arguments were read.
var ErrInterrupted = errors.New("interrupted")

// An Error is what a response says of a call that has failed.
type Error struct {
	Status  int             `json:"-"`
	Code    string          `json:"code,omitempty"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details,omitempty"`
	Hint    string          `json:"hint,omitempty"`
	Call    *Place          `json:"call,omitempty"` // nil unless it is one of several
}

// A Place is that of a call among those of one request.
type Place struct {
	Index int `json:"index"` // from 0
}

// Error returns all that is known, on one line.
func (e *Error) Error() string {
	text := e.Message
	if details := e.details(); details != "" {
		text += " (" + details + ")"
	}
	if e.Code != "" {
		text += " [" + e.Code + "]"
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// details returns what PostgREST, too, has as a text or as any other JSON.
func (e *Error) details() (text string) {
	if json.Unmarshal(e.Details, &text) == nil {
		return text
	}
	return string(e.Details)
}

// Call calls a routine and returns the response, whose body has to be closed. One of a call that
// has failed is an *Error.
func (t *Target) Call(
	ctx context.Context, name, accept string, args *Args,
) (*http.Response, error) {
	mediaType, body, err := args.body(t.Untyped)
	if err != nil {
		return nil, err
	}
	r, err := t.request(ctx, http.MethodPost, rest.Segment(name), body)
	if err != nil {
		return nil, err
	}
	r.URL.RawQuery = t.Query
	r.Header.Set("Accept", accept)
	r.Header.Set("Content-Type", mediaType)
	if t.Schema != "" {
		r.Header.Set("Content-Profile", t.Schema)
	}
	return t.do(r)
}

func (t *Target) request(
	ctx context.Context, method, path string, body []byte,
) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, t.Base+"/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the URL is malformed")
	}
	r.Header.Set("User-Agent", "moresql")
	if t.Token != "" {
		r.Header.Set("Authorization", "Bearer "+t.Token)
	}
	return r, nil
}

// do sends a request. Requests are never sent twice: a redirection is an error.
func (t *Target) do(r *http.Request) (*http.Response, error) {
	response, err := t.Transport.RoundTrip(r)
	switch {
	case r.Context().Err() != nil:
		if err == nil {
			response.Body.Close()
		}
		return nil, ErrInterrupted
	case err != nil:
		return nil, fmt.Errorf("%s cannot be reached: %w", r.URL.Host, err)
	case response.StatusCode >= 300:
		defer response.Body.Close()
		return nil, failure(response)
	}
	return response, nil
}

// failure returns the error that a response describes.
func failure(response *http.Response) *Error {
	const most = 64 << 10
	text, _ := io.ReadAll(io.LimitReader(response.Body, most))
	e := new(Error)
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	isJSON := mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
	if !isJSON || json.Unmarshal(text, e) != nil || e.Message == "" {
		e.Message = fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))
	}
	e.Status = response.StatusCode
	if to, err := response.Location(); err == nil && e.Hint == "" {
		e.Hint = "the server has it at " + to.Redacted() + ", which is to be called instead"
	}
	return e
}

// A Listed routine is an entry of the list of all routines.
type Listed struct{ Name, Methods, Comment string }

// List returns the routines that may be called, as the server lists them.
func (t *Target) List(ctx context.Context) (list []Listed, err error) {
	r, err := t.request(ctx, http.MethodGet, "", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	if t.Schema != "" {
		r.Header.Set("Accept-Profile", t.Schema)
	}
	response, err := t.do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return nil, errors.New("the server has no list of routines at " + t.Base + "/")
	}
	return list, nil
}
