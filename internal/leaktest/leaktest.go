// Package leaktest fails tests that leak goroutines.
package leaktest

import (
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines may take to end after the test has.
const patience = 5 * time.Second

// Check fails the test if, at its end, goroutines run that did not run when Check was called.
// Called first, it runs after all other cleanups. It must not be used in parallel tests, whose
// goroutines it cannot tell apart.
func Check(tb testing.TB) {
	tb.Helper()
	check(tb, patience)
}

func check(tb testing.TB, patience time.Duration) {
	tb.Helper()
	before := goroutines()
	tb.Cleanup(func() {
		tb.Helper()
		// a test that has failed may have returned early, and its goroutines are noise then
		if tb.Failed() {
			return
		}
		if left := await(before, patience); len(left) > 0 {
			tb.Errorf("goroutines left after the test: %d\n\n%s", len(left), strings.Join(left, "\n\n"))
		}
	})
}

// await waits until all goroutines except those in before have ended, and returns the stacks of
// those that have not.
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

// expected matches the stacks of goroutines that no test has to end: those of the testing package,
// of a signal handler, which is never taken down, and of a database server that tests share.
var expected = regexp.MustCompile(`(?m)` +
	`^testing\.(tRunner|runFuzz|\(\*M\)|\(\*T\)|\(\*F\)|\(\*B\))|^created by testing\.` +
	`|^os/signal\.|^runtime\.ensureSigM` +
	`|/internal/testserver\.`)

// goroutines returns the stacks of all goroutines except the caller's by their ids, which only
// runtime.Stack reports.
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
