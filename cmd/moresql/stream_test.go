package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

// A stream is a database whose only statement returns, after a delay, rows of one block each. It
// runs in memory, so that synctest can let hours pass.
type stream struct {
	delay time.Duration
	rows  int
	block string
}

func (s stream) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s stream) Driver() driver.Driver                        { return nil }
func (s stream) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (s stream) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (s stream) Close() error                                 { return nil }

func (s stream) QueryContext(
	ctx context.Context, _ string, _ []driver.NamedValue,
) (driver.Rows, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(s.delay):
		return &streamRows{s}, nil
	}
}

type streamRows struct{ left stream }

func (r *streamRows) Columns() []string { return []string{"block"} }
func (r *streamRows) Close() error      { return nil }

func (r *streamRows) Next(dest []driver.Value) error {
	if r.left.rows == 0 {
		return io.EOF
	}
	r.left.rows--
	dest[0] = r.left.block
	return nil
}

// streamed runs a server that serves the stream as the command serves every procedure, until the
// end of f.
func streamed(t *testing.T, s stream, after moresql.Option, f func(p pipe, stop func() error)) {
	var h http.Handler
	served(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		h.ServeHTTP(w, r)
	}, func(p pipe, stop func() error) {
		db := sql.OpenDB(s)
		defer db.Close()
		o := options{limits: limits{timeout: 2 * time.Hour}}
		calls := o.calls(new(database.DB), slog.New(slog.DiscardHandler))
		h = moresql.New(db, calls...).Handler("stream", after)
		f(p, stop)
		stop()
	})
}

// A response may take longer than any limit of the server, before its first byte and between the
// others, as long as the client goes on reading.
func TestServeLetsLongResponsesFinish(t *testing.T) {
	const piece = 32 << 10
	s := stream{delay: time.Hour, rows: 100, block: strings.Repeat("x", piece)}
	for _, request := range []string{get, post} {
		var failed error
		after := moresql.Hooks{After: func(_ *http.Request, _ *moresql.Call, err error) { failed = err }}
		streamed(t, s, after, func(p pipe, stop func() error) {
			conn := p.send(request)
			defer conn.Close()
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Error(err)
				return
			}
			var body bytes.Buffer
			for err == nil {
				time.Sleep(writeTime / 3) // a block ends within two pieces; synctest takes no time
				_, err = io.CopyN(&body, res.Body, piece)
			}
			var rows []struct{ Block string }
			if jsonErr := json.Unmarshal(body.Bytes(), &rows); jsonErr != nil || err != io.EOF {
				t.Errorf("%d bytes, %v, %v", body.Len(), err, jsonErr)
			}
			if len(rows) != s.rows || failed != nil {
				t.Errorf("%d rows; the handler's error is %v", len(rows), failed)
			}
			for _, r := range rows {
				if r.Block != s.block {
					t.Fatalf("a row holds %d bytes", len(r.Block))
				}
			}
		})
	}
}

// A client that does not read is cut off, and frees its connection to the database.
func TestServeCutsAClientThatDoesNotRead(t *testing.T) {
	s := stream{rows: 1, block: strings.Repeat("x", 1<<20)}
	var start time.Time
	var took time.Duration
	var failed error
	after := moresql.Hooks{After: func(_ *http.Request, _ *moresql.Call, err error) {
		took, failed = time.Since(start), err
	}}
	streamed(t, s, after, func(p pipe, stop func() error) {
		start = time.Now()
		conn := p.send(get)
		defer conn.Close()
		time.Sleep(2 * writeTime)
	})
	if !errors.Is(failed, os.ErrDeadlineExceeded) || took != writeTime {
		t.Errorf("the handler's error is %v after %v", failed, took)
	}
}
