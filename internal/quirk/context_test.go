package quirk

import (
	"context"
	"testing"
)

// TestDriverContextIsAContext: what a driver derives from it ends with it, and not with the call.
func TestDriverContextIsAContext(t *testing.T) {
	type key struct{}
	of, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "the call's"))
	c := &driverContext{values: of}
	derived, stop := context.WithCancel(c)
	defer stop()
	ran := make(chan string, 4)
	context.AfterFunc(c, func() { ran <- "through package context" })
	c.AfterFunc(func() { ran <- "by itself" })
	again := context.AfterFunc(derived, func() { ran <- "derived" })
	stopped := context.AfterFunc(c, func() { ran <- "stopped" })
	if !stopped() || stopped() {
		t.Error("stop has to report once that it has stopped the function")
	}
	cancel()
	if c.Err() != nil || derived.Err() != nil || len(ran) > 0 {
		t.Errorf("it ends with the call: %v, %v", c.Err(), derived.Err())
	}
	if v := derived.Value(key{}); v != "the call's" {
		t.Errorf("it has the value %v", v)
	}
	if _, ok := c.Deadline(); ok {
		t.Error("it has a deadline")
	}
	c.finish()
	c.finish()
	<-c.Done()
	<-derived.Done()
	if c.Err() != context.Canceled || derived.Err() != context.Canceled {
		t.Errorf("it does not end: %v, %v", c.Err(), derived.Err())
	}
	all := map[string]bool{<-ran: true, <-ran: true, <-ran: true}
	if len(all) != 3 || all["stopped"] {
		t.Errorf("these have run: %v", all)
	}
	if again() {
		t.Error("a function that has run was stopped")
	}
	late := make(chan struct{})
	if c.AfterFunc(func() { close(late) })() {
		t.Error("a function that runs at once was stopped")
	}
	<-late
}

// TestDriverContextEndsForWhoComesLater: its channel is made and closed then.
func TestDriverContextEndsForWhoComesLater(t *testing.T) {
	c := &driverContext{values: t.Context()}
	c.finish()
	<-c.Done()
	if err := context.Cause(c); err != context.Canceled {
		t.Errorf("it ended for %v", err)
	}
}
