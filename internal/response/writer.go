// Package response sends results and problems as responses to HTTP requests, so that a complete
// response means success.
package response

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	firstBlock = 16 << 10 // of the body, held back before the status line is sent
	blockSize  = 32 << 10 // of the body, gathered afterwards
)

// Options say how a response is sent.
type Options struct {
	MediaType string
	Empty     bool // there is nothing to encode

	WriteTimeout time.Duration // that the client has to take a block, or 0
	MaxBytes     int64         // of the body, or 0

	// Reply returns the status and header. It is called once, just before they are sent or by
	// Settle; rows is -1 if it is not known, as when the response begins before all rows have been
	// read. Its header replaces what the response has otherwise, but for fields that are lists,
	// which it adds to.
	Reply func(rows int64) (status int, header http.Header, err error)
}

// A Writer sends one response. It holds the status line back until the first block of the body is
// full or the response is finished: an error before that can still have its own status.
type Writer struct {
	w       http.ResponseWriter
	r       *http.Request
	options Options
	buf     *bufio.Writer
	size    int64 // of the body so far
	settled bool  // status and header are known
	status  int
	header  http.Header
	began   bool // the status line has been sent
}

// A TooLargeError reports a response that exceeds Options.MaxBytes.
type TooLargeError struct{ Bytes int64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the response exceeds the limit of %d bytes", e.Bytes)
}

// Problem returns what a response says of the error: 500, since it is the program that has set the
// limit, and the result may be large whatever the client asks for.
func (e *TooLargeError) Problem() (status int, message, hint string) {
	return http.StatusInternalServerError, e.Error(), "ask for a part of the result"
}

var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, blockSize) }}

// New returns a Writer for the response to r. Release has to be called in the end.
func New(w http.ResponseWriter, r *http.Request, o Options) *Writer {
	out := &Writer{w: w, r: r, options: o, buf: buffers.Get().(*bufio.Writer)}
	out.buf.Reset(block{out})
	return out
}

// WantsBody reports whether the body is sent, if the status allows one: HEAD has none.
func (out *Writer) WantsBody() bool {
	return !out.options.Empty && out.r.Method != http.MethodHead
}

// Began reports whether the status line has been sent.
func (out *Writer) Began() bool { return out.began }

// Write implements io.Writer. Its errors are those of the connection to the client, of Reply, and a
// *TooLargeError.
func (out *Writer) Write(p []byte) (int, error) {
	if out.size += int64(len(p)); out.options.MaxBytes > 0 && out.size > out.options.MaxBytes {
		return 0, &TooLargeError{out.options.MaxBytes}
	}
	n, err := out.buf.Write(p)
	if err == nil && !out.began && out.buf.Buffered() > firstBlock {
		err = out.buf.Flush()
	}
	return n, err
}

// Settle asks for status and header, if they are not known yet, when all rows have been read. Until
// Finish nothing of it is sent.
func (out *Writer) Settle(rows int64) (err error) {
	if !out.settled {
		out.status, out.header, err = out.options.Reply(rows)
		out.settled = err == nil
	}
	return err
}

// Finish sends what is left of a response whose status and header are settled. One that has not
// begun carries its Content-Length, but for the response to HEAD.
func (out *Writer) Finish() error {
	if !out.began {
		switch {
		case out.bodyless():
			out.buf.Reset(block{out})
		case out.r.Method != http.MethodHead:
			out.w.Header().Set("Content-Length", strconv.Itoa(out.buf.Buffered()))
		}
		out.begin()
	}
	if err := out.buf.Flush(); err != nil || out.options.WriteTimeout == 0 {
		return err
	}
	control := http.NewResponseController(out.w)
	err := control.Flush() // what net/http holds back has its time, too
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	control.SetWriteDeadline(time.Time{}) // of the next response on the connection
	return nil
}

// Release gives the buffer to the next response.
func (out *Writer) Release() {
	out.buf.Reset(nil)
	buffers.Put(out.buf)
}

// bodyless reports whether the response has no body whatever the method (RFC 9110, 6.4.1).
func (out *Writer) bodyless() bool {
	switch out.status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		return true
	}
	return out.options.Empty
}

// lists are the header fields that are added to, since middleware may have set others before.
var lists = []string{"Link", "Set-Cookie", "Vary"}

// begin sends the status line and the header.
func (out *Writer) begin() {
	out.began = true
	h := out.w.Header()
	if !out.bodyless() {
		h.Set("Content-Type", out.options.MediaType)
	}
	for name, values := range out.header {
		if slices.Contains(lists, name) {
			values = append(h[name], values...)
		}
		h[name] = values
	}
	out.w.WriteHeader(out.status)
}

// block is what the buffer writes to when it is full.
type block struct{ out *Writer }

func (b block) Write(p []byte) (int, error) {
	out := b.out
	if !out.began {
		if err := out.Settle(-1); err != nil {
			return 0, err
		}
	}
	if d := out.options.WriteTimeout; d > 0 { // has no effect where it is not supported
		http.NewResponseController(out.w).SetWriteDeadline(time.Now().Add(d))
	}
	if !out.began {
		out.begin()
	}
	if out.bodyless() {
		return len(p), nil
	}
	return out.w.Write(p)
}
