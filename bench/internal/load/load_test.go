package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestReadResponse(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, test := range []struct {
		name, in string
		status   int
		body     string
		err      string
	}{
		{"length", ok + "Content-Length: 5\r\n\r\nhello", 200, "hello", ""},
		{"case and space", ok + "content-length:5\r\nX: y\r\n\r\nhello", 200, "hello", ""},
		{"empty", ok + "Content-Length: 0\r\n\r\n", 200, "", ""},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", ""},
		{"no reason", "HTTP/1.1 404\r\nContent-Length: 1\r\n\r\n!", 404, "!", ""},
		{"chunks", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, world!!!\r\n0\r\n\r\n", 200, "hello, world!!!", ""},
		{"no chunks", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", ""},
		{"cut body", ok + "Content-Length: 5\r\n\r\nhell", 0, "", "unexpected EOF"},
		{"cut header", ok + "Content-Length: 5\r\n", 0, "", "EOF"},
		{"cut chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", 0, "", "unexpected EOF"},
		{"cut after a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0, "", "EOF"},
		{"long chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n0\r\n\r\n", 0, "", "after a chunk"},
		{"chunk size", ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 0, "", "chunk size"},
		{"until the end", ok + "\r\nhello", 0, "", "neither"},
		{"close", ok + "Connection: close\r\nContent-Length: 5\r\n\r\nhello", 0, "", "closes"},
		{"negative", ok + "Content-Length: -1\r\n\r\n", 0, "", "Content-Length"},
		{"no HTTP", "hello\r\n", 0, "", "status line"},
		{"nothing", "", 0, "", "EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := bufio.NewReader(strings.NewReader(test.in + strings.Repeat("next", 2)))
			if test.err != "" {
				r = bufio.NewReader(strings.NewReader(test.in))
			}
			status, body, err := readResponse(r, []byte("of the last answer"))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error = %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || status != test.status || string(body) != test.body {
				t.Errorf("%d %q, %v", status, body, err)
			}
			if rest, _ := io.ReadAll(r); string(rest) != "nextnext" {
				t.Errorf("left %q of the next answer", rest)
			}
		})
	}
}

// serve answers on a real server and returns its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

func TestRun(t *testing.T) {
	var posts, gets atomic.Int64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s", r.Header.Get("Content-Type"), body)
			return
		}
		gets.Add(1)
		io.WriteString(w, r.URL.Query().Get("q"))
		w.(http.Flusher).Flush() // in chunks
	})
	get, post := New("/?q=1", ""), New("/", "{}")
	get.Body, post.Body = []byte("1"), []byte("application/json {}")
	perSecond, err := Run(t.Context(), addr, 3, []Request{get, post}, 50*time.Millisecond)
	if err != nil || perSecond <= 0 || posts.Load() == 0 || gets.Load() == 0 {
		t.Errorf("%v a second, %v; %d and %d requests", perSecond, err, posts.Load(), gets.Load())
	}
	if body, err := Fetch(t.Context(), addr, get); err != nil || string(body) != "1" {
		t.Errorf("Fetch = %q, %v", body, err)
	}
}

func TestRunRefuses(t *testing.T) {
	var n atomic.Int64
	failing := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) > 10 {
			http.Error(w, "tired", http.StatusServiceUnavailable)
		}
	})
	if _, err := Run(t.Context(), failing, 2, []Request{New("/", "")}, time.Minute); err == nil || !strings.Contains(err.Error(), "503: tired") {
		t.Errorf("error = %v, want that of the status", err)
	}
	wrong := New("/", "")
	wrong.Body = []byte("right")
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "wrong") })
	if _, err := Run(t.Context(), other, 1, []Request{wrong}, time.Minute); err == nil || !strings.Contains(err.Error(), "want right") {
		t.Errorf("error = %v, want that of the body", err)
	}
}
