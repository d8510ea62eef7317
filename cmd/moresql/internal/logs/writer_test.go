package logs

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
		l := NewWriter(&w)
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
		fmt.Fprint(l.Requests, "1")
		fmt.Fprint(l.Requests, "2")
		check("at once")
		time.Sleep(logTime)
		check("in time", "12")

		fmt.Fprint(l.Requests, "3")
		fmt.Fprint(l, "an error")
		check("what is not about a request comes at once, after the lines before it", "3", "an error")
		time.Sleep(2 * logTime)
		check("nothing is left")

		long := strings.Repeat("x", logSize)
		fmt.Fprint(l.Requests, long)
		check("a full block", long)

		fmt.Fprint(l.Requests, "4")
		l.Flush()
		check("the end", "4")
	})
}
