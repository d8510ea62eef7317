package response

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/moresql/moresql/binder"
)

// The members are those of RFC 9457 and of PostgREST. What is empty is left out.
func TestProblemMembers(t *testing.T) {
	for _, test := range []struct {
		reason  string
		problem Problem
		want    string
	}{{
		reason:  "the least",
		problem: Problem{Status: 404},
		want:    `{"title": "Not Found", "status": 404, "message": "Not Found"}`,
	}, {
		reason:  "the request as the log names it",
		problem: Problem{Status: 500, RequestID: "7f"},
		want: `{"title": "Internal Server Error", "status": 500, "request_id": "7f",
			"message": "Internal Server Error"}`,
	}, {
		reason: "every field that something is wrong with",
		problem: Problem{Status: 400, Message: "m", Errors: []binder.Problem{
			{Field: "doors", Message: "doors is less than 1"},
			{Field: "name", Message: "missing parameter: name"},
		}},
		want: `{"title": "Bad Request", "status": 400, "message": "m", "errors": [
			{"field": "doors", "message": "doors is less than 1"},
			{"field": "name", "message": "missing parameter: name"}]}`,
	}} {
		w := httptest.NewRecorder()
		test.problem.Write(w, httptest.NewRequest("GET", "/", nil))
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

func TestProblemWithoutAStandardTitle(t *testing.T) {
	w := httptest.NewRecorder()
	p := Problem{Status: 499, Code: "P0001", Message: "m", Details: "d", Hint: `"h"`}
	p.Write(w, httptest.NewRequest("GET", "/", nil))
	want := `{"title":"Error","status":499,"code":"P0001",` +
		`"message":"m","details":"d","hint":"\"h\""}`
	if w.Code != 499 || w.Body.String() != want ||
		w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// What the status calls for is set by the caller, and kept. What was said of the response that has
// failed is not.
func TestProblemHeader(t *testing.T) {
	w := httptest.NewRecorder()
	for _, name := range []string{
		"Retry-After", "WWW-Authenticate", "X-Request-Id", "Cache-Control", "Etag",
	} {
		w.Header().Set(name, "x")
	}
	Problem{Status: 503}.Write(w, httptest.NewRequest("GET", "/", nil))
	for name, want := range map[string]string{
		"Retry-After": "x", "WWW-Authenticate": "x", "X-Request-Id": "x",
		"Cache-Control": "no-store", "Etag": "", "Content-Type": "application/problem+json",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// Fields that the status calls for are set unless they are.
func TestProblemSetsWhatItsStatusCallsFor(t *testing.T) {
	for _, test := range []struct {
		reason      string
		problem     Problem
		name, value string
		set         string // what the header has before
	}{{
		reason: "RFC 9110, 15.5.2", problem: Problem{Status: 401},
		name: "WWW-Authenticate", value: "Bearer",
	}, {
		reason: "another scheme", problem: Problem{Status: 401}, set: "Basic",
		name: "WWW-Authenticate", value: "Basic",
	}, {
		reason: "RFC 9110, 15.5.6", problem: Problem{Status: 405}, name: "Allow", value: "POST",
	}, {
		reason: "other methods", problem: Problem{Status: 405}, set: "GET",
		name: "Allow", value: "GET",
	}, {
		reason: "a serialization failure", problem: Problem{Status: 503, Code: "40001"},
		name: "Retry-After", value: "1",
	}, {
		reason: "no connection", problem: Problem{Status: 503, Code: "08006"},
		name: "Retry-After", value: "",
	}, {
		reason: "a status of the program's own", problem: Problem{Status: 409, Code: "40001"},
		name: "Retry-After", value: "",
	}, {
		reason: "the request", problem: Problem{Status: 500, RequestID: "7f"},
		name: "X-Request-Id", value: "7f",
	}} {
		w := httptest.NewRecorder()
		if test.set != "" {
			w.Header().Set(test.name, test.set)
		}
		test.problem.Write(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get(test.name); got != test.value {
			t.Errorf("%s: %s is %q, want %q", test.reason, test.name, got, test.value)
		}
	}
}
