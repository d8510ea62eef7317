package peer

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Peer{
		"a=http://127.0.0.1:3000":          {"a", "127.0.0.1:3000", ""},
		"a, b=http://[::1]:3000/api/db/":   {"a, b", "[::1]:3000", "/api/db"},
		"a=http://example.com/rest?x=y#z":  {"a", "example.com:80", "/rest"},
		"http://127.0.0.1:3000":            {},
		"=http://127.0.0.1:3000":           {},
		"a=https://127.0.0.1:3000":         {},
		"a=127.0.0.1:3000":                 {},
		"a=http://:3000":                   {},
		"a=http://127.0.0.1:3000/%zz=name": {},
	} {
		got, err := Parse(text)
		if got != want || (err == nil) != (want.Name != "") {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestWaitTakesAnyResponse(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	p, err := Parse("a=" + s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(t.Context(), "/rpc/one"); err != nil {
		t.Error(err)
	}
	if pid, err := p.Process(); err != nil || pid != os.Getpid() {
		t.Errorf("process %d, %v; want %d", pid, err, os.Getpid())
	}
	s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Wait(ctx, "/rpc/one"); err == nil || !strings.Contains(err.Error(), "a does not") {
		t.Errorf("error = %v", err)
	}
	if pid, err := p.Process(); err == nil {
		t.Errorf("process %d listens on a closed port", pid)
	}
}

func TestCommandSaysWhyItDoesNotStart(t *testing.T) {
	_, _, err := Command(t.Context(), "a", "postgres://postgres@127.0.0.1:1/none?sslmode=disable")
	if err == nil || !strings.Contains(err.Error(), "does not start: moresql: ") {
		t.Errorf("error = %v", err)
	}
}
