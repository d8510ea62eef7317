package binder_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// part returns one part of a multipart form; more follows the name in its header.
func part(name, more, value string) string {
	header := `Content-Disposition: form-data; name="` + name + `"` + more
	return "--B\r\n" + header + "\r\n\r\n" + value + "\r\n"
}

const endOfParts = "--B--\r\n"

func TestBindOfMultipartForms(t *testing.T) {
	for _, row := range []struct {
		line, why, contentType, body string
		want                         []any // of the fields a and b, which is optional
		status                       int
		field, message               string
	}{
		{
			line: where(), why: "two parts",
			body: part("b", "", "") + part("a", "", "1\r\n2") + endOfParts, want: []any{"1\r\n2", ""},
		}, {
			line: where(), why: "the type of a part does not matter",
			body: part("a", "\r\nContent-Type: application/json", `{"x": 1}`) + endOfParts,
			want: []any{`{"x": 1}`, absent{}},
		}, {
			line: where(), why: "a file without a field is ignored",
			body: part("a", "", "1") + part("f", `; filename="f"`, "x") + endOfParts,
			want: []any{"1", absent{}},
		}, {
			line: where(), why: "a file instead of a value",
			body: part("a", `; filename="f"`, "1") + endOfParts, status: 400, field: "a",
			message: "a takes no file upload",
		}, {
			line: where(), why: "a file besides a value",
			body: part("a", "", "1") + part("a", `; filename="f"`, "1") + endOfParts, status: 400,
			field: "a", message: "a takes no file upload",
		}, {
			line: where(), why: "a repeated name",
			body: part("a", "", "1") + part("a", "", "1") + endOfParts, status: 400, field: "a",
			message: "a is given 2 times",
		}, {
			line: where(), why: "a form that is cut off",
			body: part("a", "", "1") + part("b", "", "2"), status: 400, message: "malformed multipart form",
		}, {
			line: where(), why: "a type without a boundary", contentType: "multipart/form-data",
			body: part("a", "", "1") + endOfParts, status: 400, message: "malformed multipart form",
		}, {
			line: where(), why: "more parts than net/http accepts",
			body: strings.Repeat(part("a", "", "1"), 1001) + endOfParts, status: 413,
			message: "too many parts",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			if row.contentType == "" {
				row.contentType = typeMultipart
			}
			r := newRequest("PUT", "/", row.contentType, row.body)
			for range 2 {
				values, err := bind(r, nil, "a", "b?")
				if row.status != 0 {
					checkError(t, values, err, row.status, row.field, row.message)
				} else {
					checkValues(t, values, err, row.want...)
				}
			}
		})
	}

	// FormValue does not report that the first part is malformed. The last one is well-formed, and
	// is not the whole form.
	broken := "--B\r\nbroken\r\n\r\n" + strings.Repeat("x", 1e5) + "\r\n" +
		part("a", "", "1") + endOfParts
	for _, body := range []string{broken, part("a", "", "1")} {
		for _, change := range []func(*http.Request){func(*http.Request) {}, chunked} {
			t.Run("FormValue has failed", func(t *testing.T) {
				r := newRequest("POST", "/", typeMultipart, body)
				change(r)
				_ = r.FormValue("a")
				values, err := bind(r, nil, "a?")
				checkError(t, values, err, 400, "", "malformed multipart form")
			})
		}
	}

	t.Run("FormValue of an empty body", func(t *testing.T) {
		r := newRequest("POST", "/", typeMultipart, "")
		_ = r.FormValue("a")
		values, err := bind(r, nil, "a?")
		checkValues(t, values, err, absent{})
	})

	t.Run("a malformed query does not matter to the body", func(t *testing.T) {
		r := newRequest("POST", "/?%zz", typeMultipart, part("a", "", "1")+endOfParts)
		values, _, err := binder.Bind(r, fields("a"), nil, []binder.Source{binder.Body()})
		checkValues(t, values, err, "1")
	})
}
