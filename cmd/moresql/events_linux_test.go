package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/racetest"
)

// A thousand subscribers, of whom every fifth one reads, share one memory of what is sent: ten
// thousand events of 1 KiB take the process the 16 MiB that are kept of a channel, and the garbage
// of that, and not 10 MiB for each subscriber. Those who read miss nothing.
func TestEventsTakeBoundedMemory(t *testing.T) {
	const subscribers, size = 1000, 1024
	sent, most := 10_000, 96.0
	if racetest.Enabled() { // it takes ten times the time, and notes of what each goroutine reads
		sent, most = 1000, 600
	}
	uri := newPostgreSQL(t)
	c := start(t, uri, "-events", "many")
	c.await(c.stderr, "listening to the channels")
	var all sync.WaitGroup
	for i := range subscribers {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.url(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
			t.Fatal(err)
		}
		const request = "GET /events/many HTTP/1.1\r\nHost: localhost\r\n\r\n"
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		block := make([]byte, 32<<10)
		n, err := conn.Read(block)
		if err != nil || !bytes.HasPrefix(block[:n], []byte("HTTP/1.1 200")) {
			t.Fatalf("%s %v", block[:n], err)
		}
		if i%5 > 0 {
			continue
		}
		all.Go(func() {
			for got := 0; got < sent; {
				n, err := conn.Read(block)
				if err != nil {
					t.Errorf("the stream ends after %d events: %v", got, err)
					return
				}
				got += bytes.Count(block[:n], []byte("#")) // each has one
			}
		})
	}
	before := c.peak()
	// Each is a transaction of its own, as those of an application are.
	mustExec(t, connect(t, uri), fmt.Sprintf(`DO $$ BEGIN FOR i IN 1..%d LOOP
		PERFORM pg_notify('many', '#' || lpad(i::text, %d, '.')); COMMIT; END LOOP; END $$`,
		sent, size-1))
	all.Wait()
	peak := c.peak()
	t.Logf("peak memory: %.1f MiB with %d subscribers, %.1f MiB after %d events", before, subscribers,
		peak, sent)
	if peak-before > most {
		t.Errorf("the events take %.1f MiB", peak-before)
	}
}
