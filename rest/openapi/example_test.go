package openapi_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/openapi"
)

// shop returns a catalog; in a program: catalog.Load(ctx, db, "api").
func shop() *catalog.Catalog {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	size := &catalog.Type{
		OID: 16384, Kind: catalog.Enum, Schema: "api", Name: "size", SQL: "api.size",
		Labels: []string{"S", "M"},
	}
	return catalog.Of(
		catalog.Routine{
			OID: 16385, Schema: "api", Name: "stock", Volatility: catalog.Stable,
			Params: []catalog.Param{
				{Name: "size", Type: size},
				{Name: "least", Type: integer, Default: true, DefaultSQL: "1"},
			},
			Result:  catalog.Result{Type: integer},
			Comment: "How many there are.\nThose that are sold do not count.",
		},
		catalog.Routine{
			OID: 16386, Schema: "api", Name: "sell", Params: []catalog.Param{{Name: "size", Type: size}},
			Result: catalog.Result{Type: integer},
		},
	)
}

func ExampleDocument() {
	document := openapi.Document(shop().Current(), openapi.About{Title: "Shop", Bearer: true})
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Summary, Description string
			Parameters           []struct {
				Name     string
				Required bool
				Schema   json.RawMessage
			}
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		fmt.Println(err)
	}
	get := doc.Paths["/rpc/stock"]["get"]
	fmt.Println(doc.OpenAPI, len(doc.Paths["/rpc/stock"]), len(doc.Paths["/rpc/sell"]))
	fmt.Println(get.Summary)
	fmt.Println(get.Description)
	for _, p := range get.Parameters {
		fmt.Printf("%s %v %s\n", p.Name, p.Required, p.Schema)
	}
	fmt.Printf("%s\n", doc.Components.Schemas["api.size"])
	// Output:
	// 3.1.0 2 1
	// How many there are.
	// Those that are sold do not count.
	//
	// It calls `api.stock(size api.size, least integer DEFAULT …)`.
	// size true {"$ref":"#/components/schemas/api.size"}
	// least false {"type":"integer","format":"int32","default":1}
	// {"type":"string","enum":["S","M"]}
}

// The database says which of the functions the role of the request may call.
func ExampleHandler() {
	db, expect, err := sqlmock.New() // in a program: sql.Open("postgres", …)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		expect.ExpectQuery("has_function_privilege").WithArgs("{16386,16385}").
			WillReturnRows(sqlmock.NewRows([]string{"oids"}).AddRow("16385"))
	}
	h := openapi.Handler(moresql.New(db), shop(), openapi.About{Title: "Shop"})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct{ Paths map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		fmt.Println(err)
	}
	fmt.Println(w.Code, w.Header().Get("Content-Type"), len(doc.Paths), doc.Paths["/rpc/sell"])

	again := httptest.NewRequest("GET", "/openapi.json", nil)
	again.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	h.ServeHTTP(w, again)
	fmt.Println(w.Code, w.Body.Len())
	// Output:
	// 200 application/openapi+json 1 <nil>
	// 304 0
}

// A handler of the program's own is described by its declaration, at its pattern.
func ExampleMounted() {
	db, _, err := sqlmock.New() // in a program: sql.Open("postgres", …)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := moresql.New(db)
	document := openapi.Document(shop().Current(), openapi.About{
		Handlers: []openapi.Mounted{{
			Pattern: "PUT /stock/{size}", Summary: "How many there are now",
			Handler: m.Handler("set_stock", moresql.Bind(binder.Any("size"), binder.Int("n").Min(0))),
		}},
	})
	var doc struct {
		Paths map[string]struct {
			Put struct {
				Summary     string
				RequestBody struct{ Content map[string]json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		fmt.Println(err)
	}
	put := doc.Paths["/stock/{size}"].Put
	fmt.Println(put.Summary)
	fmt.Println(string(put.RequestBody.Content["application/json"]))
	// Output:
	// How many there are now
	// {"schema":{"type":"object","properties":{"n":{"type":"integer","minimum":0}},"required":["n"]}}
}
