package compress

import (
	"compress/gzip" // of the standard library: another implementation
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

var long = strings.Repeat(`{"name":"Lancia","doors":2},`, 1000)

// get returns the response of a handler to a request with header fields.
func get(t *testing.T, h http.HandlerFunc, method string, fields ...string) *http.Response {
	t.Helper()
	server := httptest.NewServer(Handler(h, time.Second))
	t.Cleanup(server.Close)
	r, err := http.NewRequest(method, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableCompression: true}}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// plain returns what reads the body of a response without its coding.
func plain(t *testing.T, res *http.Response) io.Reader {
	t.Helper()
	switch coding := res.Header.Get("Content-Encoding"); coding {
	case "gzip":
		r, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r
	case "zstd":
		r, err := zstd.NewReader(res.Body, zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return r
	case "":
		return res.Body
	default:
		t.Fatalf("the coding %s", coding)
		return nil
	}
}

func sends(status int, body string, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(fields); i += 2 {
			w.Header().Set(fields[i], fields[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestResponsesAreCompressedWhereThatGains(t *testing.T) {
	for _, test := range []struct {
		reason  string
		handler http.HandlerFunc
		method  string
		accept  string
		coding  string
	}{
		{"a list", sends(200, long), "GET", "gzip", "gzip"},
		{"the better one", sends(200, long), "GET", "gzip, deflate, br, zstd", "zstd"},
		{"the preferred one", sends(200, long), "GET", "gzip;q=1, zstd;q=0.5", "gzip"},
		{"any", sends(200, long), "GET", "*", "zstd"},
		{"any but one", sends(200, long), "GET", "*, zstd;q=0", "gzip"},
		{"rather none", sends(200, long), "GET", "identity, gzip;q=0.5", ""},
		{"refused", sends(200, long), "GET", "gzip;q=0", ""},
		{"refused in upper case", sends(200, long), "GET", "gzip;Q=0", ""}, // RFC 9110, 12.4.2
		{"one that is not known", sends(200, long), "GET", "br", ""},
		{"part of a list", sends(206, long, "Content-Range", "0-999/2000"), "GET", "gzip", "gzip"},
		{"a part of bytes", sends(206, long, "Content-Range", "bytes 0-9/10"), "GET", "gzip", ""},
		{"an error", sends(400, long), "GET", "gzip", "gzip"},
		{"few bytes", sends(200, "[]", "Content-Length", "2"), "GET", "gzip", ""},
		{"a picture", sends(200, long, "Content-Type", "image/png"), "GET", "gzip", ""},
		{"a drawing", sends(200, long, "Content-Type", "image/svg+xml"), "GET", "gzip", "gzip"},
		{"text with a charset", sends(200, long, "Content-Type", "text/csv; charset=utf-8"), "GET",
			"gzip", "gzip"},
		{"not to be changed", sends(200, long, "Cache-Control", "no-transform"), "GET", "gzip", ""},
		{"no body", sends(204, ""), "GET", "gzip", ""},
		{"HEAD", sends(200, ""), "HEAD", "gzip", ""},
	} {
		res := get(t, test.handler, test.method, "Accept-Encoding", test.accept)
		coding := res.Header.Get("Content-Encoding")
		if coding != test.coding || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v", test.reason, res.Header)
			continue
		}
		body, err := io.ReadAll(plain(t, res))
		if err != nil || coding != "" && string(body) != long {
			t.Errorf("%s: %d bytes, %v", test.reason, len(body), err)
		}
	}
}

// The client has a block before the handler writes the next one.
func TestBlocksArriveAsTheyAreWritten(t *testing.T) {
	for _, coding := range codings {
		read := make(chan bool)
		res := get(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for range 3 {
				io.WriteString(w, long)
				select {
				case <-read:
				case <-r.Context().Done():
				}
			}
		}, "GET", "Accept-Encoding", coding)
		body := plain(t, res)
		for range 3 {
			if _, err := io.ReadFull(body, make([]byte, len(long))); err != nil {
				t.Errorf("%s: %v", coding, err)
			}
			read <- true
		}
	}
}

// The stream of a response that is aborted has no end of its own: a client of HTTP/1.0, or one of a
// server in between that recovers from the panic, has nothing else to see that by.
func TestCutResponseNeverLooksComplete(t *testing.T) {
	for _, coding := range codings {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", coding)
		h := Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sends(200, long)(w, r)
			panic(http.ErrAbortHandler)
		}), time.Second)
		func() {
			defer func() {
				if p := recover(); p != http.ErrAbortHandler {
					t.Errorf("%s: the panic is %v", coding, p)
				}
			}()
			h.ServeHTTP(w, r)
		}()
		body, err := io.ReadAll(plain(t, w.Result()))
		if err != io.ErrUnexpectedEOF || len(body) == 0 {
			t.Errorf("%s: the stream of %d bytes ends with %v", coding, len(body), err)
		}
	}
}

// The bytes of a coding have an entity tag of their own, by which the row is still found.
func TestEntityTagsAreThoseOfTheBytes(t *testing.T) {
	var match, none string
	status := http.StatusOK
	h := func(w http.ResponseWriter, r *http.Request) {
		match, none = r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
		body := long
		if status == http.StatusNotModified {
			body = ""
		}
		sends(status, body, "ETag", `"v1"`)(w, r)
	}
	res := get(t, h, "GET", "Accept-Encoding", "gzip")
	tag := res.Header.Get("ETag")
	if tag != `"v1-gzip"` {
		t.Errorf("the tag is %s", tag)
	}
	get(t, h, "GET", "If-Match", tag+`, "v0-zstd"`, "Accept-Encoding", "identity")
	if match != `"v1", "v0"` {
		t.Errorf("If-Match is %s", match)
	}
	status = http.StatusNotModified
	res = get(t, h, "GET", "If-None-Match", tag, "Accept-Encoding", "gzip")
	if none != `"v1"` || res.Header.Get("ETag") != tag {
		t.Errorf("If-None-Match is %s, and the response has %v", none, res.Header)
	}
}
