package events_test

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/rest/events"
)

// A fakeDatabase is a database whose connection can be lost.
type fakeDatabase struct {
	sent chan [2]string // the channel and the payload, "" for a connection that is lost
	made bool           // a connection that is not yet in use
	up   chan struct{}  // gets a value when a connection comes into use
}

func newFake() *fakeDatabase {
	return &fakeDatabase{sent: make(chan [2]string), up: make(chan struct{}, 100)}
}

func (f *fakeDatabase) listen(context.Context, []string) (events.Listener, error) {
	f.made = true
	return f, nil
}

func (f *fakeDatabase) Wait(ctx context.Context) (channel, payload string, err error) {
	if f.made {
		f.made = false
		f.up <- struct{}{}
	}
	select {
	case n := <-f.sent:
		if n[0] == "" {
			return "", "", errors.New("connection reset by peer")
		}
		return n[0], n[1], nil
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}

func (f *fakeDatabase) Close() error { return nil }

func (f *fakeDatabase) notify(channel string, payloads ...string) {
	for _, payload := range payloads {
		f.sent <- [2]string{channel, payload}
	}
}

// serve runs a Hub, and serves it until the test ends.
func serve(t *testing.T, o events.Options) (*fakeDatabase, *httptest.Server) {
	t.Helper()
	leaktest.Check(t)
	if o.Channels == nil {
		o.Channels = []events.Channel{{Name: "films"}}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	f := newFake()
	hub := events.New(f.listen, o)
	mux := http.NewServeMux()
	mux.Handle("/events/{channel}", hub)
	server := httptest.NewUnstartedServer(mux)
	server.Config.ReadTimeout = time.Second // which is for requests
	server.Config.IdleTimeout = time.Minute
	server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- hub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ends with %v", err)
		}
		server.Close() // waits for the streams, which end with Run
		if n := hub.Following(); n != 0 {
			t.Errorf("%d subscribers are left", n)
		}
	})
	<-f.up
	return f, server
}

// A subscriber reads a stream.
type subscriber struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Reader
	last  string // the ID of the last event
}

// follow opens a stream, and reads the ID that it begins with.
func follow(t *testing.T, server *httptest.Server, channel, last string) *subscriber {
	t.Helper()
	request, err := http.NewRequest("GET", server.URL+"/events/"+channel, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %v", response.Status, response.Header)
	}
	return &subscriber{t: t, body: response.Body, lines: bufio.NewReader(response.Body)}
}

// next returns the next block that has anything but an ID, without that, which is kept.
func (s *subscriber) next() string {
	s.t.Helper()
	var block strings.Builder
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return err.Error()
		}
		switch {
		case line != "\n":
			if id, ok := strings.CutPrefix(line, "id: "); ok {
				s.last = strings.TrimSpace(id)
			} else {
				block.WriteString(line)
			}
		case block.Len() > 0:
			return block.String()
		}
	}
}

func (s *subscriber) expect(blocks ...string) {
	s.t.Helper()
	for _, want := range blocks {
		if got := s.next(); got != want {
			s.t.Fatalf("got %.80q, want %.80q", got, want)
		}
	}
}

func TestEventsArriveAsTheyAreSent(t *testing.T) {
	f, server := serve(t, events.Options{})
	a, b := follow(t, server, "films", ""), follow(t, server, "films", "")
	f.notify("films", "Nosferatu", "", "two\nlines\n", "one\r\ntwo\rthree", " a space: and a colon")
	f.notify("others", "which nobody follows")
	f.notify("films", `{"title":"Ütopia"}`)
	want := []string{
		"data: Nosferatu\n",
		"data: \n", // an event too
		"data: two\ndata: lines\ndata: \n",
		"data: one\ndata: two\ndata: three\n", // the format has no CR
		"data:  a space: and a colon\n",       // of which clients remove the first space only
		"data: {\"title\":\"Ütopia\"}\n",
	}
	a.expect(want...)
	b.expect(want...)
	if a.last != b.last {
		t.Errorf("an event is %s and %s", a.last, b.last)
	}
}

