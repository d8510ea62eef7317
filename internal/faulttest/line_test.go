package faulttest

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moresql/moresql"
)

// A line connects a client to PostgreSQL: a server with one connection, through a proxy.
type line struct {
	proxy  *proxy
	db     *sql.DB
	server *httptest.Server
	failed atomic.Pointer[moresql.Error] // the latest

	way    cutWay
	number int // of the line
	admin  *sql.DB
}

// lastLine is the number of the last line.
var lastLine atomic.Int64

// name returns the application_name of the line's connections.
func (l *line) name() string { return fmt.Sprintf("line-%d", l.number) }

// deadlines are those of calls whose connection stalls. On a busy machine a call may reach the
// first before it meets the fault: it is then made again with the next.
var deadlines = [...]time.Duration{
	200 * time.Millisecond, time.Second, 5 * time.Second, time.Minute,
}

// hasty is the path of calls with a deadline.
func hasty(i int) string { return fmt.Sprint("hasty-", i) }

// newLine returns a line that ends with the test.
func newLine(t *testing.T, driver, uri string, admin *sql.DB, way cutWay) *line {
	t.Helper()
	l := &line{proxy: newProxy(t, uri), way: way, number: int(lastLine.Add(1)), admin: admin}
	l.db = openSure(t, driver, l.proxy.uri+"&application_name="+l.name())
	l.db.SetMaxOpenConns(1)
	seen := moresql.Hooks{Error: func(e *moresql.Error) { l.failed.Store(e) }}
	m := moresql.New(l.db, quiet, offered(), moresql.Fields("n"), seen).With(way.options...)
	mux := http.NewServeMux()
	if way.table != nil {
		way.table.serve(t, mux, m, admin)
	} else {
		mux.Handle("/patient", m.Handler("cut_rows"))
		for i, deadline := range deadlines {
			mux.Handle("/"+hasty(i), m.Handler("cut_rows", moresql.Limits{Timeout: deadline}))
		}
	}
	l.server = serveQuietly(t, mux)
	return l
}

// call requests a number of rows in a media type.
func (l *line) call(path string, rows int, accept string) (outcome, error) {
	url := l.server.URL + "/" + path
	request, err := http.NewRequest("GET", fmt.Sprintf("%s?n=%d", url, rows), nil)
	if l.way.table != nil {
		request, err = l.way.table.request(url, l.number, rows)
	}
	if err != nil {
		return outcome{}, err
	}
	request.Header.Set("Accept", accept)
	o, err := receive(l.server.Client(), request)
	// A client may have its response before the end of the transaction has been heard of: what is
	// cut next is to be of the next call.
	for l.db.Stats().InUse > 0 {
		runtime.Gosched()
	}
	return o, err
}

// ready makes a small call, after which the connection is open and has its prepared statements, and
// the rows of the line are as they were.
func (l *line) ready() error {
	if err := l.reset(); err != nil {
		return err
	}
	l.proxy.watch(nil)
	o, err := l.call("patient", 1, "application/json")
	if o.status == http.StatusServiceUnavailable { // the connection had been closed
		o, err = l.call("patient", 1, "application/json")
	}
	if err == nil && o.String() != "complete" {
		err = fmt.Errorf("a call without a fault: %v, %w", o, l.failed.Load())
	}
	return cmp.Or(err, l.reset())
}

// messages returns the messages of the server that the response to one call depends on: up to the
// end of its statement, or of COMMIT, and how many bytes come before that is known.
func (l *line) messages(rows int, last, accept string) (_ []message, uncommitted int, _ error) {
	if err := l.ready(); err != nil {
		return nil, 0, err
	}
	l.proxy.watch(nil)
	if o, err := l.call("patient", rows, accept); err != nil || o.String() != "complete" {
		return nil, 0, fmt.Errorf("without a fault: %v %v", o, err)
	}
	all, _ := l.proxy.seen()
	end := -1
	for i, m := range all { // the last one, as a connector may send a statement of its own before
		if m.kind == 'C' && m.text == last+"\x00" {
			end = i
		}
	}
	if end < 0 || end+1 >= len(all) {
		return nil, 0, fmt.Errorf("no %q among %d messages", last, len(all))
	}
	uncommitted = all[end-1].end
	if all[end+1].kind != 'Z' { // drivers/pgx sends more with COMMIT, whose success is known by then
		return all[:end+1], uncommitted, nil
	}
	return all[:end+2], uncommitted, nil
}

// suffer lets a call meet a fault.
func (l *line) suffer(f fault, rows int, accept string) (o outcome, err error) {
	paths := []string{"patient"}
	if f.kind == stalls {
		paths = nil
		for i := range deadlines {
			paths = append(paths, hasty(i))
		}
	}
	for _, path := range paths {
		if err := l.ready(); err != nil {
			return outcome{}, err
		}
		l.proxy.watch(&f)
		o, err = l.call(path, rows, accept)
		_, fired := l.proxy.seen()
		l.proxy.drop(false)
		if err != nil || fired {
			return o, err
		}
	}
	return o, fmt.Errorf("the fault did not happen: %v, %v", o, l.failed.Load())
}

// serveQuietly starts a server without a log, which ends with the test.
func serveQuietly(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(func() {
		server.Client().CloseIdleConnections()
		server.Close()
	})
	return server
}

// An outcome is what a client knows of a response.
type outcome struct {
	status   int
	complete bool // the response has ended properly
	retry    bool // it has a Retry-After
	bytes    int
}

// String returns complete, aborted, or the status of an error.
func (o outcome) String() string {
	switch {
	case !o.complete:
		return "aborted"
	case o.status < 300:
		return "complete"
	}
	return fmt.Sprint(o.status)
}

// receive sends a request and reads the response. A response that breaks off is an outcome, not an
// error.
func receive(client *http.Client, request *http.Request) (outcome, error) {
	response, err := client.Do(request)
	if err != nil {
		return outcome{}, err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return outcome{}, err
	}
	return outcome{status: response.StatusCode, complete: err == nil,
		retry: response.Header.Get("Retry-After") != "", bytes: int(n)}, nil
}

// A tally counts outcomes by their names.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (c *tally) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[name]++
}

func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []string
	for name, n := range c.of {
		parts = append(parts, fmt.Sprintf("%d %s", n, name))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
