package response

import (
	"bufio"
	"maps"
	"net/http"
	"strconv"
	"sync"

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
	empty     bool // there is nothing to encode
	committed bool // the status line is out
}

var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, blockSize) }}

func newWriter(w http.ResponseWriter, r *http.Request, reply Reply, rows *row.Rows) *writer {
	out := &writer{w: w, r: r, rows: rows, reply: reply, buf: buffers.Get().(*bufio.Writer)}
	out.buf.Reset(block{out})
	return out
}

// Write implements io.Writer. Its errors are those of the connection to the client.
func (out *writer) Write(p []byte) (int, error) {
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
	return out.buf.Flush()
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
	if !b.out.committed {
		b.out.commit(false)
	}
	return b.out.w.Write(p)
}
