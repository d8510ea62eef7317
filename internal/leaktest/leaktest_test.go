package leaktest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// fakeTB is a test that records its failures.
type fakeTB struct {
	testing.TB
	cleanup  []func()
	failures []string
}

func (f *fakeTB) Helper()                {}
func (f *fakeTB) Cleanup(cleanup func()) { f.cleanup = append(f.cleanup, cleanup) }
func (f *fakeTB) Failed() bool           { return len(f.failures) > 0 }
func (f *fakeTB) Errorf(format string, args ...any) {
	f.failures = append(f.failures, fmt.Sprintf(format, args...))
}

// end runs the cleanups as the testing package does, the last one first.
func (f *fakeTB) end() {
	for i := len(f.cleanup) - 1; i >= 0; i-- {
		f.cleanup[i]()
	}
}

func waitFor(c chan struct{}) { <-c }

func TestLeakFailsTheTest(t *testing.T) {
	release := make(chan struct{})
	defer close(release)

	var f fakeTB
	check(&f, 20*time.Millisecond)
	go waitFor(release)
	f.end()
	if len(f.failures) != 1 || !strings.Contains(f.failures[0], "leaktest.TestLeakFailsTheTest") {
		t.Errorf("failures = %q, want one that names where the goroutine was started", f.failures)
	}
}

func TestOlderGoroutineIsNoLeak(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	go waitFor(release)

	var f fakeTB
	check(&f, 20*time.Millisecond)
	f.end()
	if f.Failed() {
		t.Errorf("a goroutine from before the test counts as its leak: %q", f.failures)
	}
}

func TestGoroutineMayEndLate(t *testing.T) {
	release := make(chan struct{})

	var f fakeTB
	Check(&f)
	go waitFor(release)
	// it ends while Check waits for it
	time.AfterFunc(20*time.Millisecond, func() { close(release) })
	f.end()
	if f.Failed() {
		t.Errorf("a goroutine that ended counts as a leak: %q", f.failures)
	}
}

func TestFailedTestIsNotChecked(t *testing.T) {
	release := make(chan struct{})
	defer close(release)

	var f fakeTB
	check(&f, 20*time.Millisecond)
	go waitFor(release)
	f.Errorf("the failure of the test")
	f.end()
	if len(f.failures) != 1 {
		t.Errorf("failures = %q, want that of the test alone", f.failures)
	}
}

func TestSubtestsAreChecked(t *testing.T) {
	Check(t)
	t.Run("sub", func(t *testing.T) { Check(t) })
}
