package response

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/moresql/moresql/encoder"
)

// A timed writer notes what is asked of the connection, in its order.
type timed struct {
	*httptest.ResponseRecorder
	seen []string
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.seen = append(w.seen, fmt.Sprint("deadline ", !t.IsZero()))
	return nil
}

func (w *timed) Write(p []byte) (int, error) {
	w.seen = append(w.seen, "write")
	return w.ResponseRecorder.Write(p)
}

func (w *timed) FlushError() error {
	w.seen = append(w.seen, "flush")
	return nil
}

// Each block has a deadline of its own, what net/http holds back falls under the last, and none is left for the connection's next answer.
func TestWriteTimeout(t *testing.T) {
	for _, test := range []struct {
		reason string
		rows   int
		limit  time.Duration
		seen   []string
	}{
		{"one block", 1, time.Minute, []string{"deadline true", "write", "flush", "deadline false"}},
		{"two blocks", 3_000, time.Minute, []string{"deadline true", "write", "deadline true", "write", "flush", "deadline false"}},
		{"no limit", 1, 0, []string{"write"}},
	} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		if err := (Reply{Encoder: encoder.JSON(), WriteTimeout: test.limit}).Send(w, getRequest(), numbers(t, test.rows)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(w.seen, test.seen) {
			t.Errorf("%s: %q, want %q", test.reason, w.seen, test.seen)
		}
	}
}
