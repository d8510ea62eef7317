//go:build go1.25

package limit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// The time in which a Clock is stopped does not count, and contexts below it end with it.
func TestClockStandsWhileItIsStopped(t *testing.T) {
	synctest.Test(t, testStandingClock)
}

func testStandingClock(t *testing.T) {
	const d, stopped = 200 * time.Millisecond, 500 * time.Millisecond
	begin := time.Now()
	c := NewClock(t.Context(), d)
	defer c.End()
	below, cancel := context.WithCancel(c)
	defer cancel()
	c.Stop()
	time.Sleep(stopped) // in the time of synctest
	if c.Err() != nil || below.Err() != nil {
		t.Fatalf("it runs on: %v, %v", c.Err(), below.Err())
	}
	c.Start()
	<-below.Done()
	if took := time.Since(begin); took != d+stopped {
		t.Errorf("it is over after %v", took)
	}
	if !errors.Is(c.Err(), context.DeadlineExceeded) {
		t.Errorf("its error is %v", c.Err())
	}
	c.Stop() // as a response may when it is over
	c.Start()
}
