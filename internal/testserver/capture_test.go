package testserver

import (
	"strings"
	"testing"
)

func TestCaptureFindsTextAndKeepsTheEnd(t *testing.T) {
	c := newCapture("ready")
	close(c.eof)
	c.Write([]byte(strings.Repeat("a", captureSize) + "rea"))
	c.Write([]byte("dy" + strings.Repeat("b", captureSize/2)))
	select {
	case <-c.ready:
	default:
		t.Error("a text in two pieces was not found")
	}
	got := c.text()
	if len(got) != captureSize || !strings.HasSuffix(got, "ready"+strings.Repeat("b", captureSize/2)) {
		t.Errorf("kept %d bytes", len(got))
	}
}
