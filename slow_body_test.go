package moresql_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/fakedb"
)

// stalled are requests whose bodies begin and never end.
var stalled = map[string]string{
	"JSON": "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
		"Content-Length: 7\r\n\r\n{\"x\"",
	"nothing of it": "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
		"Content-Length: 7\r\n\r\n",
	"HTTP/1.0": "POST / HTTP/1.0\r\nContent-Type: application/json\r\n" +
		"Content-Length: 7\r\n\r\n{\"x\"",
	"100-continue": "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
		"Content-Length: 7\r\nExpect: 100-continue\r\n\r\n",
	"a form": "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
		"Content-Length: 7\r\n\r\nx=1&",
	"an upload": "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n" +
		"Content-Length: 900000\r\n\r\n--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1",
	"chunks": "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n4\r\n{\"x\"\r\n",
}

// talk sends text to a server and returns all that it responds until it closes the connection.
func talk(t *testing.T, s *httptest.Server, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, text)
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	response, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("%q, %v", response, err)
	}
	return string(response)
}

// A client that stalls gets 408 (RFC 9110, 15.5.9), and its place among the concurrent calls is
// free again.
func TestStalledBodyIs408AndGivesItsPlaceBack(t *testing.T) {
	for reason, text := range stalled {
		t.Run(reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("SELECT * FROM f($1)").WithArgs("1").WillReturnRows(cars())
			limits := moresql.Limits{Running: 1, Timeout: 300 * time.Millisecond}
			h := moresql.New(db, quiet, limits).Handler("f", moresql.Fields("x"))
			s := httptest.NewServer(h)
			defer s.Close()
			response := talk(t, s, text)
			response = strings.TrimPrefix(response, "HTTP/1.1 100 Continue\r\n\r\n")
			if !strings.HasPrefix(response[min(9, len(response)):], "408 Request Timeout\r\n") ||
				!strings.Contains(response, "the body of the request has not arrived in time") {
				t.Errorf("%s", response)
			}
			if w := serve(h, get("/?x=1")); w.Code != 200 {
				t.Errorf("afterwards: %d %s", w.Code, w.Body)
			}
		})
	}
}

// A Resource that reads the body by itself is bounded like the others.
func TestStalledBodyOfAResourceOfTheProgramsOwn(t *testing.T) {
	m := moresql.New((&fakedb.DB{Can: fakedb.Modern}).Open(t), quiet,
		moresql.Limits{Timeout: 200 * time.Millisecond})
	s := httptest.NewServer(m.Serve(&traced{}))
	defer s.Close()
	if response := talk(t, s, stalled["JSON"]); !strings.Contains(response, " 408 ") {
		t.Error(response)
	}
}

// A deadline of the server that comes before that of the limits is kept.
func TestStalledBodyAtTheDeadlineOfTheServer(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Hour} {
		h := moresql.New(nil, quiet, moresql.Limits{Timeout: timeout}).
			Handler("f", moresql.Fields("x"))
		s := httptest.NewUnstartedServer(h)
		s.Config.ReadTimeout = 200 * time.Millisecond
		s.Start()
		if response := talk(t, s, stalled["JSON"]); !strings.Contains(response, " 408 ") {
			t.Errorf("Timeout %s: %s", timeout, response)
		}
		s.Close()
	}
}

// HTTP/2 has no deadline of the connection, but one of each stream.
func TestStalledBodyOfHTTP2(t *testing.T) {
	m := moresql.New(nil, quiet, moresql.Limits{Timeout: 200 * time.Millisecond})
	s := httptest.NewUnstartedServer(m.Handler("f", moresql.Fields("x")))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	body, stall := io.Pipe()
	defer stall.Close()
	go io.WriteString(stall, `{"x"`)
	response, err := s.Client().Post(s.URL, "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != http.StatusRequestTimeout {
		t.Errorf("%s %s", response.Proto, response.Status)
	}
}

// The deadline is for the body: when that has arrived, neither the call nor the next request on the
// connection is cut off by what is left of it.
func TestDeadlineOfTheBodyEndsWithIt(t *testing.T) {
	db, expect := mock(t)
	for range 2 {
		expect.ExpectQuery("SELECT * FROM f($1)").WithArgs("1").WillReturnRows(cars())
	}
	const timeout = 500 * time.Millisecond
	ended := make(chan error, 2)
	h := moresql.New(db, quiet, moresql.Limits{Timeout: timeout}, moresql.Hooks{
		After: func(r *http.Request, _ *moresql.Call, _ error) { ended <- r.Context().Err() },
	}).Handler("f", moresql.Fields("x"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		time.Sleep(timeout) // what the program does afterwards is not the library's
		if err := r.Context().Err(); err != nil {
			t.Errorf("the request ends with the deadline of its body: %v", err)
		}
	}))
	defer s.Close()
	post := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
		"Content-Length: 7\r\n%s\r\n{\"x\":1}"
	response := talk(t, s, fmt.Sprintf(post, "")+fmt.Sprintf(post, "Connection: close\r\n"))
	if strings.Count(response, "HTTP/1.1 200 OK") != 2 {
		t.Error(response)
	}
	for range 2 {
		if err := <-ended; err != nil && err != context.Canceled {
			t.Error(err)
		}
	}
}
