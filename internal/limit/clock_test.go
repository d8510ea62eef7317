package limit

import (
	"context"
	"testing"
	"time"
)

func TestClockEndsWithWhatItIsMadeOf(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := NewClock(ctx, time.Hour)
	cancel()
	<-c.Done()
	if c.Err() != context.Canceled {
		t.Errorf("its error is %v", c.Err())
	}
	c.End()
	var none *Clock
	none.Stop()
	none.Start()
}
