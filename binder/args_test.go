package binder_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// arg returns an argument of a query or a form.
func arg(name string, values ...string) binder.Arg { return binder.Arg{Name: name, Values: values} }

// jsonArg returns an argument of a JSON body.
func jsonArg(name, value string) binder.Arg {
	return binder.Arg{Name: name, Values: []string{value}, JSON: true}
}

// checkArgs checks that a function has returned the arguments and no error.
func checkArgs(t *testing.T, got []binder.Arg, err error, want ...binder.Arg) {
	t.Helper()
	if err != nil {
		t.Errorf("error %q, want %+v", err, want)
	} else if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// checkRefusal checks that err is an Error with part of its message and hint, that quotes no value.
func checkRefusal(t *testing.T, got any, err error, status int, field, part string) {
	t.Helper()
	var refusal *binder.Error
	switch {
	case !errors.As(err, &refusal):
		t.Errorf("got %q and error %v, want an *Error with %q", got, err, part)
	case got != nil && !reflect.ValueOf(got).IsZero():
		t.Errorf("got %q besides the error %q", got, err)
	case refusal.Status != status || refusal.Field != field ||
		!strings.Contains(err.Error()+". "+refusal.Hint, part):
		t.Errorf("got %d %q %q %q, want %d %q %q",
			refusal.Status, refusal.Field, err, refusal.Hint, status, field, part)
	case field != "" && (len(refusal.Problems) == 0 || refusal.Problems[0].Field != field):
		t.Errorf("the problems are %q, want the first about %s", refusal.Problems, field)
	case strings.Contains(err.Error()+refusal.Hint, "secret"):
		t.Errorf("%q quotes a value", err)
	}
}

func TestQueryArgsKeepsOrderAndRepetition(t *testing.T) {
	for _, row := range []struct {
		line, why, query string
		want             []binder.Arg
		message          string // with status 400
	}{
		{line: where(), why: "no query"},
		{line: where(), why: "separators without pairs between them", query: "&&"},
		{
			line: where(), why: "arguments are in the order of the query",
			query: "b=1&c=2&a=3", want: []binder.Arg{arg("b", "1"), arg("c", "2"), arg("a", "3")},
		},
		{
			line: where(), why: "a repeated name stays where it came first",
			query: "b=2&a=x&b=1&&b=2", want: []binder.Arg{arg("b", "2", "1", "2"), arg("a", "x")},
		},
		{
			line: where(), why: "one name escaped in different ways",
			query: "a+b=1&a%20b=2&%61+b=3", want: []binder.Arg{arg("a b", "1", "2", "3")},
		},
		{
			line: where(), why: "an escaped separator separates nothing",
			query: "a%26b=1%3D&c%3Dd=2", want: []binder.Arg{arg("a&b", "1="), arg("c=d", "2")},
		},
		{
			line: where(), why: "an empty value counts as a value",
			query: "a=&b", want: []binder.Arg{arg("a", ""), arg("b", "")},
		},
		{
			line: where(), why: "a value that looks like JSON is plain text",
			query: `a="x"&b=null`, want: []binder.Arg{arg("a", `"x"`), arg("b", "null")},
		},
		{
			line: where(), why: "names differ by upper and lower case",
			query: "a=1&A=2", want: []binder.Arg{arg("a", "1"), arg("A", "2")},
		},
		{
			line: where(), why: "an argument without a name must not match a parameter without one",
			query: "a=1&=secret", message: "an argument has no name",
		},
		{
			line: where(), why: "neither a name nor a value",
			query: "=", message: "an argument has no name",
		},
		{
			line: where(), why: "a broken escape in a value",
			query: "a=1&b=secret%zz", message: "malformed query: a percent sign",
		},
		{
			line: where(), why: "a broken escape in a name",
			query: "a=1&secret%zz=b", message: "malformed query: a percent sign",
		},
		{
			line: where(), why: "a semicolon",
			query: "a=secret;b=2", message: "malformed query: invalid semicolon",
		},
		{
			line: where(), why: "more pairs than net/url takes",
			query: strings.Repeat("a&", 10001), message: "malformed query",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			for _, method := range []string{"GET", "HEAD"} {
				r := newRequest(method, "/", "", "")
				r.URL.RawQuery = row.query
				args, err := binder.QueryArgs(r)
				if row.message != "" {
					checkRefusal(t, args, err, 400, "", row.message)
				} else {
					checkArgs(t, args, err, row.want...)
				}
			}
		})
	}
}

