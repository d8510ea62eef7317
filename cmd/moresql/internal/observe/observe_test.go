package observe

import (
	"context"
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

// What a handler says to a client that has left nobody gets. A timeout is no such client.
func TestClientThatHasLeftGetsNoResponse(t *testing.T) {
	for _, test := range []struct {
		reason            string
		leaves            bool
		by, status, bytes int
	}{
		{reason: "it is there", by: 503, status: 503, bytes: 5},
		{reason: "it has left", leaves: true, by: 503, status: 499},
		{reason: "its body has not come in time", leaves: true, by: 408, status: 408, bytes: 5},
		{reason: "the call has succeeded before", leaves: true, by: 200, status: 200, bytes: 5},
	} {
		ctx, leave := context.WithCancel(t.Context())
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			timed, cancel := context.WithTimeout(r.Context(), 0)
			defer cancel()
			<-timed.Done()
			if test.leaves {
				leave()
			}
			w.WriteHeader(test.by)
			io.WriteString(w, "12345")
		})
		w := httptest.NewRecorder()
		Handler(h, false, func(_ *http.Request, q *Request) {
			if q.Status != test.status || q.Bytes != int64(test.bytes) {
				t.Errorf("%s: %d, %d bytes", test.reason, q.Status, q.Bytes)
			}
		}).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/", nil))
		if w.Code != test.status {
			t.Errorf("%s: what is around it sees %d", test.reason, w.Code)
		}
		leave()
	}
}
