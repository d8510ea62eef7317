package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// hangUp writes the file of the configuration anew and sends SIGHUP. It returns the lines of the
// log from then until the reload is over.
func (c *command) hangUp(file string, lines ...string) (log string) {
	c.t.Helper()
	before := len(c.stderr.String())
	if file != "" {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := c.process.Process.Signal(syscall.SIGHUP); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the reload is over", func() bool {
		log = c.stderr.String()[before:]
		return strings.Contains(log, "reason=SIGHUP") || strings.Contains(log, `"reason":"SIGHUP"`)
	})
	return log
}

// configuredBy starts the command with a file of the configuration.
func configuredBy(t *testing.T, uri string, lines ...string) (c *command, file string) {
	t.Helper()
	file = write(t, "moresql.conf", strings.Join(lines, "\n"))
	return start(t, uri, "-config", file), file
}

// SIGHUP puts in force what the file says now, for each thing that a client notices.
func TestHangupReadsTheConfiguration(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE SCHEMA other;
		CREATE FUNCTION api.rows(n int) RETURNS SETOF int STABLE LANGUAGE sql
			AS 'SELECT generate_series(1, n)';
		CREATE FUNCTION api.nap(s float) RETURNS text STABLE LANGUAGE sql
			AS $$ SELECT 'slept' FROM pg_sleep(s) $$;
		CREATE FUNCTION api.status() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN
			PERFORM set_config('response.status', '202', true); RETURN 1; END $$;
		CREATE FUNCTION other.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
		CREATE TABLE api.films (id int PRIMARY KEY); INSERT INTO api.films VALUES (1), (2)`)
	c, file := configuredBy(t, uri, "schema = api")
	status := func(path string, fields ...string) string {
		code, _, _ := c.get(path, fields...)
		return strconv.Itoa(code)
	}
	header := func(name string, fields ...string) func() string {
		return func() string {
			_, h, _ := c.get("/rpc/rows?n=1", fields...)
			return h.Get(name)
		}
	}
	tests := []struct {
		line          string
		look          func() string
		before, after string
	}{
		{`schema = "api, other"`, func() string { return status("/rpc/f") }, "404", "200"},
		{"tables = true", func() string { return status("/films") }, "404", "200"},
		{"limit-rows = 5", func() string { return status("/rpc/rows?n=6") }, "200", "500"},
		{"limit-bytes = 10", func() string { return status("/rpc/rows?n=50") }, "200", "500"},
		{"timeout = 100ms", func() string { return status("/rpc/nap?s=0.5") }, "200", "504"},
		{"limit-body = 10", func() string {
			code, _, _ := c.request("POST", "/rpc/rows", jsonType, `{"n":          1}`)
			return strconv.Itoa(code)
		}, "200", "413"},
		{"max-rows = 2", func() string {
			_, _, body := c.get("/rpc/rows?n=3")
			return body
		}, "[1,2,3]", "[1,2]"},
		{"http-settings = true", func() string { return status("/rpc/status") }, "200", "202"},
		{"openapi = disabled", func() string { return status("/openapi.json") }, "200", "404"},
		{"mcp = true", func() string { return status("/mcp") }, "404", "405"},
		{"anon-role = pg_monitor", func() string { return status("/rpc/rows?n=1") }, "200", "401"},
		{"events = films", func() string {
			code, _, _ := c.send("PUT", "/events/films")
			return strconv.Itoa(code)
		}, "404", "405"},
		{
			"cors = https://a.example", header("Access-Control-Allow-Origin", "Origin", "https://a.example"),
			"", "https://a.example",
		},
		{
			"host = a.example", func() string {
				r := c.newRequest("GET", "/rpc/rows?n=1", "")
				r.Host = "a.example"
				code, _, _ := c.do(r)
				return strconv.Itoa(code)
			}, "421", "200",
		},
		{"server-timing = true", func() string {
			return strings.Split(header("Server-Timing")(), ";")[0]
		}, "", "wait"},
		{"compress = false", header("Vary", "Accept-Encoding", "gzip"), "Accept-Encoding", "Accept"},
	}
	for _, test := range tests {
		if got := test.look(); got != test.before {
			t.Errorf("before %q: %s, want %s", test.line, got, test.before)
		}
	}
	for _, test := range tests {
		schema := "schema = api"
		if strings.HasPrefix(test.line, "schema") {
			schema = ""
		}
		if log := c.hangUp(file, schema, test.line); strings.Contains(log, "stay as they were") {
			t.Errorf("%s: %s", test.line, log)
		}
		if got := test.look(); got != test.after {
			t.Errorf("after %q: %s, want %s", test.line, got, test.after)
		}
	}
	c.hangUp(file, "schema = api")
	for _, test := range tests {
		if got := test.look(); got != test.before {
			t.Errorf("without %q: %s, want %s", test.line, got, test.before)
		}
	}
	c.stop()
}

// The requests that run end as they began: their role, their limits, their database.
func TestHangupLetsRequestsEnd(t *testing.T) {
	const key, next = "a secret of at least 32 characters", "the next secret, of 32 characters"
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	login, suffix := roles(t, uri, `CREATE SCHEMA api; CREATE ROLE "reader{}" NOLOGIN;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "reader{}" TO "authenticator{}"; GRANT USAGE ON SCHEMA api TO "reader{}";
		CREATE FUNCTION api.nap(s float) RETURNS text STABLE LANGUAGE sql
			AS $$ SELECT current_user::text FROM pg_sleep(s) $$`)
	t.Cleanup(func() {
		connect(t, uri).Exec(strings.ReplaceAll(
			`DROP OWNED BY "reader{}"; DROP ROLE "reader{}"; DROP ROLE "authenticator{}"`, "{}", suffix))
	})
	place := write(t, "uri", login+"?sslmode=disable")
	tokens := write(t, "secret", key)
	c, file := configuredBy(t, "", "schema = api", "database-uri = @"+place, "jwt-secret = @"+tokens)
	of := func(key string) string { return bearer(key, `{"role":"reader`+suffix+`"}`) }
	slow := make(chan string)
	go func() {
		status, _, body := c.get("/rpc/nap?s=4", "Authorization", of(key))
		slow <- strconv.Itoa(status) + body
	}()
	eventually(t, "the call runs", func() bool {
		return count(t, db, `SELECT count(*)
		FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`) == 1
	})

	// The password of the login changes, and so do the secret and the time for a call.
	mustExec(t, db, `ALTER ROLE "authenticator`+suffix+`" PASSWORD 'another'`)
	renamed := strings.Replace(login, secret, "another", 1)
	if err := os.WriteFile(place, []byte(renamed+"?sslmode=disable"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := write(t, "secret", next)
	log := c.hangUp(file, "schema = api", "database-uri = @"+place, "jwt-secret = @"+second,
		"timeout = 1s")
	if strings.Contains(log, "level=ERROR") || strings.Contains(log, "another") {
		t.Fatal(log)
	}
	for _, test := range []struct {
		reason, path, token string
		status              int
	}{
		{"the old secret", "/rpc/nap?s=0", of(key), 401},
		{"the new secret", "/rpc/nap?s=0", of(next), 200},
		{"the new time", "/rpc/nap?s=30", of(next), 504},
		{"readiness by the new pool", "/ready", "", 200},
	} {
		if status, _, body := c.get(test.path, "Authorization", test.token); status != test.status {
			t.Errorf("%s: %d %s", test.reason, status, body)
		}
	}
	if got, want := <-slow, `200"reader`+suffix+`"`; got != want {
		t.Errorf("the call that ran: %s, want %s", got, want)
	}

	// A secret that is lost opens nothing: the one from before stays in force.
	log = c.hangUp(file, "schema = api", "database-uri = @"+place, `jwt-secret = ""`)
	if strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "jwt-secret in line 3 of") {
		t.Error(log)
	}
	if status, _, body := c.get("/rpc/nap?s=0"); status != 401 {
		t.Errorf("no token: %d %s", status, body)
	}
	c.stop()
}

// A mistake is one line of the log, and nothing else of the file is put in force.
func TestHangupKeepsWhatIsInForceAfterAMistake(t *testing.T) {
	uri := newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE FUNCTION api.rows(n int)
		RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT generate_series(1, n)'`)
	database := "superuser = true\ndatabase-uri = " + strconv.Quote(uri)
	c, file := configuredBy(t, "", "schema = api", "max-rows = 3", database)
	for _, test := range []struct{ reason, line, want string }{
		{"a name", "max-row = 1", "perhaps you mean max-rows"},
		{"a value", "queue = many", "no valid value for -queue"},
		{"no sense", "log-sample = 2", "-log-sample must be"},
		{"what the database does not have", "schema = missing", `there is no schema \"missing\"`},
		{"a secret that is short", "jwt-secret = short", "-jwt-secret"},
		{"a secret that is empty", `jwt-secret = ""`, "is empty: calls would run"},
		{"a file that is missing", "jwt-secret = @/nowhere/at/all", "/nowhere/at/all"},
		{"a role that is missing", "anon-role = nobody" + databaseOf(uri), "there is no such role"},
		{
			"a function that is missing", "anon-role = pg_monitor\npre-request = api.none",
			"no request can call it",
		},
		{"a folder that is missing", "sql = /nowhere/at/all", "-sql and -schema"},
		{"a database of another kind", "tables = true\ndatabase-uri = sqlite:/nowhere.db",
			"takes a restart"},
		{"a server that is away", "database-uri = postgres://me:" + secret + "@127.0.0.1:1/db",
			"127.0.0.1:1"},
		{"no database", "database-uri = @/nowhere/at/all", "/nowhere/at/all"},
	} {
		lines := []string{"max-rows = 1", test.line}
		if !strings.HasPrefix(test.line, "schema") && !strings.HasPrefix(test.line, "tables") {
			lines = append(lines, "schema = api")
		}
		if !strings.Contains(test.line, "database-uri") {
			lines = append(lines, database)
		}
		log := c.hangUp(file, lines...)
		if strings.Count(log, "level=ERROR") != 1 ||
			!strings.Contains(log, test.want) || strings.Contains(log, secret) {
			t.Errorf("%s: %s, want %s", test.reason, log, test.want)
		}
		if status, _, body := c.get("/rpc/rows?n=9"); status != 200 || body != "[1,2,3]" {
			t.Errorf("%s: %d %s", test.reason, status, body)
		}
	}
	log := c.hangUp(file, "schema = api", "max-rows = 2", database)
	if _, _, body := c.get("/rpc/rows?n=9"); body != "[1,2]" {
		t.Errorf("after all mistakes: %s\n%s", body, log)
	}
	c.stop()
}

