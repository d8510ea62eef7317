package logs

import (
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	logTime = 100 * time.Millisecond // how long a line about a request may wait
	logSize = 32 << 10               // of the lines that wait, in bytes
)

// A Writer writes the log. A line about a request may wait for others, since a system call for
// each is a good part of what a small call costs. Any other line is written at once, after those
// that wait, and so is every line on a terminal.
type Writer struct {
	w        io.Writer
	Requests io.Writer // gets the lines about requests

	mu      sync.Mutex
	waiting []byte
	timer   *time.Timer
}

// NewWriter returns a Writer to w. Flush has to be called in the end.
func NewWriter(w io.Writer) *Writer {
	l := &Writer{w: w}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		l.Requests = l
		return l
	}
	l.Requests = waitingLines{l}
	l.timer = time.AfterFunc(logTime, l.Flush)
	return l
}

// Write implements io.Writer.
func (l *Writer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write()
	return l.w.Write(p)
}

// Flush writes the lines that wait.
func (l *Writer) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write()
}

func (l *Writer) write() {
	if len(l.waiting) > 0 {
		l.w.Write(l.waiting) // as slog, which has nobody to report an error to
		l.waiting = l.waiting[:0]
	}
}

// waitingLines gets the lines that may wait.
type waitingLines struct{ *Writer }

func (l waitingLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.timer.Reset(logTime)
	}
	if l.waiting = append(l.waiting, p...); len(l.waiting) >= logSize {
		l.write()
	}
	return len(p), nil
}
