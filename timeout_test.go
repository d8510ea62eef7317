package moresql_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/row"
)

// A plain ResponseWriter has no deadlines.
type plainWriter struct{ http.ResponseWriter }

// A body that comes in drips has the time of Timeout, or that of the server, and is answered then.
func TestTimeoutBoundsTheArrivalOfTheBody(t *testing.T) {
	for _, test := range []struct {
		reason string
		wrap   func(http.ResponseWriter) http.ResponseWriter
		limits moresql.Limits
		server time.Duration
	}{
		{reason: "Timeout", limits: moresql.Limits{Timeout: 200 * time.Millisecond}},
		{reason: "Timeout, without deadlines", limits: moresql.Limits{Timeout: 200 * time.Millisecond},
			wrap: func(w http.ResponseWriter) http.ResponseWriter { return plainWriter{w} }},
		{reason: "that of the server", server: 200 * time.Millisecond},
		{reason: "that of the server is shorter", server: 200 * time.Millisecond,
			limits: moresql.Limits{Timeout: time.Hour}},
	} {
		h := moresql.New(nil, quiet, test.limits).Handler("f", moresql.Fields("a"))
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if test.wrap != nil {
				w = test.wrap(w)
			}
			h.ServeHTTP(w, r)
		}))
		s.Config.ReadTimeout = test.server
		s.Start()
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
			"Content-Length: 1000\r\n\r\n{")
		stop := make(chan bool)
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					fmt.Fprint(conn, " ")
				}
			}
		}()
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		close(stop)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
		} else if response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%s: %d", test.reason, response.StatusCode)
		}
		conn.Close()
		s.Close()
	}
}

// Where the body has arrived, its deadline is nothing to the call, and to the next request on the
// connection.
func TestDeadlineOfTheBodyEndsWithIt(t *testing.T) {
	for _, test := range []struct{ timeout, server time.Duration }{
		{timeout: 400 * time.Millisecond},
		{timeout: 400 * time.Millisecond, server: 500 * time.Millisecond},
		{timeout: time.Hour, server: 300 * time.Millisecond},
	} {
		released := make(chan bool)
		db := blocked{returning("SELECT * FROM f($1)", cars()), nil, released}
		m := moresql.New(db, quiet, moresql.Limits{Timeout: test.timeout})
		handler := m.Handler("f", moresql.Fields("a"))
		time.AfterFunc(100*time.Millisecond, func() { close(released) })
		gone := make(chan error, 1)
		s := httptest.NewUnstartedServer(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				handler.ServeHTTP(w, r)
				time.Sleep(600 * time.Millisecond) // the program goes on
				gone <- r.Context().Err()
			}))
		s.Config.ReadTimeout = test.server
		s.Start()
		response, err := http.Post(s.URL, "application/json", strings.NewReader(`{"a":1}`))
		if err != nil || response.StatusCode != 200 {
			t.Fatal(response, err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err := <-gone; err != nil {
			t.Errorf("%+v: the client counts as gone: %v", test, err)
		}
		s.Close()
	}
}

// A client that takes its time lives as long as it takes something: Timeout is not for it. What the
// database takes after a slow block still counts.
func TestSlowButSteadyReaderLives(t *testing.T) {
	const block, blocks = 256 << 10, 40
	for _, stalls := range []bool{false, true} {
		db, expect := mock(t)
		rows := result("text")
		for range blocks {
			rows.AddRow(strings.Repeat("x", block))
		}
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(rows)
		limits := moresql.Limits{Timeout: time.Second, Write: 10 * time.Second}
		read := 0
		h := moresql.New(db, quiet, limits).Handler("f", moresql.Hooks{Row: func(*row.Row) error {
			if read++; stalls && read == blocks {
				time.Sleep(2 * time.Second) // as the database might
			}
			return nil
		}})
		s := httptest.NewUnstartedServer(h)
		s.Config.ConnState = func(c net.Conn, _ http.ConnState) {
			c.(*net.TCPConn).SetWriteBuffer(64 << 10)
		}
		s.Start()
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		begin := time.Now()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		n, failed := int64(0), error(nil)
		for failed == nil {
			var some int64
			some, failed = io.CopyN(io.Discard, response.Body, block)
			n += some
			time.Sleep(60 * time.Millisecond)
		}
		conn.Close()
		s.Close()
		took := time.Since(begin)
		if whole := failed == io.EOF && n > blocks*block; whole == stalls || took < 2*limits.Timeout {
			t.Errorf("the database stalls %v: %d bytes after %v, %v", stalls, n, took, failed)
		}
	}
}

