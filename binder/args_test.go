package binder_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// arg makes an argument of a query or a form, and jsonArg one of a JSON body.
func arg(name string, values ...string) binder.Arg { return binder.Arg{Name: name, Values: values} }

func jsonArg(name, value string) binder.Arg {
	return binder.Arg{Name: name, Values: []string{value}, JSON: true}
}

// checkArgs wants these arguments and no error.
func checkArgs(t *testing.T, got []binder.Arg, err error, want ...binder.Arg) {
	t.Helper()
	if err != nil {
		t.Errorf("error %q, want %+v", err, want)
	} else if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// checkRefusal wants an Error that says part in its message or hint, and quotes no value.
func checkRefusal(t *testing.T, got any, err error, status int, field, part string) {
	t.Helper()
	var refusal *binder.Error
	switch {
	case !errors.As(err, &refusal):
		t.Errorf("got %q and error %v, want an *Error: %q", got, err, part)
	case got != nil && !reflect.ValueOf(got).IsZero():
		t.Errorf("got %q beside the error %q", got, err)
	case refusal.Status != status || refusal.Field != field || !strings.Contains(err.Error()+". "+refusal.Hint, part):
		t.Errorf("got %d %q %q %q, want %d %q %q", refusal.Status, refusal.Field, err, refusal.Hint, status, field, part)
	case field != "" && (len(refusal.Problems) == 0 || refusal.Problems[0].Field != field):
		t.Errorf("the problems are %q, want the first about %s", refusal.Problems, field)
	case strings.Contains(err.Error()+refusal.Hint, "secret"):
		t.Errorf("%q quotes a value", err)
	}
}

func TestQueryArgs(t *testing.T) {
	for _, row := range []struct {
		line, why, query string
		want             []binder.Arg
		message          string // with status 400
	}{
		{line: where(), why: "no query"},
		{line: where(), why: "nothing between the separators", query: "&&"},
		{
			line: where(), why: "the order of the query",
			query: "b=1&c=2&a=3", want: []binder.Arg{arg("b", "1"), arg("c", "2"), arg("a", "3")},
		},
		{
			line: where(), why: "a repeated name stays where it came first",
			query: "b=2&a=x&b=1&&b=2", want: []binder.Arg{arg("b", "2", "1", "2"), arg("a", "x")},
		},
		{
			line: where(), why: "one name escaped in different ways",
			query: "a+b=1&a%20b=2&%61+b=3", want: []binder.Arg{arg("a b", "1", "2", "3")},
		},
		{
			line: where(), why: "an escaped separator separates nothing",
			query: "a%26b=1%3D&c%3Dd=2", want: []binder.Arg{arg("a&b", "1="), arg("c=d", "2")},
		},
		{
			line: where(), why: "an empty value is one",
			query: "a=&b", want: []binder.Arg{arg("a", ""), arg("b", "")},
		},
		{
			line: where(), why: "no JSON, whatever it looks like",
			query: `a="x"&b=null`, want: []binder.Arg{arg("a", `"x"`), arg("b", "null")},
		},
		{
			line: where(), why: "capitals are other names",
			query: "a=1&A=2", want: []binder.Arg{arg("a", "1"), arg("A", "2")},
		},
		{
			line: where(), why: "no name, which a parameter without one must not match",
			query: "a=1&=secret", message: "an argument has no name",
		},
		{line: where(), why: "no name and no value", query: "=", message: "an argument has no name"},
		{
			line: where(), why: "a broken escape in a value",
			query: "a=1&b=secret%zz", message: "malformed query: a percent sign",
		},
		{
			line: where(), why: "a broken escape in a name",
			query: "a=1&secret%zz=b", message: "malformed query: a percent sign",
		},
		{
			line: where(), why: "a semicolon",
			query: "a=secret;b=2", message: "malformed query: invalid semicolon",
		},
		{
			line: where(), why: "more pairs than net/url takes",
			query: strings.Repeat("a&", 10001), message: "malformed query",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			for _, method := range []string{"GET", "HEAD"} {
				r := newRequest(method, "/", "", "")
				r.URL.RawQuery = row.query
				args, err := binder.QueryArgs(r)
				if row.message != "" {
					checkRefusal(t, args, err, 400, "", row.message)
				} else {
					checkArgs(t, args, err, row.want...)
				}
			}
		})
	}
}

