package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
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
	conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// What clients that take nothing hold is free after -write-timeout, a body that drips has -timeout
// to arrive, and a client that reads slowly and steadily lives through both: one that takes
// 150 kB in each -write-timeout, which is 5 kB/s under the default one.
func TestCommandCutsOffWhoTakesNothingOnly(t *testing.T) {
	const write, timeout, size, part = 2 * time.Second, 5 * time.Second, 8_000_000, 7_500
	c, db := startContract(t, late+`;
		CREATE FUNCTION api.block(n int) RETURNS TABLE (block text) LANGUAGE sql STABLE AS
			$$ SELECT repeat('x', 1000) FROM (SELECT generate_series(1, n) AS i) s $$`,
		"-write-timeout", write.String(), "-timeout", timeout.String(), "-connections", "4")
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
		for range 60 { // three times -write-timeout, and more than -timeout
			<-steady.C
			if _, err := io.CopyN(io.Discard, response.Body, part); err != nil {
				t.Errorf("the steady reader: %v", err)
				return
			}
		}
		if n, err := io.Copy(io.Discard, response.Body); err != nil || n < size-60*part {
			t.Errorf("the steady reader has %d bytes more, %v", n, err)
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
	cut := regexp.MustCompile(`msg=request .*aborted=true`).FindAllString(c.stderr.String(), -1)
	if len(cut) != 2 {
		t.Errorf("%d responses are cut:\n%s", len(cut), c.stderr)
	}
}
