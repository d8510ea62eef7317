package main

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/mariadbtest"
)

// An eventStream is what follows a channel.
type eventStream struct {
	t     *testing.T
	lines *bufio.Scanner
}

// follow opens the stream of a channel, which must be plain, whatever the client accepts.
func (c *command) follow(channel string, fields ...string) *eventStream {
	c.t.Helper()
	r := c.newRequest("GET", "/events/"+channel, "")
	r.Header.Set("Accept-Encoding", "gzip, zstd")
	for field := range slices.Chunk(fields, 2) {
		r.Header.Set(field[0], field[1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" ||
		res.Header.Get("Content-Encoding") != "" {
		body, _ := io.ReadAll(res.Body)
		c.t.Fatalf("%s %v %s", res.Status, res.Header, body)
	}
	return &eventStream{c.t, bufio.NewScanner(res.Body)}
}

// next returns the data of the next event, "" at the end of the stream.
func (s *eventStream) next() string {
	s.t.Helper()
	for s.lines.Scan() {
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

// A stream outlives the server's ReadTimeout, and ends when that stops.
func TestCommandServesEvents(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	for _, driver := range []string{"pgx", "pq"} {
		c := start(t, uri+"&driver="+driver, "-events", "films", "-events", "new orders",
			"-events", `"a=""b"""`)
		c.await(c.stdout, "curl -N '"+c.url()+"/events/films'\n")
		c.await(c.stderr, "listening to the channels")
		films, orders, odd := c.follow("films"), c.follow("new%20orders"), c.follow("a=%22b%22")
		mustExec(t, db, `NOTIFY films, 'Nosferatu'; NOTIFY "new orders", '{"id": 1}';
			NOTIFY "a=""b""", 'odd'`)
		if got := odd.next(); got != "odd" {
			t.Errorf("%s: %q", driver, got)
		}
		if got := films.next(); got != "Nosferatu" {
			t.Errorf("%s: %q", driver, got)
		}
		if got := orders.next(); got != `{"id": 1}` {
			t.Errorf("%s: %q", driver, got)
		}
		if status, _, body := c.get("/events/filmz"); status != 404 {
			t.Errorf("%d %s", status, body)
		}
		if status, _, body := c.get("/event/films"); status != 404 ||
			!strings.Contains(body, "perhaps you mean /events/films") {
			t.Errorf("%d %s", status, body)
		}
		c.stop() // which the streams do not hold up
		if films.next() != "" || films.lines.Err() != nil {
			t.Errorf("%s: the stream ends with %v", driver, films.lines.Err())
		}
	}
}

func TestChannelsAreForTheirRoles(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `CREATE SCHEMA api;
		CREATE ROLE "web_anon{}" NOLOGIN; CREATE ROLE "clerk{}" NOLOGIN;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "web_anon{}", "clerk{}" TO "authenticator{}"`)
	key := strings.Repeat("k", 32)
	c := launchIn(t, append(environ(), "MORESQL_DATABASE_URI="+login+"?sslmode=disable",
		"MORESQL_JWT_SECRET="+key), "-addr", "localhost:0", "-anon-role", "web_anon"+suffix,
		"-schema", "api", "-events", "films", "-events", "orders=clerk"+suffix+",manager")
	c.await(c.stdout, "listening on ")
	c.await(c.stderr, "listening to the channels")
	clerk := []string{"Authorization", bearer(key, `{"role":"clerk`+suffix+`"}`)}
	other := []string{"Authorization", bearer(key, `{"role":"web_anon`+suffix+`"}`)}
	wrong := []string{"Authorization", bearer("x"+key, `{"role":"clerk`+suffix+`"}`)}
	for _, test := range []struct {
		reason, channel string
		fields          []string
		status          int
		challenge       string
	}{
		{"a stranger, for all", "films", nil, 200, ""},
		{"a stranger, for clerks", "orders", nil, 401, "Bearer"},
		{"a clerk", "orders", clerk, 200, ""},
		{"another role", "orders", other, 403, ""},
		{"a token that somebody else has signed", "films", wrong, 401, "Bearer error"},
		{"a channel that nobody has named", "passwords", clerk, 404, ""},
	} {
		status, header, body := c.send("HEAD", "/events/"+test.channel, test.fields...)
		if status != test.status ||
			!strings.HasPrefix(header.Get("WWW-Authenticate"), test.challenge) {
			t.Errorf("%s: %d %v %s", test.reason, status, header, body)
		}
	}
	for reason, test := range map[string]struct {
		fields []string
		shown  bool
	}{"a stranger": {nil, false}, "a clerk": {clerk, true}, "another role": {other, false}} {
		_, _, document := c.send("GET", "/openapi.json", test.fields...)
		if strings.Contains(document, `"/events/orders"`) != test.shown ||
			!strings.Contains(document, `"/events/films"`) {
			t.Errorf("the document of %s: %s", reason, document)
		}
	}
	orders := c.follow("orders", clerk...)
	mustExec(t, connect(t, uri), "NOTIFY orders, 'one'")
	if got := orders.next(); got != "one" {
		t.Errorf("%q", got)
	}
	c.stop()
}

func TestEventsThatCannotBe(t *testing.T) {
	uri := newPostgreSQL(t)
	refuse(t, "-events is for PostgreSQL: SQLite has no NOTIFY", "", "-events", "films")
	refuse(t, "has no NOTIFY", mariadbtest.URI(t), "-events", "films")
	refuse(t, "-events with roles is for requests that have one", uri, "-events", "films=clerk")
}

// Those that follow channels are counted and limited.
func TestFollowersAreCountedAndLimited(t *testing.T) {
	c := start(t, newPostgreSQL(t), "-events", "films", "-limit-followers", "2",
		"-admin-addr", "localhost:0")
	c.await(c.stderr, "listening to the channels")
	c.measures("moresql_events_followers 0")
	c.follow("films")
	c.follow("films")
	c.measures("moresql_events_followers 2")
	status, header, body := c.get("/events/films")
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", status, header, body)
	}
	c.measures("moresql_events_followers 2")
	c.stop()
}
