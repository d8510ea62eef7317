package binder_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// request returns a POST with a body of a media type.
func request(target, mediaType, body string) *http.Request {
	r := httptest.NewRequest("POST", target, strings.NewReader(body))
	r.Header.Set("Content-Type", mediaType)
	return r
}

const jsonType, formType = "application/json", "application/x-www-form-urlencoded"

// The literals are as section 8.15.2 of PostgreSQL's manual has them.
func TestArrayTakesSeveralValues(t *testing.T) {
	for _, test := range []struct {
		target, mediaType, body string
		want                    any
		message                 string
	}{
		{target: "/?ids=1&ids=2", want: `{"1","2"}`},
		{target: "/?ids=1", want: `{"1"}`},
		{target: "/?ids=", want: `{""}`},
		{target: "/?ids={1,2}", want: `{1,2}`},
		{target: "/?ids={1}&ids={2}", want: `{"{1}","{2}"}`},
		{target: "/?ids=a,b&ids=c%22d&ids=e%5Cf", want: `{"a,b","c\"d","e\\f"}`},
		{target: "/?ids=null", want: `{"null"}`},
		{mediaType: formType, body: "ids=1&ids=2", want: `{"1","2"}`},
		{mediaType: jsonType, body: `{"ids":[1,2]}`, want: `{"1","2"}`},
		{mediaType: jsonType, body: `{"ids":[]}`, want: `{}`},
		{mediaType: jsonType, body: `{"ids":null}`, want: nil},
		{
			mediaType: jsonType, body: `{"ids":[1.50, null, "null", true]}`,
			want: `{"1.50",NULL,"null","true"}`,
		},
		{mediaType: jsonType, body: `{"ids":[[1,2],[3,4]]}`, want: `{{"1","2"},{"3","4"}}`},
		{mediaType: jsonType, body: `{"ids":[{"a": "b"}]}`, want: `{"{\"a\": \"b\"}"}`},
		{mediaType: jsonType, body: `{"ids":["\u00fc\n{,}"]}`, want: "{\"ü\n{,}\"}"},
		{mediaType: jsonType, body: `{"ids":"{1,2}"}`, want: `{1,2}`},
		{mediaType: jsonType, body: `{"ids":1}`, message: "ids is not an array"},
		{mediaType: jsonType, body: `{"ids":"1"}`, message: "ids is not an array"},
		{mediaType: jsonType, body: `{"ids":{"a":1}}`, message: "ids is not an array"},
		{mediaType: jsonType, body: `{"ids":["\ud800"]}`, message: "half of a surrogate pair"},
		{mediaType: jsonType, body: `{"id":[1]}`, message: "missing parameter: ids"},
		{target: "/?id=1", message: "missing parameter: ids"},
	} {
		target := test.target
		if target == "" {
			target = "/"
		}
		r := request(target, test.mediaType, test.body)
		if test.mediaType == "" {
			r = httptest.NewRequest("GET", target, nil)
		}
		values, _, err := binder.Bind(r, []binder.Field{binder.Array("ids")}, nil, nil)
		if test.message != "" {
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%s %s: %v, want %s", target, test.body, err, test.message)
			}
		} else if err != nil || values[0] != test.want {
			t.Errorf("%s %s: %v, %v; want %v", target, test.body, values, err, test.want)
		}
	}
}

// curl -d says of everything that it is a form.
func TestJSONSentAsAFormIsAnError(t *testing.T) {
	optional := []binder.Field{binder.Any("name").Optional()}
	for _, body := range []string{
		`{"name":"2CV"}`, ` { "name" : "2CV" }`, "\r\n{}", `[{"name":"2CV"}]`, `{"name":"a=b&c=d;%"}`,
	} {
		for _, parsed := range []bool{false, true} {
			r := request("/", formType, body)
			if parsed {
				if r.ParseForm() != nil || strings.HasSuffix(body, "{}") || body[0] == '[' {
					continue // what a browser may send, or nothing is left of it
				}
			}
			_, _, err := binder.Bind(r, optional, nil, binder.Defaults())
			e, ok := err.(*binder.Error)
			if !ok || e.Status != 400 || !strings.Contains(e.Hint, "Content-Type: application/json") {
				t.Errorf("%s, parsed %v: %v", body, parsed, err)
			}
			if _, err := binder.BodyArgs(r); err == nil {
				t.Errorf("%s, parsed %v: BodyArgs finds arguments", body, parsed)
			}
		}
	}
	for _, body := range []string{"name=%7B%22a%22:1%7D", "{=1", "name", "{}=1&name=x", "[]=1&[]=2"} {
		r := request("/", formType, body)
		if _, _, err := binder.Bind(r, optional, nil, binder.Defaults()); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}
