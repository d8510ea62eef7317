package binder_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

// where returns the line of its caller, a row of a table, to be logged if the row fails.
func where() string {
	_, _, line, _ := runtime.Caller(1)
	return fmt.Sprintf("line %d", line)
}

// newRequest returns a request, with a Content-Type unless that is empty.
func newRequest(method, target, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// fields returns fields with these names; a question mark at the end makes one optional.
func fields(names ...string) []binder.Field {
	var all []binder.Field
	for _, name := range names {
		name, optional := strings.CutSuffix(name, "?")
		field := binder.Any(name)
		if optional {
			field = field.Optional()
		}
		all = append(all, field)
	}
	return all
}

// absent stands for the value of a field that is not present.
type absent struct{}

// bind binds fields from the default sources.
func bind(r *http.Request, given map[string]any, names ...string) ([]any, error) {
	values, present, err := binder.Bind(r, fields(names...), given, binder.Defaults())
	for i := range values {
		if !present[i] && values[i] == nil {
			values[i] = absent{}
		}
	}
	return values, err
}

// checkValues checks that a function has returned the values and no error.
func checkValues(t *testing.T, got []any, err error, want ...any) {
	t.Helper()
	if err != nil {
		t.Errorf("error %q, want %q", err, want)
	} else if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// checkError checks that err is an Error of the status about the field, with part of its message.
func checkError(t *testing.T, values []any, err error, status int, field, part string) {
	t.Helper()
	var refusal *binder.Error
	switch {
	case !errors.As(err, &refusal):
		t.Errorf("got %q and error %v, want an *Error with %q", values, err, part)
	case values != nil:
		t.Errorf("got values %q besides the error %q", values, err)
	case refusal.Status != status || refusal.Field != field || !strings.Contains(err.Error(), part):
		t.Errorf("got %d %q %q, want %d %q %q", refusal.Status, refusal.Field, err, status, field, part)
	}
}

func TestBindTakesTheFirstSourceThatHasTheName(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct {
		line, why string
		target    string
		body      string
		given     map[string]any
		names     []string
		want      []any
		message   string // part of it, with status 400
		field     string
	}{
		{
			line: where(), why: "without fields there are no values",
			want: []any{},
		}, {
			line: where(), why: "values from path, query and body",
			target: "/cars/7?color=red", body: "doors=4", names: []string{"doors", "color", "id"},
			want: []any{"4", "red", "7"},
		}, {
			line: where(), why: "the path wins over the query, which wins over the body",
			target: "/cars/7?id=8&color=red", body: "id=9&color=blue", names: []string{"id", "color"},
			want: []any{"7", "red"},
		}, {
			line: where(), why: "a given value wins, of any type",
			target: "/cars/7?id=8", given: map[string]any{"id": 1}, names: []string{"id"}, want: []any{1},
		}, {
			line: where(), why: "a given nil is NULL, and present",
			target: "/cars/7", given: map[string]any{"id": nil}, names: []string{"id"}, want: []any{nil},
		}, {
			line: where(), why: "given names without a field are ignored",
			target: "/cars/7", given: map[string]any{"ID": 1}, names: []string{"id"}, want: []any{"7"},
		}, {
			line: where(), why: "an empty value is present",
			target: "/cars/7?a=&b", body: "c=&d", names: []string{"a", "b", "c", "d"},
			want: []any{"", "", "", ""},
		}, {
			line: where(), why: "values are unescaped as in forms",
			target: "/cars/a%2Fb?x=a+b%26c", body: "y=a+b%26c", names: []string{"id", "x", "y"},
			want: []any{"a/b", "a b&c", "a b&c"},
		}, {
			line: where(), why: "a field that is declared twice has its value twice",
			target: "/cars/7", names: []string{"id", "id"}, want: []any{"7", "7"},
		}, {
			line: where(), why: "all missing fields are reported at once",
			target: "/cars/7?color=red", names: []string{"doors", "color", "name", "year?"},
			message: "missing parameters: doors, name", field: "doors",
		}, {
			line: where(), why: "one field is missing",
			target: "/cars/7", names: []string{"doors"}, message: "missing parameter: doors", field: "doors",
		}, {
			line: where(), why: "optional fields may be absent",
			target: "/cars/7?color=red", names: []string{"doors?", "color?"}, want: []any{absent{}, "red"},
		}, {
			line: where(), why: "names are matched exactly",
			target: "/cars/7?Color=red", body: "COLOR=red", names: []string{"color"},
			message: "missing parameter: color", field: "color",
		}, {
			line: where(), why: "a repeated name in the query",
			target: "/cars/7?a=secret&a=secret", names: []string{"a"}, message: "a is given 2 times",
			field: "a",
		}, {
			line: where(), why: "a repeated name in the form",
			target: "/cars/7", body: "a=1&b=2&a=1&a=", names: []string{"b", "a"},
			message: "a is given 3 times", field: "a",
		}, {
			line: where(), why: "a repeated name without a field is ignored",
			target: "/cars/7?utm=1&utm=2", body: "x=1&x=2", names: []string{"a?"}, want: []any{absent{}},
		}, {
			line: where(), why: "no part of a malformed query is used",
			target: "/cars/7?a=1&b=%zz", names: []string{"a"}, message: "malformed query: a percent sign",
		}, {
			line: where(), why: "a malformed query that no field needs is not parsed",
			target: "/cars/7?b=%zz", names: []string{"id"}, want: []any{"7"},
		}, {
			line: where(), why: "semicolons are no separators",
			target: "/cars/7?a=1;b=2", names: []string{"a"}, message: "malformed query: invalid semicolon",
		}, {
			line: where(), why: "a malformed form",
			target: "/cars/7", body: "a=1&b=%zz", names: []string{"a"},
			message: "malformed form: a percent sign",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			if row.target == "" {
				row.target = "/cars/7"
			}
			var values []any
			var err error
			mux := http.NewServeMux()
			mux.HandleFunc("/cars/{id}", func(_ http.ResponseWriter, r *http.Request) {
				values, err = bind(r, row.given, row.names...)
			})
			mux.ServeHTTP(httptest.NewRecorder(), newRequest("POST", row.target, form, row.body))
			if row.message != "" {
				checkError(t, values, err, 400, row.field, row.message)
				if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "%zz") {
					t.Errorf("%q quotes a value", err)
				}
			} else {
				checkValues(t, values, err, row.want...)
			}
		})
	}
}

