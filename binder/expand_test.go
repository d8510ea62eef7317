package binder_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// A short request does not become a long value, by any way in; numbers that a double holds, a few
// long ones, and text with the letter e may be sent.
func TestNumbersThatExpandAreRefused(t *testing.T) {
	many := func(one string, n int) string {
		return "[" + strings.Repeat(one+",", n-1) + one + "]"
	}
	for _, test := range []struct {
		text   string
		status int
	}{
		{many("1e130000", 1500), 413},
		{many("1E+130000", 1500), 413},
		{many("-1.5e-016000", 1500), 413},
		{many("1.e130000", 33), 413},
		{many("1e130000", 30), 200},
		{many("1e308", 20000), 200},
		{many("1e999999999999999999999", 1500), 200}, // PostgreSQL refuses it by itself
		{strings.Repeat("the e 12 of 1e, e100000 e+ ", 1000) + "1e", 200},
	} {
		post := func(mediaType, body string) *http.Request {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", mediaType)
			return r
		}
		form := url.Values{"v": {test.text}}.Encode()
		requests := map[string]*http.Request{
			"query": httptest.NewRequest("GET", "/?"+form, nil),
			"form":  post("application/x-www-form-urlencoded", form),
		}
		if strings.HasPrefix(test.text, "[") && !strings.Contains(test.text, "1.e") {
			requests["JSON"] = post("application/json", `{"v":`+test.text+`}`)
		}
		for where, r := range requests {
			_, _, err := binder.Bind(r, []binder.Field{binder.Any("v")}, nil, binder.Defaults())
			if got := status(err); got != test.status {
				t.Errorf("%s, %.20s: Bind: %d, want %d", where, test.text, got, test.status)
			}
			args := binder.BodyArgs
			if where == "query" {
				args = binder.QueryArgs
			}
			if _, err = args(r); status(err) != test.status {
				t.Errorf("%s, %.20s: arguments: %v, want %d", where, test.text, err, test.status)
			}
		}
		_, _, err := binder.RawBody(post("application/json", test.text))
		if got := status(err); got != test.status {
			t.Errorf("%.20s: RawBody: %d, want %d", test.text, got, test.status)
		}
	}
}

func status(err error) int {
	switch e := err.(type) {
	case nil:
		return 200
	case *binder.Error:
		return e.Status
	}
	return 500
}
