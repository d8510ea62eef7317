package mcp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/mcp"
)

// ping returns a request of the protocol that has a number of bytes.
func ping(size int) string {
	const begin, end = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"x":"`, `"}}}`
	return begin + strings.Repeat("x", size-len(begin+end)) + end
}

func TestBodiesAreBounded(t *testing.T) {
	m, _ := open(t, nil)
	cat := catalog.OfRelations(nil, numbered(1)...)
	for _, test := range []struct {
		reason  string
		options mcp.Options
		size    int
		status  int
	}{
		{"the default", mcp.Options{}, 1 << 20, 200},
		{"more than that", mcp.Options{}, 1<<20 + 1, 413},
		{"a limit", mcp.Options{MaxBody: 1000}, 1000, 200},
		{"more than that", mcp.Options{MaxBody: 1000}, 1001, 413},
		{"none", mcp.Options{MaxBody: -1}, 5 << 20, 200},
		{"one that never has room", mcp.Options{Memory: 1000}, 1001, 413},
	} {
		w := post(t, mcp.New(m, cat, test.options), ping(test.size))
		if w.Code != test.status {
			t.Errorf("%s: %d %.200s", test.reason, w.Code, w.Body)
		}
	}
	for size, status := range map[int]int{2: 200, 100: 200, 101: 413, 10_000: 413} {
		var calls []string
		for i := range size {
			calls = append(calls, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"ping"}`, i))
		}
		w := post(t, mcp.New(m, cat, mcp.Options{}), " ["+strings.Join(calls, ",")+"]",
			"Mcp-Protocol-Version", "2025-03-26")
		if w.Code != status {
			t.Errorf("%d at once: %d %.200s", size, w.Code, w.Body)
		}
	}
}

// A slowBody is that of a client that sends a part, and the rest when it is told to.
type slowBody struct {
	first, rest io.Reader
	came        chan bool // closed when the first part has been taken
	more        chan bool
}

func (b *slowBody) Read(p []byte) (int, error) {
	if n, err := b.first.Read(p); err == nil {
		return n, nil
	}
	if b.came != nil {
		close(b.came)
		b.came = nil
		<-b.more
	}
	return b.rest.Read(p)
}

// A body whose connection has a deadline comes in time, or is refused as that of a call is.
func TestBodyThatDoesNotComeIsRefused(t *testing.T) {
	m, _ := open(t, nil)
	s := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{MaxBody: 1000})
	for _, test := range []struct {
		reason string
		length int64 // as the client announces it
		err    error
		status int
	}{
		{"too late", -1, os.ErrDeadlineExceeded, 408},
		{"cut", -1, io.ErrUnexpectedEOF, 400},
		{"announced as too long, and so not read", 1001, os.ErrDeadlineExceeded, 413},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp",
			iotest.ErrReader(test.err))
		r.ContentLength = test.length
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != test.status {
			t.Errorf("%s: %d %s", test.reason, w.Code, w.Body)
		}
	}
}