func TestPathHasTheWildcardsOfThePattern(t *testing.T) {
	for _, row := range []struct {
		line, why, pattern, target, name string
		want                             any // absent{} if the path does not have it
	}{
		{
			line: where(), why: "a remainder that matches nothing is empty",
			pattern: "/files/{rest...}", target: "/files/", name: "rest", want: "",
		},
		{
			line: where(), why: "a remainder",
			pattern: "GET /files/{rest...}", target: "/files/a/b", name: "rest", want: "a/b",
		},
		{
			line: where(), why: "no such wildcard",
			pattern: "/files/{rest...}", target: "/files/a", name: "res", want: absent{},
		},
		{
			line: where(), why: "the end of the path is no wildcard",
			pattern: "/files/{$}", target: "/files/", name: "$", want: absent{},
		},
		{
			line: where(), why: "the dots are not part of a name",
			pattern: "/files/{rest...}", target: "/files/", name: "rest...", want: absent{},
		},
		{
			line: where(), why: "a literal segment",
			pattern: "/files/", target: "/files/", name: "files", want: absent{},
		},
		{
			line: where(), why: "a pattern with a host",
			pattern: "GET example.com/{a}/{b...}", target: "/x/", name: "b", want: "",
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			called := false
			mux := http.NewServeMux()
			mux.HandleFunc(row.pattern, func(_ http.ResponseWriter, r *http.Request) {
				called = true
				values, err := bind(r, nil, row.name+"?")
				checkValues(t, values, err, row.want)
			})
			mux.ServeHTTP(httptest.NewRecorder(), newRequest("GET", row.target, "", ""))
			if !called {
				t.Error("the pattern does not match")
			}
		})
	}

	t.Run("another router sets the value", func(t *testing.T) {
		r := newRequest("GET", "/", "", "")
		r.SetPathValue("id", "7")
		values, err := bind(r, nil, "id")
		checkValues(t, values, err, "7")
	})
}

