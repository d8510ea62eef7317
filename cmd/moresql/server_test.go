package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/logs"
	"github.com/moresql/moresql/cmd/moresql/internal/network"
	"github.com/moresql/moresql/cmd/moresql/internal/sample"
)

// A pipe is a listener in memory, so that synctest can control the time.
type pipe struct {
	conns chan net.Conn
	close func()
}

func newPipe() pipe {
	p := pipe{conns: make(chan net.Conn)}
	p.close = sync.OnceFunc(func() { close(p.conns) })
	return p
}

func (p pipe) Accept() (net.Conn, error) {
	if conn, ok := <-p.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipe) Close() error   { p.close(); return nil }
func (p pipe) Addr() net.Addr { return &net.TCPAddr{} }

// send sends a request and returns the connection that the response comes from.
func (p pipe) send(request string) net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	io.WriteString(client, request)
	return client
}

const (
	get  = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
)

// served runs a handler in a server like the command's until f returns.
func served(t *testing.T, h http.HandlerFunc, f func(p pipe, stop func() error)) {
	synctest.Test(t, func(t *testing.T) {
		p, log := newPipe(), slog.New(slog.DiscardHandler)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			s := &service{log: log, listeners: network.Listeners{p}}
			s.current.Store(&generation{
				options: options{Network: network.Network{Grace: 10 * time.Second}},
				handler: new(logs.Logging).Observed(new(logs.Logging).RequestLog(io.Discard), nil, h),
			})
			ended <- s.serve(ctx)
		}()
		stop := sync.OnceValue(func() error { cancel(); return <-ended })
		defer stop()
		f(p, stop)
	})
}

func TestServeCutsRequestsAfterTheGracePeriod(t *testing.T) {
	served(t, func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}, func(p pipe, stop func() error) {
		defer p.send(get).Close()
		synctest.Wait()
		start := time.Now()
		if err := stop(); err == nil || time.Since(start) != 10*time.Second {
			t.Errorf("serve = %v after %v", err, time.Since(start))
		}
	})
}

// Who has connected before the server takes no more connections gets a response, also by a request
// that comes later: a socket of systemd has taken such clients from the next process.
func TestServeRespondsToThoseWhoHaveConnected(t *testing.T) {
	served(t, func(http.ResponseWriter, *http.Request) {}, func(p pipe, stop func() error) {
		client, server := net.Pipe()
		defer client.Close()
		p.conns <- server
		synctest.Wait()
		ended := make(chan error)
		go func() { ended <- stop() }()
		synctest.Wait()
		io.WriteString(client, get)
		res, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil || res.StatusCode != 200 || !res.Close {
			t.Errorf("%v, %v", res, err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestLoggedWritesOneLineForEachRequest(t *testing.T) {
	for _, test := range []struct {
		reason  string
		handler http.HandlerFunc
		want    string
		panics  bool
	}{
		{
			reason:  "no response",
			handler: func(http.ResponseWriter, *http.Request) {},
			want:    "status=200 bytes=0",
		},
		{
			reason:  "a status",
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
			want:    "status=204 bytes=0",
		},
		{
			reason: "the first final status",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(103)
				w.WriteHeader(404)
				w.WriteHeader(200)
			},
			want: "status=404 bytes=0",
		},
		{
			reason: "a body",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "It ")
				io.WriteString(w, "works.")
			},
			want: "status=200 bytes=9",
		},
		{
			reason: "an abort",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "It")
				panic(http.ErrAbortHandler)
			},
			want:   "status=200 bytes=2",
			panics: true,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var log bytes.Buffer
			defer func() {
				if p := recover(); p != nil && p != http.ErrAbortHandler || (p != nil) != test.panics {
					t.Errorf("panic: %v", p)
				}
				want := "level=INFO msg=request method=GET path=/cars " + test.want + " duration="
				got := log.String()
				if strings.Count(got, "\n") != 1 || !strings.Contains(got, want) {
					t.Errorf("got %s, want %s", got, want)
				}
				if strings.Contains(got, "aborted=true") != test.panics {
					t.Errorf("got %s, want aborted to be %v", got, test.panics)
				}
			}()
			l := &logs.Logging{Sample: 1}
			h := l.Observed(l.RequestLog(&log), nil, test.handler)
			r := httptest.NewRequest("GET", "/cars?password=x", nil)
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

func Example_curl() {
	for _, r := range sample.Routes[2:5] {
		fmt.Println(strings.ReplaceAll(r.Curl("http://localhost:8080", 4), " '", " \\\n  '"))
	}
	// Output:
	// curl -X POST -H \
	//   'Content-Type: application/json' -d \
	//   '{"name": "Lancia", "model": "Fulvia", "doors": 2}' \
	//   'http://localhost:8080/cars'
	// curl \
	//   'http://localhost:8080/cars/4'
	// curl -X PUT -H \
	//   'Content-Type: application/json' -d \
	//   '{"name": "Lancia", "model": "Flavia", "doors": 4}' \
	//   'http://localhost:8080/cars/4'
}
