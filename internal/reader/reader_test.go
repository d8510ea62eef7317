package reader

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/moresql/moresql/internal/exec"
)

// TestNote has the next calls go elsewhere only if it is the replica that fails.
func TestNote(t *testing.T) {
	for _, test := range []struct {
		reason string
		err    error
		ready  bool
	}{
		{"the server goes down", &pq.Error{Code: "57P01"}, false},
		{"it comes up", fmt.Errorf("wrapped: %w", &pq.Error{Code: "57P03"}), false},
		{"the connection is lost", driver.ErrBadConn, false},
		{"in the middle of an answer", io.ErrUnexpectedEOF, false},
		{"the connection, as the server says", &pq.Error{Code: "08006"}, false},
		{"there is no connection", &exec.ConnectError{Err: errors.New("too many clients")}, false},
		{"a function that writes", &pq.Error{Code: "25006"}, true},
		{"replay is in the way of one query", &pq.Error{Code: "40001"}, true},
		{"a query takes too long", &pq.Error{Code: "57014"}, true},
		{"an encoder's own error", errors.New("no"), true},
	} {
		r := New(nil, time.Second)
		r.until, r.ready = time.Now().Add(time.Hour), true
		if r.Note(test.err); r.Ready(context.Background()) != test.ready {
			t.Errorf("%s: ready is %v", test.reason, !test.ready)
		}
	}
}