func TestWhoComesBackMissesNothing(t *testing.T) {
	f, server := serve(t, events.Options{Memory: 600})
	first := follow(t, server, "films", "")
	f.notify("films", "1", "2")
	first.expect("data: 1\n", "data: 2\n")
	first.body.Close()
	f.notify("films", "3", "4")

	again := follow(t, server, "films", first.last)
	again.expect("data: 3\n", "data: 4\n")
	f.notify("films", "5")
	again.expect("data: 5\n")

	// More than is kept, and what cannot be an ID of this process.
	for range 100 {
		f.notify("films", "x")
	}
	epoch, _, _ := strings.Cut(first.last, "-")
	for _, last := range []string{
		first.last, "other-2", epoch, epoch + "-", epoch + "-18446744073709551615", epoch + "-9000",
		epoch + "-+1",
	} {
		s := follow(t, server, "films", last)
		s.expect("event: missed\ndata: more has been sent than is kept\n")
		f.notify("films", "on")
		s.expect("data: on\n")
		s.body.Close()
	}
}

// An ID comes before the first event, so that who leaves before it misses nothing.
func TestWhoHasGotNothingComesBack(t *testing.T) {
	f, server := serve(t, events.Options{})
	first := follow(t, server, "films", "")
	line, err := first.lines.ReadString('\n')
	id, ok := strings.CutPrefix(line, "id: ")
	if !ok || err != nil {
		t.Fatalf("%q %v", line, err)
	}
	first.body.Close()
	f.notify("films", "1")
	follow(t, server, "films", strings.TrimSpace(id)).expect("data: 1\n")
}

func TestLostConnectionIsAWord(t *testing.T) {
	f, server := serve(t, events.Options{})
	s := follow(t, server, "films", "")
	f.notify("films", "1")
	s.expect("data: 1\n")
	before := s.last
	f.notify("", "the connection is lost")
	<-f.up
	f.notify("films", "2")
	word := "event: missed\ndata: the database was not listened to for a while\n"
	s.expect(word, "data: 2\n")
	// It is told to who was away meanwhile, too.
	follow(t, server, "films", before).expect(word, "data: 2\n")
}

func TestSilentStreamHasAHeartbeat(t *testing.T) {
	f, server := serve(t, events.Options{Heartbeat: 50 * time.Millisecond})
	s := follow(t, server, "films", "")
	for range 30 { // for longer than the server's ReadTimeout
		s.expect(":\n")
	}
	f.notify("films", "1")
	for s.next() != "data: 1\n" {
	}
}

func TestStreamEndsAfterItsLifetime(t *testing.T) {
	_, server := serve(t, events.Options{Lifetime: time.Millisecond})
	if got := follow(t, server, "films", "").next(); got != "EOF" {
		t.Errorf("the stream ends with %s", got)
	}
}

func TestSlowSubscriberIsCutOff(t *testing.T) {
	f, server := serve(t, events.Options{Memory: 1 << 20})
	slow, quick := follow(t, server, "films", ""), follow(t, server, "films", "")
	long := strings.Repeat("x", 8000)
	for range 10_000 { // 80 MB: more than the sockets hold
		f.notify("films", long)
		quick.expect("data: " + long + "\n")
	}
	n := 0
	got := slow.next()
	for ; got == "data: "+long+"\n"; got = slow.next() {
		n++
	}
	if n == 10_000 || got != "unexpected EOF" {
		t.Errorf("%d events, then %.80s", n, got)
	}
	// It comes back for what is kept of what it has missed.
	again := follow(t, server, "films", slow.last)
	again.expect("event: missed\ndata: more has been sent than is kept\n")
}

