package moresql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/moresql/moresql"
)

// A blocked database announces each query and runs it when it is released.
type blocked struct {
	*sql.DB
	arrived  chan<- bool // nil to announce nothing
	released <-chan bool
}

func (b blocked) QueryContext(ctx context.Context, s string, args ...any) (*sql.Rows, error) {
	if b.arrived != nil {
		b.arrived <- true
	}
	select {
	case <-b.released:
		return b.DB.QueryContext(ctx, s, args...)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// While one call runs the next is refused. The handlers of one MoreSQL share the limit, and the
// place is free again when the call has ended.
func TestRunningLimitIsSharedByTheHandlers(t *testing.T) {
	db, expect := mock(t)
	arrived, release := make(chan bool), make(chan bool)
	limits := moresql.Limits{Running: 1, Wait: time.Minute}
	m := moresql.New(blocked{db, arrived, release}, quiet, limits)
	first, second := m.Handler("f"), m.Handler("f")
	for range 2 {
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	}
	codes := make(chan int)
	call := func(h http.Handler) { codes <- serve(h, get("/")).Code }
	go call(first)
	<-arrived
	w := serve(second, get("/"))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "60" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	release <- true
	if code := <-codes; code != 200 {
		t.Errorf("the first call: %d", code)
	}
	go call(second)
	<-arrived
	release <- true
	if code := <-codes; code != 200 {
		t.Errorf("a call afterwards: %d", code)
	}
}

// A handler that is given a limit has it to itself, and one that lifts it has none.
func TestRunningLimitOfAHandlerIsItsOwn(t *testing.T) {
	db, expect := mock(t)
	expect.MatchExpectationsInOrder(false)
	arrived, release := make(chan bool), make(chan bool)
	m := moresql.New(blocked{db, arrived, release}, quiet, moresql.Limits{Running: 1})
	codes := make(chan int)
	handlers := []http.Handler{
		m.Handler("f"),
		m.Handler("f", moresql.Limits{Running: 1}),
		m.Handler("f", moresql.Limits{Running: -1}),
		m.With(moresql.Limits{Running: 1}).Handler("f"),
	}
	for _, h := range handlers {
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
		go func() { codes <- serve(h, get("/")).Code }()
		<-arrived
	}
	for range handlers {
		release <- true
		if code := <-codes; code != 200 {
			t.Errorf("%d", code)
		}
	}
}

// A field that is 0 leaves the limit that was set before, and a negative one lifts it.
func TestLimitsAreKeptOrLifted(t *testing.T) {
	for _, test := range []struct {
		reason string
		limits moresql.Limits
		status int
	}{
		{reason: "nothing is set", status: 500},
		{reason: "another limit is set", limits: moresql.Limits{Write: time.Minute}, status: 500},
		{reason: "rows are lifted, bytes are not", limits: moresql.Limits{Rows: -1}, status: 500},
		{reason: "both are lifted", limits: moresql.Limits{Rows: -1, Bytes: -1}, status: 200},
		{reason: "both are raised", limits: moresql.Limits{Rows: 2, Bytes: 1000}, status: 200},
	} {
		m := moresql.New(returning("SELECT * FROM f()", cars()), quiet,
			moresql.Limits{Rows: 1, Bytes: 10, Timeout: time.Minute})
		if w := serve(m.Handler("f", test.limits), get("/")); w.Code != test.status {
			t.Errorf("%s: %d %s", test.reason, w.Code, w.Body)
		}
	}
}

// A body that is said to be too long is refused before it is sent (RFC 9110, section 10.1.1).
func TestLongBodiesAreRefusedUnread(t *testing.T) {
	h := moresql.New(nil, moresql.Limits{Body: 10}).Handler("f", moresql.Fields("name"))
	server := httptest.NewServer(h)
	defer server.Close()
	client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	defer client.CloseIdleConnections()
	sent := iotest.ErrReader(errors.New("the server wants the body"))
	r, err := http.NewRequest("POST", server.URL, sent)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = 11
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusRequestEntityTooLarge || err != nil ||
		!strings.Contains(string(body), "the body is larger than 10 bytes") {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
}

// The body can be read again after Execute, also if the call has a time limit.
func TestExecuteWithTimeoutPutsTheBodyBack(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f($1)").WithArgs("1").WillReturnRows(cars())
	r, w := post("/", `{"a": 1}`), httptest.NewRecorder()
	m := moresql.New(db, quiet, moresql.Limits{Timeout: time.Minute})
	m.Execute(w, r, "f", moresql.Fields("a"))
	body, err := io.ReadAll(r.Body)
	if w.Code != 200 || string(body) != `{"a": 1}` || err != nil {
		t.Errorf("%d %q %v", w.Code, body, err)
	}
}

// A client that takes nothing is cut off, and the connection to the database is given back.
func TestSlowClientIsCutOff(t *testing.T) {
	db, expect := mock(t)
	rows := result("text")
	text := strings.Repeat("x", 1<<20)
	for range 64 {
		rows.AddRow(text)
	}
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(rows)
	ended := make(chan any, 1)
	h := moresql.New(db, quiet, moresql.Limits{Write: 50 * time.Millisecond}).Handler("f")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			ended <- p
			panic(p)
		}()
		h.ServeHTTP(w, r)
	}))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case p := <-ended:
		if p != http.ErrAbortHandler {
			t.Errorf("ended with %v", p)
		}
	case <-time.After(time.Minute):
		t.Fatal("it is still writing")
	}
}

