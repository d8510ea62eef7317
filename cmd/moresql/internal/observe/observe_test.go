package observe

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What is counted of a response is what its client gets.
func TestBytesAreThoseOfTheBody(t *testing.T) {
	counted := make(chan int64, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") })
	server := httptest.NewServer(Handler(h, false, func(_ *http.Request, q *Request) {
		counted <- q.Bytes
	}))
	defer server.Close()
	for _, method := range []string{"GET", "POST", "HEAD"} {
		r, err := http.NewRequest(method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if n := <-counted; err != nil || n != got {
			t.Errorf("%s: %d bytes are counted, %d came, %v", method, n, got, err)
		}
	}
}
