package testserver

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

// captureSize is how much of a log's end is kept: it has to hold the reason of
// a failed start, and a server that runs for long must not fill the memory.
const captureSize = 64 << 10

// capture keeps the end of a program's output and watches it for one text.
type capture struct {
	ready chan struct{} // closed when the text has come
	eof   chan struct{} // closed at the end of the output

	mu     sync.Mutex
	wanted []byte // nil once found
	tail   []byte
}

func newCapture(wanted string) *capture {
	return &capture{ready: make(chan struct{}), eof: make(chan struct{}), wanted: []byte(wanted)}
}

// read takes in the output until its end and closes it.
func (c *capture) read(output *os.File) {
	defer close(c.eof)
	defer output.Close()
	io.Copy(c, output)
}

// Write implements io.Writer.
func (c *capture) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tail = append(c.tail, b...)
	// Searched before it is cut, and in all that is kept: the text may have
	// come in two pieces.
	if len(c.wanted) > 0 && bytes.Contains(c.tail, c.wanted) {
		c.wanted = nil
		close(c.ready)
	}
	if extra := len(c.tail) - captureSize; extra > 0 {
		c.tail = append(c.tail[:0], c.tail[extra:]...)
	}
	return len(b), nil
}

// text returns what was kept. A program that has ended may have written its
// last words just now, so it waits a moment for the end of the output; not for
// ever, because a child of the program may still hold it open.
func (c *capture) text() string {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-c.eof:
	case <-timer.C:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.tail)
}