// A reload under load refuses and cuts no request, and closes what it has replaced.
func TestHangupsUnderLoadLoseNothing(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE FUNCTION api.rows(n int)
		RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT generate_series(1, n)'`)
	place := write(t, "uri", uri)
	c, file := configuredBy(t, "", "superuser = true", "schema = api", "database-uri = @"+place,
		"events = films")
	c.await(c.stderr, "listening to the channels")
	films := c.follow("films")
	var ended atomic.Bool
	lost := make(chan string, 4)
	for range cap(lost) {
		go func() {
			for !ended.Load() {
				if status, _, body := c.get("/rpc/rows?n=3"); status != 200 || body != "[1,2,3]" {
					lost <- strconv.Itoa(status) + body
					return
				}
			}
			lost <- ""
		}()
	}
	for i := range 10 { // every second time the pool is another one
		name := "&application_name=reload" + strconv.Itoa(i/2)
		if err := os.WriteFile(place, []byte(uri+name), 0o600); err != nil {
			t.Fatal(err)
		}
		if log := c.hangUp(file, "superuser = true", "schema = api", "database-uri = @"+place,
			"events = films", "queue = "+strconv.Itoa(100+i)); strings.Contains(log, "level=ERROR") {
			t.Error(log)
		}
	}
	ended.Store(true)
	for range cap(lost) {
		if got := <-lost; got != "" {
			t.Error(got)
		}
	}
	if got := films.next(); got != "" {
		t.Errorf("a stream of a hub that is gone has %q", got)
	}
	eventually(t, "the pools that were replaced are closed", func() bool {
		return count(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
			AND application_name <> 'reload4' AND pid <> pg_backend_pid()`) == 0
	})
	c.stop()
}

// Where nothing of the channels has changed those who follow them go on.
func TestHangupKeepsStreams(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	c, file := configuredBy(t, uri, "events = films")
	c.await(c.stderr, "listening to the channels")
	films := c.follow("films")
	mustExec(t, db, "NOTIFY films, 'one'")
	if got := films.next(); got != "one" {
		t.Error(got)
	}
	c.hangUp(file, "events = films", "queue = 7")
	mustExec(t, db, "NOTIFY films, 'two'")
	if got := films.next(); got != "two" {
		t.Error(got)
	}
	c.hangUp(file, "events = orders")
	if got := films.next(); got != "" {
		t.Errorf("the channel that is gone has %q", got)
	}
	if status, _, body := c.get("/events/films"); status != 404 {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}

// What a restart has to put in force is named, and the rest is in force. A limit of requests that
// is the same goes on counting.
func TestHangupNamesWhatTakesARestart(t *testing.T) {
	c, file := configuredBy(t, "", "rate-limit = 0.001", "rate-burst = 3", "log-format = text")
	c.get("/cars")
	c.get("/cars")
	log := c.hangUp(file, "rate-limit = 0.001", "rate-burst = 3", "log-format = json",
		"admin-addr = localhost:0", "socket-mode = 600", "grace = 1s")
	for _, want := range []string{
		`"flags":"-admin-addr -socket-mode"`, "take a restart", `"level":"WARN"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
	for i, want := range []int{200, 429} {
		if status, _, _ := c.get("/cars"); status != want {
			t.Errorf("request %d: %d, want %d", i+3, status, want)
		}
	}
	c.terminate()
	c.await(c.stderr, `"limit":1000000000`) // the new -grace
	if status := c.wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}