// What one client has sent is in memory until it is served, and others have no room.
func TestBodiesAtOnceAreBounded(t *testing.T) {
	m, _ := open(t, nil)
	s := mcp.New(m, catalog.OfRelations(nil, numbered(1)...), mcp.Options{Memory: 1000})
	text := ping(800)
	came, more := make(chan bool), make(chan bool)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp",
		&slowBody{strings.NewReader(text[:600]), strings.NewReader(text[600:]), came, more})
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	w, ended := httptest.NewRecorder(), make(chan bool)
	go func() {
		defer close(ended)
		s.ServeHTTP(w, r)
	}()
	<-came
	if w := post(t, s, ping(300)); w.Code != 200 {
		t.Errorf("one that has room: %d %s", w.Code, w.Body)
	}
	if w := post(t, s, ping(500)); w.Code != http.StatusServiceUnavailable ||
		w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"status":503`) {
		t.Errorf("one that has none: %d %v %s", w.Code, w.Header(), w.Body)
	}
	close(more)
	<-ended
	if w.Code != 200 {
		t.Errorf("the slow one: %d %s", w.Code, w.Body)
	}
	if w := post(t, s, ping(500)); w.Code != 200 {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

// A result is in memory as a whole, so that one that is too large is none.
func TestResultsAreBounded(t *testing.T) {
	const statement = `SELECT * FROM "api"."f"()`
	cat := catalog.OfRelations(nil,
		function("f", catalog.Volatile, catalog.Result{Type: integer, Set: true}))
	m, _ := open(t, map[string]fakedb.Result{
		statement: {Sets: []fakedb.Set{fakedb.Ints(1, 700_000)}},
	})
	for _, test := range []struct {
		reason  string
		options mcp.Options
		failed  bool
	}{
		{"few rows", mcp.Options{}, false},
		{"as many as there are", mcp.Options{MaxRows: 700_000}, true},
		{"a limit", mcp.Options{MaxBytes: 100}, true},
		{"as many rows as have room", mcp.Options{MaxBytes: 100, MaxRows: 3}, false},
		{"as many as there are, in much memory",
			mcp.Options{MaxRows: 700_000, MaxBytes: 100 << 20}, false},
	} {
		text, failed := call(t, connect(t, mcp.New(m, cat, test.options)), "f", "{}")
		if failed != test.failed || failed && !strings.Contains(text, "bytes") {
			t.Errorf("%s: %.300s", test.reason, text)
		}
	}
}

// So do what is said of the tools, of which a short request may want much.
func TestTextsOfOneRequestAreBoundedTogether(t *testing.T) {
	m, _ := open(t, nil)
	server := mcp.New(m, catalog.OfRelations(nil, numbered(50)...), mcp.Options{MaxBytes: 50_000})
	for _, params := range []string{
		`"resources/read","params":{"uri":"moresql://catalog"}`,
		`"tools/call","params":{"name":"search_tools","arguments":{"query":"sheep","limit":40}}`,
	} {
		one := func(id int) string {
			return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%s}`, id, params)
		}
		messages := []string{}
		for i := range 50 {
			messages = append(messages, one(i))
		}
		w := post(t, server, "["+strings.Join(messages, ",")+"]", "Mcp-Protocol-Version", "2025-03-26")
		refused := strings.Count(w.Body.String(), "exceed the limit of 50000 bytes")
		if w.Code != 200 || refused == 0 || refused == 50 || w.Body.Len() > 200_000 {
			t.Errorf("%s: %d, %d of 50 refused, %d bytes", params, w.Code, refused, w.Body.Len())
		}
		if w := post(t, server, one(1)); !strings.Contains(w.Body.String(), "sheep") {
			t.Errorf("by itself: %d %s", w.Code, w.Body)
		}
	}
}

// Results of one request wait in memory for each other.
func TestResultsOfOneRequestAreBoundedTogether(t *testing.T) {
	cat := catalog.OfRelations(nil,
		function("f", catalog.Volatile, catalog.Result{Type: integer, Set: true}))
	m, _ := open(t, map[string]fakedb.Result{
		`SELECT * FROM "api"."f"()`: {Sets: []fakedb.Set{fakedb.Ints(1, 20)}},
	})
	const one = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"f","arguments":{}}}`
	calls := []string{}
	for i := range 5 {
		calls = append(calls, strings.Replace(one, `"id":1`, fmt.Sprintf(`"id":%d`, i), 1))
	}
	server := mcp.New(m, cat, mcp.Options{MaxBytes: 100}) // a result has 61
	w := post(t, server, "["+strings.Join(calls, ",")+"]", "Mcp-Protocol-Version", "2025-03-26")
	text := w.Body.String()
	if w.Code != 200 || strings.Count(text, `"structuredContent"`) != 1 ||
		strings.Count(text, "exceed the limit of 100 bytes") != 4 {
		t.Errorf("%d %s", w.Code, text)
	}
	for range 2 {
		if w := post(t, server, one); !strings.Contains(w.Body.String(), `"structuredContent"`) {
			t.Errorf("by itself: %d %s", w.Code, w.Body)
		}
	}
}
