package response

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

func getRequest() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

// A replyFunc returns the status and the header of a response.
type replyFunc = func(rows int64) (int, http.Header, error)

// replying returns one that returns the same for every response.
func replying(status int, header http.Header) replyFunc {
	return func(int64) (int, http.Header, error) { return status, header, nil }
}

// open returns a writer of text/x.
func open(w http.ResponseWriter, r *http.Request, reply replyFunc, o Options) *writer {
	o.Encoder = encoder.Func("text/x", nil)
	o.Reply = func(_ int, _, _ []row.Value, rows int64) (int, http.Header, error) {
		return reply(rows)
	}
	return newWriter(w, r, &o, false)
}

// send writes a body of n bytes, one by one, and finishes the response unless there is an error.
func send(out *writer, n int, fails error) error {
	defer out.release()
	if out.wantsBody() {
		for range n {
			if _, err := out.Write([]byte("x")); err != nil {
				return err
			}
		}
	}
	if fails != nil {
		return fails
	}
	if err := out.settle(int64(n)); err != nil {
		return err
	}
	return out.finish()
}

// A browser that is sent to an SVG runs and loads nothing for it, unless the program says
// otherwise.
func TestSVGIsConfined(t *testing.T) {
	const confined = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
	for _, test := range []struct {
		reason, mediaType, set string // by the procedure
		policy                 string
	}{
		{reason: "another type", mediaType: "image/png"},
		{reason: "an SVG", mediaType: "image/svg+xml", policy: confined},
		{reason: "an SVG with a charset", mediaType: "image/svg+xml; charset=utf-8", policy: confined},
		{reason: "a policy of the program", mediaType: "image/svg+xml", set: "sandbox",
			policy: "sandbox"},
	} {
		w, header := httptest.NewRecorder(), http.Header{}
		if test.set != "" {
			header.Set("Content-Security-Policy", test.set)
		}
		out := open(w, getRequest(), replying(200, header), Options{})
		out.o.Encoder = encoder.Func(test.mediaType, nil)
		if err := send(out, 1, nil); err != nil {
			t.Fatal(err)
		}
		got := w.Header().Get("Content-Security-Policy")
		sniffs := w.Header().Get("X-Content-Type-Options") != "nosniff"
		if got != test.policy || sniffs != (test.policy != confined) {
			t.Errorf("%s: %v", test.reason, w.Header())
		}
	}
}

// The status line waits for the first block of the body, or for its end.
func TestStatusLineIsHeldBack(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		reason string
		bytes  int
		fails  error
		began  bool
		length string // Content-Length
	}{
		{reason: "a short response is sent whole", bytes: 100, began: true, length: "100"},
		{reason: "an error in a short one sends nothing", bytes: 100, fails: broken},
		{reason: "a block is still held back", bytes: firstBlock, fails: broken},
		{reason: "more than a block is not", bytes: firstBlock + 1, fails: broken, began: true},
		{reason: "a long response has no length", bytes: 3 * blockSize, began: true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Code = 0
			out := open(w, getRequest(), replying(http.StatusAccepted, nil), Options{})
			if err := send(out, test.bytes, test.fails); err != test.fails {
				t.Errorf("error = %#v", err)
			}
			if out.began != test.began || (w.Code == http.StatusAccepted) != test.began ||
				w.Header().Get("Content-Length") != test.length {
				t.Errorf("began %v, status %d, header %v", out.began, w.Code, w.Header())
			}
			if test.fails == nil && w.Body.Len() != test.bytes {
				t.Errorf("%d bytes arrived", w.Body.Len())
			}
		})
	}
}

// An error of the client's connection is returned. The status line went out with the block.
func TestErrorOfTheConnectionIsReturned(t *testing.T) {
	out := open(gone{httptest.NewRecorder()}, getRequest(), replying(200, nil), Options{})
	if err := send(out, 1, nil); !errors.Is(err, io.ErrClosedPipe) || !out.began {
		t.Errorf("error = %v, began %v", err, out.began)
	}
}

type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// The number of rows is known to Reply only if the response has not begun before their end.
func TestReplyIsCalledOnce(t *testing.T) {
	for bytes, rows := range map[int]int64{10: 10, 2 * blockSize: -1} {
		var seen []int64
		w := httptest.NewRecorder()
		out := open(w, getRequest(), func(n int64) (int, http.Header, error) {
			seen = append(seen, n)
			return http.StatusPartialContent, nil, nil
		}, Options{})
		if err := send(out, bytes, nil); err != nil || !slices.Equal(seen, []int64{rows}) {
			t.Errorf("%d bytes: Reply was called for %v, %v", bytes, seen, err)
		}
		if w.Code != http.StatusPartialContent || w.Body.Len() != bytes {
			t.Errorf("%d bytes: %d, %d bytes arrived", bytes, w.Code, w.Body.Len())
		}
	}
}

// A status that allows no body drops that which has been written, and an error sends nothing.
func TestReplyDecidesLate(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		reason string
		status int
		err    error
		code   int
		body   string
	}{
		{reason: "a status", status: 202, code: 202, body: "x"},
		{reason: "one that allows no body", status: 204, code: 204},
		{reason: "not modified", status: 304, code: 304},
		{reason: "an error", err: broken, code: 0},
	} {
		w := httptest.NewRecorder()
		w.Code = 0
		out := open(w, getRequest(), func(int64) (int, http.Header, error) {
			return test.status, nil, test.err
		}, Options{})
		if err := send(out, 1, nil); err != test.err {
			t.Errorf("%s: %v", test.reason, err)
		}
		if w.Code != test.code || w.Body.String() != test.body {
			t.Errorf("%s: %d %q", test.reason, w.Code, w.Body)
		}
	}
}