// unreadBody fails the test if it is read.
type unreadBody struct{ t *testing.T }

func (b unreadBody) Read([]byte) (int, error) {
	b.t.Error("the body is read")
	return 0, io.EOF
}

func TestBindReadsNoBodyWithoutNeed(t *testing.T) {
	r := httptest.NewRequest("POST", "/?a=1", unreadBody{t})
	r.Header.Set("Content-Type", "text/plain")
	values, err := bind(r, map[string]any{"b": nil}, "a", "b")
	checkValues(t, values, err, "1", nil)
}

func TestBindReturnsWhatASourceReturns(t *testing.T) {
	broken := errors.New("broken")
	source := func(lookup binder.Lookup, err error) binder.Source {
		return binder.SourceFunc(func(*http.Request) (binder.Lookup, error) { return lookup, err })
	}
	lookup := func(value any, ok bool, err error) binder.Source {
		return source(func(string) (any, bool, error) { return value, ok, err }, nil)
	}
	for _, row := range []struct {
		line, why string
		sources   []binder.Source
		want      any
		err       error
	}{
		{line: where(), why: "without sources there is no value", want: absent{}},
		{
			line: where(), why: "a source without a lookup has no values",
			sources: []binder.Source{source(nil, nil), lookup("x", true, nil)}, want: "x",
		},
		{
			line: where(), why: "null is a value",
			sources: []binder.Source{lookup(nil, true, nil), lookup("x", true, nil)}, want: nil,
		},
		{
			line: where(), why: "a value that is not ok is absent",
			sources: []binder.Source{lookup("x", false, nil)}, want: absent{},
		},
		{
			line: where(), why: "an error of Open is returned as it is",
			sources: []binder.Source{source(nil, broken)}, err: broken,
		},
		{
			line: where(), why: "an error of a lookup is returned as it is",
			sources: []binder.Source{lookup("x", true, broken)}, err: broken,
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Log(row.line)
			r := newRequest("GET", "/", "", "")
			values, present, err := binder.Bind(r, fields("a?"), nil, row.sources)
			if err != row.err {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if err != nil {
				return
			}
			if !present[0] && values[0] == nil {
				values[0] = absent{}
			}
			checkValues(t, values, err, row.want)
		})
	}
}

func TestErrorUnwrapsToItsCause(t *testing.T) {
	err := error(&binder.Error{Status: 400, Message: "no", Err: io.ErrUnexpectedEOF})
	if err.Error() != "no" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v of %v", err, errors.Unwrap(err))
	}
}

func TestCheckFindsMistakesInADeclaration(t *testing.T) {
	a, b := binder.Field{Name: "a"}, binder.Any("b").Optional()
	for _, test := range []struct {
		reason string
		fields []binder.Field
		given  map[string]any
		want   string
	}{
		{reason: "no fields and no values", fields: nil, given: nil, want: ""},
		{
			reason: "every value has a field",
			fields: []binder.Field{a, b}, given: map[string]any{"a": nil, "b": 1}, want: "",
		},
		{
			reason: "a field without a name",
			fields: []binder.Field{a, {}}, given: nil, want: "without a name",
		},
		{
			reason: "a field that is declared twice",
			fields: []binder.Field{a, a}, given: nil, want: `"a" is declared twice`,
		},
		{
			reason: "a value without a field, most likely misspelt",
			fields: []binder.Field{a}, given: map[string]any{"A": 1}, want: `a value for "A"`,
		},
	} {
		err := binder.Check(test.fields, test.given)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
}

func ExampleCheck() {
	err := binder.Check([]binder.Field{{Name: "username"}}, map[string]any{"usernam": "ann"})
	fmt.Println(err)
	// Output: there is a value for "usernam", which no field is declared for: add it to the fields
}
