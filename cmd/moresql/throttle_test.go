package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// slowly lets a client make three requests, and the next one in a quarter of an hour.
var slowly = []string{"-rate-limit", "0.001", "-rate-burst", "3"}

func TestRequestsOfEachClientAreLimited(t *testing.T) {
	c := start(t, "", append([]string{"-cors", "https://example.com"}, slowly...)...)
	for i, want := range []int{200, 200, 404, 429, 429} {
		status, header, body := c.get([]string{"/cars", "/films", "/nowhere"}[i%3],
			"Origin", "https://example.com", "X-Forwarded-For", "192.0.2."+strconv.Itoa(i))
		if status != want {
			t.Fatalf("request %d: %d %s, want %d", i+1, status, body, want)
		}
		if status != 429 {
			continue
		}
		seconds, err := strconv.Atoi(header.Get("Retry-After"))
		if err != nil || seconds < 1 || seconds > 1000 ||
			header.Get("Content-Type") != "application/problem+json" ||
			header.Get("Access-Control-Allow-Origin") != "https://example.com" ||
			!strings.Contains(body, "too many requests") {
			t.Errorf("%v %s", header, body)
		}
	}
	for _, path := range []string{"/health", "/ready"} {
		if status, _, body := c.get(path); status != 200 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	c.stop()
}

// Behind a proxy it says who the client is, by the address that it adds to those that a client may
// have made up.
func TestProxyNamesTheClient(t *testing.T) {
	c := start(t, "", append([]string{"-rate-header", "X-Forwarded-For"}, slowly...)...)
	for _, test := range []struct {
		addresses string
		status    int
	}{
		{"192.0.2.1", 200},
		{"203.0.113.1, 192.0.2.1", 200},
		{"203.0.113.2, 192.0.2.1", 200},
		{"203.0.113.3, 192.0.2.1", 429},
		{"192.0.2.1, 192.0.2.2", 200},
	} {
		if status, _, body := c.get("/cars", "X-Forwarded-For", test.addresses); status != test.status {
			t.Errorf("%s: %d %s", test.addresses, status, body)
		}
	}
	c.stop()
}

// The subject of a valid token is a client wherever it is, and what is no valid token is none.
func TestSubjectsAreClients(t *testing.T) {
	const key = "a secret of at least 32 characters"
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "reader{}" NOLOGIN;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "reader{}" TO "authenticator{}"; GRANT USAGE ON SCHEMA api TO "reader{}";
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`)
	t.Cleanup(func() {
		connect(t, uri).Exec(strings.ReplaceAll(
			`DROP OWNED BY "reader{}"; DROP ROLE "reader{}"; DROP ROLE "authenticator{}"`, "{}", suffix))
	})
	c := launchIn(t, append(environ(), "MORESQL_JWT_SECRET="+key,
		"MORESQL_DATABASE_URI="+login+"?sslmode=disable"),
		append([]string{"-addr", "localhost:0", "-schema", "api"}, slowly...)...)
	c.await(c.stdout, "listening on ")
	of := func(subject string, n int) string {
		return bearer(key, `{"role":"reader`+suffix+`","sub":"`+subject+`","n":`+strconv.Itoa(n)+`}`)
	}
	for i, test := range []struct {
		token  string
		status int
	}{
		{of("ada", 1), 200}, {of("ada", 2), 200}, {of("ada", 3), 200},
		{of("ada", 4), http.StatusTooManyRequests}, // a new token is the same client
		{of("bob", 1), 200},
		{"Bearer a.b.1", 401}, {"Bearer a.b.2", 401}, {"Bearer a.b.3", 401},
		{"Bearer a.b.4", http.StatusTooManyRequests}, // all of them are the address
		{"", http.StatusTooManyRequests},
		{of("bob", 1), 200},
	} {
		status, _, body := c.get("/rpc/one", "Authorization", test.token)
		if status != test.status {
			t.Errorf("request %d: %d %s, want %d", i+1, status, body, test.status)
		}
	}
	c.stop()
}

func TestRateFlagsFailWithOneLine(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-rate-limit -1", "-rate-limit and -rate-burst must be numbers"},
		{"-rate-limit NaN", "-rate-limit and -rate-burst must be numbers"},
		{"-rate-limit 1e30", "-rate-limit and -rate-burst must be numbers"}, // and no burst is that large
		{"-rate-limit 1 -rate-burst -1", "-rate-limit and -rate-burst must be numbers"},
		{"-rate-burst 5", "are for -rate-limit"},
		{"-rate-header X-Real-IP", "are for -rate-limit"},
	} {
		stdout, stderr, status := called(t, "", "", nil, strings.Fields(test.args)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit status %d, %s%s", test.args, status, stdout, stderr)
		}
	}
}
