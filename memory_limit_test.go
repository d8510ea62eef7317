package moresql_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
)

// Bodies that do not all have room in the limit are refused, whichever handler of one MoreSQL reads
// them, and what a request has held is free when it ends.
func TestMemoryLimitIsSharedByTheHandlers(t *testing.T) {
	const clients, size, room = 10, 100 << 10, 4
	db, expect := mock(t)
	expect.MatchExpectationsInOrder(false)
	arrived, release := make(chan bool), make(chan bool)
	m := moresql.New(blocked{db, arrived, release}, quiet, moresql.Limits{Memory: room*size + size/2})
	handlers := []http.Handler{
		m.Handler("f", moresql.Fields("v")), m.With(moresql.Atomic()).Handler("f", moresql.Fields("v")),
	}
	body := `{"v": "` + strings.Repeat("x", size-len(`{"v": ""}`)) + `"}`
	for range 2 * room {
		expect.ExpectQuery("SELECT * FROM f($1)").WillReturnRows(cars())
	}
	for round := range 2 {
		responses := make(chan *httptest.ResponseRecorder)
		for range room {
			go func() { responses <- serve(handlers[0], post("/", body)) }()
			<-arrived
		}
		for i := range clients - room {
			refused := make(chan *httptest.ResponseRecorder)
			go func() { refused <- serve(handlers[i%2], post("/", body)) }()
			var w *httptest.ResponseRecorder
			select {
			case w = <-refused:
			case <-arrived:
				t.Fatalf("round %d: a body over the limit is held", round)
			}
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
				t.Errorf("round %d, over the limit: %d %v %s", round, w.Code, w.Header(), w.Body)
			}
		}
		for range room {
			release <- true
			if w := <-responses; w.Code != http.StatusOK {
				t.Errorf("round %d, below the limit: %d %s", round, w.Code, w.Body)
			}
		}
	}
	w := serve(handlers[0], post("/", strings.Repeat(body, room+1)))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that never has room: %d %s", w.Code, w.Body)
	}
}

// A stalled client takes what is sent when it is told to.
type stalled struct {
	*httptest.ResponseRecorder
	arrived chan<- bool
	release <-chan bool
}

func (s stalled) Write(p []byte) (int, error) {
	s.arrived <- true
	<-s.release
	return s.ResponseRecorder.Write(p)
}

// While a slow client has a large row, there is no memory for another, but for small rows and for
// bodies.
func TestMemoryLimitHoldsLargeRows(t *testing.T) {
	const size = 200 << 10
	db, expect := mock(t)
	expect.MatchExpectationsInOrder(false)
	m := moresql.New(db, quiet, moresql.Limits{Memory: size + size/2})
	for i := range 3 {
		expect.ExpectQuery("SELECT * FROM large()").
			WillReturnRows(result("a", []any{strings.Repeat("x", size)}, []any{i}))
	}
	expect.ExpectQuery("SELECT * FROM small($1)").WillReturnRows(cars())
	large, small := m.Handler("large"), m.Handler("small", moresql.Fields("v"))
	arrived, release, done := make(chan bool), make(chan bool), make(chan bool)
	slow := stalled{httptest.NewRecorder(), arrived, release}
	go func() {
		large.ServeHTTP(slow, get("/"))
		close(done)
	}()
	<-arrived
	if w := serve(large, get("/")); w.Code != 503 || w.Header().Get("Retry-After") != "" {
		t.Errorf("another large row: %d %v", w.Code, w.Header())
	}
	body := `{"v": "` + strings.Repeat("x", size) + `"}`
	if w := serve(small, post("/", body)); w.Code != 200 {
		t.Errorf("a large body: %d %s", w.Code, w.Body)
	}
	for waits := true; waits; {
		select {
		case release <- true:
		case <-arrived:
		case <-done:
			waits = false
		}
	}
	if w := serve(large, get("/")); w.Code != 200 || w.Body.Len() < size {
		t.Errorf("afterwards: %d", w.Code)
	}
	expect.ExpectQuery("SELECT * FROM large()").
		WillReturnRows(result("a", []any{strings.Repeat("x", 2*size)}))
	w := serve(large, get("/"))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "a row exceeds the limit of 307200 bytes") {
		t.Errorf("a row that never has room: %d %s", w.Code, w.Body)
	}
}

// A value that is larger than a response may be is refused as one that has not begun, and nothing
// of it is made.
func TestValueOverTheLimitIsRefusedBeforeItIsWritten(t *testing.T) {
	db, expect := mock(t)
	m := moresql.New(db, quiet, moresql.Limits{Bytes: 1 << 20}, moresql.Encoders(
		encoder.JSON(), encoder.NDJSON(), encoder.CSV(), encoder.HTML(), encoder.Text()))
	h := m.Handler("f")
	value := strings.Repeat("x", 1<<20)
	for _, accept := range []string{
		"application/json", "application/x-ndjson", "text/csv", "text/html", "text/plain",
	} {
		for rest, want := range map[string]int{value[:1000]: 200, value + "xx": 500} {
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(result("a", []any{rest}))
			w := serve(h, get("/", "Accept", accept))
			if w.Code != want || want == 500 && w.Body.Len() > 4000 { // a page
				t.Errorf("%s, %d bytes: %d, %d bytes", accept, len(rest), w.Code, w.Body.Len())
			}
		}
	}
}