// FuzzQueryArgs holds the arguments against url.ParseQuery, and their order against the places of the names.
func FuzzQueryArgs(f *testing.F) {
	for _, seed := range []string{"", "b=1&a=2&b=3", "a+b&a%20b=x", "=1", "&=&", "a=%zz", "%zz=a", "a;b", "a%26=1&a&%61=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := newRequest("GET", "/", "", "")
		r.URL.RawQuery = query
		args, err := binder.QueryArgs(r)
		want, malformed := url.ParseQuery(query)
		if bad := malformed != nil || want.Has(""); bad || err != nil {
			if refusal := (*binder.Error)(nil); !bad || !errors.As(err, &refusal) || refusal.Status != 400 {
				t.Errorf("%q: got %+v, %v, want %q, %v", query, args, err, want, malformed)
			}
			return
		}
		got := url.Values{}
		var places []int
		for _, a := range args {
			got[a.Name] = a.Values
			places = append(places, slices.IndexFunc(strings.Split(query, "&"), func(pair string) bool {
				values, _ := url.ParseQuery(pair)
				return values.Has(a.Name)
			}))
		}
		if len(args) != len(want) || !reflect.DeepEqual(got, want) || !slices.IsSorted(places) {
			t.Errorf("%q: got %+v, want %q", query, args, want)
		}
	})
}

