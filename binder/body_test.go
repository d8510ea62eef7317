package binder_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

const (
	typeForm      = "application/x-www-form-urlencoded"
	typeJSON      = "application/json"
	typeMultipart = "multipart/form-data; boundary=B"
)

// chunked hides the length of a body, which a chunked body lacks.
func chunked(r *http.Request) {
	r.ContentLength = -1
}

func TestBodyIsParsedByItsType(t *testing.T) {
	header := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	for _, row := range []struct {
		line, why, contentType, body string
		change                       func(*http.Request)
		want                         any // of the field a
		status                       int
		message                      string
	}{
		{line: where(), why: "JSON", contentType: typeJSON, body: `{"a":1}`, want: "1"},
		{
			line: where(), why: "JSON in capitals",
			contentType: "Application/JSON", body: `{"a":1}`, want: "1",
		},
		{
			line: where(), why: "JSON with a charset",
			contentType: "application/json; charset=UTF-8", body: `{"a":1}`, want: "1",
		},
		{
			line: where(), why: "a media type that ends in +json",
			contentType: "application/merge-patch+json", body: `{"a":1}`, want: "1",
		},
		{line: where(), why: "form", contentType: typeForm, body: `a=1`, want: "1"},
		{
			line: where(), why: "a form in a charset that is part of UTF-8",
			contentType: typeForm + "; charset=us-ascii", body: `a=1`, want: "1",
		},
		{
			line: where(), why: "multipart",
			contentType: typeMultipart, body: part("a", "", "1") + endOfParts, want: "1",
		},
		{
			line: where(), why: "identity means no encoding",
			contentType: typeForm, body: `a=1`,
			change: header("Content-Encoding", "Identity, identity", ""), want: "1",
		},

		{
			line: where(), why: "another charset",
			contentType: typeForm + "; charset=latin1", body: `a=1`, status: 415,
			message: "charset is not utf-8",
		},
		{
			line: where(), why: "JSON in another charset",
			contentType: typeJSON + "; charset=utf-16", body: `{"a":1}`, status: 415,
			message: "charset is not utf-8",
		},
		{
			line: where(), why: "another type",
			contentType: "text/plain", body: `a=1`, status: 415,
			message: "multipart/form-data are understood",
		},
		{
			line: where(), why: "another type, of unknown length",
			contentType: "text/plain", body: `a=1`, change: chunked, status: 415,
			message: "application/json",
		},
		{
			line: where(), why: "a type of JSON texts that is no object",
			contentType: "application/json-seq", body: `{"a":1}`, status: 415, message: "understood",
		},
		{
			line: where(), why: "another multipart type",
			contentType: "multipart/mixed; boundary=B", body: part("a", "", "1") + endOfParts,
			status: 415, message: "understood",
		},
		{
			line: where(), why: "a body without a type",
			body: `{"a":1}`, status: 415, message: "the body has no Content-Type",
		},
		{
			line: where(), why: "a malformed type",
			contentType: "application json", body: `{"a":1}`, status: 415,
			message: "malformed Content-Type",
		},
		{
			line: where(), why: "parameters that are malformed say nothing of the type",
			contentType: "application/json; charset", body: `{"a":1}`, want: "1",
		},
		{
			line: where(), why: "two types",
			body: `a=1`, change: header("Content-Type", typeForm, typeJSON), status: 415,
			message: "malformed Content-Type",
		},
		{
			line: where(), why: "gzip",
			contentType: typeJSON, body: `{"a":1}`, change: header("Content-Encoding", "gzip"),
			status: 415, message: "Content-Encoding",
		},
		{
			line: where(), why: "gzip in the second header line",
			contentType: typeJSON, body: `{"a":1}`,
			change: header("Content-Encoding", "identity", "gzip"), status: 415,
			message: "Content-Encoding",
		},

		{line: where(), why: "an empty body of JSON", contentType: typeJSON, want: absent{}},
		{line: where(), why: "an empty body of a form", contentType: typeForm, want: absent{}},
		{
			line: where(), why: "an empty body of a multipart form",
			contentType: typeMultipart, want: absent{},
		},
		{
			line: where(), why: "an empty body of an unknown type",
			contentType: "text/plain", want: absent{},
		},
		{line: where(), why: "an empty body without a type", want: absent{}},
		{
			line: where(), why: "an empty body, gzipped",
			contentType: typeJSON, change: header("Content-Encoding", "gzip"), want: absent{},
		},
		{
			line: where(), why: "an empty chunked body of JSON",
			contentType: typeJSON, change: chunked, want: absent{},
		},
		{
			line: where(), why: "an empty chunked body of a multipart form",
			contentType: typeMultipart, change: chunked, want: absent{},
		},
		{
			line: where(), why: "an empty chunked body of an unknown type",
			contentType: "text/plain", change: chunked, want: absent{},
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", row.contentType, row.body)
			if row.change != nil {
				row.change(r)
			}
			values, err := bind(r, nil, "a?")
			if row.status != 0 {
				checkError(t, values, err, row.status, "", row.message)
			} else {
				checkValues(t, values, err, row.want)
			}
		})
	}

	t.Run("a nil body", func(t *testing.T) {
		for _, contentType := range []string{typeJSON, typeForm, typeMultipart, "text/plain"} {
			r := newRequest("POST", "/", contentType, "")
			r.Body = nil
			values, err := bind(r, nil, "a?")
			checkValues(t, values, err, absent{})
		}
	})

	t.Run("missing fields of an empty body", func(t *testing.T) {
		values, err := bind(newRequest("POST", "/", typeJSON, ""), nil, "a", "b")
		checkError(t, values, err, 400, "a", "missing parameters: a, b")
	})
}

