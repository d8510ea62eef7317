// Package compress sends responses by gzip or zstd, in blocks as they come, and keeps one that is
// cut from ending as if it were whole.
//
// It is used instead of a middleware such as klauspost's gzhttp, which ends the compressed stream
// also when the handler panics, and leaves alone what has a Content-Range, as each list of
// PostgREST's rules does.
package compress

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	small = 1 << 10  // bytes of a body that gain nothing
	block = 16 << 10 // bytes that are not held back, the least that the library sends before the end
)

// Handler compresses the responses of next that gain by it, for clients that accept that. The end
// of a response has writeTime to reach its client.
func Handler(next http.Handler, writeTime time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		coding := choose(r.Header.Values("Accept-Encoding"))
		tagged := untag(r.Header)
		if r.Method == http.MethodHead {
			coding = ""
		}
		if coding == "" && tagged == "" {
			next.ServeHTTP(w, r)
			return
		}
		out := &writer{ResponseWriter: w, coding: coding, tagged: tagged}
		ended := false
		// A panic aborts the response. What is compressed then has no end, which the client misses.
		defer func() { out.release(ended) }()
		next.ServeHTTP(out, r)
		if out.encoder != nil {
			http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
			if out.encoder.Close() != nil {
				panic(http.ErrAbortHandler)
			}
		}
		ended = true
	})
}

// A writer compresses one response, if its header says that this is worth it.
type writer struct {
	http.ResponseWriter
	coding  string  // that the client accepts, "" for none
	tagged  string  // the coding of the entity tag that the client has, "" for none
	encoder encoder // nil for a response that is not compressed
	began   bool
	pending int // bytes that have been held back
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader decides whether the body is compressed.
func (w *writer) WriteHeader(status int) {
	if w.began || status < 200 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.began = true
	h := w.Header()
	switch {
	case status == http.StatusNotModified && w.tagged != "":
		tag(h, w.tagged)
	case w.coding != "" && isWorth(status, h):
		h.Set("Content-Encoding", w.coding)
		h.Del("Content-Length")
		h.Del("Accept-Ranges")
		tag(h, w.coding)
		w.encoder = take(w.coding, w.ResponseWriter)
	}
	w.ResponseWriter.WriteHeader(status)
}

// isWorth reports whether the body of a response gains by compression, and may have it.
func isWorth(status int, h http.Header) bool {
	if status == http.StatusNoContent || status == http.StatusNotModified ||
		h.Get("Content-Encoding") != "" || strings.HasPrefix(h.Get("Content-Range"), "bytes") ||
		strings.Contains(h.Get("Cache-Control"), "no-transform") {
		return false
	}
	if n, err := strconv.Atoi(h.Get("Content-Length")); err == nil && n < small {
		return false
	}
	return isText(h.Get("Content-Type"))
}

// isText reports whether a media type is one that compresses well. Pictures and the like are
// compressed already.
func isText(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	switch mediaType {
	case "text/event-stream": // an encoder for each subscriber, for hours, is much memory for little
		return false
	case "application/json", "application/xml", "application/javascript", "application/x-ndjson",
		"application/msgpack", "application/vnd.apache.arrow.stream":
		return true
	}
	return strings.HasPrefix(mediaType, "text/") ||
		strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml")
}

// Write implements io.Writer. A block is sent at once, whenever the next one comes: what it is
// compressed to is mostly less than net/http would hold back. That costs some bytes of each.
func (w *writer) Write(p []byte) (int, error) {
	if !w.began {
		w.WriteHeader(http.StatusOK)
	}
	if w.encoder == nil {
		return w.ResponseWriter.Write(p)
	}
	n, err := w.encoder.Write(p)
	if w.pending += n; err == nil && w.pending >= block {
		w.pending, err = 0, w.FlushError()
	}
	return n, err
}

// FlushError is for http.ResponseController.
func (w *writer) FlushError() error {
	if w.encoder != nil {
		if err := w.encoder.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// release gives the encoder to another response.
func (w *writer) release(ended bool) {
	if w.encoder != nil {
		give(w.coding, w.encoder, ended)
		w.encoder = nil
	}
}
