package binder_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

func TestFieldsFromHeadersCookiesAndFunctions(t *testing.T) {
	for _, row := range []struct {
		line, why string
		field     binder.Field
		header    http.Header
		query     string
		want      any
		message   string // with status 400
	}{
		{
			line: where(), why: "a header field in any case",
			field: binder.Header("a", "tenant-id"), header: http.Header{"Tenant-Id": {"acme"}},
			want: "acme",
		},
		{
			line: where(), why: "a header field is not split at commas",
			field: binder.Header("a", "X"), header: http.Header{"X": {"a, b"}}, want: "a, b",
		},
		{
			line: where(), why: "an empty header field is present",
			field: binder.Header("a", "X"), header: http.Header{"X": {""}}, want: "",
		},
		{
			line: where(), why: "the Host field, which net/http keeps apart",
			field: binder.Header("a", "host"), want: "example.com",
		},
		{
			line: where(), why: "a repeated header field",
			field: binder.Header("a", "X"), header: http.Header{"X": {"secret", "secret"}},
			message: "a (header X) is given 2 times",
		},
		{
			line: where(), why: "a missing header field",
			field: binder.Header("a", "X"), message: "missing parameter: a (header X)",
		},
		{
			line: where(), why: "the query does not replace a header field",
			field: binder.Header("a", "X"), query: "a=1&X=2", message: "missing parameter: a (header X)",
		},
		{
			line: where(), why: "an optional header field is absent",
			field: binder.Header("a", "X").Optional(), query: "a=1", want: absent{},
		},
		{
			line: where(), why: "a header field with a type",
			field: binder.Int("a").From(binder.InHeader("X")), header: http.Header{"X": {"secret"}},
			message: "a (header X) is not a whole number",
		},

		{
			line: where(), why: "a cookie",
			field: binder.Cookie("a", "sid"), header: http.Header{"Cookie": {`x=1; sid="s"; y=2`}},
			want: "s",
		},
		{
			line: where(), why: "names of cookies differ by upper and lower case",
			field: binder.Cookie("a", "sid"), header: http.Header{"Cookie": {"SID=s"}},
			message: "missing parameter: a (cookie sid)",
		},
		{
			line: where(), why: "a repeated cookie",
			field:   binder.Cookie("a", "sid"),
			header:  http.Header{"Cookie": {"sid=secret", "sid=secret"}},
			message: "a (cookie sid) is given 2 times",
		},
		{
			line: where(), why: "a cookie with a default",
			field: binder.Cookie("a", "sid").Default("an empty body"), want: "an empty body",
		},

		{
			line: where(), why: "the first of several sources",
			field: binder.Text("a").From(binder.Query(), binder.InHeader("X")), query: "a=1",
			header: http.Header{"X": {"2"}}, want: "1",
		},
		{
			line: where(), why: "the next of several sources",
			field: binder.Text("a").From(binder.Query(), binder.InHeader("X")), query: "b=1",
			header: http.Header{"X": {"2"}}, want: "2",
		},
		{
			line: where(), why: "none of several sources",
			field:   binder.Text("a").From(binder.Query(), binder.InHeader("X")),
			message: "missing parameter: a",
		},

		{
			line: where(), why: "a constant",
			field: binder.Const("a", 42), query: "a=1", want: 42,
		},
		{
			line: where(), why: "a constant NULL",
			field: binder.Const("a", nil), query: "a=1", want: nil,
		},
		{
			line: where(), why: "a value derived from the request",
			field: binder.Value("a", func(r *http.Request) (any, error) { return r.Method, nil }),
			query: "a=1", want: "GET",
		},
		{
			line: where(), why: "an error of the function",
			field: binder.Value("a", func(r *http.Request) (any, error) {
				return "x", &binder.Error{Status: 400, Message: "no such user"}
			}),
			message: "no such user",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("GET", "/?"+row.query, "", "")
			if row.header != nil {
				r.Header = row.header
			}
			values, present, err := binder.Bind(r, []binder.Field{row.field}, nil, binder.Defaults())
			if row.message != "" {
				checkRefusal(t, values, err, 400, "a", row.message)
				return
			}
			if err == nil && !present[0] && values[0] == nil {
				values[0] = absent{}
			}
			checkValues(t, values, err, row.want)
		})
	}
}