// bodies has the same values in each format.
var bodies = []struct{ contentType, body string }{
	{typeJSON, `{"a": "1", "b": "2"}`},
	{typeForm, "a=1&b=2"},
	{typeMultipart, part("a", "", "1") + part("b", "", "2") + endOfParts},
}

func TestBindGivesTheSameResultAgain(t *testing.T) {
	for _, method := range []string{"POST", "DELETE", "QUERY"} { // ParseForm reads that of POST only
		for _, body := range bodies {
			for _, length := range []string{"known", "unknown"} {
				for name, before := range map[string]func(*http.Request){
					"nothing":            func(*http.Request) {},
					"ParseForm":          func(r *http.Request) { _ = r.ParseForm() },
					"FormValue":          func(r *http.Request) { _ = r.FormValue("a") },
					"ParseMultipartForm": func(r *http.Request) { _ = r.ParseMultipartForm(1 << 20) },
					"Bind of one field":  func(r *http.Request) { _, _ = bind(r, nil, "b") },
					"a type that is not read": func(r *http.Request) {
						defer r.Header.Set("Content-Type", r.Header.Get("Content-Type"))
						r.Header.Set("Content-Type", "text/plain")
						_, _ = bind(r, nil, "a")
					},
				} {
					t.Run(method+" "+body.contentType+" of "+length+" length after "+name, func(t *testing.T) {
						r := newRequest(method, "/?c=3", body.contentType, body.body)
						if length == "unknown" {
							chunked(r)
						}
						before(r)
						for range 2 {
							values, err := bind(r, nil, "a", "b", "c")
							checkValues(t, values, err, "1", "2", "3")
						}
						before(r)
						values, err := bind(r, nil, "a", "b", "c")
						checkValues(t, values, err, "1", "2", "3")
					})
				}
			}
		}
	}
}

func TestBindRestoresTheBody(t *testing.T) {
	for _, body := range bodies {
		r := newRequest("POST", "/", body.contentType, body.body)
		closed := false
		r.Body = closer{r.Body, func() { closed = true }}
		values, err := bind(r, nil, "a")
		checkValues(t, values, err, "1")
		if got, err := io.ReadAll(r.Body); string(got) != body.body || err != nil {
			t.Errorf("read %q, %v, want %q", got, err, body.body)
		}
		if r.Body.Close(); !closed {
			t.Error("the original body is not closed")
		}
	}
}

type closer struct {
	io.Reader
	close func()
}

func (c closer) Close() error {
	c.close()
	return nil
}

func TestBodyThatTheProgramHasReadIsNotTheClientsFault(t *testing.T) {
	readAll := func(r *http.Request) { _, _ = io.ReadAll(r.Body) }
	for _, row := range []struct {
		line, why, contentType, body string
		before                       func(*http.Request)
	}{
		{line: where(), why: "JSON", contentType: typeJSON, body: bodies[0].body, before: readAll},
		{line: where(), why: "form", contentType: typeForm, body: bodies[1].body, before: readAll},
		{
			line: where(), why: "multipart",
			contentType: typeMultipart, body: bodies[2].body, before: readAll,
		},
		{
			line: where(), why: "a multipart form, part by part",
			contentType: typeMultipart, body: bodies[2].body,
			before: func(r *http.Request) { _, _ = r.MultipartReader() },
		},
		{
			line: where(), why: "a body that is closed",
			contentType: typeJSON, body: bodies[0].body,
			before: func(r *http.Request) { r.Body = io.NopCloser(failing{http.ErrBodyReadAfterClose}) },
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", row.contentType, row.body)
			row.before(r)
			_, err := bind(r, nil, "a?")
			if refusal := (*binder.Error)(nil); err == nil || errors.As(err, &refusal) {
				t.Errorf("error %v, want one of the program", err)
			}
		})
	}

	t.Run("a form that is parsed and whose body is closed", func(t *testing.T) {
		r := newRequest("POST", "/", typeForm, "a=1")
		_ = r.ParseForm()
		r.Body = io.NopCloser(failing{http.ErrBodyReadAfterClose})
		values, err := bind(r, nil, "a")
		checkValues(t, values, err, "1")
	})

	t.Run("a form that is parsed and changed", func(t *testing.T) {
		r := newRequest("POST", "/", typeForm, "a=A")
		r.PostFormValue("a")
		r.PostForm.Set("a", "a")
		values, err := bind(r, nil, "a")
		checkValues(t, values, err, "a")
	})
}

