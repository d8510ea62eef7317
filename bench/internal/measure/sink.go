package measure

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"
)

// A Sink is a ResponseWriter that counts bytes and discards them.
type Sink struct {
	Bytes  int64
	First  time.Time // time of the first Write
	status int
	header http.Header
}

// Header implements http.ResponseWriter.
func (s *Sink) Header() http.Header { return s.header }

// WriteHeader implements http.ResponseWriter.
func (s *Sink) WriteHeader(status int) { s.status = status }

// Write implements http.ResponseWriter.
func (s *Sink) Write(p []byte) (int, error) {
	if s.First.IsZero() {
		s.First = time.Now()
	}
	s.Bytes += int64(len(p))
	return len(p), nil
}

// A Response is the result of one request.
type Response struct {
	Started time.Time
	Took    time.Duration
	Sink
}

// Serve sends a GET to an endpoint and discards the body. A status other than 200 is an error, and
// so is an aborted response.
func Serve(
	ctx context.Context, serve func(http.ResponseWriter, *http.Request) error, target string,
) (r *Response, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			err = fmt.Errorf("the response was aborted after %d bytes", r.Bytes)
		} else if p != nil {
			panic(p)
		}
	}()
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	r = &Response{Sink: Sink{header: http.Header{}, status: http.StatusOK}}
	r.Started = time.Now()
	err = serve(&r.Sink, request)
	r.Took = time.Since(r.Started)
	if err == nil && r.status != http.StatusOK {
		err = fmt.Errorf("status %d", r.status)
	}
	return r, err
}
