package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Local has a handler in this process respond to requests, as a server would: the body of a
// response arrives while the handler writes it, and one that is aborted ends with an error. Closing
// the body of a response waits until the handler has returned.
type Local struct{ Handler http.Handler }

var _ http.RoundTripper = Local{}

// errCut is the error of a response that is not whole.
var errCut = errors.New("the result is cut off")

// ErrSets is the error of a body that has less than the procedure has returned, whose call has
// succeeded for the rest.
var ErrSets = errors.New("the procedure returns several result sets, of which this is one: " +
	"have it return one and no OUT parameters, or UNION them")

// RoundTrip implements http.RoundTripper.
func (l Local) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, w := io.Pipe()
	response := &localWriter{
		header: http.Header{}, body: w, began: make(chan struct{}), ended: make(chan struct{}),
	}
	go response.serve(l.Handler, r.WithContext(context.WithValue(r.Context(), writerKey{}, response)))
	<-response.began
	return &http.Response{
		Status: http.StatusText(response.status), StatusCode: response.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: response.sent, ContentLength: -1,
		Body: localBody{body, response.ended}, Request: r,
	}, nil
}

// A localWriter is the ResponseWriter of one request.
type localWriter struct {
	header, sent http.Header
	status       int
	body         *io.PipeWriter
	began, ended chan struct{}
	failed       error // as the handler sees it, nil if it does not say
	lacks        error // of a body that is not whole although the call has succeeded
}

type writerKey struct{}

// Explain says why the response to a request, which Local has made, is about to be aborted.
func Explain(r *http.Request, why error) {
	if w, ok := r.Context().Value(writerKey{}).(*localWriter); ok {
		w.failed = why
	}
}

// Lacks says what the response to a request, which Local has made, does not have. Its body ends
// with the error.
func Lacks(r *http.Request, what error) {
	if w, ok := r.Context().Value(writerKey{}).(*localWriter); ok {
		w.lacks = what
	}
}

// serve runs the handler. One that panics has aborted the response.
func (w *localWriter) serve(h http.Handler, r *http.Request) {
	defer close(w.ended)
	defer func() {
		err := recover()
		w.WriteHeader(http.StatusOK)
		if err != nil {
			w.body.CloseWithError(w.reason())
		} else {
			w.body.Close()
		}
	}()
	h.ServeHTTP(w, r)
	if w.lacks != nil {
		w.WriteHeader(http.StatusOK)
		w.body.CloseWithError(w.lacks)
	}
}

// reason returns the error of a response that is cut off.
func (w *localWriter) reason() error {
	if w.failed != nil {
		return fmt.Errorf("%w: %w", errCut, w.failed)
	}
	return errCut
}

func (w *localWriter) Header() http.Header { return w.header }

func (w *localWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
		close(w.began)
	}
}

func (w *localWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// A localBody is the body of a response.
type localBody struct {
	*io.PipeReader
	ended <-chan struct{}
}

func (b localBody) Close() error {
	b.PipeReader.Close()
	<-b.ended
	return nil
}
