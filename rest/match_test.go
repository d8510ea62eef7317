package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// Types of PostgreSQL, as a catalog describes them.
var (
	integer  = &catalog.Type{OID: pgoid.Int4, Name: "int4", SQL: "integer"}
	text     = &catalog.Type{OID: pgoid.Text, Name: "text", SQL: "text"}
	bytea    = &catalog.Type{OID: pgoid.Bytea, Name: "bytea", SQL: "bytea"}
	xml      = &catalog.Type{OID: pgoid.XML, Name: "xml", SQL: "xml"}
	jsonType = &catalog.Type{OID: pgoid.JSON, Name: "json", SQL: "json"}
	jsonb    = &catalog.Type{OID: pgoid.JSONB, Name: "jsonb", SQL: "jsonb"}
	email    = &catalog.Type{Kind: catalog.Domain, Name: "email", SQL: "api.email", Base: text}
	integers = &catalog.Type{
		OID: 1007, Kind: catalog.Array, Name: "_int4", SQL: "integer[]", Elem: integer, Delim: ',',
	}
	anyelement = &catalog.Type{Kind: catalog.Pseudo, Name: "anyelement", SQL: "anyelement"}
	void       = &catalog.Type{OID: pgoid.Void, Kind: catalog.Pseudo, Name: "void", SQL: "void"}
	record     = &catalog.Type{Kind: catalog.Pseudo, Name: "record", SQL: "record"}
)

// in returns a parameter that takes a value.
func in(name string, t *catalog.Type) catalog.Param { return catalog.Param{Name: name, Type: t} }

// optional returns one that has a default.
func optional(name string, t *catalog.Type) catalog.Param {
	return catalog.Param{Name: name, Type: t, Default: true}
}

// function returns a STABLE function f of the schema api.
func function(params ...catalog.Param) catalog.Routine {
	return catalog.Routine{
		Schema: "api", Name: "f", Volatility: catalog.Stable, Params: params,
		Result: catalog.Result{Type: integer},
	}
}

// args returns arguments of a query: "a=1" for each.
func args(pairs ...string) (list []binder.Arg) {
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		list = append(list, binder.Arg{Name: name, Values: []string{value}})
	}
	return list
}

// describe returns which overload is matched with which values, or the status, the code and the
// texts of the error.
func describe(m *matched, err error) string {
	var e *moresql.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%d %s %s (%s)", e.Status, e.Code, e.Message, e.Hint)
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %q", m.routine, m.values)
}

