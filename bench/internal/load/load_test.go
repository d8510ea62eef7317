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

func TestReadResponseEndsWhereTheResponseEnds(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, test := range []struct {
		name, in string
		status   int
		body     string
		err      string
	}{
		{name: "length", in: ok + "Content-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
		{
			name: "case and space", in: ok + "content-length:5\r\nX: y\r\n\r\nhello", status: 200,
			body: "hello",
		},
		{name: "empty", in: ok + "Content-Length: 0\r\n\r\n", status: 200},
		{name: "no content", in: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
		{name: "no reason", in: "HTTP/1.1 404\r\nContent-Length: 1\r\n\r\n!", status: 404, body: "!"},
		{
			name:   "chunks",
			in:     ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, world!!!\r\n0\r\n\r\n",
			status: 200, body: "hello, world!!!",
		},
		{name: "no chunks", in: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200},
		{name: "cut body", in: ok + "Content-Length: 5\r\n\r\nhell", err: "unexpected EOF"},
		{name: "cut header", in: ok + "Content-Length: 5\r\n", err: "EOF"},
		{name: "cut chunk", in: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", err: "unexpected EOF"},
		{
			name: "cut after a chunk", in: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
			err: "EOF",
		},
		{
			name: "long chunk", in: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n0\r\n\r\n",
			err: "after a chunk",
		},
		{name: "chunk size", in: ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n", err: "chunk size"},
		{name: "until the end", in: ok + "\r\nhello", err: "neither"},
		{name: "close", in: ok + "Connection: close\r\nContent-Length: 5\r\n\r\nhello", err: "closes"},
		{name: "negative", in: ok + "Content-Length: -1\r\n\r\n", err: "Content-Length"},
		{name: "no HTTP", in: "hello\r\n", err: "status line"},
		{name: "nothing", err: "EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := bufio.NewReader(strings.NewReader(test.in + strings.Repeat("next", 2)))
			if test.err != "" {
				r = bufio.NewReader(strings.NewReader(test.in))
			}
			status, body, err := readResponse(r, []byte("of the previous response"))
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
				t.Errorf("left %q of the next response", rest)
			}
		})
	}
}

// serve runs a handler on a real server and returns its address.
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

func TestRunSendsEveryRequest(t *testing.T) {
	var posts, gets atomic.Int64
	addr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if r.Header.Get("X-Name")+r.Header.Get("X-Other") != "valueone" {
				http.Error(w, "header", http.StatusBadRequest)
			}
			posts.Add(1)
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s", r.Header.Get("Content-Type"), body)
			return
		}
		gets.Add(1)
		io.WriteString(w, r.URL.Query().Get("q"))
		w.(http.Flusher).Flush() // makes the response chunked
	})
	get, post := New("/?q=1", ""), New("/", "{}", "X-Name: value", "X-Other: one")
	get.Body, post.Body = []byte("1"), []byte("application/json {}")
	perSecond, err := Run(t.Context(), addr, 3, []Request{get, post}, 50*time.Millisecond)
	if err != nil || perSecond <= 0 || posts.Load() == 0 || gets.Load() == 0 {
		t.Errorf("%v a second, %v; %d and %d requests", perSecond, err, posts.Load(), gets.Load())
	}
	if body, err := Fetch(t.Context(), addr, get); err != nil || string(body) != "1" {
		t.Errorf("Fetch = %q, %v", body, err)
	}
}

func TestRunFailsForAWrongResponse(t *testing.T) {
	var n atomic.Int64
	failing := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) > 10 {
			http.Error(w, "tired", http.StatusServiceUnavailable)
		}
	})
	_, err := Run(t.Context(), failing, 2, []Request{New("/", "")}, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "503: tired") {
		t.Errorf("error = %v, want one about the status", err)
	}
	wrong := New("/", "")
	wrong.Body = []byte("right")
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "wrong") })
	_, err = Run(t.Context(), other, 1, []Request{wrong}, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "want right") {
		t.Errorf("error = %v, want one about the body", err)
	}
}
