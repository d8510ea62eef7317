package limit

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// start begins a request with a body of n bytes that announces a length.
func start(b *Budget, n int, length int64) (*http.Request, Bounds) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", n)))
	r.ContentLength = length
	return Start(httptest.NewRecorder(), r, b, 0, 0)
}

func TestBudgetCountsWhatArrives(t *testing.T) {
	budget := NewBudget(100)
	lying, lies := start(budget, 10, 1<<40) // what is announced takes nothing
	if data, err := io.ReadAll(lying.Body); len(data) != 10 || err != nil {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	first, holds := start(budget, 90, 90)
	if _, err := io.ReadAll(first.Body); err != nil {
		t.Fatal(err)
	}
	second, refused := start(budget, 1, 1)
	for range 2 { // reading on does not help
		if _, err := io.ReadAll(second.Body); !errors.As(err, new(*BusyError)) {
			t.Errorf("one byte more: %v", err)
		}
	}
	refused.End()
	lies.End()
	if third, b := start(budget, 10, 10); true {
		if _, err := io.ReadAll(third.Body); err != nil {
			t.Errorf("after a request has ended: %v", err)
		}
		b.End()
	}
	holds.End()
	holds.End()
	if n := budget.bodies.taken.Load(); n != 0 {
		t.Errorf("%d bytes are taken in the end", n)
	}
	large, b := start(budget, 101, 101)
	if _, err := io.ReadAll(large.Body); !errors.As(err, new(*http.MaxBytesError)) {
		t.Errorf("a body larger than the budget: %v", err)
	}
	b.End()
}

// The program may read on what nobody has read.
func TestBodyCanBeReadAfterTheEnd(t *testing.T) {
	budget := NewBudget(100)
	r, b := start(budget, 100, 100)
	b.End()
	data, err := io.ReadAll(r.Body)
	if n := budget.bodies.taken.Load(); len(data) != 100 || err != nil || n != 0 {
		t.Errorf("%d bytes, %v, %d taken", len(data), err, n)
	}
}

// Many at once never hold more than the budget, and all of it is free afterwards.
func TestBudgetHoldsForManyRequests(t *testing.T) {
	const size, requests, body = 1 << 20, 200, 100 << 10
	budget := NewBudget(size)
	var most, refused atomic.Int64
	var wg sync.WaitGroup
	for range requests {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, b := start(budget, body, body)
			defer b.End()
			_, err := io.Copy(io.Discard, struct{ io.Reader }{r.Body})
			switch {
			case errors.As(err, new(*BusyError)):
				refused.Add(1)
			case err != nil:
				t.Error(err)
			}
			for n := budget.bodies.taken.Load(); ; {
				if old := most.Load(); n <= old || most.CompareAndSwap(old, n) {
					break
				}
			}
		}()
	}
	wg.Wait()
	if n := budget.bodies.taken.Load(); n != 0 || most.Load() > size || refused.Load() == requests {
		t.Errorf("%d bytes at once, %d in the end, %d refused", most.Load(), n, refused.Load())
	}
}

func TestRowsHaveABudgetOfTheirOwn(t *testing.T) {
	budget := NewBudget(1 << 20)
	first, second := budget.Share(), budget.Share()
	for _, step := range []struct {
		reason string
		share  *Share
		n      int64
		busy   bool
	}{
		{"a small row", first, 1 << 10, false},
		{"a large one", first, 700 << 10, false},
		{"one more elsewhere", second, 700 << 10, true},
		{"a small one elsewhere", second, 1 << 10, false},
		{"the next one, which takes its place", first, 800 << 10, false},
		{"the last one, which is small", first, 10, false},
		{"then one elsewhere", second, 1 << 20, false},
	} {
		if err := step.share.Row(step.n); errors.As(err, new(*BusyError)) != step.busy {
			t.Errorf("%s: %v", step.reason, err)
		}
	}
	r, b := start(budget, 100, 100)
	if _, err := io.ReadAll(r.Body); err != nil {
		t.Errorf("a body meanwhile: %v", err)
	}
	b.End()
	first.End()
	second.End()
	if n := budget.rows.taken.Load(); n != 0 {
		t.Errorf("%d bytes are taken in the end", n)
	}
}
