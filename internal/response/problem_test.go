package response

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"testing"
)

// The members are those of RFC 9457 and PostgREST, and what is empty is left out.
func TestProblemMembers(t *testing.T) {
	for _, test := range []struct {
		reason  string
		problem Problem
		want    string
	}{
		{"the least", Problem{Status: 404}, `{"title": "Not Found", "status": 404}`},
		{"the request that the log has", Problem{Status: 500, RequestID: "7f"}, `{"title": "Internal Server Error", "status": 500, "request_id": "7f"}`},
		{
			"every field that something is wrong with",
			Problem{Status: 400, Message: "m", Errors: []FieldProblem{{"doors", "doors is less than 1"}, {"name", "missing parameter: name"}}},
			`{"title": "Bad Request", "status": 400, "message": "m", "errors": [
				{"field": "doors", "message": "doors is less than 1"}, {"field": "name", "message": "missing parameter: name"}]}`,
		},
	} {
		w := httptest.NewRecorder()
		test.problem.Write(w)
		var got, want any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v in %s", test.reason, err, w.Body)
		}
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %s", test.reason, w.Body, test.want)
		}
	}
}

// What the status calls for is the caller's to say; what was said of the answer that did not come about is not.
func TestProblemHeader(t *testing.T) {
	w := httptest.NewRecorder()
	for _, name := range []string{"Retry-After", "WWW-Authenticate", "X-Request-Id", "Cache-Control", "Etag"} {
		w.Header().Set(name, "x")
	}
	Problem{Status: 503}.Write(w)
	for name, want := range map[string]string{
		"Retry-After": "x", "WWW-Authenticate": "x", "X-Request-Id": "x", "Cache-Control": "no-store", "Etag": "", "Content-Type": "application/problem+json",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
