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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/guard"
)

func TestSuperusersAreRefused(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		uri := newPostgreSQL(t)
		const want = "is a superuser of PostgreSQL at 127.0.0.1:"
		db := connect(t, uri)
		t.Cleanup(func() { db.Exec("DROP ROLE IF EXISTS moresql_member") })
		mustExec(t, db, "DROP ROLE IF EXISTS moresql_member; CREATE ROLE moresql_member LOGIN")
		mustExec(t, db, "GRANT CREATE ON SCHEMA public TO moresql_member")
		args := []string{"-addr", "localhost:0", "-init"}
		launchPlainly(t, uri, args...).refused(want)
		// RESET ROLE leads back to the superuser.
		launchPlainly(t, uri+"&options=-c%20role=moresql_member", args...).refused(want)
		member := replace(t, uri, "moresql_member", "/"+databaseOf(uri))
		c := launchPlainly(t, member, args...)
		c.await(c.stdout, "listening on ")
		c.stop()
		// SET ROLE leads to the superuser, through another role that inherits nothing.
		t.Cleanup(func() { db.Exec("DROP ROLE IF EXISTS moresql_root, moresql_between") })
		mustExec(t, db, `DROP ROLE IF EXISTS moresql_root, moresql_between;
			CREATE ROLE moresql_root SUPERUSER; CREATE ROLE moresql_between NOINHERIT;
			GRANT moresql_root TO moresql_between; GRANT moresql_between TO moresql_member;
			ALTER ROLE moresql_member NOINHERIT`)
		launchPlainly(t, member, args...).refused(want)
		mustExec(t, db, "REVOKE moresql_root FROM moresql_between")
		mustExec(t, db, "GRANT pg_execute_server_program TO moresql_between")
		launchPlainly(t, member, args...).refused(want)
		mustExec(t, db, "DROP OWNED BY moresql_member")
		c = launchPlainly(t, uri, append(args, "-superuser")...)
		c.await(c.stdout, "listening on ")
		c.stop()
	})
	t.Run("MariaDB", func(t *testing.T) {
		uri := newMariaDB(t)
		db := connect(t, uri)
		t.Cleanup(func() { db.Exec("DROP USER IF EXISTS moresql_member@'%'") })
		mustExec(t, db, "CREATE OR REPLACE USER moresql_member@'%' IDENTIFIED BY '"+secret+"'")
		mustExec(t, db, "GRANT ALL ON "+databaseOf(uri)+".* TO moresql_member@'%'")
		args := []string{"-addr", "localhost:0", "-init"}
		launchPlainly(t, uri, args...).refused("is a superuser of MySQL at ")
		member := replace(t, uri, "moresql_member", "/"+databaseOf(uri))
		c := launchPlainly(t, member, args...)
		c.await(c.stdout, "listening on ")
		c.stop()
		// SET ROLE leads to the superuser, through another role.
		t.Cleanup(func() { db.Exec("DROP ROLE IF EXISTS moresql_root, moresql_between") })
		for _, statement := range []string{
			"CREATE OR REPLACE ROLE moresql_root", "CREATE OR REPLACE ROLE moresql_between",
			"GRANT SELECT, SUPER ON *.* TO moresql_root", "GRANT moresql_root TO moresql_between",
			"GRANT moresql_between TO moresql_member@'%'",
		} {
			mustExec(t, db, statement)
		}
		launchPlainly(t, member, args...).refused("is a superuser of MySQL at ")
		mustExec(t, db, "REVOKE moresql_root FROM moresql_between")
		c = launchPlainly(t, member, args...)
		c.await(c.stdout, "listening on ")
		c.stop()
	})
}

