package testserver

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

// captureSize limits how much of a log's end is kept, in bytes. It has to hold the
// reason of a failed start, and a long-running server must not fill the memory.
const captureSize = 64 << 10

// capture keeps the end of a program's output and watches it for one text.
type capture struct {
	ready chan struct{} // closed when the text has been written
	eof   chan struct{} // closed at the end of the output

	mu     sync.Mutex
	wanted []byte // nil once found
	tail   []byte
}

func newCapture(wanted string) *capture {
	return &capture{ready: make(chan struct{}), eof: make(chan struct{}), wanted: []byte(wanted)}
}

// read copies the output until its end and closes it.
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
	// Search before the cut, and in all that is kept: the text may arrive in two
	// pieces.
	if len(c.wanted) > 0 && bytes.Contains(c.tail, c.wanted) {
		c.wanted = nil
		close(c.ready)
	}
	if extra := len(c.tail) - captureSize; extra > 0 {
		c.tail = append(c.tail[:0], c.tail[extra:]...)
	}
	return len(b), nil
}

// text returns what was kept. A program that has just ended may still have output
// in the pipe, so text waits a moment for the end of it; not for ever, because a
// child of the program may hold the pipe open.
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