// The names of arguments choose the overload (PostgREST's documentation, "Functions as RPC",
// "Overloaded functions").
func TestNamesOfArgumentsChooseTheOverload(t *testing.T) {
	added := []catalog.Routine{
		function(in("a", integer)),
		function(in("a", integer), in("b", integer)),
		function(in("c", text), optional("d", text)),
	}
	out := function(in("a", integer), catalog.Param{Name: "b", Mode: catalog.Out, Type: integer})
	for _, test := range []struct {
		reason    string
		overloads []catalog.Routine
		args      []binder.Arg
		want      string
	}{{
		reason: "one name", overloads: added, args: args("a=1"),
		want: `api.f(a integer) ["1"]`,
	}, {
		reason: "values are in the order of the declaration", overloads: added,
		args: args("b=2", "a=1"),
		want: `api.f(a integer, b integer) ["1" "2"]`,
	}, {
		reason: "a default is left to the database", overloads: added, args: args("c=x"),
		want: `api.f(c text, d text DEFAULT …) ["x"]`,
	}, {
		reason: "a parameter with a default may be given", overloads: added,
		args: args("d=y", "c=x"),
		want: `api.f(c text, d text DEFAULT …) ["x" "y"]`,
	}, {
		reason: "names are case-sensitive", overloads: added, args: args("A=1"),
		want: "404 PGRST202 f cannot be called with the parameters (A) " +
			"(there is api.f(a integer))",
	}, {
		reason: "a name that no overload has", overloads: added, args: args("a=1", "x=2"),
		want: "404 PGRST202 f cannot be called with the parameters (a, x) " +
			"(there is api.f(a integer))",
	}, {
		reason: "the hint names the overload that is closest", overloads: added,
		args: args("b=2"),
		want: "404 PGRST202 f cannot be called with the parameters (b) " +
			"(there is api.f(a integer, b integer))",
	}, {
		reason: "no arguments", overloads: []catalog.Routine{function()}, args: nil,
		want: `api.f() []`,
	}, {
		reason: "no arguments, and all have defaults", args: nil,
		overloads: []catalog.Routine{function(optional("a", integer))},
		want:      `api.f(a integer DEFAULT …) []`,
	}, {
		reason: "an OUT parameter takes no argument", overloads: []catalog.Routine{out},
		args: args("a=1"),
		want: `api.f(a integer, OUT b integer) ["1"]`,
	}, {
		reason: "nor can it be given", overloads: []catalog.Routine{out}, args: args("a=1", "b=2"),
		want: "404 PGRST202 f cannot be called with the parameters (a, b) " +
			"(there is api.f(a integer, OUT b integer))",
	}, {
		reason: "types do not choose",
		overloads: []catalog.Routine{
			function(in("a", integer)), function(in("a", text)),
		},
		args: args("a=1"),
		want: "300 PGRST203 more than one function is called with these parameters: " +
			"api.f(a integer); api.f(a text) " +
			"(give one of them a name or parameter names of its own)",
	}, {
		reason: "neither do defaults, as in PostgreSQL",
		overloads: []catalog.Routine{
			function(in("a", integer)), function(in("a", integer), optional("b", integer)),
		},
		args: args("a=1"),
		want: "300 PGRST203 more than one function is called with these parameters: " +
			"api.f(a integer); api.f(a integer, b integer DEFAULT …) " +
			"(give one of them a name or parameter names of its own)",
	}, {
		reason:    "a text does not say what a pseudo type stands for",
		overloads: []catalog.Routine{function(in("a", anyelement))}, args: args("a=1"),
		want: "404 PGRST202 f cannot be called with the parameters (a) " +
			"(there is api.f(a anyelement))",
	}, {
		reason: "unless it is left to its default",
		overloads: []catalog.Routine{
			function(in("a", integer), optional("b", anyelement)),
		},
		args: args("a=1"), want: `api.f(a integer, b anyelement DEFAULT …) ["1"]`,
	}, {
		reason: "an overload without pseudo types is chosen next to one with them",
		overloads: []catalog.Routine{
			function(in("a", anyelement)), function(in("a", text)),
		},
		args: args("a=1"), want: `api.f(a text) ["1"]`,
	}, {
		reason:    "a parameter without a name cannot be given by name",
		overloads: []catalog.Routine{function(in("", integer))}, args: args("a=1"),
		want: "404 PGRST202 f cannot be called with the parameters (a) " +
			"(there is api.f(integer))",
	}} {
		if got := describe(match(test.overloads, test.args)); got != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.reason, got, test.want)
		}
	}
}

// The names in a message are cut, since the client has chosen them.
func TestMessageListsTheFirstNames(t *testing.T) {
	var many []string
	for range 30 {
		many = append(many, strings.Repeat("x", 100)+"=1")
	}
	_, err := match([]catalog.Routine{function()}, args(many...))
	var e *moresql.Error
	if !errors.As(err, &e) || strings.Count(e.Message, "x") != 20*63 ||
		!strings.HasSuffix(e.Message, ", …)") {
		t.Errorf("%v", err)
	}
}