func TestDefaultAddressIsLoopback(t *testing.T) {
	o, err := parseFlags(nil, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ := net.SplitHostPort(o.Addr)
	o.Addr = net.JoinHostPort(host, "0")
	l, err := o.Network.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ip := l.Addrs()[0].(*net.TCPAddr).IP; !ip.IsLoopback() {
		t.Errorf("%s is %v", host, ip)
	}
}

// Errors, and responses of net/http itself, are guarded too.
func TestEveryResponseIsGuarded(t *testing.T) {
	c := start(t, "")
	for _, target := range []string{
		"/cars", "/cars?nope=eq.1", "/cars/99", "/cars/x/y", "//", "/health",
		"/user?username=ada&password=analytical", "/user?username=ada",
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE"} {
			status, header, _ := c.request(method, target, "", "")
			if header.Get("X-Content-Type-Options") != "nosniff" ||
				header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %d %v", method, target, status, header)
			}
			if header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %v", method, target, header)
			}
		}
	}
	c.stop()
}

// An error discards what the handler has set for the response that failed.
func TestGuardedLetsTheHandlerOverride(t *testing.T) {
	for _, test := range []struct {
		reason  string
		handler http.HandlerFunc
		want    string
	}{
		{"a handler that sets nothing", func(http.ResponseWriter, *http.Request) {}, "no-store"},
		{"a handler that sets the field", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=9")
			io.WriteString(w, "x")
		}, "max-age=9"},
		{"a handler that sets the field and fails", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "max-age=9")
			failure.Respond(w, r, 500, "", "")
		}, "no-store"},
	} {
		w := httptest.NewRecorder()
		guard.Headers(test.handler).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		h := w.Result().Header
		if h.Get("Cache-Control") != test.want || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", test.reason, h)
		}
	}
}

// The preflight request is a browser's for a page that uses postgrest-js, which sends these fields
// (its PostgrestClient and PostgrestBuilder).
func TestCORSAllowsOnlyNamedOrigins(t *testing.T) {
	const origin = "https://app.example.com"
	const sent = "accept,accept-profile,apikey,authorization,content-profile,content-type," +
		"prefer,range,range-unit,x-client-info"
	for _, test := range []struct {
		reason, origin string
		flags          []string
		allowed        string // the origin that the response names
	}{
		{reason: "no flag", origin: origin},
		{
			reason: "the named origin", origin: origin,
			flags: []string{"-cors", origin}, allowed: origin,
		},
		{
			reason: "flag and value in one argument", origin: origin,
			flags: []string{"-cors=" + origin}, allowed: origin,
		},
		{
			reason: "one of two named origins", origin: origin,
			flags: []string{"-cors", "http://localhost:3000", "-cors", origin}, allowed: origin,
		},
		{
			reason: "written in another way than browsers do", origin: origin,
			flags: []string{"-cors", "HTTPS://App.Example.com:443"}, allowed: origin,
		},
		{
			reason: "any origin", origin: origin,
			flags: []string{"-cors", "*"}, allowed: "*",
		},
		{
			reason: "another origin with the same prefix",
			origin: "https://app.example.com.evil.example",
			flags:  []string{"-cors", origin},
		},
		{
			reason: "another scheme", origin: "http://app.example.com",
			flags: []string{"-cors", origin},
		},
		{
			reason: "a page without an origin", origin: "null",
			flags: []string{"-cors", origin},
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := start(t, "", test.flags...)
			_, preflight, _ := c.send("OPTIONS", "/cars", "Origin", test.origin,
				"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", sent)
			if got := preflight.Get("Access-Control-Allow-Origin"); got != test.allowed {
				t.Errorf("the preflight response allows %q: %v", got, preflight)
			}
			if test.allowed != "" && (preflight.Get("Access-Control-Allow-Headers") != sent ||
				preflight.Get("Access-Control-Allow-Methods") != "POST") {
				t.Errorf("the preflight response is %v", preflight)
			}
			if got := preflight.Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("credentials: %s", got)
			}
			write, _, _ := c.send("POST", "/cars", "Origin", test.origin, "Sec-Fetch-Site", "cross-site")
			if (write == http.StatusForbidden) != (test.allowed == "") {
				t.Errorf("a page that writes gets %d", write)
			}
			// A page may read errors too.
			for target, want := range map[string]int{"/cars": 200, "/cars/99": 404} {
				status, h, _ := c.get(target, "Origin", test.origin)
				if h.Get("Access-Control-Allow-Origin") != test.allowed || status != want {
					t.Errorf("%s: %d %v", target, status, h)
				}
				exposed := h.Get("Access-Control-Expose-Headers")
				if test.allowed != "" && !strings.Contains(exposed, "Content-Range") {
					t.Errorf("%s: the exposed fields are %q", target, exposed)
				}
				if test.flags != nil && test.allowed != "*" && !strings.Contains(vary(h), "Origin") {
					t.Errorf("%s: Vary is %q", target, vary(h))
				}
			}
			c.stop()
		})
	}
}