// failing is a body that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestBodyThatCannotBeReadIsABadRequest(t *testing.T) {
	for _, contentType := range []string{typeJSON, typeForm, typeMultipart, "text/plain", ""} {
		r := httptest.NewRequest("POST", "/", failing{io.ErrUnexpectedEOF})
		r.Header.Set("Content-Type", contentType)
		for range 2 {
			values, err := bind(r, nil, "a?")
			checkError(t, values, err, 400, "", "the body could not be read")
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v does not unwrap to the cause", err)
			}
		}
	}
}

func TestBodyThatIsTooLargeReportsTheLimit(t *testing.T) {
	for _, body := range bodies {
		for name, before := range map[string]func(*http.Request){
			"nothing":   func(*http.Request) {},
			"FormValue": func(r *http.Request) { _ = r.FormValue("a") },
		} {
			t.Run(body.contentType+" after "+name, func(t *testing.T) {
				r := newRequest("POST", "/", body.contentType, body.body)
				size := int64(len(body.body))
				r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, size-1)
				before(r)
				for range 2 {
					values, err := bind(r, nil, "a?")
					checkError(t, values, err, 413, "", "bytes")
					if limit := (*http.MaxBytesError)(nil); !errors.As(err, &limit) || limit.Limit != size-1 {
						t.Errorf("%v does not unwrap to the cause", err)
					}
				}
			})
		}
		t.Run(body.contentType+" at the limit", func(t *testing.T) {
			r := newRequest("POST", "/", body.contentType, body.body)
			r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, int64(len(body.body)))
			values, err := bind(r, nil, "a", "b")
			checkValues(t, values, err, "1", "2")
		})
	}

	t.Run("a body of an unknown type", func(t *testing.T) {
		r := newRequest("POST", "/", "text/plain", "12")
		chunked(r)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 0)
		values, err := bind(r, nil, "a")
		checkError(t, values, err, 413, "", "the body is larger than 0 bytes")
	})

	t.Run("a form that is too large for ParseForm", func(t *testing.T) {
		r := newRequest("POST", "/", typeForm, "a=1&b="+strings.Repeat("x", 10<<20)+"&a=2")
		_ = r.FormValue("a")
		values, err := bind(r, nil, "a")
		checkError(t, values, err, 413, "", "the form is too large")
	})
}

// A real server and client have what httptest.NewRequest lacks: the bodies of net/http, and their
// end.
func TestBindOnAServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1000)
		values, err := bind(r, nil, "a?", "b?")
		if refusal := (*binder.Error)(nil); errors.As(err, &refusal) {
			w.WriteHeader(refusal.Status)
			return
		}
		for _, value := range values {
			if text, ok := value.(string); ok {
				_, _ = io.WriteString(w, text)
			}
		}
	}))
	defer server.Close()
	post := func(contentType string, body io.Reader) string {
		t.Helper()
		response, err := server.Client().Post(server.URL, contentType, body)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.Status[:3] + " " + string(text)
	}
	for _, body := range bodies {
		if got := post(body.contentType, strings.NewReader(body.body)); got != "200 12" {
			t.Errorf("%s: %s", body.contentType, got)
		}
		if got := post(body.contentType, io.MultiReader(strings.NewReader(body.body))); got != "200 12" {
			t.Errorf("%s in chunks: %s", body.contentType, got)
		}
		long := body.body + strings.Repeat(" ", 1000)
		if got := post(body.contentType, strings.NewReader(long)); got != "413 " {
			t.Errorf("%s too large: %s", body.contentType, got)
		}
		if got := post(body.contentType, nil); got != "200 " {
			t.Errorf("%s without a body: %s", body.contentType, got)
		}
	}
	if got := post("text/plain", strings.NewReader("a=1")); got != "415 " {
		t.Errorf("text/plain: %s", got)
	}
}
