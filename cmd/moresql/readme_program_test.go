package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The program of the README works with the functions of the sample, as the README says.
func TestProgramOfTheReadmeUsesTheSample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindSubmatch(readme)
	if program == nil {
		t.Fatal("the README has no program")
	}
	uri := newPostgreSQL(t)
	start(t, uri, "-init").stop()
	free, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	text := strings.ReplaceAll(string(program[1]), "localhost:8080", address)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(environ(), "DATABASE_URL="+uri)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	read := func(response *http.Response, err error) (status int, body string) {
		if err != nil {
			return 0, err.Error()
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(b)
	}
	eventually(t, "the program serves the cars", func() bool {
		status, body := read(http.Get("http://" + address + "/cars"))
		return status == http.StatusOK && sameJSON(body, cars)
	})
	for _, test := range []struct {
		path   string
		form   url.Values // nil for GET
		status int
		body   string
	}{
		{"/cars/77", nil, 404, "there is no such row"},
		{"/login", url.Values{"username": {"ADA"}, "password": {"analytical"}}, 200, "ada@example.com"},
		{"/login", url.Values{"username": {"ADA"}}, 400, "missing parameter: password"},
		{"/cars", url.Values{"name": {"Lancia"}, "model": {"Fulvia"}, "doors": {"2"}}, 201, "Fulvia"},
	} {
		status, body := 0, ""
		if test.form == nil {
			status, body = read(http.Get("http://" + address + test.path))
		} else {
			status, body = read(http.PostForm("http://"+address+test.path, test.form))
		}
		if status != test.status || !strings.Contains(body, test.body) {
			t.Errorf("%s %v: %d %s", test.path, test.form, status, body)
		}
	}
}