// Without a limit of the program's, a block of a response has one by default, unless the server has
// one for whole responses.
func TestBlocksHaveADeadlineByDefault(t *testing.T) {
	for _, test := range []struct {
		limits moresql.Limits
		server *http.Server
		want   time.Duration
	}{
		{want: 30 * time.Second},
		{server: &http.Server{}, want: 30 * time.Second},
		{server: &http.Server{WriteTimeout: time.Minute}},
		{server: &http.Server{WriteTimeout: time.Minute}, limits: moresql.Limits{Write: time.Second},
			want: time.Second},
		{limits: moresql.Limits{Write: -1}},
	} {
		r := get("/")
		r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, test.server))
		w := &lastDeadline{ResponseWriter: httptest.NewRecorder()}
		rows := result("text", []any{strings.Repeat("x", 3000)})
		m := moresql.New(returning("SELECT * FROM f()", rows), test.limits)
		m.Handler("f").ServeHTTP(w, r)
		if w.got.Round(time.Second/2) != test.want {
			t.Errorf("%+v: a deadline in %v, want %v", test.limits, w.got, test.want)
		}
	}
}

// lastDeadline keeps how far away the last deadline was that is one.
type lastDeadline struct {
	http.ResponseWriter
	got time.Duration
}

func (w *lastDeadline) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() {
		w.got = time.Until(t)
	}
	return nil
}

// An events ResponseWriter notes in which order things happen to a response.
type events struct {
	http.ResponseWriter
	seen []string
}

func (w *events) note(what string) { w.seen = append(w.seen, what) }

func (w *events) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		w.note("no deadline")
	} else {
		w.note("deadline")
	}
	return nil
}

func (w *events) Write(p []byte) (int, error) {
	w.note("write")
	return w.ResponseWriter.Write(p)
}

func (w *events) FlushError() error {
	w.note("flush")
	return nil
}

// The client has the end of a response only after After, whatever that writes, and no deadline
// stays on the connection, where the next response may be another handler's. Small responses are
// left to net/http.
func TestResponseEndsAfterAfterAndLeavesNoDeadline(t *testing.T) {
	for _, test := range []struct {
		reason string
		bytes  int
		err    error
		want   string
	}{
		{reason: "a small response", bytes: 10, want: "write, After"},
		{
			reason: "one that net/http does not hold back whole", bytes: 3000,
			want: "deadline, write, After, deadline, flush, no deadline",
		},
		{
			reason: "one of several blocks", bytes: 20_000,
			want: "deadline, write, deadline, write, After, deadline, flush, no deadline",
		},
		{
			reason: "an error", err: errors.New("broken"),
			want: "After, deadline, write, deadline, flush, no deadline",
		},
	} {
		rows := result("text")
		for range test.bytes / 10 {
			rows.AddRow(strings.Repeat("x", 10))
		}
		db, expect := mock(t)
		query := expect.ExpectQuery("SELECT * FROM f()")
		if query.WillReturnRows(rows); test.err != nil {
			query.WillReturnError(test.err)
		}
		w := &events{ResponseWriter: httptest.NewRecorder()}
		moresql.New(db, quiet, moresql.Hooks{
			After: func(*http.Request, *moresql.Call, error) { w.note("After") },
		}).Handler("f").ServeHTTP(w, get("/"))
		if seen := strings.Join(w.seen, ", "); seen != test.want {
			t.Errorf("%s: %q, want %q", test.reason, seen, test.want)
		}
	}
}