// The header of Reply replaces what the response has otherwise. Fields that are lists, which
// middleware may have set, are added to.
func TestHeaderOfReplyTakesPrecedence(t *testing.T) {
	header := http.Header{
		"Content-Type": {"text/y"}, "X-B": {"2"}, "Vary": {"Accept"}, "Set-Cookie": {"b=2"},
	}
	w := httptest.NewRecorder()
	for name, value := range map[string]string{"X-A": "1", "X-B": "1", "Vary": "Origin",
		"Set-Cookie": "a=1"} {
		w.Header().Set(name, value)
	}
	out := open(w, getRequest(), replying(200, header), Options{})
	if err := send(out, 1, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"Content-Type": {"text/y"}, "X-A": {"1"}, "X-B": {"2"},
		"Vary": {"Origin", "Accept"}, "Set-Cookie": {"a=1", "b=2"},
	} {
		if got := w.Header()[name]; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if len(header["Vary"]) != 1 {
		t.Error("the header of the caller has changed")
	}
}

// HEAD has the status and the header of GET but Content-Length, and no body.
func TestHeadHasNoBody(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodHead, "/", nil)
	out := open(w, r, replying(201, http.Header{"X-A": {"1"}}), Options{})
	if err := send(out, 10, nil); err != nil || out.wantsBody() {
		t.Errorf("%v, wants a body: %v", err, out.wantsBody())
	}
	h := w.Header()
	if w.Code != 201 || h.Get("Content-Type") != "text/x" || h.Get("X-A") != "1" ||
		h.Get("Content-Length") != "" || w.Body.Len() != 0 {
		t.Errorf("%d %v %q", w.Code, h, w.Body)
	}
}

func TestMaxBytesLimitsTheBody(t *testing.T) {
	tooLarge := "the response exceeds the limit of 10 bytes"
	for bytes, want := range map[int]string{10: "", 11: tooLarge} {
		out := open(httptest.NewRecorder(), getRequest(), replying(200, nil), Options{MaxBytes: 10})
		err := send(out, bytes, nil)
		if (want == "") != (err == nil) || err != nil && err.Error() != want {
			t.Errorf("%d bytes: %v, want %q", bytes, err, want)
		}
	}
}

// A timed writer notes what is done with the connection, in order.
type timed struct {
	*httptest.ResponseRecorder
	seen []string
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.seen = append(w.seen, fmt.Sprint("deadline ", !t.IsZero()))
	return nil
}

func (w *timed) Write(p []byte) (int, error) {
	w.seen = append(w.seen, "write")
	return w.ResponseRecorder.Write(p)
}

func (w *timed) FlushError() error {
	w.seen = append(w.seen, "flush")
	return nil
}

// Each block has a deadline of its own. A response that net/http holds back whole has none.
func TestEachBlockHasAWriteDeadline(t *testing.T) {
	for _, test := range []struct {
		reason string
		bytes  int
		limit  time.Duration
		seen   string
	}{
		{
			reason: "one block", bytes: heldBack + 1, limit: time.Minute,
			seen: "deadline true, write",
		},
		{
			reason: "two blocks", bytes: firstBlock + 100, limit: time.Minute,
			seen: "deadline true, write, deadline true, write",
		},
		{reason: "net/http holds back all of it", bytes: heldBack, limit: time.Minute, seen: "write"},
		{reason: "no limit", bytes: heldBack + 1, seen: "write"},
	} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		out := open(w, getRequest(), replying(200, nil), Options{WriteTimeout: test.limit})
		if err := send(out, test.bytes, nil); err != nil {
			t.Fatal(err)
		}
		if seen := strings.Join(w.seen, ", "); seen != test.seen {
			t.Errorf("%s: %q, want %q", test.reason, seen, test.seen)
		}
	}
}

// What net/http holds back has a deadline too, and none is left for the next response on the
// connection. Without a limit of ours the server's own stays.
func TestFlushLeavesNoDeadline(t *testing.T) {
	for limit, want := range map[time.Duration]string{
		time.Minute: "deadline true, flush, deadline false",
		0:           "deadline true, flush, deadline false", // the default
		-1:          "",
	} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		Flush(w, getRequest(), limit)
		if seen := strings.Join(w.seen, ", "); seen != want {
			t.Errorf("limit %v: %q, want %q", limit, seen, want)
		}
	}
}

// A response without a body says so by its Content-Length (RFC 9110, 8.6), but for 204 and 304,
// which must have none; also where net/http is told to send at once.
func TestEmptyResponsesHaveALength(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Minute} {
		for status, length := range map[int]string{
			200: "0", 201: "0", 202: "0", 204: "", 205: "0", 303: "0", 304: "",
		} {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				out := newWriter(w, r, &Options{Status: status, WriteTimeout: timeout}, true)
				if err := send(out, 0, nil); err != nil {
					t.Error(err)
				}
			}))
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead} {
				r, _ := http.NewRequest(method, s.URL, nil)
				response, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if got := response.Header.Get("Content-Length"); got != length ||
					response.TransferEncoding != nil || response.StatusCode != status {
					t.Errorf("%s %d, timeout %s: %d, Content-Length %q, want %q, %v", method, status,
						timeout, response.StatusCode, got, length, response.TransferEncoding)
				}
			}
			s.Close()
		}
	}
}
