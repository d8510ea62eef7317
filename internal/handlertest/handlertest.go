// Package handlertest has what tests of handlers share: requests, responses and what an example
// shows of them.
package handlertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// Get returns a GET request. header has names and values, alternating.
func Get(target string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	return r
}

// Post returns a POST request with a JSON body.
func Post(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// PostForm returns a POST request with the body of an HTML form.
func PostForm(target, body string) *http.Request {
	r := Post(target, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// Serve returns the response of a handler.
func Serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Show prints the response of a handler for an example: the objects of a list each on a line, and
// so the members of an error.
func Show(h http.Handler, r *http.Request) {
	w := Serve(h, r)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	if w.Code < 400 {
		fmt.Println(strings.ReplaceAll(w.Body.String(), "},{", "},\n{"))
		return
	}
	var b bytes.Buffer
	if err := json.Indent(&b, w.Body.Bytes(), "", "  "); err != nil {
		panic(err)
	}
	fmt.Println(b.String())
}

// PanicOf returns what f panics with, as text.
func PanicOf(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}