func TestValuesOfArguments(t *testing.T) {
	repeated := func(values ...string) []binder.Arg {
		return []binder.Arg{{Name: "a", Values: values}}
	}
	asJSON := func(text string) []binder.Arg {
		return []binder.Arg{{Name: "a", Values: []string{text}, JSON: true}}
	}
	for _, test := range []struct {
		reason string
		typ    *catalog.Type
		args   []binder.Arg
		want   string // as %q prints the values, or the error
	}{
		{reason: "a text", typ: integer, args: args("a=1"), want: `["1"]`},
		{
			reason: "repeated values are the elements of an array",
			typ:    integers, args: repeated("1", "2"), want: `["{1,2}"]`,
		},
		{
			reason: "a value that is no array's is its only element",
			typ:    integers, args: repeated("1"), want: `["{1}"]`,
		},
		{reason: "the text of an array", typ: integers, args: args("a={1,2}"), want: `["{1,2}"]`},
		{reason: "an array with bounds", typ: integers, args: args("a=[2:3]={1,2}"),
			want: `["[2:3]={1,2}"]`},
		{reason: "the last of repeated values of no array", typ: integer,
			args: repeated("1", "2"), want: `["2"]`},
		{reason: "the last of repeated values of no known type", args: repeated("1", "2"),
			want: `["2"]`},
		{reason: "a JSON number", typ: integer, args: asJSON("1"), want: `["1"]`},
		{reason: "a JSON string", typ: text, args: asJSON(`"x"`), want: `["x"]`},
		{reason: "a JSON array", typ: integers, args: asJSON("[1,null]"), want: `["{1,NULL}"]`},
		{reason: "JSON null is NULL", typ: text, args: asJSON("null"), want: `[<nil>]`},
		{reason: "JSON for jsonb", typ: jsonb, args: asJSON(`{"b":1}`), want: `["{\"b\":1}"]`},
		{reason: "JSON without a type", args: asJSON(`{"b":1}`), want: `["{\"b\":1}"]`},
		{reason: "a JSON string without a type", args: asJSON(`"x"`), want: `["x"]`},
		{reason: "a domain is as its base", typ: email, args: asJSON(`"x"`), want: `["x"]`},
	} {
		m, err := match([]catalog.Routine{function(in("a", test.typ))}, test.args)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprintf("%q", m.values)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}

// The error of a value that does not match its type names the field, as all errors of fields do.
func TestInvalidJSONArgumentNamesTheField(t *testing.T) {
	arg := binder.Arg{Name: "a", Values: []string{`{"b": 1}`}, JSON: true}
	_, err := match([]catalog.Routine{function(in("a", integers))}, []binder.Arg{arg})
	var e *binder.Error
	if !errors.As(err, &e) || e.Status != 400 || len(e.Problems) != 1 ||
		e.Problems[0].Field != "a" || !strings.HasPrefix(e.Message, "a: ") {
		t.Errorf("%#v", err)
	}
}

// A function whose only parameter has no name takes the whole body of the media type that matches
// its type (PostgREST's documentation, "Functions with a single unnamed parameter").
func TestSingleUnnamedParameterTakesTheBody(t *testing.T) {
	unnamed := func(typ *catalog.Type) catalog.Routine { return function(in("", typ)) }
	named := function(in("a", integer))
	for _, test := range []struct {
		reason    string
		overloads []catalog.Routine
		mediaType string
		body      string
		want      string
	}{{
		reason: "text", overloads: []catalog.Routine{unnamed(text)},
		mediaType: "text/plain", body: "x", want: `api.f(text) ["x"]`,
	}, {
		reason: "a domain over text", overloads: []catalog.Routine{unnamed(email)},
		mediaType: "text/plain", body: "x", want: `api.f(api.email) ["x"]`,
	}, {
		reason: "bytes", overloads: []catalog.Routine{unnamed(bytea)},
		mediaType: "application/octet-stream", body: "\x00x", want: `api.f(bytea) ["\x00x"]`,
	}, {
		reason: "XML", overloads: []catalog.Routine{unnamed(xml)},
		mediaType: "text/xml", body: "<a/>", want: `api.f(xml) ["<a/>"]`,
	}, {
		reason: "XML by its other name", overloads: []catalog.Routine{unnamed(xml)},
		mediaType: "application/xml", body: "<a/>", want: `api.f(xml) ["<a/>"]`,
	}, {
		reason: "JSON", overloads: []catalog.Routine{unnamed(jsonb)},
		mediaType: "application/json", body: `{"a": 1}`, want: `api.f(jsonb) ["{\"a\": 1}"]`,
	}, {
		reason: "JSON of a vendor", overloads: []catalog.Routine{unnamed(jsonb)},
		mediaType: "application/vnd.car+json", body: `[1]`, want: `api.f(jsonb) ["[1]"]`,
	}, {
		reason: "the media type chooses the overload", mediaType: "text/plain", body: "x",
		overloads: []catalog.Routine{unnamed(jsonb), unnamed(bytea), unnamed(text)},
		want:      `api.f(text) ["x"]`,
	}, {
		reason: "an overload by name takes precedence", mediaType: "application/json",
		overloads: []catalog.Routine{unnamed(jsonb), named}, body: `{"a": 1}`,
		want: `api.f(a integer) ["1"]`,
	}, {
		reason: "json and jsonb both take it", mediaType: "application/json", body: `{"a": 1}`,
		overloads: []catalog.Routine{unnamed(jsonType), unnamed(jsonb)},
		want: "300 PGRST203 more than one function is called with these parameters: " +
			"api.f(json); api.f(jsonb) (give one of them a name or parameter names of its own)",
	}, {
		reason:    "text and a domain over it both take it",
		overloads: []catalog.Routine{unnamed(text), unnamed(email)},
		mediaType: "text/plain", body: "x",
		want: "300 PGRST203 more than one function is called with these parameters: " +
			"api.f(text); api.f(api.email) (give one of them a name or parameter names of its own)",
	}, {
		reason:    "an overload by name, next to two that take the whole",
		overloads: []catalog.Routine{unnamed(jsonType), named, unnamed(jsonb)},
		mediaType: "application/json", body: `{"a": 1}`, want: `api.f(a integer) ["1"]`,
	}, {
		reason: "the first of an array of objects", mediaType: "application/json",
		overloads: []catalog.Routine{named}, body: ` [{"a": 1}, {"a": 2}]`,
		want: `api.f(a integer) ["1"]`,
	}, {
		reason: "numbers of an array keep their digits", mediaType: "application/json",
		overloads: []catalog.Routine{named}, body: `[{"a": 1.50e400}]`,
		want: `api.f(a integer) ["1.50e400"]`,
	}, {
		reason: "objects with different keys", mediaType: "application/json",
		overloads: []catalog.Routine{named}, body: `[{"a": 1}, {"b": 2}]`,
		want: "400 PGRST102 All object keys must match (send an object, or an array of objects " +
			"that all have the same keys)",
	}, {
		reason: "an array of something else", mediaType: "application/json",
		overloads: []catalog.Routine{named}, body: `[1]`,
		want: "400 PGRST102 All object keys must match (send an object, or an array of objects " +
			"that all have the same keys)",
	}, {
		reason: "an empty array gives no arguments", mediaType: "application/json",
		overloads: []catalog.Routine{function()}, body: `[]`, want: `api.f() []`,
	}, {
		reason: "an array that no overload takes by name", mediaType: "application/json",
		overloads: []catalog.Routine{unnamed(jsonType), named}, body: `[{"b": 1}]`,
		want: `api.f(json) ["[{\"b\": 1}]"]`,
	}, {
		reason: "JSON that no overload takes by name", mediaType: "application/json",
		overloads: []catalog.Routine{unnamed(jsonb), named}, body: `{"b": 1}`,
		want: `api.f(jsonb) ["{\"b\": 1}"]`,
	}, {
		reason: "a text for a function that takes none", mediaType: "application/json",
		overloads: []catalog.Routine{unnamed(text)}, body: `{"a": 1}`,
		want: "404 PGRST202 f cannot be called with the parameters (a) (there is api.f(text))",
	}, {
		reason: "a parameter with a name takes no whole body", mediaType: "application/json",
		overloads: []catalog.Routine{function(in("a", jsonb))}, body: `{"a": {"b": 1}}`,
		want: `api.f(a jsonb) ["{\"b\": 1}"]`,
	}, {
		reason: "a form", mediaType: "application/x-www-form-urlencoded",
		overloads: []catalog.Routine{function(in("a", integers))}, body: "a=1&a=2",
		want: `api.f(a integer[]) ["{1,2}"]`,
	}, {
		reason: "no body", overloads: []catalog.Routine{function()}, want: `api.f() []`,
	}} {
		r := httptest.NewRequest(http.MethodPost, "/f", strings.NewReader(test.body))
		if test.mediaType != "" {
			r.Header.Set("Content-Type", test.mediaType)
		}
		if got := describe(matchBody(test.overloads, r)); got != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.reason, got, test.want)
		}
	}
}

