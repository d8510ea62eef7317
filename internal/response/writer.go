package response

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/moresql/moresql/row"
)

const (
	firstBlock = 16 << 10 // how much of the output is held back before the status line is sent
	blockSize  = 32 << 10 // how much is gathered afterwards
)

// A writer holds the status line back until the first block of output is full or the answer is finished: an error before
// that can still have its own status.
type writer struct {
	w         http.ResponseWriter
	r         *http.Request
	rows      *row.Rows
	reply     Reply
	buf       *bufio.Writer
	empty     bool  // there is nothing to encode
	size      int64 // of what has been written
	committed bool  // the status line is out
}

// A TooLargeError is an answer that would have more bytes than it may.
type TooLargeError struct{ Bytes int64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer has more than the %d bytes that are allowed", e.Bytes)
}

var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, blockSize) }}

func newWriter(w http.ResponseWriter, r *http.Request, reply Reply, rows *row.Rows) *writer {
	out := &writer{w: w, r: r, rows: rows, reply: reply, buf: buffers.Get().(*bufio.Writer)}
	out.buf.Reset(block{out})
	return out
}

// Write implements io.Writer. Its errors are those of the connection to the client.
func (out *writer) Write(p []byte) (int, error) {
	if out.size += int64(len(p)); out.reply.MaxBytes > 0 && out.size > out.reply.MaxBytes {
		return 0, &TooLargeError{out.reply.MaxBytes}
	}
	n, err := out.buf.Write(p)
	if err == nil && !out.committed && out.buf.Buffered() > firstBlock {
		err = out.buf.Flush()
	}
	return n, err
}

// finish sends what is left. An answer that is all here carries its Content-Length.
func (out *writer) finish() error {
	if !out.committed {
		if out.bare() {
			out.buf.Reset(block{out}) // a status that came late
		} else {
			out.w.Header().Set("Content-Length", strconv.Itoa(out.buf.Buffered()))
		}
		out.commit(true)
	}
	if err := out.buf.Flush(); err != nil || out.reply.WriteTimeout == 0 {
		return err
	}
	control := http.NewResponseController(out.w)
	if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) { // what net/http holds back has its time too
		return err
	}
	control.SetWriteDeadline(time.Time{}) // of the connection's next answer
	return nil
}

// release gives the buffer to the next answer.
func (out *writer) release() {
	out.buf.Reset(nil)
	buffers.Put(out.buf)
}

// commit sends the status line and the header. all says whether all rows are in what has been written so far.
func (out *writer) commit(all bool) {
	out.committed = true
	h, status := out.w.Header(), out.reply.Status
	if !out.bare() {
		h.Set("Content-Type", out.reply.Encoder.MediaType())
	}
	if p := out.reply.Page; p != nil {
		status = p.describe(h, out.r, status, out.rows, all)
	}
	maps.Copy(h, out.reply.Header)
	out.w.WriteHeader(status)
}

// block is what the buffer writes to when it is full.
type block struct{ out *writer }

func (b block) Write(p []byte) (int, error) {
	if d := b.out.reply.WriteTimeout; d > 0 {
		http.NewResponseController(b.out.w).SetWriteDeadline(time.Now().Add(d)) // without an effect where it is not supported
	}
	if !b.out.committed {
		b.out.commit(false)
	}
	return b.out.w.Write(p)
}
