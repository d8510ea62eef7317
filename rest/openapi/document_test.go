package openapi_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest/openapi"
)

var (
	integer = &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	text    = &catalog.Type{OID: 25, Name: "text", SQL: "text"}
	jsonb   = &catalog.Type{OID: 3802, Name: "jsonb", SQL: "jsonb"}
	bytea   = &catalog.Type{OID: 17, Name: "bytea", SQL: "bytea"}
	void    = &catalog.Type{OID: 2278, Kind: catalog.Pseudo, Name: "void", SQL: "void"}
	any1    = &catalog.Type{OID: 2283, Kind: catalog.Pseudo, Name: "anyelement", SQL: "anyelement"}
	ints    = &catalog.Type{OID: 1007, Kind: catalog.Array, Name: "_int4", Elem: integer}
	car     = &catalog.Type{
		OID: 16384, Kind: catalog.Composite, Schema: "api", Name: "car", SQL: "api.car",
		Fields: []catalog.Column{{Name: "id", Type: integer}, {Name: "limit", Type: text}},
	}
	ofCars = catalog.Result{Type: car, Columns: car.Fields, Set: true}
)

// document returns the paths of the document of routines, and the whole.
func document(
	t *testing.T, about openapi.About, routines ...catalog.Routine,
) (paths map[string]any, whole string) {
	t.Helper()
	whole = string(openapi.Document(catalog.Of(routines...).Current(), about))
	var doc struct{ Paths map[string]any }
	if err := json.Unmarshal([]byte(whole), &doc); err != nil {
		t.Fatalf("%v\n%s", err, whole)
	}
	return doc.Paths, whole
}

