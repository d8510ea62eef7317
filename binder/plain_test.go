package binder

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// FuzzPlainQuery compares what is found in a query that is not parsed with the lookup of the parsed
// one.
func FuzzPlainQuery(f *testing.F) {
	for _, query := range []string{
		"", "a=1", "a=1&b=2", "b=2&a=1", "a", "a=", "=x", "&&a=1&", "a=1=2", "A=1", "aa=1", "a=1&a=1",
		"a&a", "a=\xff", "a=b&c=d&a", "a=%31", "a=1+2", "a;b=1", "a=1&b=%zz", "?a=1", "a=1#b",
		strings.Repeat("b=1&", 15) + "a=1", strings.Repeat("b=1&", 16) + "a=1",
	} {
		f.Add(query, "a")
		f.Add(query, "")
	}
	f.Fuzz(func(t *testing.T, query, name string) {
		r := &http.Request{URL: &url.URL{RawQuery: query}}
		if !(querySource{}).isDirect(r) {
			return
		}
		parsed, err := parsePairs("query", query)
		if err != nil {
			t.Fatalf("%q counts as plain: %v", query, err)
		}
		value, ok, err := querySource{}.find(r, name)
		wantValue, wantOK, wantErr := parsed.lookup(name)
		if value != wantValue || ok != wantOK || !reflect.DeepEqual(err, wantErr) {
			t.Errorf("%q of %q: %v %v %v, want %v %v %v",
				name, query, value, ok, err, wantValue, wantOK, wantErr)
		}
	})
}