func TestBodyTextAndBodyBytes(t *testing.T) {
	both := []binder.Field{binder.BodyText("text"), binder.BodyBytes("bytes")}
	for _, row := range []struct {
		line, why, contentType, body string
		fields                       []binder.Field
		want                         []any
		status                       int
		field, message               string
	}{
		{
			line: where(), why: "text and bytes as sent",
			contentType: "text/csv", body: "a,ä\r\n", fields: both,
			want: []any{"a,ä\r\n", []byte("a,ä\r\n")},
		},
		{
			line: where(), why: "JSON, which is not parsed",
			contentType: typeJSON, body: `{"a": `, fields: both, want: []any{`{"a": `, []byte(`{"a": `)},
		},
		{
			line: where(), why: "JSON and one of its members",
			contentType: typeJSON, body: `{"a": 1}`, fields: []binder.Field{{Name: "a"}, both[0]},
			want: []any{"1", `{"a": 1}`},
		},
		{
			line: where(), why: "a form and one of its fields",
			contentType: typeForm, body: `a=1`, fields: []binder.Field{both[0], {Name: "a"}},
			want: []any{`a=1`, "1"},
		},
		{
			line: where(), why: "bytes that are not text",
			contentType: "image/png", body: "\xff\x00", fields: both[1:],
			want: []any{[]byte("\xff\x00")},
		},
		{
			line: where(), why: "bytes that are not text, as text",
			contentType: "text/plain", body: "secret\xff", fields: both, status: 400, field: "text",
			message: "the body is not valid UTF-8",
		},
		{
			line: where(), why: "an empty body",
			contentType: "text/plain", fields: both, status: 400, field: "text",
			message: "missing parameters: text (body), bytes (body)",
		},
		{
			line: where(), why: "an empty body of an optional field",
			fields: []binder.Field{both[0].Optional()}, want: []any{nil},
		},
		{
			line: where(), why: "a body without a type",
			body: "secret", fields: both, status: 415, message: "the body has no Content-Type",
		},
		{
			line: where(), why: "another charset",
			contentType: "text/plain; charset=utf-16", body: "secret", fields: both, status: 415,
			message: "charset is not utf-8",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("POST", "/", row.contentType, row.body)
			for range 2 {
				values, _, err := binder.Bind(r, row.fields, nil, binder.Defaults())
				if row.status != 0 {
					checkRefusal(t, values, err, row.status, row.field, row.message)
				} else {
					checkValues(t, values, err, row.want...)
				}
			}
		})
	}
}

