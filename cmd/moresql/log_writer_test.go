package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// writes keeps what each Write got.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

// TestLinesAboutRequestsWaitForEachOther, but not long, and nothing else waits.
func TestLinesAboutRequestsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w writes
		l := newLogWriter(&w)
		check := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			l.mu.Lock()
			defer l.mu.Unlock()
			if !slices.Equal(w, want) {
				t.Errorf("%s: %q, want %q", when, w, want)
			}
			w = nil
		}
		fmt.Fprint(l.requests, "1")
		fmt.Fprint(l.requests, "2")
		check("at once")
		time.Sleep(logTime)
		check("in time", "12")

		fmt.Fprint(l.requests, "3")
		fmt.Fprint(l, "an error")
		check("what is not about a request comes at once, after the lines before it", "3", "an error")
		time.Sleep(2 * logTime)
		check("nothing is left")

		long := strings.Repeat("x", logSize)
		fmt.Fprint(l.requests, long)
		check("a full block", long)

		fmt.Fprint(l.requests, "4")
		l.flush()
		check("the end", "4")
	})
}

// TestNoLineAboutARequestIsLost when the command ends, nor is one out of order.
func TestNoLineAboutARequestIsLost(t *testing.T) {
	c, _ := startSleepy(t)
	for i := range 300 {
		c.get("/rpc/rows?n=1", "X-Request-Id", fmt.Sprint("number-", i))
	}
	c.stop()
	for i, line := range c.requests() {
		if !strings.Contains(line, fmt.Sprintf("request_id=number-%d ", i)) {
			t.Fatalf("line %d is %s", i, line)
		}
	}
	if n := len(c.requests()); n != 300 {
		t.Errorf("%d lines about 300 requests", n)
	}
}
