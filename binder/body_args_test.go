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

func TestBodyArgsReturnsEveryArgumentOfTheBody(t *testing.T) {
	for _, row := range []struct {
		line, why, contentType, body string
		want                         []binder.Arg
		status                       int
		field, message               string
	}{
		{
			line: where(), why: "JSON members in their order, each value as sent",
			contentType: typeJSON,
			body:        `{"b": 1.10, "c": "\u0041", "a": { "x" :[ 1] }, "n": null, "t":true}`,
			want: []binder.Arg{
				jsonArg("b", "1.10"), jsonArg("c", `"\u0041"`), jsonArg("a", `{ "x" :[ 1] }`),
				jsonArg("n", "null"), jsonArg("t", "true"),
			},
		},
		{
			line: where(), why: "an escaped name in JSON",
			contentType: typeJSON, body: `{"\u0061\"":[]}`, want: []binder.Arg{jsonArg(`a"`, "[]")},
		},
		{
			line: where(), why: "a media type that ends in +json",
			contentType: "application/vnd.x+json", body: `{"a":1}`,
			want: []binder.Arg{jsonArg("a", "1")},
		},
		{line: where(), why: "an object without members", contentType: typeJSON, body: " {} "},
		{
			line: where(), why: "an unpaired surrogate, which a parameter of type json takes",
			contentType: typeJSON, body: `{"a":"\ud800"}`, want: []binder.Arg{jsonArg("a", `"\ud800"`)},
		},
		{
			line: where(), why: "form fields in their order, with a repeated name",
			contentType: typeForm, body: "b=2&a=x+y&b=1",
			want: []binder.Arg{arg("b", "2", "1"), arg("a", "x y")},
		},
		{
			line: where(), why: "a multipart form, sorted by name",
			contentType: typeMultipart,
			body:        part("b", "", "2") + part("a", "", "x\r\ny") + part("b", "", "1") + endOfParts,
			want:        []binder.Arg{arg("a", "x\r\ny"), arg("b", "2", "1")},
		},
		{line: where(), why: "an empty body of JSON", contentType: typeJSON},
		{line: where(), why: "an empty body of a form", contentType: typeForm},
		{line: where(), why: "an empty body of a multipart form", contentType: typeMultipart},
		{line: where(), why: "an empty body without a type"},
		{line: where(), why: "an empty body of an unknown type", contentType: "text/plain"},

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
			line: where(), why: "a repeated name in JSON",
			contentType: typeJSON, body: `{"a":"secret", "\u0061":2}`, status: 400,
			message: `the key "a" twice in one object: at offset 15 (line 1, column 16)`,
		},
		{
			line: where(), why: "a repeated name in a nested object",
			contentType: typeJSON, body: "{\"a\":[\n{\"b\":{\"c\":1,\"c\":2}}]}", status: 400,
			message: `the key "c" twice in one object: at offset 19 (line 2, column 13)`,
		},
		{
			line: where(), why: "text after the object",
			contentType: typeJSON, body: `{"a":1}secret`, status: 400,
			message: "goes on after the object at offset 7",
		},
		{
			line: where(), why: "JSON that is cut off",
			contentType: typeJSON, body: `{"a":"secret`, status: 400,
			message: "ends too early at offset 12",
		},
		{
			line: where(), why: "malformed JSON",
			contentType: typeJSON, body: `{"a":secret}`, status: 400,
			message: "malformed JSON body at offset 5",
		},
		{
			line: where(), why: "invalid UTF-8",
			contentType: typeJSON, body: "{\"a\":\"\xff\"}", status: 400,
			message: "not valid UTF-8 at offset 6",
		},
		{
			line: where(), why: "an unpaired surrogate in a name",
			contentType: typeJSON, body: `{"\udc00":1}`, status: 400,
			message: "a key of the JSON body holds half of a surrogate pair at offset 1",
		},
		{
			line: where(), why: "an unpaired surrogate in a nested name",
			contentType: typeJSON, body: `{"a":{"\udc00":1}}`, status: 400,
			message: "half of a surrogate pair at offset 6",
		},
		{
			line: where(), why: "levels nested too deeply",
			contentType: typeJSON,
			body:        `{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}",
			status:      400,
			message:     "10,000 levels",
		},
		{
			line: where(), why: "an empty name in JSON",
			contentType: typeJSON, body: `{"":"secret"}`, status: 400,
			message: "an argument has no name",
		},
		{
			line: where(), why: "an empty name in a form",
			contentType: typeForm, body: "a=1&=secret", status: 400, message: "an argument has no name",
		},
		{
			line: where(), why: "a part without a name, which net/http drops",
			contentType: typeMultipart, body: part("a", "", "1") + part("", "", "2") + endOfParts,
			want: []binder.Arg{arg("a", "1")},
		},
		{
			line: where(), why: "a malformed form",
			contentType: typeForm, body: "a=secret%zz", status: 400,
			message: "malformed form: a percent sign",
		},
		{
			line: where(), why: "files, of which the first by name is reported",
			contentType: typeMultipart,
			body: part("g", `; filename="g"`, "x") + part("f", `; filename="f"`, "secret") +
				part("a", "", "1") + endOfParts,
			status: 400, field: "f", message: "f takes no file upload",
		},
		{
			line: where(), why: "another type",
			contentType: "text/plain", body: "a=secret", status: 415,
			message: "application/json, application/x-www-form-urlencoded and multipart/form-data are " +
				"understood",
		},
		{
			line: where(), why: "a body without a type",
			body: `{"a":1}`, status: 415, message: "no Content-Type: application/json",
		},
		{
			line: where(), why: "another charset",
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
				t.Errorf("afterwards the body is %.100q, %v", rest, err)
			}
		})
	}

	t.Run("a nil body", func(t *testing.T) {
		r := newRequest("POST", "/", typeJSON, "")
		r.Body = nil
		args, err := binder.BodyArgs(r)
		checkArgs(t, args, err)
	})

	t.Run("a body that cannot be read", func(t *testing.T) {
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
func TestBodyArgsTakesAFormThatIsParsed(t *testing.T) {
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
