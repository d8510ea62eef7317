package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moresql/moresql/internal/mariadbtest"
	"github.com/moresql/moresql/internal/pgtest"
)

// TestSuperuser serves for a user who may do everything only where that is allowed.
func TestSuperuser(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		uri := newDatabase(t, pgtest.URI(t), "WITH (FORCE)")
		const want = "is a superuser of PostgreSQL at 127.0.0.1:"
		db := connect(t, uri)
		t.Cleanup(func() { db.Exec("DROP ROLE IF EXISTS moresql_member") })
		mustExec(t, db, "DROP ROLE IF EXISTS moresql_member; CREATE ROLE moresql_member LOGIN")
		mustExec(t, db, "GRANT CREATE ON SCHEMA public TO moresql_member")
		launchPlainly(t, uri, "-addr", "localhost:0", "-init").refused(want)
		launchPlainly(t, uri+"&options=-c%20role=moresql_member", "-addr", "localhost:0", "-init").refused(want) // who can be it again
		member := replace(t, uri, "moresql_member", "/"+databaseOf(uri))
		c := launchPlainly(t, member, "-addr", "localhost:0", "-init")
		c.await(c.stdout, "listening on ")
		c.stop()
		mustExec(t, db, "DROP OWNED BY moresql_member")
	})
	t.Run("MariaDB", func(t *testing.T) {
		uri := newDatabase(t, mariadbtest.URI(t), "")
		db := connect(t, uri)
		t.Cleanup(func() { db.Exec("DROP USER IF EXISTS moresql_member@'%'") })
		mustExec(t, db, "CREATE OR REPLACE USER moresql_member@'%' IDENTIFIED BY '"+secret+"'")
		mustExec(t, db, "GRANT ALL ON "+databaseOf(uri)+".* TO moresql_member@'%'")
		launchPlainly(t, uri, "-addr", "localhost:0", "-init").refused("is a superuser of MySQL at ")
		c := launchPlainly(t, replace(t, uri, "moresql_member", "/"+databaseOf(uri)), "-addr", "localhost:0", "-init")
		c.await(c.stdout, "listening on ")
		c.stop()
	})
}

// TestLoopback has the command listen where only this machine comes, as long as nobody says otherwise.
func TestLoopback(t *testing.T) {
	o, err := parseFlags(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ := net.SplitHostPort(o.addr)
	l, err := listen(t.Context(), net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		t.Errorf("%s is %v", o.addr, ip)
	}
}

// TestGuardedAnswers has every answer say that it is what it says and is to be forgotten.
func TestGuardedAnswers(t *testing.T) {
	c := start(t, "")
	for _, target := range []string{"/cars", "/user?username=ada&password=analytical", "/user?username=ada", "/health", "/cars/99", "/cars/x/y", "//", "/cars?nope=eq.1"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE"} {
			status, header, _ := c.request(method, target, "", "")
			if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %d %v", method, target, status, header)
			}
			if header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %v", method, target, header)
			}
		}
	}
	c.stop()
}

// TestGuard is about what a handler says itself, and when.
func TestGuard(t *testing.T) {
	for _, test := range []struct {
		reason  string
		handler http.HandlerFunc
		want    string
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "no-store"},
		{"its own", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=9")
			io.WriteString(w, "x")
		}, "max-age=9"},
		{"a problem, which forgets what was said before", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=9")
			writeProblem(w, 500, "")
		}, "no-store"},
	} {
		w := httptest.NewRecorder()
		guarded(test.handler).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if h := w.Result().Header; h.Get("Cache-Control") != test.want || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", test.reason, h)
		}
	}
}

