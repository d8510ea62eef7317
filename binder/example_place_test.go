package binder_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/moresql/moresql/binder"
)

// printBound prints the values that a request gives fields.
func printBound(r *http.Request, fields ...binder.Field) {
	values, _, err := binder.Bind(r, fields, nil, binder.Defaults())
	fmt.Printf("%q %v\n", values, err)
}

func ExampleAny() {
	printBound(httptest.NewRequest("GET", "/?name=Ada", nil), binder.Any("name"))
	// Output: ["Ada"] <nil>
}

func ExampleConst() {
	r := httptest.NewRequest("GET", "/?source=mine", nil)
	printBound(r, binder.Const("source", "web"))
	// Output: ["web"] <nil>
}

func ExampleCookie() {
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	printBound(r, binder.Cookie("theme", "theme"))
	// Output: ["dark"] <nil>
}

func ExampleInCookie() {
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "size", Value: "12"})
	printBound(r, binder.Int("size").Max(100).From(binder.InCookie("size")))
	// Output: ["12"] <nil>
}

func ExampleInHeader() {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Size", "12")
	printBound(r, binder.Int("size").Max(100).From(binder.InHeader("X-Size")))
	// Output: ["12"] <nil>
}

// The path comes first, then the query, then the body.
func ExampleDefaults() {
	r := httptest.NewRequest("POST", "/?a=query&b=query", strings.NewReader(`{"b":"body","c":"body"}`))
	r.Header.Set("Content-Type", "application/json")
	r.SetPathValue("a", "path")
	r.Pattern = "POST /{a}"
	printBound(r, binder.Any("a"), binder.Any("b"), binder.Any("c"))
	// Output: ["path" "query" "body"] <nil>
}

func ExamplePath() {
	r := httptest.NewRequest("GET", "/?id=8", nil)
	r.SetPathValue("id", "7")
	r.Pattern = "GET /{id}"
	printBound(r, binder.Int("id").From(binder.Path()))
	// Output: ["7"] <nil>
}

func ExampleQuery() {
	r := httptest.NewRequest("POST", "/?id=8", strings.NewReader("id=9"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	printBound(r, binder.Int("id").From(binder.Query()))
	// Output: ["8"] <nil>
}

func ExampleBody() {
	r := httptest.NewRequest("POST", "/?id=8", strings.NewReader("id=9"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	printBound(r, binder.Int("id").From(binder.Body()))
	// Output: ["9"] <nil>
}

func ExampleBodyBytes() {
	r := httptest.NewRequest("PUT", "/", strings.NewReader("\x89PNG"))
	r.Header.Set("Content-Type", "image/png")
	printBound(r, binder.BodyBytes("picture"))
	// Output: ["\x89PNG"] <nil>
}

// upload returns a request with a file.
func upload() *http.Request {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("photo", "ada.png")
	if err != nil {
		panic(err)
	}
	fmt.Fprint(part, "\x89PNG")
	form.Close()
	r := httptest.NewRequest("POST", "/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func ExampleFileName() {
	printBound(upload(), binder.FileName("name", "photo"))
	// Output: ["ada.png"] <nil>
}

func ExampleFileType() {
	printBound(upload(), binder.FileType("type", "photo"))
	// Output: ["application/octet-stream"] <nil>
}
