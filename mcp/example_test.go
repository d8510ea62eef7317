package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"

	"github.com/DATA-DOG/go-sqlmock"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/mcp"
)

// shop returns a catalog; in a program: catalog.Load(ctx, db, "api").
func shop() *catalog.Catalog {
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	return catalog.Of(catalog.Routine{
		Name: "stock", Volatility: catalog.Stable, Params: []catalog.Param{{Name: "item", Type: integer}},
		Result: catalog.Result{Type: integer}, Comment: "How many there are of an item.",
	})
}

// A client lists the tools and calls one.
func ExampleNew() {
	db, expect, err := sqlmock.New() // in a program: sql.Open("postgres", …)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 { // each request is for the tools that its role may use
		expectTools(expect)
	}
	expect.ExpectBegin()
	expect.ExpectQuery("stock").WithArgs("7").
		WillReturnRows(sqlmock.NewRows([]string{"stock"}).AddRow(40))
	expect.ExpectRollback() // READ ONLY

	server := httptest.NewServer(mcp.New(moresql.New(db), shop(), mcp.Options{Name: "shop"}))
	defer server.Close()

	ctx := context.Background()
	client := sdk.NewClient(&sdk.Implementation{Name: "example", Version: "1"}, nil)
	session, err := client.Connect(ctx, &sdk.StreamableClientTransport{Endpoint: server.URL}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(tool.Name, tool.Annotations.ReadOnlyHint, tool.Title)
	}
	result, err := session.CallTool(ctx, &sdk.CallToolParams{
		Name: "stock", Arguments: json.RawMessage(`{"item":7}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.StructuredContent)
	// Output:
	// stock true How many there are of an item.
	// map[result:40]
}