// A page may send every method that tables have, and read the fields that their responses have.
func TestCORSAllowsWhatTablesServe(t *testing.T) {
	const origin = "https://app.example.com"
	c, _ := startTables(t, "-cors", origin)
	_, h, _ := c.send("OPTIONS", "/films", "Origin", origin)
	for method := range strings.SplitSeq(h.Get("Allow"), ", ") {
		if method == "OPTIONS" {
			continue
		}
		_, preflight, _ := c.send("OPTIONS", "/films", "Origin", origin,
			"Access-Control-Request-Method", method)
		if got := preflight.Get("Access-Control-Allow-Methods"); got != method {
			t.Errorf("%s: the preflight response allows %q", method, got)
		}
	}
	_, h, _ = c.get("/films?id=eq.1", "Origin", origin)
	exposed := ", " + h.Get("Access-Control-Expose-Headers") + ", "
	for _, field := range []string{"Content-Location", "Content-Range", "Etag", "Written-Rows"} {
		if !strings.Contains(exposed, ", "+field+", ") {
			t.Errorf("%s is not exposed: %q", field, exposed)
		}
	}
	c.stop()
}

// No error may quote the password of a database.
func TestOriginsAreToldFromDatabases(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []string
		err  string
	}{
		{nil, nil, ""},
		{
			[]string{"-cors", "https://a.example", "-cors=http://b.example:3000"},
			[]string{"https://a.example", "http://b.example:3000"},
			"",
		},
		{[]string{"-cors", "a.example"}, nil, "an origin is"},
		{[]string{"-cors", "https://a.example/"}, nil, "an origin is"},
		{[]string{"-cors", "https://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"-cors=postgres://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"postgres://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
		{[]string{"-x=https://me:" + secret + "@a.example"}, nil, "MORESQL_DATABASE_URI"},
	} {
		o, err := parseFlags(test.args, nil, io.Discard)
		text := fmt.Sprint(err)
		if (err == nil) != (test.err == "") || !strings.Contains(text, test.err) ||
			strings.Contains(text, secret) {
			t.Errorf("%q: %v", test.args, err)
		}
		if err == nil && !reflect.DeepEqual(o.origins, test.want) {
			t.Errorf("%q: %q, want %q", test.args, o.origins, test.want)
		}
	}
}

// The clients send a byte now and then. They are cut off in time in every part of a request.
func TestSlowRequestsAreCut(t *testing.T) {
	for _, test := range []struct {
		reason, begin string
		limit         time.Duration
	}{
		{"the request line", "G", 5 * time.Second},
		{"the header", "GET / HTTP/1.1\r\nHost: a\r\nX: ", 5 * time.Second},
		{"the body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", 30 * time.Second},
		{
			"a body in chunks",
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
			30 * time.Second,
		},
		{"nothing after a response", get, 2 * time.Minute},
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
					time.Sleep(time.Second) // synctest takes no time
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

func TestSlowClientsDoNotStopOthers(t *testing.T) {
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
	served := 0
	for len(ended) < clients && served < 10_000 {
		if status, _, body := c.get("/cars"); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		served++
	}
	all.Wait()
	close(ended)
	for end := range ended {
		if strings.Contains(end, "timeout") {
			t.Errorf("a slow client was not cut off: %s", end)
		}
	}
	t.Logf("%d slow clients were cut off while %d requests of others were served",
		clients, served)
	c.stop()
}
