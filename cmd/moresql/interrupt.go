package main

import (
	"context"
	"io"
)

// An interruptible reader ends with its context, also while it waits for a terminal or for the
// program at the other end of a pipe, whose reads nothing else ends.
type interruptible struct {
	ctx    context.Context
	in     io.Reader
	buffer []byte // of its own, which a read may fill after the end
}

// A chunk is what a read returns.
type chunk struct {
	n   int
	err error
}

// Read implements io.Reader.
func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.buffer == nil {
		r.buffer = make([]byte, 64<<10)
	}
	buffer, done := r.buffer[:min(len(p), len(r.buffer))], make(chan chunk, 1)
	go func() {
		n, err := r.in.Read(buffer)
		done <- chunk{n, err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case c := <-done:
		return copy(p, buffer[:c.n]), c.err
	}
}