func TestWhoMayFollow(t *testing.T) {
	_, server := serve(t, events.Options{
		Subscribers: 1,
		Channels:    []events.Channel{{Name: "films"}, {Name: "orders", Roles: []string{"clerk"}}},
		Session: func(r *http.Request) (s moresql.Settings, err error) {
			switch s.Role = r.Header.Get("Authorization"); s.Role {
			case "wrong":
				err = &moresql.Error{Status: 401, Message: "who are you?", Public: true}
			case "careless":
				err = new(moresql.Error)
			case "broken":
				err = errors.New("the password of the directory is secret")
			}
			s.Authenticated = s.Role != ""
			return s, err
		},
	})
	for _, test := range []struct {
		reason, method, channel, role string
		status                        int
		text                          string
	}{
		{"everybody", "HEAD", "films", "", 200, ""},
		{"everybody, known or not", "HEAD", "films", "guest", 200, ""},
		{"the role", "HEAD", "orders", "clerk", 200, ""},
		{"another role", "GET", "orders", "guest", 403, "your role may not follow this channel"},
		{"a stranger", "GET", "orders", "", 401, "not for anonymous requests"},
		{"what the session refuses", "GET", "films", "wrong", 401, "who are you?"},
		{"what fails without a word for strangers", "GET", "films", "broken", 500, ""},
		{"a refusal without a status", "GET", "films", "careless", 500, ""},
		{"what is not declared", "GET", "passwords", "clerk", 404, "no such channel"},
		{"events are not posted", "POST", "films", "clerk", 405, "NOTIFY sends them"},
	} {
		request, err := http.NewRequest(test.method, server.URL+"/events/"+test.channel, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", test.role)
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != test.status ||
			!strings.Contains(string(body), test.text) || strings.Contains(string(body), "directory") {
			t.Errorf("%s: %s %s %v", test.reason, response.Status, body, err)
		}
	}
	follow(t, server, "films", "")
	response, err := server.Client().Get(server.URL + "/events/films")
	if err != nil || response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
		t.Errorf("%v %v", response, err)
	}
	response.Body.Close()
}

// A request that promises a body and keeps it back holds no connection and no subscriber for long.
func TestBodyThatDoesNotComeHoldsNothing(t *testing.T) {
	_, server := serve(t, events.Options{Subscribers: 1})
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /events/films HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 400 || !response.Close {
		t.Errorf("%s %s %v", response.Status, body, err)
	}
	if _, err := reader.ReadByte(); err == nil { // the server's ReadTimeout
		t.Error("the connection goes on")
	}
	follow(t, server, "films", "")
}

// Who leaves a page has got what there was: nothing is aborted, which operators would look for.
func TestSubscriberThatLeavesIsNoFailure(t *testing.T) {
	leaktest.Check(t)
	f := newFake()
	hub := events.New(f.listen, events.Options{
		Channels: []events.Channel{{Name: "films"}}, Logger: slog.New(slog.DiscardHandler),
	})
	ended := make(chan any, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- recover() }()
		r.SetPathValue("channel", "films")
		hub.ServeHTTP(w, r)
	}))
	defer server.Close()
	s := follow(t, server, "films", "")
	s.body.Close()
	if failed := <-ended; failed != nil {
		t.Errorf("the handler panics: %v", failed)
	}
}

// A channel that PostgreSQL cannot have is never listened to, through any driver: LISTEN would cut
// a long name, and be refused the others for as long as Run tries.
func TestChannelThatCannotBe(t *testing.T) {
	db := sql.OpenDB(nowhere{})
	defer db.Close()
	for _, name := range []string{"", strings.Repeat("é", 32), "a\x00b", "a\xff"} {
		_, err := events.DB(db)(t.Context(), []string{"films", name})
		if !errors.Is(err, events.ErrUnable) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := events.DB(db)(t.Context(), []string{strings.Repeat("x", 63)}); err != errNowhere {
		t.Error(err)
	}
}

// nowhere is where no database is.
type nowhere struct{}

var errNowhere = errors.New("no such host")

func (nowhere) Connect(context.Context) (driver.Conn, error) { return nil, errNowhere }

func (nowhere) Driver() driver.Driver { return nil }