// The media type of a whole body goes by the type of the only parameter, if that has no name.
func TestBodyType(t *testing.T) {
	for _, test := range []struct {
		params []catalog.Param
		want   string
	}{
		{params: []catalog.Param{in("", jsonb)}, want: "application/json"},
		{params: []catalog.Param{in("", text)}, want: "text/plain"},
		{params: []catalog.Param{in("", email)}, want: "text/plain"},
		{params: []catalog.Param{in("", xml)}, want: "application/xml"},
		{params: []catalog.Param{in("", bytea)}, want: "application/octet-stream"},
		{params: []catalog.Param{in("", integer)}},
		{params: []catalog.Param{in("", nil)}},
		{params: []catalog.Param{in("a", jsonb)}},
		{params: []catalog.Param{in("", jsonb), in("", jsonb)}},
		{params: nil},
	} {
		r := function(test.params...)
		if got := BodyType(&r); got != test.want {
			t.Errorf("%s: %q, want %q", r, got, test.want)
		}
	}
}

// A parameter of a query is an argument, or it chooses a part of the result.
func TestArgumentsAreDistinguishedFromFilters(t *testing.T) {
	overloads := []catalog.Routine{function(in("a", integer), optional("limit", integer))}
	overloads[0].Result = catalog.Result{
		Type: record, Set: true, Columns: []catalog.Column{{Name: "price"}, {Name: "data"}},
	}
	for query, isArgument := range map[string]bool{
		"a=1":           true,
		"a=eq.1":        true, // a parameter's name is that of the parameter, whatever the value
		"limit=1":       true,
		"b=1":           true, // neither a parameter nor a filter: no overload has it
		"b=eq.1":        false,
		"price=gt.1":    false,
		"price=1":       false, // a column's: the filter reports what is wrong with it
		"data->>a=eq.1": false,
		"offset=1":      false,
		"select=price":  false,
		"order=price":   false,
		"or=(a.eq.1)":   false,
		"not.and=(x)":   false,
	} {
		i := strings.LastIndex(query, "=")
		if strings.HasPrefix(query, "or=") || strings.HasPrefix(query, "not.and=") {
			i = strings.Index(query, "=")
		}
		arg := binder.Arg{Name: query[:i], Values: []string{query[i+1:]}}
		args, others := split(overloads, []binder.Arg{arg})
		if got := len(args) == 1; got != isArgument || len(others) == len(args) {
			t.Errorf("%s is an argument: %v, want %v; others are %v", query, got, isArgument, others)
		}
	}
}

