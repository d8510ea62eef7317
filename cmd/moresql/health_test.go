package main

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/internal/pgtest"
)

// The database stops under a running command. Clients learn neither its address nor its user.
func TestReadyReportsAStoppedDatabase(t *testing.T) {
	server := pgtest.Start(t)
	c := start(t, replace(t, server.URI(), "postgres", "/postgres"), "-init")
	if status, _, body := c.get("/ready"); status != 200 || body != "It works." {
		t.Errorf("status %d: %s", status, body)
	}
	server.Stop()
	status, header, body := c.get("/ready")
	if status != 503 || !isProblem(header) || !strings.Contains(body, "the database cannot be used") {
		t.Errorf("status %d, %v: %s", status, header, body)
	}
	for _, private := range []string{"127.0.0.1", "postgres", "refused", "SQL"} {
		if strings.Contains(body, private) {
			t.Errorf("the response has %q: %s", private, body)
		}
	}
	c.await(c.stderr, "cannot be reached (connection refused)")
	if status, _, body := c.get("/cars"); status != 503 {
		t.Errorf("status %d: %s", status, body)
	}
	if status, _, body := c.get("/health"); status != 200 || body != "It works." {
		t.Errorf("status %d: %s", status, body)
	}
	c.stop()
	if out := body + c.stdout.String() + c.stderr.String(); strings.Contains(out, secret) {
		t.Errorf("the password is told:\n%s", out)
	}
}

// startSleepy starts the command on a function that takes some seconds. napping returns how many
// calls of it run.
func startSleepy(t *testing.T, args ...string) (c *command, napping func() int) {
	t.Helper()
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api;
		CREATE FUNCTION api.nap(s float) RETURNS text STABLE LANGUAGE sql
			AS $$ SELECT 'slept' FROM pg_sleep(s) $$;
		CREATE FUNCTION api.rows(n int) RETURNS SETOF int STABLE LANGUAGE sql
			AS 'SELECT generate_series(1, n)'`)
	napping = func() (n int) {
		if err := db.QueryRow(`SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'PgSleep'`).Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	return start(t, uri, append([]string{"-schema", "api"}, args...)...), napping
}

// A server whose connections are all busy is alive and not ready, and is so again afterwards.
func TestBusyServerIsAliveAndNotReady(t *testing.T) {
	c, napping := startSleepy(t)
	var all sync.WaitGroup
	for range database.PoolSize {
		all.Go(func() {
			if status, err := c.post("/rpc/nap", `{"s":5}`, patience); status != 200 {
				t.Errorf("%d %v", status, err)
			}
		})
	}
	for napping() < database.PoolSize {
		runtime.Gosched() // until all connections are in use
	}
	if status, _, body := c.get("/health"); status != 200 || napping() == 0 {
		t.Errorf("%d %s, and %d calls run", status, body, napping())
	}
	for range 3 { // which share a check
		all.Go(func() {
			status, header, body := c.get("/ready")
			const want = "every connection to the database is in use"
			if status != 503 || !isProblem(header) || !strings.Contains(body, want) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	all.Wait()
	c.becomes("/ready", 200, "It works.")
	c.stop()
	if log := c.stderr.String(); strings.Count(log, `msg="not ready`) != 1 ||
		strings.Count(log, `msg="ready again"`) != 1 {
		t.Errorf("the log is\n%s", log)
	}
}

