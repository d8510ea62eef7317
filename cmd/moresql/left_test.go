package main

import (
	"io"
	"sync"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/internal/pgtest"
)

// Whatever a call with -http-settings does to its connection, the next caller sees nothing of it.
func TestCommandLeavesNothingOnTheConnection(t *testing.T) {
	c, _ := startContract(t, pgtest.Soil("api", "pg_monitor"),
		"-http-settings", "-connections", "1", "-channel", "")
	for _, test := range []struct {
		reason, method, path, body, accept string
		status                             int
	}{
		{reason: "a call", method: "POST", path: "/rpc/soil", body: `{"n":3}`, status: 200},
		{reason: "a call that reads", method: "GET", path: "/rpc/soil?n=0", status: 405},
		{reason: "HEAD", method: "HEAD", path: "/rpc/soil?n=0", status: 405},
		{reason: "an error in the rows", method: "POST", path: "/rpc/soil", body: `{"n":501}`,
			status: 400},
		{reason: "a result of another shape", method: "POST", path: "/rpc/soil", body: `{"n":3}`,
			accept: "application/vnd.pgrst.object+json", status: 406},
	} {
		_, _, before := c.request("POST", "/rpc/state", "", "")
		r := c.newRequest(test.method, test.path, test.body)
		if test.body != "" {
			r.Header.Set("Content-Type", jsonType)
		}
		if test.accept != "" {
			r.Header.Set("Accept", test.accept)
		}
		status, _, body := c.do(r)
		if status != test.status {
			t.Errorf("%s: %d %s, want %d", test.reason, status, body, test.status)
		}
		status, header, after := c.request("POST", "/rpc/state", "", "")
		if status != 200 || after != before || header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v\n%s, before it\n%s", test.reason, status, header, after, before)
		}
	}
	c.stop()
}

// Clients leave in the middle of a response that has no end.
func TestCommandEndsQueriesOfReadersThatLeave(t *testing.T) {
	c, db := startContract(t, late)
	var all sync.WaitGroup
	for range database.PoolSize {
		all.Go(func() {
			conn := c.dial()
			defer conn.Close()
			io.WriteString(conn, "GET /rpc/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
			if n, err := io.CopyN(io.Discard, conn, 100_000); err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
	}
	all.Wait()
	eventually(t, "no query is left", func() bool {
		return count(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
			AND pid <> pg_backend_pid() AND state <> 'idle'`) == 0
	})
	c.becomes("/ready", 200, "It works.")
	c.stop()
}
