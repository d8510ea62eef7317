package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

func TestRootListsTheRoutes(t *testing.T) {
	c, _ := startSchemas(t, "-init")
	status, header, body := c.get("/")
	if status != 200 || header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %v", status, header)
	}
	for _, want := range append(c.curls(), "GET    /cars/{id}", "GET    /rpc/add") {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not listed:\n%s", want, body)
		}
	}
	if strings.Contains(body, "PostgreSQL at") {
		t.Errorf("the address of the database is shown:\n%s", body)
	}
	c.stop()
}

// Whatever is wrong with a path or a method, the response has the form of the library's errors.
func TestWrongPathsAndMethodsAreProblems(t *testing.T) {
	c, _ := startSchemas(t, "-init")
	for _, test := range []struct {
		method, path string
		status       int
		allow, hint  string
	}{
		{"GET", "/care", 404, "", "GET / lists"},
		{"GET", "/cars/1/doors", 404, "", "GET / lists"},
		{"POST", "/nowhere", 404, "", "GET / lists"},
		{"GET", "/add", 404, "", "perhaps you mean /rpc/add"},
		{"GET", "/rpc/", 404, "", "GET / lists"},
		{"POST", "/rpc/", 404, "", "GET / lists"},
		{"GET", "/rpc/scalr", 404, "", "perhaps you mean"},
		{"GET", "/rpc/add/x", 404, "", ""},
		{"DELETE", "/cars", 405, "GET, HEAD, POST", "it is served for GET, HEAD, POST"},
		{"POST", "/", 405, "GET, HEAD", "it is served for GET, HEAD"},
		{"POST", "/health", 405, "GET, HEAD", "it is served"},
		{"BREW", "/ready", 405, "GET, HEAD", "it is served"},
		{"PATCH", "/rpc/add", 405, "GET, HEAD, POST, OPTIONS", ""},
	} {
		status, header, body := c.request(test.method, test.path, "", "")
		var p struct {
			Title, Message, Hint string
			Status               int
		}
		err := json.Unmarshal([]byte(body), &p)
		if status != test.status || !isProblem(header) || err != nil ||
			header.Get("Allow") != test.allow && test.allow != "" ||
			p.Status != status || p.Title != http.StatusText(status) || p.Message == "" ||
			!strings.Contains(p.Hint, test.hint) {
			t.Errorf("%s %s: %d %v %s", test.method, test.path, status, header, body)
		}
	}
	c.stop()
}

// Without -schema there is nothing to reload.
func TestSIGHUPEndsNothing(t *testing.T) {
	c := start(t, "")
	for range 3 {
		if err := c.process.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	if status, _, body := c.get("/cars"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
}
