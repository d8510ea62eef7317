package binder_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

func TestRawBodyReturnsTheWholeBody(t *testing.T) {
	header := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	for _, row := range []struct {
		line, why, contentType, body string
		change                       func(*http.Request)
		mediaType                    string
		status                       int
		message                      string
	}{
		{
			line: where(), why: "JSON, whose syntax the database checks",
			contentType: typeJSON, body: `{"a":1,"a":`, mediaType: typeJSON,
		},
		{
			line: where(), why: "text",
			contentType: "Text/Plain; charset=UTF-8", body: "x", mediaType: "text/plain",
		},
		{
			line: where(), why: "text without a charset",
			contentType: "text/plain", body: "x", mediaType: "text/plain",
		},
		{
			line: where(), why: "text in ASCII",
			contentType: "text/plain; charset=us-ascii", body: "x", mediaType: "text/plain",
		},
		{
			line: where(), why: "bytes that are not text",
			contentType: "application/octet-stream", body: "\x00\xff",
			mediaType: "application/octet-stream",
		},
		{
			line: where(), why: "an unknown type",
			contentType: "x/y", body: "\x00\xff", mediaType: "x/y",
		},
		{
			line: where(), why: "a body of unknown length",
			contentType: "text/xml", body: "<a/>", change: chunked, mediaType: "text/xml",
		},
		{line: where(), why: "a form", contentType: typeForm, body: "a=%zz", mediaType: typeForm},
		{
			line: where(), why: "a multipart form without its boundary",
			contentType: "multipart/form-data", body: "x", mediaType: "multipart/form-data",
		},
		{
			line: where(), why: "identity means no encoding",
			contentType: "text/plain", body: "x", change: header("Content-Encoding", "identity"),
			mediaType: "text/plain",
		},

		{line: where(), why: "an empty body", contentType: "text/plain", mediaType: "text/plain"},
		{
			line: where(), why: "an empty chunked body",
			contentType: "text/plain", change: chunked, mediaType: "text/plain",
		},
		{line: where(), why: "an empty body without a type"},
		{line: where(), why: "an empty chunked body without a type", change: chunked},
		{line: where(), why: "an empty body of a malformed type", contentType: "text plain"},
		{
			line: where(), why: "an empty body in another charset",
			contentType: "text/plain; charset=latin1", mediaType: "text/plain",
		},
		{
			line: where(), why: "an empty body, gzipped",
			contentType: "text/plain", change: header("Content-Encoding", "gzip"),
		},

		{
			line: where(), why: "a body without a type",
			body: "secret", status: 415, message: "the body has no Content-Type. ",
		},
		{
			line: where(), why: "a body without a type or a length",
			body: "secret", change: chunked, status: 415, message: "the body has no Content-Type. ",
		},
		{
			line: where(), why: "a malformed type",
			contentType: "text plain", body: "secret", status: 415,
			message: "malformed Content-Type. ",
		},
		{
			line: where(), why: "two types",
			body: "secret", change: header("Content-Type", "text/plain", "text/xml"), status: 415,
			message: "malformed Content-Type. ",
		},
		{
			line: where(), why: "text in another charset",
			contentType: "text/plain; charset=latin1", body: "secret", status: 415,
			message: "the body's charset is not utf-8",
		},
		{
			line: where(), why: "JSON in another charset",
			contentType: "application/json; charset=utf-16", body: "secret", status: 415,
			message: "the body's charset is not utf-8",
		},
		{
			line: where(), why: "gzip",
			contentType: "text/plain", body: "secret",
			change: header("Content-Encoding", "identity, gzip"), status: 415,
			message: "Content-Encoding is not understood",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", row.contentType, row.body)
			if row.change != nil {
				row.change(r)
			}
			for range 2 {
				body, mediaType, err := binder.RawBody(r)
				if row.status != 0 {
					checkRefusal(t, mediaType, err, row.status, "", row.message)
				}
				switch {
				case row.status != 0:
					if body != nil {
						t.Errorf("got %q besides an error", body)
					}
				case err != nil || body == nil || string(body) != row.body || mediaType != row.mediaType:
					t.Errorf("got %#v of %q, %v, want %q of %q", body, mediaType, err, row.body, row.mediaType)
				}
			}
			if rest, err := io.ReadAll(r.Body); string(rest) != row.body || err != nil {
				t.Errorf("afterwards the body is %q, %v", rest, err)
			}
		})
	}

	t.Run("a nil body", func(t *testing.T) {
		for _, contentType := range []string{"text/plain", ""} {
			r := newRequest("POST", "/", contentType, "")
			r.Body = nil
			body, mediaType, err := binder.RawBody(r)
			if body == nil || len(body) > 0 || mediaType != contentType || err != nil {
				t.Errorf("got %#v of %q, %v", body, mediaType, err)
			}
		}
	})

	t.Run("raw body and arguments of one request", func(t *testing.T) {
		r := newRequest("POST", "/", typeJSON, `{"a":1}`)
		for range 2 {
			args, err := binder.BodyArgs(r)
			checkArgs(t, args, err, jsonArg("a", "1"))
			if body, _, err := binder.RawBody(r); string(body) != `{"a":1}` || err != nil {
				t.Errorf("got %q, %v", body, err)
			}
		}
	})

	t.Run("closing the restored body closes the original", func(t *testing.T) {
		r := newRequest("POST", "/", "text/plain", "x")
		closed := false
		r.Body = closer{r.Body, func() { closed = true }}
		_, _, _ = binder.RawBody(r)
		if r.Body.Close(); !closed {
			t.Error("the body is not closed")
		}
	})
}

