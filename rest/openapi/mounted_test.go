package openapi_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/openapi"
	"github.com/moresql/moresql/row"
)

// A handler of the program's own has the fields of its binder at its places, and the result that
// the catalog knows.
func TestDeclaredHandlersAreDescribed(t *testing.T) {
	db, _, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	m := moresql.New(db)
	about := openapi.About{Handlers: []openapi.Mounted{
		{Pattern: "GET /cars/{id}", Handler: m.Handler("get_car", moresql.Shape(row.One), moresql.Bind(
			binder.Int("id").Min(1), binder.UUID("tenant").From(binder.InHeader("Tenant-Id")),
		))},
		{Pattern: "PUT example.com/cars/{id}", Handler: m.Handler("put_car", moresql.Status(201),
			moresql.Bind(binder.Any("id"), binder.Text("name").MaxLen(5), binder.Any("doors").Optional(),
				binder.Const("by", "x")))},
		{Pattern: "/cars/{$}", Summary: "All cars", Handler: m.Handler("cars", rest.Query())},
		{Pattern: "DELETE /files/{path...}", Handler: m.Handler("gone", moresql.Status(204),
			moresql.Fields("path", "why"))},
		{Pattern: "/other", Handler: http.NotFoundHandler()},
	}}
	paths, whole := document(t, about,
		catalog.Routine{
			Name: "get_car", Volatility: catalog.Stable, Result: ofCars, Comment: "One car.\nBy its id.",
			Params: []catalog.Param{param("id", integer), param("tenant", text)},
		},
		catalog.Routine{
			Name: "put_car", Result: ofCars, Params: []catalog.Param{param("id", integer),
				param("name", text), param("doors", integer), param("by", text)},
		},
		catalog.Routine{Name: "cars", Volatility: catalog.Stable, Result: ofCars},
	)
	const id = `"in":"path","name":"id","required":true,"schema":`
	for _, test := range []struct {
		path []string
		want string
	}{
		{
			[]string{"/cars/{id}", "get", "parameters"}, `[{` + id + `{"minimum":1,"type":"integer"}},` +
				`{"in":"header","name":"Tenant-Id","required":true,` +
				`"schema":{"format":"uuid","type":"string"}}]`,
		},
		{[]string{"/cars/{id}", "get", "summary"}, `"One car."`},
		{
			[]string{"/cars/{id}", "get", "responses", "200", "content", "application/json", "schema"},
			`{"$ref":"#/components/schemas/api.car"}`,
		},
		{
			[]string{"/cars/{id}", "put", "parameters"},
			`[{` + id + `{"format":"int32","type":"integer"}}]`,
		},
		{
			[]string{"/cars/{id}", "put", "requestBody", "content", "application/json", "schema"},
			`{"properties":{"doors":{"format":"int32","type":"integer"},` +
				`"name":{"maxLength":5,"type":"string"}},"required":["name"],"type":"object"}`,
		},
		{
			[]string{"/cars/{id}", "put", "responses", "201", "content", "application/json", "schema"},
			`{"items":{"$ref":"#/components/schemas/api.car"},"type":"array"}`,
		},
		{[]string{"/cars/", "get", "summary"}, `"All cars"`},
		{
			[]string{"/files/{path}", "delete", "parameters"},
			`[{"in":"path","name":"path","required":true,"schema":{}},` +
				`{"in":"query","name":"why","required":true,"schema":{}}]`,
		},
		{[]string{"/files/{path}", "delete", "responses", "204"}, `{"description":"The result"}`},
		{[]string{"/other"}, ""},
	} {
		if got := at(paths, test.path...); got != test.want {
			t.Errorf("%q: %s\nwant %s", test.path, got, test.want)
		}
	}
	list := paths["/cars/"].(map[string]any)["get"]
	if got := names(list); len(got) < 8 || got[len(got)-1] != "filter.id" {
		t.Errorf("the list has no grammar: %q %s", got, whole)
	}
	if !json.Valid([]byte(whole)) {
		t.Error(whole)
	}
}
