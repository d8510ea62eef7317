package limit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A connection notes the deadlines that it is given.
type connection struct {
	http.ResponseWriter
	deadlines []time.Time
}

func (c *connection) SetReadDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

// A failing body has some bytes and then an error.
type failing struct {
	io.Reader
	err error
}

func (f failing) Read(p []byte) (n int, err error) {
	if n, err = f.Reader.Read(p); err == io.EOF {
		err = f.err
	}
	return n, err
}

func TestBodyHasTheDeadlineOfItsContext(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	limited, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	broken := errors.New("broken")
	for _, test := range []struct {
		reason string
		ctx    context.Context
		err    error
		want   []time.Time
	}{
		{reason: "it ends", ctx: limited, err: io.EOF, want: []time.Time{deadline, {}}},
		{reason: "it breaks off", ctx: limited, err: broken, want: []time.Time{deadline, {}}},
		{reason: "it stalls", ctx: limited, err: os.ErrDeadlineExceeded, want: []time.Time{deadline}},
		{reason: "no deadline", ctx: t.Context(), err: io.EOF},
	} {
		c := &connection{}
		r := httptest.NewRequest(http.MethodPost, "/", failing{strings.NewReader("body"), test.err})
		b := Body(c, r.WithContext(test.ctx), 10)
		text, err := io.ReadAll(b)
		if _, again := b.Read(make([]byte, 1)); again == nil {
			t.Errorf("%s: no error of a Read after the end", test.reason)
		}
		if string(text) != "body" || !slices.Equal(c.deadlines, test.want) {
			t.Errorf("%s: %q, %v, want %v", test.reason, text, c.deadlines, test.want)
		}
		if test.err != io.EOF && !errors.Is(err, test.err) {
			t.Errorf("%s: %v", test.reason, err)
		}
		if errors.As(err, new(*SlowBodyError)) != (test.err == os.ErrDeadlineExceeded) {
			t.Errorf("%s: %T", test.reason, err)
		}
	}
}

func TestBodyHasASize(t *testing.T) {
	for most, fails := range map[int64]bool{3: true, 4: false, -1: false} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body"))
		_, err := io.ReadAll(Body(httptest.NewRecorder(), r, most))
		if errors.As(err, new(*http.MaxBytesError)) != fails {
			t.Errorf("%d: %v", most, err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if b := Body(nil, r, 1); b != http.NoBody {
		t.Errorf("no body has become a %T", b)
	}
}
