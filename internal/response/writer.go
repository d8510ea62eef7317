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
	"strings"
	"sync"
	"time"

	"github.com/moresql/moresql/row"
)

const (
	firstBlock = 16 << 10 // of the body, held back before the status line is sent
	blockSize  = 32 << 10 // of the body, gathered afterwards
)

// A writer sends one response. It holds the status line back until the first block of the body is
// full or the response is finished: an error before that can still have its own status.
type writer struct {
	w     http.ResponseWriter
	r     *http.Request
	o     *Options
	empty bool // there is no body
	buf   *bufio.Writer
	size  int64 // of the body so far

	// What Reply decides by, as far as it is known.
	meta, trailer []row.Value
	location      string // that the response redirects to, or ""

	// whole are the rows if all of them have been read before the first byte is written.
	whole *row.Rows

	settled bool // status and header are known
	status  int
	header  http.Header
	began   bool // the status line has been sent

	mediaType, length [1]string // values of the header, here since most responses have both
}

var buffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, blockSize) }}

// newWriter returns a writer for the response to r. release has to be called in the end.
func newWriter(w http.ResponseWriter, r *http.Request, o *Options, empty bool) *writer {
	out := &writer{w: w, r: r, o: o, empty: empty, buf: buffers.Get().(*bufio.Writer)}
	out.buf.Reset(block{out})
	return out
}

// wantsBody reports whether the body is to be written. That of HEAD is not sent, but shows how many
// rows the header depends on, and whether the encoder refuses the result as a whole.
func (out *writer) wantsBody() bool {
	return !out.empty && (out.r.Method != http.MethodHead || out.o.ReadOnly || out.whole != nil)
}

// heldBack is what net/http keeps of a body, in bytes, before it sends the header.
const heldBack = 2 << 10

// errEnough ends the encoding of a response to HEAD that has begun.
var errEnough = errors.New("the header has been sent, and HEAD wants nothing else")

// Reserve returns the *TooLargeError of a Write of n bytes, for encoders that write a large value
// in pieces: they need not begin.
func (out *writer) Reserve(n int) error {
	if most := out.o.MaxBytes; most > 0 && out.size+int64(n) > most {
		return &TooLargeError{fmt.Sprintf("the response exceeds the limit of %d bytes", most)}
	}
	return nil
}

// Write implements io.Writer. Its errors are those of the connection to the client, of reply, and a
// *TooLargeError.
func (out *writer) Write(p []byte) (int, error) {
	if err := out.Reserve(len(p)); err != nil {
		return 0, err
	}
	out.size += int64(len(p))
	n, err := out.buf.Write(p)
	if err == nil && !out.began && out.buf.Buffered() > firstBlock {
		err = out.buf.Flush()
	}
	return n, err
}

// settle decides on status and header, if they are not known yet. Until finish or the first block
// nothing of it is sent.
func (out *writer) settle(rows int64) (err error) {
	if !out.settled {
		out.status, out.header, err = out.reply(rows)
		out.settled = err == nil
	}
	return err
}

// finish writes what is left of a response whose status and header are settled. One that has not
// begun carries its Content-Length, but for the response to HEAD.
func (out *writer) finish() error {
	if !out.began {
		if out.buf.Buffered() <= heldBack {
			out.o.WriteTimeout = 0
		}
		switch {
		case out.bodyless(), out.r.Method == http.MethodHead:
			out.buf.Reset(block{out})
			if out.status != http.StatusNoContent && out.status != http.StatusNotModified && out.empty {
				out.w.Header().Set("Content-Length", "0")
			}
		default:
			out.length[0] = strconv.Itoa(out.buf.Buffered())
			out.w.Header()["Content-Length"] = out.length[:]
		}
		out.begin()
	}
	return out.buf.Flush()
}

// release gives the buffer to the next response.
func (out *writer) release() {
	out.buf.Reset(nil)
	buffers.Put(out.buf)
}

// bodyless reports whether the response has no body whatever the method (RFC 9110, 6.4.1).
func (out *writer) bodyless() bool {
	switch out.status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		return true
	}
	return out.empty
}

// lists are the header fields that are added to, since middleware may have set others before.
var lists = []string{"Link", "Set-Cookie", "Vary"}

// begin sends the status line and the header.
func (out *writer) begin() {
	out.began = true
	h := out.w.Header()
	if !out.bodyless() {
		out.mediaType[0] = out.o.Encoder.MediaType()
		h["Content-Type"] = out.mediaType[:]
	}
	for name, values := range out.header {
		if slices.Contains(lists, name) {
			values = append(h[name], values...)
		}
		h[name] = values
	}
	confine(h)
	out.w.WriteHeader(out.status)
}

// confine has a browser that is sent to an SVG, which is a document of its own, run and load
// nothing for it: a script in it would be one of this origin. Whoever sets the field decides
// instead.
func confine(h http.Header) {
	types := h["Content-Type"]
	if len(types) == 0 || !strings.HasPrefix(types[0], "image/svg+xml") ||
		h.Get("Content-Security-Policy") != "" {
		return
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
}

// block is what the buffer writes to when it is full. A large value comes as a whole, and is sent
// as the blocks that it has, each of which has its time.
type block struct{ out *writer }

func (b block) Write(p []byte) (n int, err error) {
	for some := range slices.Chunk(p, blockSize) {
		m, err := b.send(some)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// send sends a block.
func (b block) send(p []byte) (int, error) {
	out := b.out
	if !out.began {
		rows := int64(-1)
		if out.whole != nil {
			rows = int64(out.whole.Passed())
		}
		if err := out.settle(rows); err != nil {
			return 0, err
		}
	}
	if d := out.o.WriteTimeout; d > 0 { // has no effect where it is not supported
		err := http.NewResponseController(out.w).SetWriteDeadline(time.Now().Add(d))
		if err == nil {
			out.o.Bounds.Stop()
			defer out.o.Bounds.Start()
		}
	}
	if !out.began {
		out.begin()
	}
	switch {
	case out.bodyless(), out.r.Method == http.MethodHead && out.whole != nil:
		return len(p), nil
	case out.r.Method == http.MethodHead:
		return 0, errEnough
	}
	return out.w.Write(p)
}