// at returns the member of objects within objects as JSON, "" if there is none.
func at(v any, path ...string) string {
	for _, name := range path {
		o, _ := v.(map[string]any)
		v = o[name]
	}
	if v == nil {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// names returns the names of the parameters of an operation, and the references.
func names(operation any) (list []string) {
	o, _ := operation.(map[string]any)
	parameters, _ := o["parameters"].([]any)
	for _, p := range parameters {
		name, ok := p.(map[string]any)["name"].(string)
		if !ok {
			name = strings.TrimPrefix(p.(map[string]any)["$ref"].(string), "#/components/parameters/")
		}
		list = append(list, name)
	}
	return list
}

func param(name string, t *catalog.Type) catalog.Param { return catalog.Param{Name: name, Type: t} }

// Methods are those of rest.Routines: without READ ONLY transactions the declaration decides.
func TestMethodsFollowTheDeclaration(t *testing.T) {
	result := catalog.Result{Type: integer}
	paths, _ := document(t, openapi.About{},
		catalog.Routine{Name: "volatile", Result: result},
		catalog.Routine{Name: "stable", Volatility: catalog.Stable, Result: result},
		catalog.Routine{Name: "procedure", Kind: catalog.Procedure, Result: catalog.Result{Type: void}},
	)
	for path, want := range map[string]string{
		"/rpc/volatile": "post", "/rpc/stable": "get post", "/rpc/procedure": "post",
	} {
		methods := slices.Sorted(maps.Keys(paths[path].(map[string]any)))
		if got := strings.Join(methods, " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if at(paths, "/rpc/procedure", "post", "responses", "204") == "" ||
		at(paths, "/rpc/procedure", "post", "responses", "200") != "" {
		t.Error("a procedure that returns nothing has a result")
	}
}

// What no request can call is left out: parameters without a name or of any type, and overloads
// that nothing tells apart.
func TestWhatCannotBeCalledIsLeftOut(t *testing.T) {
	routine := func(name string, params ...catalog.Param) catalog.Routine {
		return catalog.Routine{Name: name, Params: params, Result: catalog.Result{Type: integer}}
	}
	paths, whole := document(t, openapi.About{},
		routine("unnamed", param("", integer)),
		routine("two", param("", jsonb), param("", jsonb)),
		routine("polymorphic", param("a", any1)),
		routine("twins", param("a", integer)), routine("twins", param("a", text)),
		routine("half", param("a", integer)), routine("half", param("", integer)),
		routine("optional", catalog.Param{Type: any1, Default: true}),
		routine("whole", param("", jsonb)),
	)
	want := []string{"/rpc/half", "/rpc/optional", "/rpc/whole"}
	if got := slices.Sorted(maps.Keys(paths)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q: %s", got, want, whole)
	}
}

// A GET has the parameters of all overloads, of which those are required that all of them want; a
// body is that of one overload.
func TestOverloadsAreDescribed(t *testing.T) {
	result := catalog.Result{Type: integer}
	paths, _ := document(t, openapi.About{},
		catalog.Routine{
			Name: "f", Volatility: catalog.Stable, Result: result,
			Params: []catalog.Param{param("a", integer), {Name: "b", Type: text, Default: true}},
		},
		catalog.Routine{
			Name: "f", Volatility: catalog.Stable, Result: catalog.Result{Type: text},
			Params: []catalog.Param{param("a", text), param("c", ints)},
		},
	)
	f := paths["/rpc/f"]
	for _, test := range []struct {
		path []string
		want string
	}{
		{
			[]string{"get", "parameters"},
			`[{"in":"query","name":"a","required":true,"schema":{"anyOf":[` +
				`{"format":"int32","type":"integer"},{"type":"string"}]}},` +
				`{"in":"query","name":"b","required":false,"schema":{"type":"string"}},` +
				`{"explode":true,"in":"query","name":"c","required":false,` +
				`"schema":{"items":{"format":"int32","type":"integer"},"type":"array"},"style":"form"}]`,
		},
		{[]string{"post", "requestBody", "required"}, "true"},
		{
			[]string{"post", "requestBody", "content", "application/json", "schema"},
			`{"oneOf":[{"additionalProperties":false,"properties":{` +
				`"a":{"format":"int32","type":["integer","null"]},"b":{"type":["string","null"]}},` +
				`"required":["a"],"type":"object"},{"additionalProperties":false,"properties":{` +
				`"a":{"type":["string","null"]},"c":{"items":{"format":"int32","type":["integer","null"]},` +
				`"type":["array","null"]}},"required":["a","c"],"type":"object"}]}`,
		},
		{
			[]string{"get", "responses", "200", "content", "application/json", "schema"},
			`{"anyOf":[{"format":"int32","type":["integer","null"]},{"type":["string","null"]}]}`,
		},
		{[]string{"get", "responses", "300"}, `{"$ref":"#/components/responses/Multiple_Choices"}`},
	} {
		if got := at(f, test.path...); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.path, got, test.want)
		}
	}
}

// A result of rows has the grammar of queries, but for names that are the routine's own.
func TestRowsHaveTheGrammar(t *testing.T) {
	paths, _ := document(t, openapi.About{},
		catalog.Routine{Name: "cars", Volatility: catalog.Stable, Result: ofCars},
		catalog.Routine{
			Name: "own", Volatility: catalog.Stable, Result: ofCars,
			Params: []catalog.Param{param("id", integer), param("order", text)},
		},
		catalog.Routine{
			Name: "one", Volatility: catalog.Stable,
			Result: catalog.Result{Type: car, Columns: car.Fields},
		},
		catalog.Routine{
			Name: "values", Volatility: catalog.Stable, Result: catalog.Result{Type: integer, Set: true},
		},
		catalog.Routine{Name: "value", Volatility: catalog.Stable, Result: catalog.Result{Type: integer}},
	)
	for path, want := range map[string]string{
		"/rpc/cars":   "select order limit offset and or Range Prefer filter.id",
		"/rpc/own":    "id order select limit offset and or Range Prefer",
		"/rpc/one":    "select filter.id",
		"/rpc/values": "order limit offset and or Range Prefer",
		"/rpc/value":  "",
	} {
		get := paths[path].(map[string]any)["get"]
		if got := strings.Join(names(get), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// A single parameter without a name takes the whole body.
func TestWholeBodiesAreDescribed(t *testing.T) {
	result := catalog.Result{Type: void}
	paths, _ := document(t, openapi.About{},
		catalog.Routine{Name: "json", Params: []catalog.Param{param("", jsonb)}, Result: result},
		catalog.Routine{Name: "text", Params: []catalog.Param{param("", text)}, Result: result},
		catalog.Routine{Name: "bytes", Params: []catalog.Param{param("", bytea)}, Result: result},
		catalog.Routine{Name: "both", Params: []catalog.Param{param("", text)}, Result: result},
		catalog.Routine{Name: "both", Params: []catalog.Param{param("a", integer)}, Result: result},
	)
	for path, want := range map[string]string{
		"/rpc/json":  `{"application/json":{"schema":{}}}`,
		"/rpc/text":  `{"text/plain":{"schema":{"type":"string"}}}`,
		"/rpc/bytes": `{"application/octet-stream":{"schema":{}}}`,
		"/rpc/both": `{"application/json":{"schema":{"additionalProperties":false,"properties":` +
			`{"a":{"format":"int32","type":["integer","null"]}},"required":["a"],"type":"object"}},` +
			`"text/plain":{"schema":{"type":"string"}}}`,
	} {
		if got := at(paths, path, "post", "requestBody", "content"); got != want {
			t.Errorf("%s: %s\nwant %s", path, got, want)
		}
	}
}

// What takes bytes takes a file of a form: one of the overloads here, and the other has none.
func TestFilesAreDescribed(t *testing.T) {
	result := catalog.Result{Type: void}
	id := param("id", integer)
	paths, _ := document(t, openapi.About{},
		catalog.Routine{
			Name: "keep", Params: []catalog.Param{id, param("picture", bytea)}, Result: result,
		},
		catalog.Routine{Name: "keep", Params: []catalog.Param{id}, Result: result},
		catalog.Routine{Name: "plain", Params: []catalog.Param{id}, Result: result},
	)
	const form = "multipart/form-data"
	want := `{"schema":{"additionalProperties":false,"properties":{"id":{"format":"int32",` +
		`"type":["integer","null"]},"picture":{"contentMediaType":"application/octet-stream"}},` +
		`"required":["id","picture"],"type":"object"}}`
	if got := at(paths, "/rpc/keep", "post", "requestBody", "content", form); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := at(paths, "/rpc/plain", "post", "requestBody", "content", form); got != "" {
		t.Errorf("a routine without bytes has a form: %s", got)
	}
}

// A format is described where it has room for the result.
func TestMediaTypesAreThoseOfTheEncoders(t *testing.T) {
	png := &catalog.Type{Kind: catalog.Domain, Name: "image/png", Base: bytea}
	about := openapi.About{Encoders: []encoder.Encoder{encoder.JSON(), encoder.CSV(), encoder.Text()}}
	paths, _ := document(t, about,
		catalog.Routine{Name: "cars", Result: ofCars},
		catalog.Routine{Name: "value", Result: catalog.Result{Type: integer}},
		catalog.Routine{Name: "picture", Result: catalog.Result{Type: png}},
	)
	for path, want := range map[string]string{
		"/rpc/cars":    "application/json application/vnd.pgrst.object+json text/csv",
		"/rpc/value":   "application/json text/csv text/plain",
		"/rpc/picture": "application/json image/png text/csv text/plain",
	} {
		responses := paths[path].(map[string]any)["post"].(map[string]any)["responses"]
		content := responses.(map[string]any)["200"].(map[string]any)["content"].(map[string]any)
		if got := strings.Join(slices.Sorted(maps.Keys(content)), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// The description names the formats that the end of a path may name, and no others.
func TestSuffixesAreThoseOfTheEncoders(t *testing.T) {
	for _, test := range []struct {
		encoders []encoder.Encoder
		want     string
	}{
		{nil, "response: .json."},
		{[]encoder.Encoder{encoder.JSON(), encoder.HTML(), encoder.CSV()},
			"response: .csv, .html, .json."},
		{[]encoder.Encoder{encoder.Object()}, "of a database."},
	} {
		_, whole := document(t, openapi.About{Encoders: test.encoders}, catalog.Routine{
			Name: "f", Result: catalog.Result{Type: integer},
		})
		var doc struct{ Info struct{ Description string } }
		if err := json.Unmarshal([]byte(whole), &doc); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(doc.Info.Description, test.want) {
			t.Errorf("%q, want %q", doc.Info.Description, test.want)
		}
	}
}

// Of a name in several schemas the first counts, as it does for a request without a profile.
func TestSchemasAreChosenByProfile(t *testing.T) {
	result := catalog.Result{Type: integer}
	routines := []catalog.Routine{
		{Schema: "one", Name: "f", Comment: "of one", Result: result},
		{Schema: "two", Name: "f", Comment: "of two", Result: result},
		{Schema: "two", Name: "g", Comment: "g of two", Result: result},
	}
	for schema, want := range map[string]string{
		"": `"of one" "g of two"`, "one": `"of one" `, "two": `"of two" "g of two"`, "three": " ",
	} {
		paths, whole := document(t, openapi.About{Schema: schema}, routines...)
		got := at(paths, "/rpc/f", "post", "summary") + " " + at(paths, "/rpc/g", "post", "summary")
		if got != want {
			t.Errorf("%q: %s, want %s", schema, got, want)
		}
		isConst := strings.Contains(whole, `"required":true,"description":"The schema of the routine."`)
		if isConst != (schema == "one" || schema == "two") {
			t.Errorf("%q: %s", schema, whole)
		}
	}
}

// Names of a database are quoted, escaped and told apart wherever they stand.
func TestOddNamesAreTold(t *testing.T) {
	result := catalog.Result{Type: integer}
	paths, whole := document(t, openapi.About{Path: "/api/"},
		catalog.Routine{Name: `a/b {c}?#"é`, Result: result},
		catalog.Routine{Name: `a/b_{c}?#"é`, Result: result},
		catalog.Routine{Name: "\x00\xff\n", Comment: "\x00\xff`", Result: result},
	)
	for _, path := range []string{
		`/api/a%2Fb%20%7Bc%7D%3F%23%22%C3%A9`, `/api/a%2Fb_%7Bc%7D%3F%23%22%C3%A9`,
	} {
		if paths[path] == nil {
			t.Errorf("%s is missing: %s", path, whole)
		}
	}
	ids := map[string]bool{}
	for path := range paths {
		ids[at(paths, path, "post", "operationId")] = true
	}
	if len(ids) != 3 {
		t.Errorf("%v", ids)
	}
}
