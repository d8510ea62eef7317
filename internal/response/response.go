// Package response writes answers so that a complete one means success.
package response

import (
	"bufio"
	"net/http"
	"strconv"
	"sync"
)

// blockSize is how much of the output is held back before the status line is sent.
const blockSize = 32 << 10

// A Writer holds the status line back until the first block of output is full or the answer is finished: an error before
// that can still have its own status. It is an io.Writer for one goroutine.
type Writer struct {
	w         http.ResponseWriter
	buf       *bufio.Writer
	status    int
	mediaType string
	committed bool
}

var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, blockSize) }}

// New returns a Writer of an answer with the given status and Content-Type. Release it.
func New(w http.ResponseWriter, status int, mediaType string) *Writer {
	r := &Writer{w: w, status: status, mediaType: mediaType, buf: buffers.Get().(*bufio.Writer)}
	r.buf.Reset(block{r})
	return r
}

// Write implements io.Writer. Its errors are those of the connection to the client.
func (r *Writer) Write(p []byte) (int, error) { return r.buf.Write(p) }

// Committed reports whether the status line is out: from then on an error can only abort the answer.
func (r *Writer) Committed() bool { return r.committed }

// Finish sends what is left. An answer that is all here carries its Content-Length.
func (r *Writer) Finish() error {
	if !r.committed {
		r.w.Header().Set("Content-Length", strconv.Itoa(r.buf.Buffered()))
		r.commit()
	}
	return r.buf.Flush()
}

// Release gives the Writer's memory to the next answer.
func (r *Writer) Release() {
	r.buf.Reset(nil)
	buffers.Put(r.buf)
	r.buf = nil
}

func (r *Writer) commit() {
	r.committed = true
	r.w.Header().Set("Content-Type", r.mediaType)
	r.w.WriteHeader(r.status)
}

// block is what the buffer writes to when it is full.
type block struct{ *Writer }

func (b block) Write(p []byte) (int, error) {
	if !b.committed {
		b.commit()
	}
	return b.w.Write(p)
}
