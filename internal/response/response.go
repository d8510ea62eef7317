// Package response writes results and problems as answers to HTTP requests, so that a complete answer means success.
package response

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

const (
	firstBlock = 16 << 10 // how much of the output is held back before the status line is sent
	blockSize  = 32 << 10 // how much is gathered afterwards
)

// An AbortedError is an error from when the status line was out already: the answer can only be aborted.
type AbortedError struct{ Err error }

func (e *AbortedError) Error() string { return e.Err.Error() }
func (e *AbortedError) Unwrap() error { return e.Err }

// Send answers with a result. A status of 0 stands for 200, or 204 where there is nothing to say: a result without
// columns, or the column of a function that returns void. When it fails before the status line is out nothing
// has been written; afterwards the error is an *AbortedError.
func Send(w http.ResponseWriter, status int, e encoder.Encoder, rows *row.Rows) error {
	columns := rows.Columns()
	empty := len(columns) == 0 || len(columns) == 1 && columns[0].Kind == row.Void
	switch {
	case status == 0 && empty:
		status = http.StatusNoContent
	case status == 0:
		status = http.StatusOK
	}
	if empty || status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified {
		if err := rows.Finish(); err != nil { // what goes wrong in them has to be known before the answer
			return err
		}
		w.WriteHeader(status)
		return nil
	}
	out := newWriter(w, status, e.MediaType())
	defer out.release()
	err := e.Encode(out, rows)
	if err == nil {
		err = rows.Finish() // an encoder may have stopped early, or passed over an error
	}
	if err == nil {
		err = out.finish()
	}
	if err != nil && out.committed {
		return &AbortedError{err}
	}
	return err
}

// Abort ends an answer so that the client sees it is not whole. It does not return.
func Abort(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) { // a body of HTTP/1.0 may end with the connection: only a reset tells
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if secure, ok := conn.(*tls.Conn); ok {
				conn = secure.NetConn()
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			conn.Close()
		}
	}
	panic(http.ErrAbortHandler)
}

// A writer holds the status line back until the first block of output is full or the answer is finished: an error before
// that can still have its own status.
type writer struct {
	w         http.ResponseWriter
	buf       *bufio.Writer
	status    int
	mediaType string
	committed bool // the status line is out
}

var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, blockSize) }}

func newWriter(w http.ResponseWriter, status int, mediaType string) *writer {
	out := &writer{w: w, status: status, mediaType: mediaType, buf: buffers.Get().(*bufio.Writer)}
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
		out.w.Header().Set("Content-Length", strconv.Itoa(out.buf.Buffered()))
		out.commit()
	}
	return out.buf.Flush()
}

// release gives the buffer to the next answer.
func (out *writer) release() {
	out.buf.Reset(nil)
	buffers.Put(out.buf)
}

func (out *writer) commit() {
	out.committed = true
	out.w.Header().Set("Content-Type", out.mediaType)
	out.w.WriteHeader(out.status)
}

// block is what the buffer writes to when it is full.
type block struct{ out *writer }

func (b block) Write(p []byte) (int, error) {
	if !b.out.committed {
		b.out.commit()
	}
	return b.out.w.Write(p)
}
