package moresql_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
)

func ExampleMaxRows() {
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()), moresql.Limits{Rows: 1}, quiet)
	w := serve(m.Handler("get_cars"), ask("/", "X-Request-Id", "1"))
	fmt.Println(w.Code, w.Body)
	// Output: 500 {"title":"Internal Server Error","status":500,"message":"the result has more than the 1 rows that are allowed","hint":"ask for a part of it","request_id":"1"}
}

func ExampleMaxBytes() {
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()), moresql.Limits{Bytes: 10}, quiet)
	w := serve(m.Handler("get_cars"), ask("/", "X-Request-Id", "1"))
	fmt.Println(w.Code, w.Body)
	// Output: 500 {"title":"Internal Server Error","status":500,"message":"the answer has more than the 10 bytes that are allowed","hint":"ask for a part of it","request_id":"1"}
}

func ExampleTimeout() {
	db := blocked{answering("SELECT * FROM get_cars()", cars()), nil, nil}
	w := serve(moresql.New(db, moresql.Limits{Timeout: time.Millisecond}, quiet).Handler("get_cars"), ask("/"))
	fmt.Println(w.Code)
	// Output: 504
}

func ExampleWriteTimeout() {
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()), moresql.Limits{Write: 10 * time.Second})
	print(m.Handler("get_cars"), ask("/"))
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":4000},{"name":"DS","price":9000}]
}

func ExampleMaxConcurrent() {
	slow := moresql.Limits{Running: 4, Waiting: 100, Wait: time.Second} // one limit for all handlers that are given it
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()))
	print(m.Handler("get_cars", slow), ask("/"))
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":4000},{"name":"DS","price":9000}]
}

// blocked is a database that answers when it is let.
type blocked struct {
	*sql.DB
	asked chan<- bool
	let   <-chan bool
}

func (b blocked) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if b.asked != nil {
		b.asked <- true
	}
	select {
	case <-b.let:
		return b.DB.QueryContext(ctx, query, args...)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// While one call runs the next is refused; the limit is that of all handlers that have it, and room comes back.
func TestMaxConcurrent(t *testing.T) {
	db, expect := mock(t)
	asked, let := make(chan bool), make(chan bool)
	m := moresql.New(blocked{db, asked, let}, quiet, moresql.Limits{Running: 1, Wait: time.Minute})
	first, second := m.Handler("f"), m.Handler("f")
	for range 2 {
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	}
	answers := make(chan int)
	call := func(h http.Handler) { answers <- serve(h, ask("/")).Code }
	go call(first)
	<-asked // it has the room
	if w := serve(second, ask("/")); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "60" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	let <- true
	if code := <-answers; code != 200 {
		t.Errorf("the first: %d", code)
	}
	go call(second)
	<-asked
	let <- true
	if code := <-answers; code != 200 {
		t.Errorf("afterwards: %d", code)
	}
}

// The body can be read again after Execute, also when that had a time limit.
func TestTimeoutBody(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f($1)").WithArgs("1").WillReturnRows(cars())
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"a": 1}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	moresql.New(db, quiet, moresql.Limits{Timeout: time.Minute}).Execute(w, r, "f", moresql.Fields("a"))
	if body, err := io.ReadAll(r.Body); w.Code != 200 || string(body) != `{"a": 1}` || err != nil {
		t.Errorf("%d %q %v", w.Code, body, err)
	}
}

// A client that takes nothing is cut off, and the connection given back.
func TestWriteTimeout(t *testing.T) {
	leaktest.Check(t)
	db, expect := mock(t)
	rows := sqlmock.NewRows([]string{"text"})
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

// replica returns a database that is asked how far it is behind, and answers so many seconds, or fails.
func replica(t *testing.T, behind any, err error) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	db, expect, mockErr := sqlmock.New()
	if mockErr != nil {
		t.Fatal(mockErr)
	}
	t.Cleanup(func() {
		if err := expect.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	query := expect.ExpectQuery("pg_last_xact_replay_timestamp")
	if err != nil {
		query.WillReturnError(err)
	} else {
		query.WillReturnRows(sqlmock.NewRows([]string{"behind"}).AddRow(behind))
	}
	return db, expect
}

// A call that only reads goes to a replica that is there and near enough, and no other call does.
