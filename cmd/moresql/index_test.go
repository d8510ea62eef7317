package main

import (
	"encoding/json"
	"net/http"
	"regexp"
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

// A browser that opens the address which the command prints sees the page, whatever is served.
func TestBrowsersGetThePage(t *testing.T) {
	sample := start(t, "")
	schemas, _ := startSchemas(t, "-tables")
	for _, c := range []*command{sample, schemas} {
		status, header, body := c.send("GET", "/", "Accept",
			"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
		policy := header.Get("Content-Security-Policy")
		if status != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.Contains(policy, "frame-ancestors 'none'") ||
			strings.Contains(policy, "unsafe") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d %v", status, header)
		}
		files := regexp.MustCompile(`(?:src|href)="(explorer/[^"]+)"`).FindAllStringSubmatch(body, -1)
		if len(files) != 3 || !strings.Contains(body, `<a href="?call=`) {
			t.Errorf("%v %s", files, body)
		}
		for _, file := range files {
			status, header, _ := c.send("GET", "/"+file[1])
			if status != 200 || header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
				t.Errorf("%s: %d %v", file[1], status, header)
			}
		}
		if status, header, _ := c.send("GET", "/explorer/0/app.js"); status != 404 {
			t.Errorf("of another version: %d %v", status, header)
		}
		c.stop()
	}
}

// Whatever is wrong with a path or a method, the response has the form of the library's errors.
func TestWrongPathsAndMethodsAreProblems(t *testing.T) {
	c, _ := startSchemas(t, "-init")
	checkProblems(t, c, "perhaps you mean /cars; GET / lists")
	c.stop()
	c, _ = startSchemas(t, "-init", "-tables") // each path may be that of a table then
	checkProblems(t, c, "Perhaps you meant the table 'api.cars'")
	c.stop()
}

// checkProblems checks errors; cars is the hint at the path that is served.
func checkProblems(t *testing.T, c *command, cars string) {
	t.Helper()
	for _, test := range []struct {
		method, path string
		status       int
		allow, hint  string
	}{
		{"GET", "/care", 404, "", cars},
		{"GET", "/carz.csv", 404, "", cars},
		{"GET", "/rpc/adz.json?a=1&b=2", 404, "", "perhaps you mean"},
		{"GET", "/cars/1/doors", 404, "", "GET / lists"},
		{"POST", "/nowhere", 404, "", "GET / lists"},
		{"GET", "/add", 404, "", "perhaps you mean /rpc/add"},
		{"GET", "/rpc/adds", 404, "", "perhaps you mean"},
		{"GET", "/helth", 404, "", "perhaps you mean /health; GET / lists"},
		{"PUT", "/rpc/", 405, "GET, HEAD, POST", ""},
		{"GET", "/rpc/scalr", 404, "", "perhaps you mean"},
		{"GET", "/rpc/add/x", 404, "", ""},
		{"DELETE", "/user", 405, "GET, HEAD", "it is served for GET, HEAD"},
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
}

// People get a page for each error, which runs nothing, and the list at /rpc/ of what they may
// call.
func TestErrorsAreAPageForABrowser(t *testing.T) {
	c, _ := startSchemas(t, "-init")
	for _, test := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/care", 404, "perhaps you mean /cars"},
		{"DELETE", "/cars", 405, "it is served for GET, HEAD, POST"},
		{"GET", "/rpc/scalr", 404, "PGRST202"},
		{"GET", "/rpc/add?a=x&b=1", 400, "22P02"},
		{"GET", "/rpc/add?a=x&b=1", 400, `<form method="get">`},
		{"GET", "/rpc/add?a=x&b=1", 400, `name="a" type="text" value="x" aria-invalid="true"`},
		{"GET", "/rpc/add?a=x&b=1", 400, `name="b" type="text" value="1">`},
		{"GET", "/rpc/add?b=1", 404, `name="a" type="text" value="" aria-invalid="true"`},
		{"GET", "/rpc/add?b=1", 404, `name="b" type="text" value="1">`},
		{"GET", "/<script>alert(1)</script>", 404, "nothing is served"},
		{"GET", "/rpc/", 200, `<a href="./add">add</a>`},
	} {
		target := strings.NewReplacer("<", "%3C", ">", "%3E").Replace(test.path)
		status, header, body := c.send(test.method, target, "Accept", browser)
		if status != test.status || header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") ||
			!strings.Contains(body, test.want) || strings.Contains(body, "<script") {
			t.Errorf("%s %s: %d %v %s", test.method, test.path, status, header, body)
		}
	}
	for _, path := range []string{"/rpc/add?nobody=1", "/rpc/scalr", "/cars/x"} {
		// None has a field of a form that would help.
		if _, _, body := c.send("GET", path, "Accept", browser); strings.Contains(body, "<form") {
			t.Errorf("%s: %s", path, body)
		}
	}
	status, header, body := c.get("/rpc/add?b=1")
	if status != 404 || strings.Contains(body, `"errors"`) {
		t.Errorf("for a program: %d %v %s", status, header, body)
	}
	status, header, body = c.get("/rpc/")
	var list []struct{ Name, Methods string }
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 || len(list) < 5 ||
		list[0].Name == "" || !strings.HasSuffix(list[0].Methods, "OPTIONS") {
		t.Errorf("%d %v %s", status, header, body)
	}
	if status, header, body := c.get("/favicon.ico"); status != 200 ||
		header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(body, "<svg") {
		t.Errorf("the icon: %d %v %s", status, header, body)
	}
	c.stop()
}

// What a constraint of the sample's database refuses stands at the field, in both forms.
func TestErrorsOfTheDatabaseAreAtTheirFields(t *testing.T) {
	schemas, _ := startSchemas(t, "-init")
	for _, c := range []*command{start(t, ""), schemas} {
		r := c.newRequest("POST", "/cars", "model=x&doors=4&name=")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		status, _, body := c.do(r)
		if status != 400 || !strings.Contains(body, `"errors":[{"field":"name","message":"`) {
			t.Errorf("%d %s", status, body)
		}
		r = c.newRequest("POST", "/cars", "model=x&doors=4&name=")
		r.Header = http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {browser},
		}
		status, _, body = c.do(r)
		if status != 400 || strings.Count(body, `aria-invalid="true"`) != 1 {
			t.Errorf("%d %s", status, body)
		}
		c.stop()
	}
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
