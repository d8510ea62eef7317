package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// dial connects as a client whose system takes little that the client has not read.
func (c *command) dial() net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url(), "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	conn.(*net.TCPConn).SetReadBuffer(16 << 10)
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// What clients that take nothing hold is free after -write-timeout, a body that drips has -timeout
// to arrive, and a client that reads slowly and steadily lives through both. It has 150 kB for each
// -write-timeout, which is 5 kB/s under the default one.
func TestCommandCutsOffWhoTakesNothingOnly(t *testing.T) {
	const write, timeout, size, part = 2 * time.Second, time.Second, 450_000, 7_500
	c, db := startContract(t, late+`;
		CREATE FUNCTION api.block(n int) RETURNS TABLE (block text) LANGUAGE sql STABLE AS
			$$ SELECT repeat('x', 1000) FROM (SELECT generate_series(1, n) AS i) s $$`,
		"-write-timeout", write.String(), "-timeout", timeout.String(), "-connections", "3")
	var all sync.WaitGroup
	all.Go(func() {
		conn := c.dial()
		fmt.Fprintf(conn, "GET /rpc/block?n=%d HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n",
			size/1000)
		response, err := http.ReadResponse(bufio.NewReaderSize(conn, 4<<10), nil)
		if err != nil {
			t.Error(err)
			return
		}
		steady := time.NewTicker(write / 20)
		defer steady.Stop()
		n, began := int64(0), time.Now()
		for err == nil {
			<-steady.C
			var some int64
			some, err = io.CopyN(io.Discard, response.Body, part)
			n += some
		}
		if err != io.EOF || n < size || time.Since(began) < 2*write {
			t.Errorf("the steady reader has %d bytes after %v: %v", n, time.Since(began), err)
		}
	})
	all.Go(func() {
		conn := c.dial()
		fmt.Fprint(conn, "POST /rpc/block HTTP/1.1\r\nHost: localhost\r\nContent-Type: "+jsonType+
			"\r\nContent-Length: 1000\r\n\r\n{")
		ended := make(chan struct{})
		go func() {
			drip := time.NewTicker(50 * time.Millisecond)
			defer drip.Stop()
			for {
				select {
				case <-ended:
					return
				case <-drip.C:
					fmt.Fprint(conn, " ")
				}
			}
		}()
		began := time.Now()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		close(ended)
		if err != nil || response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("the body that drips: %v %v after %v", response, err, time.Since(began))
		}
	})
	for range 2 {
		fmt.Fprint(c.dial(), "GET /rpc/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	const running = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
		AND state <> 'idle' AND query LIKE '%endless%' AND pid <> pg_backend_pid()`
	eventually(t, "the clients that take nothing have begun", func() bool {
		return count(t, db, running) == 2
	})
	eventually(t, "they hold nothing", func() bool { return count(t, db, running) == 0 })
	all.Wait()
	if status, _, body := c.get("/rpc/block?n=1"); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
	c.stop()
	if n := strings.Count(c.stderr.String(), "aborted=true"); n != 2 {
		t.Errorf("%d responses are cut:\n%s", n, c.stderr)
	}
}
