// Package response writes results and problems as answers to HTTP requests, so that a complete answer means success.
package response

import (
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// An AbortedError is an error from when the status line was out already: the answer can only be aborted.
type AbortedError struct{ Err error }

func (e *AbortedError) Error() string { return e.Err.Error() }
func (e *AbortedError) Unwrap() error { return e.Err }

// A Reply says how a result is answered.
type Reply struct {
	// Status of 0 stands for 200, or 204 where there is nothing to say: a result without columns, or the column of a function that returns void.
	Status  int
	Encoder encoder.Encoder
	Header  http.Header // what the answer has besides, which goes before what it has by itself
	Page    *Page       // the part of the result that is asked for, or nil

	WriteTimeout time.Duration // that the client has to take a block, or 0
	MaxBytes     int64         // of the body, or 0

	// Late is asked for more of both, a status of 0 for none, when all rows have been read; an answer that has begun by then goes on. It may be nil.
	Late func() (status int, header http.Header, err error)
}

// Send answers with a result. The answer to HEAD has no body and leaves the rows unread. When it fails before the status line is out
// nothing has been written; afterwards the error is an *AbortedError.
func (reply Reply) Send(w http.ResponseWriter, r *http.Request, rows *row.Rows) error {
	columns := rows.Columns()
	empty := len(columns) == 0 || len(columns) == 1 && columns[0].Kind == row.Void
	switch {
	case reply.Status == 0 && empty:
		reply.Status = http.StatusNoContent
	case reply.Status == 0:
		reply.Status = http.StatusOK
	}
	out := newWriter(w, r, reply, rows)
	out.empty = empty
	defer out.release()
	if r.Method == http.MethodHead && !out.bare() {
		out.commit(false)
		return nil
	}
	err := out.write()
	if err != nil && out.committed {
		return &AbortedError{err}
	}
	return err
}

// SendEmpty answers with the status and the header alone when the rows have been read to their end.
func (reply Reply) SendEmpty(w http.ResponseWriter, rows *row.Rows) error {
	if err := rows.Finish(); err != nil {
		return err
	}
	maps.Copy(w.Header(), reply.Header)
	w.WriteHeader(reply.Status)
	return nil
}

// bare reports whether the answer has no body whatever the method (RFC 9110, 6.4.1).
func (out *writer) bare() bool {
	switch out.reply.Status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusNotModified:
		return true
	}
	return out.empty
}

// write writes the whole answer.
func (out *writer) write() error {
	if !out.bare() {
		if err := out.reply.Encoder.Encode(out, out.rows); err != nil {
			return err
		}
	}
	if err := out.rows.Finish(); err != nil { // an encoder may have stopped early, or passed over an error
		return err
	}
	if late := out.reply.Late; late != nil && !out.committed {
		status, header, err := late()
		if err != nil {
			return err
		}
		out.reply.add(status, header)
	}
	return out.finish()
}

// add takes up a status and a header that were not known before.
func (reply *Reply) add(status int, header http.Header) {
	if status != 0 {
		reply.Status = status
	}
	if header == nil {
		return
	}
	all := reply.Header.Clone()
	if all == nil {
		all = http.Header{}
	}
	maps.Copy(all, header)
	reply.Header = all
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