func ExampleLimits() {
	m := moresql.New(returning("SELECT * FROM get_cars()", cars()), quiet, moresql.Limits{Rows: 1})
	show(m.Handler("get_cars"), get("/", "X-Request-Id", "1"))
	// Output:
	// 500 application/problem+json
	// {
	//   "title": "Internal Server Error",
	//   "status": 500,
	//   "message": "the result exceeds the limit of 1 rows",
	//   "hint": "request a part of the result",
	//   "request_id": "1"
	// }
}

func ExampleLimits_bytes() {
	m := moresql.New(returning("SELECT * FROM get_cars()", cars()), quiet, moresql.Limits{Bytes: 10})
	show(m.Handler("get_cars"), get("/", "X-Request-Id", "1"))
	// Output:
	// 500 application/problem+json
	// {
	//   "title": "Internal Server Error",
	//   "status": 500,
	//   "message": "the response exceeds the limit of 10 bytes",
	//   "hint": "request a part of the result",
	//   "request_id": "1"
	// }
}

func ExampleLimits_body() {
	h := moresql.New(nil, moresql.Limits{Body: 10}).Handler("f", moresql.Fields("name"))
	show(h, post("/", `{"name": "2CV"}`))
	// Output:
	// 413 application/problem+json
	// {
	//   "title": "Request Entity Too Large",
	//   "status": 413,
	//   "message": "the body is larger than 10 bytes"
	// }
}

// A query that takes longer is cancelled.
func ExampleLimits_timeout() {
	slow := blocked{DB: returning("SELECT * FROM get_cars()", cars())}
	m := moresql.New(slow, quiet, moresql.Limits{Timeout: time.Millisecond})
	fmt.Println(serve(m.Handler("get_cars"), get("/")).Code)
	// Output: 504
}

// Every block of the response has a deadline of its own, and none is left for the next response on
// the connection.
func ExampleLimits_write() {
	rows := result("text", []any{strings.Repeat("x", 3000)})
	m := moresql.New(returning("SELECT * FROM get_text()", rows),
		moresql.Limits{Write: 10 * time.Second})
	m.Handler("get_text").ServeHTTP(deadlines{httptest.NewRecorder()}, get("/"))
	// Output:
	// a deadline in 10s
	// 3013 bytes
	// a deadline in 10s
	// no deadline
}

// deadlines is a ResponseWriter that prints what happens on the connection.
type deadlines struct{ http.ResponseWriter }

func (deadlines) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		fmt.Println("no deadline")
	} else {
		fmt.Println("a deadline in", time.Until(t).Round(time.Second))
	}
	return nil
}

func (deadlines) Write(p []byte) (int, error) {
	fmt.Println(len(p), "bytes")
	return len(p), nil
}

// One call runs, one more waits for at most ten milliseconds, and others are refused at once.
func ExampleLimits_running() {
	arrived, release := make(chan bool), make(chan bool)
	db := blocked{returning("SELECT * FROM report()", cars()), arrived, release}
	m := moresql.New(db, quiet, moresql.Limits{Running: 1, Waiting: 1, Wait: 10 * time.Millisecond})
	h := m.Handler("report")
	first := make(chan int)
	go func() { first <- serve(h, get("/")).Code }()
	<-arrived
	w := serve(h, get("/"))
	fmt.Println("the second:", w.Code, "Retry-After:", w.Header().Get("Retry-After"))
	release <- true
	fmt.Println("the first:", <-first)
	// Output:
	// the second: 503 Retry-After: 1
	// the first: 200
}

// A negative number of calls that wait, and a negative wait, are without a limit.
func TestNegativeLimitsLiftTheQueue(t *testing.T) {
	db, expect := mock(t)
	arrived, release := make(chan bool), make(chan bool)
	limits := moresql.Limits{Running: 1, Waiting: -1, Wait: -1}
	h := moresql.New(blocked{db, arrived, release}, quiet, limits).Handler("f")
	const calls = 4
	codes := make(chan int)
	for range calls {
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
		go func() { codes <- serve(h, get("/")).Code }()
	}
	for range calls { // one after the other
		select {
		case <-arrived:
			release <- true
		case code := <-codes:
			t.Fatalf("%d while another call runs", code)
		}
		if code := <-codes; code != 200 {
			t.Errorf("%d", code)
		}
	}
}