// FuzzQueryArgs compares the arguments with url.ParseQuery, and their order with that of the names.
func FuzzQueryArgs(f *testing.F) {
	for _, seed := range []string{
		"", "b=1&a=2&b=3", "a+b&a%20b=x", "=1", "&=&", "a=%zz", "%zz=a", "a;b", "a%26=1&a&%61=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := newRequest("GET", "/", "", "")
		r.URL.RawQuery = query
		args, err := binder.QueryArgs(r)
		want, malformed := url.ParseQuery(query)
		if bad := malformed != nil || want.Has(""); bad || err != nil {
			if refusal := (*binder.Error)(nil); !bad || !errors.As(err, &refusal) || refusal.Status != 400 {
				t.Errorf("%q: got %+v, %v, want %q, %v", query, args, err, want, malformed)
			}
			return
		}
		got := url.Values{}
		var places []int
		for _, a := range args {
			got[a.Name] = a.Values
			places = append(places, slices.IndexFunc(strings.Split(query, "&"), func(pair string) bool {
				values, _ := url.ParseQuery(pair)
				return values.Has(a.Name)
			}))
		}
		if len(args) != len(want) || !reflect.DeepEqual(got, want) || !slices.IsSorted(places) {
			t.Errorf("%q: got %+v, want %q", query, args, want)
		}
	})
}

func TestArgValueIsThatOfBind(t *testing.T) {
	for _, row := range []struct {
		line, why string
		arg       binder.Arg
		want      any
		message   string // with status 400
	}{
		{line: where(), why: "a text", arg: arg("a", "x"), want: "x"},
		{line: where(), why: "an empty text", arg: arg("a", ""), want: ""},
		{line: where(), why: "null is a value in JSON only", arg: arg("a", "null"), want: "null"},
		{
			line: where(), why: "quotation marks delimit a value in JSON only",
			arg: arg("a", `"x"`), want: `"x"`,
		},
		{line: where(), why: "null", arg: jsonArg("a", "null"), want: nil},
		{line: where(), why: "the text null", arg: jsonArg("a", `"null"`), want: "null"},
		{line: where(), why: "a string", arg: jsonArg("a", `"\ud83d\ude00\n"`), want: "😀\n"},
		{line: where(), why: "the empty string", arg: jsonArg("a", `""`), want: ""},
		{line: where(), why: "a number", arg: jsonArg("a", "-1.10e400"), want: "-1.10e400"},
		{line: where(), why: "true", arg: jsonArg("a", "true"), want: "true"},
		{line: where(), why: "an array", arg: jsonArg("a", `[ "x" ]`), want: `[ "x" ]`},
		{line: where(), why: "an object", arg: jsonArg("a", `{"x":"\ud800"}`), want: `{"x":"\ud800"}`},
		{
			line: where(), why: "an unpaired surrogate",
			arg: jsonArg("a", `"secret\ud800"`), message: "a holds half of a surrogate pair",
		},
		{
			line: where(), why: "several values",
			arg: arg("a", "secret", "secret"), message: "a is given 2 times",
		},
		{line: where(), why: "no value", arg: arg("a"), message: "a is given 0 times"},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			value, err := row.arg.Value()
			if row.message != "" {
				checkRefusal(t, value, err, 400, "a", row.message)
			} else if value != row.want || err != nil {
				t.Errorf("got %q, %v, want %q", value, err, row.want)
			}
		})
	}
}

// A real server and client have the bodies of net/http.
func TestArgsCanBeReadAgainOnAServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := binder.QueryArgs(r)
		checkArgs(t, query, err, arg("b", "1", "2"), arg("a", "3"))
		args, err := binder.BodyArgs(r)
		checkArgs(t, args, err, jsonArg("a", "1"))
		body, mediaType, err := binder.RawBody(r)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, mediaType+" "+string(body))
	}))
	defer server.Close()
	for _, body := range []io.Reader{
		strings.NewReader(`{"a":1}`),
		io.MultiReader(strings.NewReader(`{"a":1}`)), // of unknown length: sent in chunks
	} {
		response, err := server.Client().Post(server.URL+"/?b=1&a=3&b=2", typeJSON, body)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if string(text) != `application/json {"a":1}` || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	}
}