func TestRawBodyReportsWhyItCannotBeRead(t *testing.T) {
	for _, contentType := range []string{"text/plain", ""} { // what reads all, and what reads one byte
		r := httptest.NewRequest("POST", "/", failing{io.ErrUnexpectedEOF})
		r.Header.Set("Content-Type", contentType)
		body, _, err := binder.RawBody(r)
		checkRefusal(t, body, err, 400, "", "the body could not be read")

		r = newRequest("POST", "/", contentType, "12")
		chunked(r)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 0)
		body, _, err = binder.RawBody(r)
		checkRefusal(t, body, err, 413, "", "the body is larger than 0 bytes")
	}
}

func TestRawBodyNeverReturnsPartOfABody(t *testing.T) {
	formValue := func(r *http.Request) { _ = r.FormValue("a") }
	twoParts := part("a", "", "1") + part("b", "", strings.Repeat("x", 1e5)) + endOfParts
	for _, row := range []struct {
		line, why, contentType, body string
		before                       func(*http.Request)
		status                       int // 0: an error of the program; 200: the body is there
	}{
		{
			line: where(), why: "FormValue reads no other body",
			contentType: "text/plain", body: "x", before: formValue, status: 200,
		},
		{
			line: where(), why: "FormValue of an empty body",
			contentType: typeForm, body: "", before: formValue, status: 200,
		},
		{
			line: where(), why: "FormValue of a form",
			contentType: typeForm, body: "a=1", before: formValue,
		},
		{
			line: where(), why: "FormValue of a form in chunks",
			contentType: typeForm, body: "a=1",
			before: func(r *http.Request) { chunked(r); formValue(r) },
		},
		{
			line: where(), why: "FormValue of a form that is too large for it",
			contentType: typeForm, body: "a=" + strings.Repeat("x", 10<<20) + "&b=1", before: formValue,
			status: 413,
		},
		{
			line: where(), why: "FormValue of a form that is restored",
			contentType: typeForm, body: "a=1", before: restoring(formValue), status: 200,
		},
		{
			line: where(), why: "FormValue of a multipart form",
			contentType: typeMultipart, body: twoParts, before: formValue,
		},
		{
			line: where(), why: "FormValue of a multipart form in chunks",
			contentType: typeMultipart, body: twoParts,
			before: func(r *http.Request) { chunked(r); formValue(r) },
		},
		{
			line: where(), why: "FormValue of a multipart form that is restored",
			contentType: typeMultipart, body: twoParts, before: restoring(formValue), status: 200,
		},
		{
			line: where(), why: "FormValue of a malformed multipart form",
			contentType: typeMultipart, body: "--B\r\nbroken\r\n\r\n" + strings.Repeat("x", 1e5),
			before: formValue, status: 400,
		},
		{
			line: where(), why: "the program has read one part of a multipart form",
			contentType: typeMultipart, body: twoParts,
			before: func(r *http.Request) {
				parts, _ := r.MultipartReader()
				_, _ = parts.NextPart()
			},
		},
		{
			line: where(), why: "the program has read all of the body",
			contentType: "text/plain", body: "x",
			before: func(r *http.Request) { _, _ = io.ReadAll(r.Body) },
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", row.contentType, row.body)
			row.before(r)
			body, _, err := binder.RawBody(r)
			refusal := (*binder.Error)(nil)
			switch {
			case row.status == 200:
				if string(body) != row.body || err != nil {
					t.Errorf("got %.100q, %v", body, err)
				}
			case row.status != 0:
				checkRefusal(t, body, err, row.status, "", "form")
			case body != nil || err == nil || errors.As(err, &refusal):
				t.Errorf("got %.100q, %v, want an error of the program", body, err)
			}
		})
	}
}

// restoring restores the body after f has read it.
func restoring(f func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		f(r)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
}
