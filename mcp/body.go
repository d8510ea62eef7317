package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// bodies bound what the bodies of requests take of the memory. The library's own limits hold for
// the calls within them, and see nothing of what is around.
type bodies struct {
	most  int64 // of one, negative for any number
	all   int64 // at once, 0 for any number
	taken atomic.Int64
}

// errNoRoom is for a body that would have room if there were no others.
var errNoRoom = errors.New("the bodies of all requests take too much memory")

// maxBatch is how many messages a request may have, by the version of the protocol that knows
// batches: their responses wait in memory for each other.
const maxBatch = 100

var errLong = fmt.Errorf("a batch has at most %d messages", maxBatch)

// isLong reports whether a body is a batch of more messages.
func isLong(text []byte) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("[")) {
		return false
	}
	var batch []json.RawMessage
	return json.Unmarshal(text, &batch) == nil && len(batch) > maxBatch
}

// read reads the body of a request before the protocol does, so that the response of one that has
// no room is that of the API. If it fails that has been sent. release gives the memory back.
func (b *bodies) read(w http.ResponseWriter, r *http.Request) (release func(), ok bool) {
	most := b.most
	if b.all > 0 && (most < 0 || most > b.all) {
		most = b.all
	}
	body := r.Body
	if most >= 0 {
		body = http.MaxBytesReader(w, body, most)
	}
	counted := &countedBody{Reader: body, of: b}
	release = func() { b.taken.Add(-counted.taken) }
	var text []byte
	var err error = &http.MaxBytesError{Limit: most}
	if most < 0 || r.ContentLength <= most { // else the client need not send it
		text, err = io.ReadAll(counted)
	}
	if err == nil && isLong(text) {
		err = errLong
	}
	if err == nil {
		if _, wrong := parse(bytes.TrimSpace(text)); wrong != nil {
			release()
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			w.Write(responseTo(wrong)) // fails if the client has left
			return nil, false
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		return release, true
	}
	release()
	e := &moresql.Error{
		Status: http.StatusBadRequest, Message: "the body has not arrived as a whole", Public: true,
	}
	switch {
	case errors.Is(err, errNoRoom):
		e.Status, e.Message = http.StatusServiceUnavailable, err.Error()
		e.Header = http.Header{"Retry-After": {"1"}}
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Status, e.Message = http.StatusRequestTimeout, "the body has not arrived in time"
	case errors.Is(err, errLong):
		e.Status, e.Message = http.StatusRequestEntityTooLarge, err.Error()
	case errors.As(err, new(*http.MaxBytesError)):
		e.Status, e.Message = http.StatusRequestEntityTooLarge, "the body is too large"
	}
	rest.Fail(w, r, e)
	return nil, false
}

// A countedBody takes what has arrived from what bodies may have.
type countedBody struct {
	io.Reader
	of    *bodies
	taken int64
}

// Read implements io.Reader.
func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.of.all > 0 {
		c.taken += int64(n)
		if c.of.taken.Add(int64(n)) > c.of.all {
			return 0, errNoRoom
		}
	}
	return n, err
}
