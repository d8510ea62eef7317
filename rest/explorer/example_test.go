package explorer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/explorer"
	"github.com/moresql/moresql/rest/openapi"
)

// shop returns a document; in a program: openapi.Handler(m, cat, openapi.About{}).
func shop() http.Handler {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	cat := catalog.Of(catalog.Routine{
		OID: 16385, Schema: "api", Name: "stock", Volatility: catalog.Stable,
		Params: []catalog.Param{
			{Name: "of", Type: integer}, {Name: "least", Type: integer, Default: true, DefaultSQL: "1"},
		},
		Result: catalog.Result{Type: integer},
	})
	document := openapi.Document(cat.Current(), openapi.About{Title: "Shop"})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(document) })
}

func ExampleNew() {
	document := shop()
	page := explorer.New("openapi.json", document)
	mux := http.NewServeMux()
	mux.Handle("GET /openapi.json", document)
	mux.Handle("GET /{$}", page)
	mux.Handle("GET /explorer/", page)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "?call=") {
			fmt.Print(line)
		}
	}
	// Output:
	// 200 text/html; charset=utf-8
	// <li><a href="?call=%2frpc%2fstock"><bdi class="name">stock</bdi></a></li>
}
