package workload

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Compressing takes a server longer than the list itself, and not every server does it.
func TestLargeListIsNotRequestedCompressed(t *testing.T) {
	var accepted []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted = append(accepted, r.Header.Get("Accept-Encoding"))
		io.WriteString(w, "[]")
	}))
	defer s.Close()
	err := (&list{url: s.URL}).get(t.Context(), func(body io.Reader) error {
		_, err := io.Copy(io.Discard, body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(accepted) != 1 || accepted[0] != "" {
		t.Errorf("the requests accepted %q, want one request that accepts nothing", accepted)
	}
}