// TestCORS asks as a browser does for a page that uses postgrest-js, whose fields these are (its PostgrestClient and PostgrestBuilder).
func TestCORS(t *testing.T) {
	const origin = "https://app.example.com"
	const sent = "accept,accept-profile,apikey,authorization,content-profile,content-type,prefer,range,range-unit,x-client-info"
	for _, test := range []struct {
		reason, origin string
		flags          []string
		allowed        string // origin
	}{
		{"off", origin, nil, ""},
		{"the origin", origin, []string{"-cors", origin}, origin},
		{"written in one", origin, []string{"-cors=" + origin}, origin},
		{"one of two", origin, []string{"-cors", "http://localhost:3000", "-cors", origin}, origin},
		{"any", origin, []string{"-cors", "*"}, "*"},
		{"another", "https://app.example.com.evil.example", []string{"-cors", origin}, ""},
		{"another scheme", "http://app.example.com", []string{"-cors", origin}, ""},
		{"a page without an origin", "null", []string{"-cors", origin}, ""},
	} {
		c := start(t, "", test.flags...)
		preflight := c.header(t, "OPTIONS", "/cars", "Origin", test.origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", sent)
		if got := preflight.Get("Access-Control-Allow-Origin"); got != test.allowed {
			t.Errorf("%s: preflight is allowed to %q: %v", test.reason, got, preflight)
		}
		if test.allowed != "" && (preflight.Get("Access-Control-Allow-Headers") != sent || preflight.Get("Access-Control-Allow-Methods") != "POST") {
			t.Errorf("%s: %v", test.reason, preflight)
		}
		if got := preflight.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("%s: credentials %s", test.reason, got)
		}
		for target, status := range map[string]string{"/cars": "200", "/cars/99": "404"} { // a page may read what is wrong, too
			h := c.header(t, "GET", target, "Origin", test.origin)
			if h.Get("Access-Control-Allow-Origin") != test.allowed || h.Get("Status") != status {
				t.Errorf("%s: %v", test.reason, h)
			}
			if exposed := h.Get("Access-Control-Expose-Headers"); test.allowed != "" && !strings.Contains(exposed, "Content-Range") {
				t.Errorf("%s: exposed are %q", test.reason, exposed)
			}
			if vary := strings.Join(h.Values("Vary"), ","); test.flags != nil && test.allowed != "*" && !strings.Contains(vary, "Origin") {
				t.Errorf("%s: Vary %q", test.reason, vary)
			}
		}
		c.stop()
	}
}

// header sends a request with one, names and values in turns, and returns that of the answer with its status.
func (c *command) header(t *testing.T, method, target string, fields ...string) http.Header {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.url()+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(fields, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	res.Header.Set("Status", fmt.Sprint(res.StatusCode))
	return res.Header
}

// TestOrigins tells origins from databases, whose passwords no error may quote.
func TestOrigins(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []string
		err  string
	}{
		{nil, nil, ""},
		{[]string{"-cors", "https://a.example", "-cors=http://b.example:3000"}, []string{"https://a.example", "http://b.example:3000"}, ""},
		{[]string{"-cors", "a.example"}, nil, "an origin is"},
		{[]string{"-cors", "https://a.example/"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"-cors", "https://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"-cors=postgres://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"postgres://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"-x=https://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
	} {
		o, err := parseFlags(test.args, io.Discard)
		text := fmt.Sprint(err)
		if (err == nil) != (test.err == "") || !strings.Contains(text, test.err) || strings.Contains(text, secret) || err == nil && !reflect.DeepEqual(o.origins, test.want) {
			t.Errorf("%q: %q, %v", test.args, o.origins, err)
		}
	}
}

// TestSlowRequests has clients that send a byte now and then: they are cut off in time, wherever they are in their request.
func TestSlowRequests(t *testing.T) {
	for _, test := range []struct {
		reason, begin string
		limit         time.Duration
	}{
		{"the first line", "G", 5 * time.Second},
		{"the header", "GET / HTTP/1.1\r\nHost: a\r\nX: ", 5 * time.Second},
		{"the body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", 30 * time.Second},
		{"a body in chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", 30 * time.Second},
		{"nothing after an answer", get, 2 * time.Minute},
	} {
		served(t, func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, "", http.StatusBadRequest)
			}
		}, func(p pipe, stop func() error) {
			start := time.Now()
			conn := p.send(test.begin)
			defer conn.Close()
			closed := make(chan time.Duration, 1)
			go func() {
				io.Copy(io.Discard, conn)
				closed <- time.Since(start)
			}()
			if test.begin != get {
				for time.Since(start) < time.Minute {
					time.Sleep(time.Second) // no time passes: this is synctest
					conn.SetWriteDeadline(time.Now().Add(time.Second))
					if _, err := io.WriteString(conn, "x"); err != nil {
						break
					}
				}
			}
			if took := <-closed; took < test.limit || took > test.limit+time.Second {
				t.Errorf("%s: the connection ended after %v, want %v", test.reason, took, test.limit)
			}
		})
	}
}

// TestSlowloris has many of them at once at the command, which goes on answering the others.
func TestSlowloris(t *testing.T) {
	const clients = 400
	c := start(t, "")
	u, err := url.Parse(c.url())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	ended := make(chan string, clients)
	for range clients {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "GET /cars HTTP/1.1\r\nHost: a\r\nX-Slow: ")
		all.Go(func() {
			defer conn.Close()
			conn.SetReadDeadline(time.Now().Add(patience))
			line, err := bufio.NewReader(conn).ReadString('\n')
			ended <- fmt.Sprint(line, err)
		})
	}
	answered := 0
	for len(ended) < clients && answered < 10_000 {
		if status, _, body := c.get("/cars"); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		answered++
	}
	all.Wait()
	close(ended)
	for end := range ended {
		if strings.Contains(end, "timeout") {
			t.Errorf("a slow client was not cut off: %s", end)
		}
	}
	t.Logf("%d slow clients cut off, %d requests of others answered meanwhile", clients, answered)
	c.stop()
}
