// Package leaktest fails tests that leave goroutines behind.
package leaktest

import (
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines may take to end after the test did.
const patience = 5 * time.Second

// Check fails the test if at its end goroutines run that did not run when Check
// was called. Called first, it looks after all other cleanups. It cannot tell
// the goroutines of tests that run in parallel apart, so it is not for those.
func Check(tb testing.TB) {
	tb.Helper()
	check(tb, patience)
}

func check(tb testing.TB, patience time.Duration) {
	tb.Helper()
	before := goroutines()
	tb.Cleanup(func() {
		tb.Helper()
		// A test that failed may have left early; what it left is noise then.
		if tb.Failed() {
			return
		}
		if left := await(before, patience); len(left) > 0 {
			tb.Errorf("goroutines left after the test: %d\n\n%s", len(left), strings.Join(left, "\n\n"))
		}
	})
}

// await waits until all goroutines but those in before have ended, and returns
// the stacks of those that have not.
func await(before map[string]string, patience time.Duration) []string {
	deadline := time.After(patience)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		var left []string
		for id, stack := range goroutines() {
			if _, old := before[id]; !old && !expected.MatchString(stack) {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ticker.C:
		case <-deadline:
			return left
		}
	}
}

// expected matches the stacks of goroutines that are no test's to end: those of
// the testing package, of a signal handler, which is never taken down, and of a
// database server that tests share.
var expected = regexp.MustCompile(`(?m)` +
	`^testing\.(tRunner|runFuzz|\(\*M\)|\(\*T\)|\(\*F\)|\(\*B\))|^created by testing\.` +
	`|^os/signal\.|^runtime\.ensureSigM` +
	`|/internal/testserver\.`)

// goroutines returns the stacks of all goroutines but the caller's, by their
// ids: runtime.Stack is the only place that names them.
func goroutines() map[string]string {
	buf := make([]byte, 1<<16)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	stacks := strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n")
	found := make(map[string]string, len(stacks))
	for _, stack := range stacks[1:] { // the caller's comes first
		// "goroutine 7 [select, 2 minutes]:"
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		found[id] = stack
	}
	return found
}