// Both lists keep the order of the query, which is left as it is.
func TestSplitKeepsTheOrder(t *testing.T) {
	overloads := []catalog.Routine{function(in("a", integer), in("b", integer))}
	query := args("a=1", "select=x", "b=2", "limit=3", "c=4")
	before := fmt.Sprint(query)
	args, others := split(overloads, query)
	var names []string
	for _, a := range append(slices.Clip(args), others...) {
		names = append(names, a.Name)
	}
	if want := "a b c select limit"; strings.Join(names, " ") != want ||
		fmt.Sprint(query) != before {
		t.Errorf("%q, of %s", names, fmt.Sprint(query))
	}
}

// The shape of a response goes by the declaration, and not by what comes.
func TestShapeGoesByTheDeclaration(t *testing.T) {
	columns := []catalog.Column{{Name: "a"}}
	for _, test := range []struct {
		reason string
		result catalog.Result
		want   row.Shape
	}{
		{reason: "a scalar", result: catalog.Result{Type: integer}, want: row.Scalar},
		{reason: "void", result: catalog.Result{Type: void}, want: row.Scalar},
		{reason: "SETOF a scalar", result: catalog.Result{Type: integer, Set: true},
			want: row.Scalars},
		{reason: "a composite", result: catalog.Result{Type: record, Columns: columns},
			want: row.One},
		{reason: "TABLE", result: catalog.Result{Type: record, Columns: columns, Set: true},
			want: row.List},
		{reason: "unknown", want: row.List},
	} {
		if got := routine.Shape(&catalog.Routine{Result: test.result}); got != test.want {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
}
