package dbtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// received is what a client receives in response to a request over HTTP.
type received struct {
	status int
	header http.Header
	body   string
}

// send sends a request to a server. The header alternates names and values.
func send(t *testing.T, method, url, body string, header ...string) received {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	// Of its own, since what closes idle connections may close that of another request at the time.
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return received{response.StatusCode, response.Header, string(text)}
}

// listen serves a handler over HTTP and returns its URL.
func listen(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// do sends a request to a handler and returns the status and the body of the response.
func do(h http.Handler, method, target, contentType, body string) (int, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// A problem is the body of an error response (RFC 9457).
type problem struct {
	Title, Code, Message, Details, Hint string
	Status                              int
	RequestID                           string `json:"request_id"`
}

// problemOf decodes the body of an error response and checks its header.
func problemOf(t *testing.T, a received) (p problem) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Errorf("%d %s: %v", a.status, a.body, err)
	}
	if p.Status != a.status || a.header.Get("Content-Type") != "application/problem+json" ||
		a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	return p
}
