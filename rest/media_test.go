package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/routine"
)

// A function has the media type that the domain of its single value is named as (PostgREST's
// documentation, "Media Type Handlers"; RFC 6838, 4.2).
func TestMediaTypeOfAFunction(t *testing.T) {
	for _, test := range []struct {
		reason, domain, want string
		set, base            bool
	}{
		{reason: "bytes", domain: "image/png", want: "image/png"},
		{reason: "text is UTF-8", domain: "text/html", want: "text/html; charset=utf-8"},
		{
			reason: "unless its name says something else", domain: "text/html; charset=latin1",
			want: "text/html; charset=latin1",
		},
		{reason: "any type", domain: "*/*", want: "*/*"},
		{reason: "another domain", domain: "price"},
		{reason: "a name that is no media type", domain: "a b/c"},
		{reason: "PostgREST's own", domain: "application/vnd.pgrst.object+json"},
		{reason: "a set", domain: "image/png", set: true},
		{reason: "a type that is no domain", domain: "image/png", base: true},
	} {
		kind := catalog.Domain
		if test.base {
			kind = catalog.Base
		}
		r := &catalog.Routine{Result: catalog.Result{
			Type: &catalog.Type{Kind: kind, Name: test.domain}, Set: test.set,
		}}
		if got := routine.MediaType(r); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
	if got := routine.MediaType(&catalog.Routine{}); got != "" {
		t.Errorf("a result that is not known: %q", got)
	}
}

// A body that does not say what it is counts as JSON. The request itself stays as it came.
func TestBodyWithoutATypeIsJSON(t *testing.T) {
	text := &catalog.Type{OID: 25, Name: "text"}
	overloads := []catalog.Routine{{Name: "say", Params: []catalog.Param{{Name: "name", Type: text}}}}
	for _, test := range []struct {
		mediaType, body, want string
	}{
		{"", `{"name": "a"}`, "a"},
		{"text/csv", "name\na\nb\n", "a"},
		{"text/csv; charset=utf-8", "name\r\n\"a,\r\nb\"\r\n", "a,\r\nb"},
		{"application/x-www-form-urlencoded", "name=a", "a"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/say", strings.NewReader(test.body))
		if test.mediaType != "" {
			r.Header.Set("Content-Type", test.mediaType)
		}
		m, err := matchBody(overloads, typedBody(r))
		if err != nil || len(m.values) != 1 || m.values[0] != test.want {
			t.Errorf("%q: %+v, %v", test.mediaType, m, err)
		}
		if got := r.Header.Get("Content-Type"); got != test.mediaType {
			t.Errorf("%q has become %q", test.mediaType, got)
		}
	}
}