func TestLimitsOfTheCommand(t *testing.T) {
	c, _ := startSleepy(t, "-connections", "1", "-queue", "1", "-queue-time", "200ms",
		"-timeout", "2s", "-limit-body", "100", "-limit-rows", "10", "-limit-bytes", "20000")
	// One runs and is ended, one waits in vain, and the others are refused at once.
	results := make(chan int, 4)
	for range 4 {
		go func() {
			status, _ := c.post("/rpc/nap", `{"s":60}`, patience)
			results <- status
		}()
	}
	got := map[int]int{}
	for range 4 {
		got[<-results]++
	}
	if got[http.StatusGatewayTimeout] != 1 || got[http.StatusServiceUnavailable] != 3 {
		t.Errorf("%v", got)
	}
	for _, test := range []struct {
		path, body string
		want       int
	}{
		{"/rpc/nap", `{"s":0` + strings.Repeat(" ", 100) + `}`, http.StatusRequestEntityTooLarge},
		{"/rpc/nap", `{"s":0}`, http.StatusOK},
		{"/rpc/rows", `{"n":10}`, http.StatusOK},
		{"/rpc/rows", `{"n":11}`, http.StatusInternalServerError},
	} {
		if status, _, body := c.request("POST", test.path, jsonType, test.body); status != test.want {
			t.Errorf("%s %s: %d %s", test.path, test.body, status, body)
		}
	}
	c.stop()
}

// What tools take of the memory is bounded by the same flags.
func TestLimitsHoldForTools(t *testing.T) {
	c, _ := startSleepy(t, "-mcp", "-mcp-rows", "9000", "-limit-body", "200",
		"-limit-bytes", "20000")
	for _, test := range []struct {
		reason, body string
		status       int
		want         string
	}{
		{"few rows", callOf("rows", `{"n":1}`), 200, `"structuredContent":{"result":`},
		{"a large result", callOf("rows", `{"n":9000}`), 200, `exceeds the limit of 20000 bytes`},
		{"a large body", callOf("rows", `{"n":1}`+strings.Repeat(" ", 200)), 413, `"status":413`},
	} {
		r := c.newRequest("POST", "/mcp", test.body)
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set("Accept", "application/json, text/event-stream")
		if status, _, body := c.do(r); status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s: %d %s", test.reason, status, body)
		}
	}
	c.stop()
}

// callOf returns the call of a tool.
func callOf(tool, arguments string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool +
		`","arguments":` + arguments + `}}`
}

// While the only connection is in use two more requests come.
func TestQueueTakesAsManyAsItMayForAsLong(t *testing.T) {
	for _, test := range []struct {
		reason, queue, time string
		seconds             string // of the first call
		refused             int
	}{
		{"no place in the queue", "0", "1m", "60", 2},
		{"one place", "1", "1m", "60", 1},
		{"no time, in which it is shorter than they would wait by default", "2", "1ms", "8", 2},
	} {
		c, napping := startSleepy(t, "-connections", "1", "-timeout", "1m",
			"-queue", test.queue, "-queue-time", test.time)
		ctx, leave := context.WithCancel(t.Context())
		first, err := http.NewRequestWithContext(ctx, "GET", c.url()+"/rpc/nap?s="+test.seconds, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() {
			if response, err := http.DefaultClient.Do(first); err == nil {
				response.Body.Close()
				t.Errorf("%s: the first call ended with %s", test.reason, response.Status)
			}
		})
		eventually(t, "the first call runs", func() bool { return napping() == 1 })
		results := make(chan int, 2)
		for range cap(results) {
			all.Go(func() {
				status, _ := c.post("/rpc/rows", `{"n":1}`, patience)
				results <- status
			})
		}
		for range test.refused {
			if status := <-results; status != http.StatusServiceUnavailable || napping() != 1 {
				t.Errorf("%s: %d, and %d calls run", test.reason, status, napping())
			}
		}
		leave()
		for range cap(results) - test.refused {
			if status := <-results; status != http.StatusOK {
				t.Errorf("%s: %d after the first call", test.reason, status)
			}
		}
		all.Wait()
		c.stop()
	}
}

// Without flags no call runs for an hour, and no response is without an end.
func TestLimitsAreOnByDefault(t *testing.T) {
	var o options
	if err := o.flags().Parse(nil); err != nil {
		t.Fatal(err)
	}
	l := o.limits.option()
	if l.Timeout <= 0 || l.Write <= 0 || l.Running <= 0 || l.Waiting <= 0 || l.Wait <= 0 ||
		l.Body <= 0 || l.Rows <= 0 || l.Bytes <= 0 || l.Memory <= 0 || o.followers <= 0 {
		t.Errorf("%+v", l)
	}
}
