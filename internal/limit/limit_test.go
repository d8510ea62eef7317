package limit

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const long = time.Minute // longer than any test waits

func TestEnterQueuesAndRefuses(t *testing.T) {
	l := New(1, 1, long)
	if err := l.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() { waiting <- l.Enter(t.Context()) }()
	for l.waiting.Load() == 0 {
		runtime.Gosched() // until it waits
	}
	if err := l.Enter(t.Context()); !errors.As(err, new(*BusyError)) {
		t.Errorf("a third call, with one running and one waiting: %v", err)
	}
	l.Leave()
	if err := <-waiting; err != nil {
		t.Errorf("the call that waits: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Enter(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a call whose context ends: %v", err)
	}
	l.Leave()
	if err := l.Enter(t.Context()); err != nil {
		t.Errorf("after all calls have left: %v", err)
	}
}

func TestEnterWaitsNoLongerThanItMay(t *testing.T) {
	l := New(1, 1, time.Millisecond)
	if err := l.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Enter(t.Context()); !errors.As(err, new(*BusyError)) {
		t.Errorf("after a millisecond: %v", err)
	}
}

func TestLimitHoldsForManyCalls(t *testing.T) {
	l := New(3, 1000, long)
	var now, most, done atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := l.Enter(t.Context()); err != nil {
				t.Error(err)
				return
			}
			for n := now.Add(1); ; {
				if old := most.Load(); n <= old || most.CompareAndSwap(old, n) {
					break
				}
			}
			now.Add(-1)
			done.Add(1)
			l.Leave()
		}()
	}
	wg.Wait()
	if most.Load() > 3 || done.Load() != 200 {
		t.Errorf("%d at once, %d done", most.Load(), done.Load())
	}
}

// What is negative is without a limit.
func TestNegativeLimits(t *testing.T) {
	l := New(-1, 0, 0)
	for range 2 {
		if err := l.Enter(t.Context()); err != nil {
			t.Fatalf("a limit of -1 running calls: %v", err)
		}
	}
	l = New(1, -1, -1)
	if err := l.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	entered := make(chan error)
	for range 3 {
		go func() { entered <- l.Enter(t.Context()) }()
	}
	select {
	case err := <-entered:
		t.Fatalf("a call did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	for range 3 {
		l.Leave()
		if err := <-entered; err != nil {
			t.Error(err)
		}
	}
}