func TestBodyArgs(t *testing.T) {
	for _, row := range []struct {
		line, why, contentType, body string
		want                         []binder.Arg
		status                       int
		field, message               string
	}{
		{line: where(), why: "JSON in its order, each value as it came", contentType: typeJSON, body: `{"b": 1.10, "c": "\u0041", "a": { "x" :[ 1] }, "n": null, "t":true}`, want: []binder.Arg{
			jsonArg("b", "1.10"), jsonArg("c", `"\u0041"`), jsonArg("a", `{ "x" :[ 1] }`), jsonArg("n", "null"), jsonArg("t", "true"),
		}},
		{
			line: where(), why: "an escaped name",
			contentType: typeJSON, body: `{"\u0061\"":[]}`, want: []binder.Arg{jsonArg(`a"`, "[]")},
		},
		{
			line: where(), why: "a +json type",
			contentType: "application/vnd.x+json", body: `{"a":1}`,
			want: []binder.Arg{jsonArg("a", "1")},
		},
		{line: where(), why: "an object without members", contentType: typeJSON, body: " {} "},
		{
			line: where(), why: "half a pair, which a parameter of type json takes",
			contentType: typeJSON, body: `{"a":"\ud800"}`, want: []binder.Arg{jsonArg("a", `"\ud800"`)},
		},
		{
			line: where(), why: "a form in its order, with a repeated name",
			contentType: typeForm, body: "b=2&a=x+y&b=1",
			want: []binder.Arg{arg("b", "2", "1"), arg("a", "x y")},
		},
		{
			line: where(), why: "a multipart form, by name",
			contentType: typeMultipart,
			body:        part("b", "", "2") + part("a", "", "x\r\ny") + part("b", "", "1") + endOfParts,
			want:        []binder.Arg{arg("a", "x\r\ny"), arg("b", "2", "1")},
		},
		{line: where(), why: "empty JSON", contentType: typeJSON},
		{line: where(), why: "an empty form", contentType: typeForm},
		{line: where(), why: "an empty multipart form", contentType: typeMultipart},
		{line: where(), why: "nothing without a type"},
		{line: where(), why: "nothing of an unknown type", contentType: "text/plain"},

		{
			line: where(), why: "an array",
			contentType: typeJSON, body: `["secret"]`, status: 400,
			message: "the JSON body is not an object. Send an object of arguments",
		},
		{
			line: where(), why: "a string",
			contentType: typeJSON, body: `"secret"`, status: 400,
			message: "the JSON body is not an object. Send an object of arguments",
		},
		{
			line: where(), why: "null",
			contentType: typeJSON, body: `null`, status: 400, message: "not an object",
		},
		{
			line: where(), why: "a name twice in JSON",
			contentType: typeJSON, body: `{"a":"secret", "\u0061":2}`, status: 400,
			message: `the key "a" twice in one object: at offset 15 (line 1, column 16)`,
		},
		{
			line: where(), why: "a name twice inside",
			contentType: typeJSON, body: "{\"a\":[\n{\"b\":{\"c\":1,\"c\":2}}]}", status: 400,
			message: `the key "c" twice in one object: at offset 19 (line 2, column 13)`,
		},
		{
			line: where(), why: "more after the object",
			contentType: typeJSON, body: `{"a":1}secret`, status: 400,
			message: "goes on after the object at offset 7",
		},
		{
			line: where(), why: "cut off",
			contentType: typeJSON, body: `{"a":"secret`, status: 400,
			message: "ends too early at offset 12",
		},
		{
			line: where(), why: "malformed",
			contentType: typeJSON, body: `{"a":secret}`, status: 400,
			message: "malformed JSON body at offset 5",
		},
		{
			line: where(), why: "invalid UTF-8",
			contentType: typeJSON, body: "{\"a\":\"\xff\"}", status: 400,
			message: "not valid UTF-8 at offset 6",
		},
		{
			line: where(), why: "half a pair in a name",
			contentType: typeJSON, body: `{"\udc00":1}`, status: 400,
			message: "a key of the JSON body holds half of a surrogate pair at offset 1",
		},
		{
			line: where(), why: "half a pair in a name inside",
			contentType: typeJSON, body: `{"a":{"\udc00":1}}`, status: 400,
			message: "half of a surrogate pair at offset 6",
		},
		{
			line: where(), why: "too many levels",
			contentType: typeJSON,
			body:        `{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}", status: 400,
			message: "10,000 levels",
		},
		{
			line: where(), why: "no name in JSON",
			contentType: typeJSON, body: `{"":"secret"}`, status: 400,
			message: "an argument has no name",
		},
		{
			line: where(), why: "no name in a form",
			contentType: typeForm, body: "a=1&=secret", status: 400, message: "an argument has no name",
		},
		{
			line: where(), why: "a part without a name, which net/http leaves out",
			contentType: typeMultipart, body: part("a", "", "1") + part("", "", "2") + endOfParts,
			want: []binder.Arg{arg("a", "1")},
		},
		{
			line: where(), why: "a malformed form",
			contentType: typeForm, body: "a=secret%zz", status: 400,
			message: "malformed form: a percent sign",
		},
		{
			line: where(), why: "files, of which the first by name is told",
			contentType: typeMultipart,
			body: part("g", `; filename="g"`, "x") + part("f", `; filename="f"`, "secret") +
				part("a", "", "1") + endOfParts,
			status: 400, field: "f", message: "f takes no file upload",
		},
		{
			line: where(), why: "other type",
			contentType: "text/plain", body: "a=secret", status: 415,
			message: "application/json, application/x-www-form-urlencoded and multipart/form-data are " +
				"understood",
		},
		{
			line: where(), why: "no type",
			body: `{"a":1}`, status: 415, message: "no Content-Type: application/json",
		},
		{
			line: where(), why: "other charset",
			contentType: typeJSON + "; charset=utf-16", body: `{"a":1}`, status: 415,
			message: "charset is not utf-8",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", row.contentType, row.body)
			for range 2 {
				args, err := binder.BodyArgs(r)
				if row.status != 0 {
					checkRefusal(t, args, err, row.status, row.field, row.message)
				} else {
					checkArgs(t, args, err, row.want...)
				}
			}
			if rest, err := io.ReadAll(r.Body); string(rest) != row.body || err != nil {
				t.Errorf("then the body is %.100q, %v", rest, err)
			}
		})
	}

	t.Run("nil", func(t *testing.T) {
		r := newRequest("POST", "/", typeJSON, "")
		r.Body = nil
		args, err := binder.BodyArgs(r)
		checkArgs(t, args, err)
	})

	t.Run("fails", func(t *testing.T) {
		r := httptest.NewRequest("POST", "/", failing{io.ErrUnexpectedEOF})
		r.Header.Set("Content-Type", typeJSON)
		args, err := binder.BodyArgs(r)
		checkRefusal(t, args, err, 400, "", "the body could not be read")
	})

	t.Run("too large", func(t *testing.T) {
		r := newRequest("POST", "/", typeJSON, `{"a":1}`)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 6)
		args, err := binder.BodyArgs(r)
		checkRefusal(t, args, err, 413, "", "the body is larger than 6 bytes")
	})

	t.Run("consumed by the program", func(t *testing.T) {
		r := newRequest("POST", "/", typeJSON, `{"a":1}`)
		_, _ = io.ReadAll(r.Body)
		args, err := binder.BodyArgs(r)
		if refusal := (*binder.Error)(nil); err == nil || errors.As(err, &refusal) {
			t.Errorf("got %+v, %v, want an error of the program", args, err)
		}
	})
}

// A form that the program has parsed is gone, and its order with it.
func TestBodyArgsOfParsedForm(t *testing.T) {
	r := newRequest("POST", "/?q=1", typeForm, "c=1&b=2&a=3&b=4")
	if err := r.ParseForm(); err != nil {
		t.Fatal(err)
	}
	r.PostForm["c"] = []string{} // as good as deleted
	for range 2 {
		args, err := binder.BodyArgs(r)
		checkArgs(t, args, err, arg("a", "3"), arg("b", "2", "4"))
		values, err := bind(r, nil, "a", "c?")
		checkValues(t, values, err, "3", absent{})
	}

	r = newRequest("POST", "/?q=1", typeMultipart, part("b", "", "2")+part("a", "", "3")+endOfParts)
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		t.Fatal(err)
	}
	args, err := binder.BodyArgs(r)
	checkArgs(t, args, err, arg("a", "3"), arg("b", "2"))
}

func TestArgValue(t *testing.T) {
	for _, row := range []struct {
		line, why string
		arg       binder.Arg
		want      any
		message   string // with status 400
	}{
		{line: where(), why: "a text", arg: arg("a", "x"), want: "x"},
		{line: where(), why: "an empty text", arg: arg("a", ""), want: ""},
		{line: where(), why: "only JSON has null", arg: arg("a", "null"), want: "null"},
		{line: where(), why: "only JSON has quotes", arg: arg("a", `"x"`), want: `"x"`},
		{line: where(), why: "null", arg: jsonArg("a", "null"), want: nil},
		{line: where(), why: "the text null", arg: jsonArg("a", `"null"`), want: "null"},
		{line: where(), why: "a string", arg: jsonArg("a", `"\ud83d\ude00\n"`), want: "😀\n"},
		{line: where(), why: "the empty string", arg: jsonArg("a", `""`), want: ""},
		{line: where(), why: "a number", arg: jsonArg("a", "-1.10e400"), want: "-1.10e400"},
		{line: where(), why: "true", arg: jsonArg("a", "true"), want: "true"},
		{line: where(), why: "an array", arg: jsonArg("a", `[ "x" ]`), want: `[ "x" ]`},
		{line: where(), why: "an object", arg: jsonArg("a", `{"x":"\ud800"}`), want: `{"x":"\ud800"}`},
		{
			line: where(), why: "half a pair",
			arg: jsonArg("a", `"secret\ud800"`), message: "a holds half of a surrogate pair",
		},
		{line: where(), why: "several", arg: arg("a", "secret", "secret"), message: "a is given 2 times"},
		{line: where(), why: "none", arg: arg("a"), message: "a is given 0 times"},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			value, err := row.arg.Value()
			if row.message != "" {
				checkRefusal(t, value, err, 400, "a", row.message)
			} else if value != row.want || err != nil {
				t.Errorf("got %q, %v, want %q", value, err, row.want)
			}
		})
	}
}

func TestRawBody(t *testing.T) {
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
			line: where(), why: "JSON, which the database judges",
			contentType: typeJSON, body: `{"a":1,"a":`, mediaType: typeJSON,
		},
		{
			line: where(), why: "text",
			contentType: "Text/Plain; charset=UTF-8", body: "x", mediaType: "text/plain",
		},
		{
			line: where(), why: "text without charset",
			contentType: "text/plain", body: "x", mediaType: "text/plain",
		},
		{
			line: where(), why: "text in ASCII",
			contentType: "text/plain; charset=us-ascii", body: "x", mediaType: "text/plain",
		},
		{
			line: where(), why: "bytes",
			contentType: "application/octet-stream", body: "\x00\xff",
			mediaType: "application/octet-stream",
		},
		{
			line: where(), why: "a type that nobody knows",
			contentType: "x/y", body: "\x00\xff", mediaType: "x/y",
		},
		{
			line: where(), why: "without a length",
			contentType: "text/xml", body: "<a/>", change: chunked, mediaType: "text/xml",
		},
		{line: where(), why: "a form", contentType: typeForm, body: "a=%zz", mediaType: typeForm},
		{
			line: where(), why: "a multipart form without its boundary",
			contentType: "multipart/form-data", body: "x", mediaType: "multipart/form-data",
		},
		{
			line: where(), why: "identity is no coding",
			contentType: "text/plain", body: "x", change: header("Content-Encoding", "identity"),
			mediaType: "text/plain",
		},

		{line: where(), why: "nothing", contentType: "text/plain", mediaType: "text/plain"},
		{
			line: where(), why: "nothing in no chunks",
			contentType: "text/plain", change: chunked, mediaType: "text/plain",
		},
		{line: where(), why: "nothing without a type"},
		{line: where(), why: "nothing without a type in no chunks", change: chunked},
		{line: where(), why: "nothing of a malformed type", contentType: "text/plain; charset"},
		{
			line: where(), why: "nothing in another charset",
			contentType: "text/plain; charset=latin1", mediaType: "text/plain",
		},
		{
			line: where(), why: "nothing, gzipped",
			contentType: "text/plain", change: header("Content-Encoding", "gzip"),
		},

		{
			line: where(), why: "no type",
			body: "secret", status: 415, message: "the body has no Content-Type. ",
		},
		{
			line: where(), why: "no type and no length",
			body: "secret", change: chunked, status: 415, message: "the body has no Content-Type. ",
		},
		{
			line: where(), why: "a malformed type",
			contentType: "text/plain; charset", body: "secret", status: 415,
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
						t.Errorf("got %q beside an error", body)
					}
				case err != nil || body == nil || string(body) != row.body || mediaType != row.mediaType:
					t.Errorf("got %#v of %q, %v, want %q of %q", body, mediaType, err, row.body, row.mediaType)
				}
			}
			if rest, err := io.ReadAll(r.Body); string(rest) != row.body || err != nil {
				t.Errorf("then the body is %q, %v", rest, err)
			}
		})
	}

	t.Run("nil", func(t *testing.T) {
		for _, contentType := range []string{"text/plain", ""} {
			r := newRequest("POST", "/", contentType, "")
			r.Body = nil
			if body, mediaType, err := binder.RawBody(r); body == nil || len(body) > 0 || mediaType != contentType || err != nil {
				t.Errorf("got %#v of %q, %v", body, mediaType, err)
			}
		}
	})

	t.Run("beside the arguments", func(t *testing.T) {
		r := newRequest("POST", "/", typeJSON, `{"a":1}`)
		for range 2 {
			args, err := binder.BodyArgs(r)
			checkArgs(t, args, err, jsonArg("a", "1"))
			if body, _, err := binder.RawBody(r); string(body) != `{"a":1}` || err != nil {
				t.Errorf("got %q, %v", body, err)
			}
		}
	})

	t.Run("closes what the server gave", func(t *testing.T) {
		r := newRequest("POST", "/", "text/plain", "x")
		closed := false
		r.Body = closer{r.Body, func() { closed = true }}
		_, _, _ = binder.RawBody(r)
		if r.Body.Close(); !closed {
			t.Error("the body is not closed")
		}
	})
}

func TestRawBodyFails(t *testing.T) {
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

// No part of a body may pass for the whole.
func TestRawBodyAfterTheProgram(t *testing.T) {
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
			contentType: typeForm, body: "a=1", before: formValue, status: 0,
		},
		{
			line: where(), why: "FormValue of a form in chunks",
			contentType: typeForm, body: "a=1",
			before: func(r *http.Request) { chunked(r); formValue(r) }, status: 0,
		},
		{
			line: where(), why: "FormValue of a form that is too large for it",
			contentType: typeForm, body: "a=" + strings.Repeat("x", 10<<20) + "&b=1", before: formValue,
			status: 413,
		},
		{
			line: where(), why: "FormValue of a form that is put back",
			contentType: typeForm, body: "a=1", before: putBack(formValue), status: 200,
		},
		{
			line: where(), why: "FormValue of a multipart form",
			contentType: typeMultipart, body: twoParts, before: formValue, status: 0,
		},
		{
			line: where(), why: "FormValue of a multipart form in chunks",
			contentType: typeMultipart, body: twoParts,
			before: func(r *http.Request) { chunked(r); formValue(r) }, status: 0,
		},
		{
			line: where(), why: "FormValue of a multipart form that is put back",
			contentType: typeMultipart, body: twoParts, before: putBack(formValue), status: 200,
		},
		{
			line: where(), why: "FormValue of a malformed multipart form",
			contentType: typeMultipart, body: "--B\r\nbroken\r\n\r\n" + strings.Repeat("x", 1e5),
			before: formValue, status: 400,
		},
		{
			line: where(), why: "one part of a multipart form",
			contentType: typeMultipart, body: twoParts,
			before: func(r *http.Request) {
				parts, _ := r.MultipartReader()
				_, _ = parts.NextPart()
			},
			status: 0,
		},
		{
			line: where(), why: "all is read",
			contentType: "text/plain", body: "x",
			before: func(r *http.Request) { _, _ = io.ReadAll(r.Body) }, status: 0,
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

// putBack keeps the body for after f.
func putBack(f func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		f(r)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
}

// A real server and client: net/http's own bodies are read again too.
func TestArgsOnServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := binder.QueryArgs(r)
		checkArgs(t, query, err, arg("b", "1", "2"), arg("a", "3"))
		args, err := binder.BodyArgs(r)
		checkArgs(t, args, err, jsonArg("a", "1"))
		body, mediaType, err := binder.RawBody(r)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, mediaType+" "+string(body))
	}))
	defer server.Close()
	for _, body := range []io.Reader{strings.NewReader(`{"a":1}`), io.MultiReader(strings.NewReader(`{"a":1}`))} { // the second in chunks
		response, err := server.Client().Post(server.URL+"/?b=1&a=3&b=2", typeJSON, body)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if text, err := io.ReadAll(response.Body); string(text) != `application/json {"a":1}` || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	}
}
