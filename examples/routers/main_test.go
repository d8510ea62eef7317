package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
)

// quiet has fiber print nothing.
var quiet = fiber.ListenConfig{DisableStartupMessage: true}

// serve serves the API by each router on a socket, and returns the URL.
var serve = map[string]func(t *testing.T, a api) string{
	"fiber": func(t *testing.T, a api) string {
		listener, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		app := fiberApp(a)
		ended := make(chan error, 1)
		go func() { ended <- app.Listener(listener, quiet) }()
		t.Cleanup(func() {
			if err := app.Shutdown(); err != nil {
				t.Error(err)
			}
			<-ended
		})
		return "http://" + listener.Addr().String()
	},
}

func init() {
	for name, router := range routers {
		serve[name] = func(t *testing.T, a api) string {
			s := httptest.NewServer(router(a))
			t.Cleanup(s.Close)
			return s.URL
		}
	}
}

// The values of the path are what a client has sent, whatever it had to escape.
func TestPathValuesReachTheProcedure(t *testing.T) {
	const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
	for name, start := range serve {
		t.Run(name, func(t *testing.T) {
			db, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			a, err := newAPI(db)
			if err != nil {
				t.Fatal(err)
			}
			base := start(t, a)
			for _, test := range []struct {
				method, path, contentType, body string
				status                          int
				want                            string
			}{
				{method: "GET", path: "/cars/2cv", status: 200, want: `{"id":"2cv","name":"Citroën"}`},
				{method: "GET", path: "/cars/%32cv", status: 200, want: `{"id":"2cv","name":"Citroën"}`},
				{method: "GET", path: "/cars/a%2Fb%20c", status: 200, want: `{"id":"a/b c","name":"Slash"}`},
				{method: "GET", path: "/cars/%C3%BC", status: 200, want: `{"id":"ü","name":"Umlaut"}`},
				{method: "GET", path: "/cars/50%25", status: 200, want: `{"id":"50%","name":"Half"}`},
				{method: "GET", path: "/cars/2cv?id=x", status: 200, want: `{"id":"2cv","name":"Citroën"}`},
				{method: "GET", path: "/cars/nowhere", status: 404},
				{
					method: "POST", path: "/cars/t1", contentType: jsonType, body: `{"name": " VW ", "id": "x"}`,
					status: 201, want: `{"id":"t1","name":"VW"}`,
				},
				{
					method: "POST", path: "/cars/t2", contentType: formType, body: "name=+VW+",
					status: 201, want: `{"id":"t2","name":"VW"}`,
				},
				{method: "POST", path: "/cars/t3", contentType: formType, body: "nam=VW", status: 400},
			} {
				r, err := http.NewRequestWithContext(
					t.Context(), test.method, base+test.path, strings.NewReader(test.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", test.contentType)
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != test.status || test.want != "" && string(body) != test.want {
					t.Errorf("%s %s: %d %s %v", test.method, test.path, res.StatusCode, body, err)
				}
			}
		})
	}
}
