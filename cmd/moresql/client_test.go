package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// request sends a request with a body of a media type, or without one for "".
func (c *command) request(
	method, path, contentType, body string,
) (status int, header http.Header, text string) {
	c.t.Helper()
	r := c.newRequest(method, path, body)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return c.do(r)
}

// get sends a GET with alternating names and values of header fields.
func (c *command) get(
	path string, fields ...string,
) (status int, header http.Header, body string) {
	c.t.Helper()
	return c.send("GET", path, fields...)
}

// vary returns the field Vary, which middleware adds to.
func vary(h http.Header) string { return strings.Join(h.Values("Vary"), ", ") }

// send sends a request without a body, with alternating names and values of header fields.
func (c *command) send(
	method, path string, fields ...string,
) (status int, header http.Header, body string) {
	c.t.Helper()
	r := c.newRequest(method, path, "")
	for field := range slices.Chunk(fields, 2) {
		r.Header.Add(field[0], field[1])
	}
	return c.do(r)
}

func (c *command) newRequest(method, path, body string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(
		c.t.Context(), method, c.url()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// do sends a request on a connection of its own and reads the whole response.
func (c *command) do(r *http.Request) (status int, header http.Header, body string) {
	c.t.Helper()
	client := http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	res, err := client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(read)
}

// isProblem reports whether a response describes an error.
func isProblem(header http.Header) bool {
	return header.Get("Content-Type") == "application/problem+json"
}
