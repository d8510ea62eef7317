package rest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/moresql/moresql/row"
)

// What a function sets of the response is PostgREST's convention (its documentation,
// "Transactions", "Response headers" and "Response status code").
func TestParseSettings(t *testing.T) {
	for _, test := range []struct {
		reason, status, headers string
		code                    int
		header                  string // as fmt prints it, "" for an error
	}{
		{reason: "nothing", header: "map[]"},
		{reason: "a status", status: "418", code: 418, header: "map[]"},
		{reason: "a status that is no number", status: "teapot"},
		{reason: "a status that no response ends with", status: "100"},
		{reason: "a status beyond those", status: "600"},
		{
			reason:  "headers, one of them twice",
			headers: `[{"Cache-Control": "public"}, {"set-cookie": "a=1"}, {"Set-Cookie": "b=2"}]`,
			header:  "map[Cache-Control:[public] Set-Cookie:[a=1 b=2]]",
		},
		{reason: "one object, which cannot repeat a name", headers: `{"X-A": "1"}`},
		{reason: "an object with two names", headers: `[{"X-A": "1", "X-B": "2"}]`},
		{reason: "an object without a name", headers: `[{}]`},
		{reason: "an empty list", headers: `[]`, header: "map[]"},
		{reason: "no JSON", headers: `X-A: 1`},
		{reason: "a value that is not text", headers: `[{"X-A": 1}]`},
		{reason: "null for a value", headers: `[{"X-A": null}]`},
		{reason: "null for the list", headers: `null`},
		{reason: "a control character", headers: `[{"X-A": "a\u0001b"}]`},
		{reason: "DEL", headers: `[{"X-A": "a\u007fb"}]`},
		{reason: "a tab and letters beyond ASCII", headers: `[{"X-A": "a\tü"}]`,
			header: "map[X-A:[a\tü]]"},
		{reason: "a second line", headers: `[{"X-A": "1\r\nX-B: 2"}]`},
		{reason: "a name that is no token", headers: `[{"X A": "1"}]`},
		{reason: "an empty name", headers: `[{"": "1"}]`},
		{
			reason:  "where the response ends is not for a function to say",
			headers: `[{"content-length": "1"}]`,
		},
	} {
		code, header, err := parseSettings(test.status, test.headers)
		if (test.header == "") != (err != nil) {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		got := fmt.Sprint(map[string][]string(header))
		if err == nil && (code != test.code || got != test.header) {
			t.Errorf("%s: %d %s, want %d %s", test.reason, code, got, test.code, test.header)
		}
	}
}

func TestApplySettings(t *testing.T) {
	for _, test := range []struct {
		reason string
		values []any
		status int
		header string
	}{
		{reason: "no row to carry them", status: 200, header: "map[X-A:[0] X-B:[0]]"},
		{
			reason: "nothing is set", values: []any{nil, nil},
			status: 200, header: "map[X-A:[0] X-B:[0]]",
		},
		{
			reason: "they replace what there is", values: []any{"201", `[{"X-A": "1"}]`},
			status: 201, header: "map[X-A:[1] X-B:[0]]",
		},
	} {
		h := http.Header{"X-A": {"0"}, "X-B": {"0"}}
		status, err := applySettings(200, h, valuesOf(t, test.values))
		if got := fmt.Sprint(map[string][]string(h)); err != nil || status != test.status ||
			got != test.header {
			t.Errorf("%s: %d %s, %v", test.reason, status, got, err)
		}
	}
}

// valuesOf returns values as metadata columns have them.
func valuesOf(t *testing.T, values []any) (list []row.Value) {
	t.Helper()
	if values == nil {
		return nil
	}
	columns := make([]row.Column, len(values))
	for i := range columns {
		columns[i].Kind = row.Text
	}
	for r, err := range row.Of(columns, values).All() {
		if err != nil {
			t.Fatal(err)
		}
		r = r.Clone()
		for i := range r.Len() {
			list = append(list, r.Value(i))
		}
	}
	return list
}

// What functions see of a request: header names in lower case, the path before any StripPrefix.
func TestRequestSettings(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/rpc/a%20b?x=1", nil)
	r.URL.Path = "/a b" // as http.StripPrefix leaves it
	r.Header.Add("X-A", "1")
	r.Header.Add("X-A", "2")
	r.AddCookie(&http.Cookie{Name: "session", Value: "<1>"})
	r.AddCookie(&http.Cookie{Name: "session", Value: "2"})
	want := [][2]string{
		{"request.method", "POST"},
		{"request.path", "/rpc/a b"},
		{"request.headers", `{"cookie":"session=\u003c1\u003e; session=2",` +
			`"host":"example.com","x-a":"1, 2"}`},
		{"request.cookies", `{"session":"\u003c1\u003e"}`},
		{"response.status", ""},
		{"response.headers", ""},
	}
	for i, got := range requestSettings(r) {
		if got != want[i] {
			t.Errorf("%s, want %s", got, want[i])
		}
	}
}