func TestFieldsOfAnUploadedFile(t *testing.T) {
	photo := part("photo", `; filename="a.png"`+"\r\nContent-Type: image/png", "\xff\x00")
	all := []binder.Field{
		binder.File("photo"),
		binder.FileName("name", "photo"),
		binder.FileType("type", "photo").Optional(),
		binder.Any("a").Optional(),
	}
	for _, row := range []struct {
		line, why, contentType, body string
		want                         []any
		message                      string
	}{
		{
			line: where(), why: "a file",
			body: photo + endOfParts, want: []any{[]byte("\xff\x00"), "a.png", "image/png", nil},
		},
		{
			line: where(), why: "a file besides a value",
			body: part("a", "", "1") + photo + endOfParts,
			want: []any{[]byte("\xff\x00"), "a.png", "image/png", "1"},
		},
		{
			line: where(), why: "an empty file",
			body: part("photo", `; filename="a"`, "") + endOfParts, want: []any{[]byte{}, "a", nil, nil},
		},
		{
			line: where(), why: "the name of a file is no path",
			body: part("photo", `; filename="../../etc/passwd"`, "") + endOfParts,
			want: []any{[]byte{}, "passwd", nil, nil},
		},
		{
			line: where(), why: "no file was chosen, as browsers send it",
			body:    part("photo", `; filename=""`, "") + endOfParts,
			message: "missing parameters: photo (file upload), name (file upload)",
		},
		{
			line: where(), why: "another file",
			body:    part("x", `; filename="x"`, "") + endOfParts,
			message: "missing parameters: photo (file upload), name (file upload)",
		},
		{
			line: where(), why: "two files",
			body: photo + photo + endOfParts, message: "photo is given 2 times",
		},
		{
			line: where(), why: "a value instead of the file",
			body: part("photo", "", "secret") + endOfParts, message: "photo is no file upload",
		},
		{
			line: where(), why: "a value besides the file",
			body: photo + part("photo", "", "secret") + endOfParts, message: "photo is no file upload",
		},
		{
			line: where(), why: "a form that cannot have files",
			contentType: typeForm, body: "photo=secret", message: "photo is no file upload",
		},
		{
			line: where(), why: "two values instead of the file",
			contentType: typeForm, body: "photo=secret&photo=secret", message: "photo is given 2 times",
		},
		{
			line: where(), why: "JSON, which cannot have files",
			contentType: typeJSON, body: `{"photo": "secret"}`, message: "photo is no file upload",
		},
		{
			line: where(), why: "JSON's null is no file",
			contentType: typeJSON, body: `{"photo": null}`,
			message: "missing parameters: photo (file upload), name (file upload)",
		},
		{
			line: where(), why: "no body",
			message: "missing parameters: photo (file upload), name (file upload)",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			if row.contentType == "" {
				row.contentType = typeMultipart
			}
			for _, parse := range []func(*http.Request){
				func(*http.Request) {},
				func(r *http.Request) { _ = r.ParseMultipartForm(0) },
			} {
				r := newRequest("POST", "/", row.contentType, row.body)
				parse(r)
				values, _, err := binder.Bind(r, all, nil, binder.Defaults())
				if row.message != "" {
					checkRefusal(t, values, err, 400, "photo", row.message)
				} else {
					checkValues(t, values, err, row.want...)
				}
			}
		})
	}

	t.Run("a file that is lost is not the client's fault", func(t *testing.T) {
		form := part("photo", `; filename="a"`, strings.Repeat("x", 1<<20)) + endOfParts
		r := newRequest("POST", "/", typeMultipart, form)
		if err := r.ParseMultipartForm(0); err != nil {
			t.Fatal(err)
		}
		_ = r.MultipartForm.RemoveAll()
		_, _, err := binder.Bind(r, all[:1], nil, binder.Defaults())
		if errors.As(err, new(*binder.Error)) || err == nil {
			t.Errorf("error %v", err)
		}
	})
}

// A program may build a source of its own on another one.
func TestBodyCanBeOpenedByItself(t *testing.T) {
	for _, row := range []struct {
		why, body string
		values    bool
		fault     string
	}{
		{why: "values", body: `{"a": 1}`, values: true},
		{why: "no body", body: "", values: false},
		{why: "malformed", body: `{"a": `, values: false, fault: "the JSON body ends too early"},
	} {
		lookup, err := binder.Body().Open(newRequest("POST", "/", typeJSON, row.body))
		if (lookup != nil) != row.values || (err != nil) != (row.fault != "") ||
			err != nil && !strings.Contains(err.Error(), row.fault) {
			t.Errorf("%s: lookup %t, error %v", row.why, lookup != nil, err)
		}
		if lookup == nil {
			continue
		}
		if value, ok, err := lookup("a"); value != "1" || !ok || err != nil {
			t.Errorf("%s: %v, %t, %v", row.why, value, ok, err)
		}
		if value, ok, err := lookup("b"); ok || err != nil {
			t.Errorf("%s: %v, %t, %v", row.why, value, ok, err)
		}
	}
}
