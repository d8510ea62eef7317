package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/mcp"
)

// numbered returns n functions, f000 and so on, each with a comment of its own.
func numbered(n int) (list []catalog.Routine) {
	for i := range n {
		r := function(fmt.Sprintf("f%03d", i), catalog.Volatile, catalog.Result{Type: integer},
			catalog.Param{Name: "a", Type: integer})
		r.Comment = fmt.Sprintf("Counts the sheep of farm %d.", i)
		list = append(list, r)
	}
	return list
}

// Up to 40 tools are one page. Of more each page has 40, and the first begins with those by which
// a model finds the others. All of them can be called.
func TestManyToolsHavePages(t *testing.T) {
	for _, test := range []struct {
		routines int
		pages    []int
		first    string
	}{
		{routines: 0, pages: []int{0}},
		{routines: 40, pages: []int{40}, first: "f000"},
		{routines: 41, pages: []int{40, 3}, first: "search_tools"},
		{routines: 100, pages: []int{40, 40, 22}, first: "search_tools"},
	} {
		m, db := open(t, nil)
		c := connect(t, mcp.New(m, catalog.OfRelations(nil, numbered(test.routines)...), mcp.Options{}))
		var pages []int
		var seen []string
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := c.ListTools(t.Context(), &sdk.ListToolsParams{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, tool := range page.Tools {
				seen = append(seen, tool.Name)
			}
			pages, cursor = append(pages, len(page.Tools)), page.NextCursor
		}
		if fmt.Sprint(pages) != fmt.Sprint(test.pages) || len(seen) > 0 && seen[0] != test.first {
			t.Errorf("%d routines: pages of %d, %q", test.routines, pages, seen)
		}
		for _, name := range seen {
			if !strings.HasPrefix(name, "f") {
				continue
			}
			if text, failed := call(t, c, name, `{"a":1}`); failed || text != `{"result":1}` {
				t.Errorf("%s: %s", name, text)
			}
			if log := db.Log(); !strings.Contains(log, name) {
				t.Errorf("%s: %s", name, log)
			}
			break // one of a page stands for all
		}
		if _, err := c.ListTools(t.Context(), &sdk.ListToolsParams{Cursor: "x"}); err == nil {
			t.Error("a cursor that was never made is one")
		}
	}
}

// A search finds tools by their names and comments, and calls one that the client has not listed.
func TestSearchFindsTools(t *testing.T) {
	routines := numbered(50)
	special := function("sheep_sold", catalog.Stable, catalog.Result{Type: integer},
		catalog.Param{Name: "year", Type: numeric})
	m, db := open(t, nil)
	c := connect(t, mcp.New(m, catalog.OfRelations(nil, append(routines, special)...), mcp.Options{}))
	for _, test := range []struct {
		reason, arguments string
		first             string
		here, found       int
	}{
		{"a word of comments and a name", `{"query":"sheep"}`, "sheep_sold", 10, 51},
		{"a page further", `{"query":"sheep","limit":2,"offset":50}`, "f049", 1, 51},
		{"past the end", `{"query":"sheep","offset":99}`, "", 0, 51},
		{"past any", `{"query":"sheep","offset":9223372036854775807}`, "", 0, 51},
		{"several words, one of a comment", `{"query":"Farm 7."}`, "f007", 10, 50},
		{"no word", `{"query":"goat"}`, "", 0, 0},
		{"20 words", `{"query":"` + strings.Repeat("goat ", 19) + `sheep"}`, "sheep_sold", 10, 51},
		{"more, which do not count", `{"query":"` + strings.Repeat("goat ", 20) + `sheep"}`, "", 0, 0},
	} {
		text, failed := call(t, c, "search_tools", test.arguments)
		var got struct {
			Tools []struct {
				Name, Description string
				InputSchema       struct{ Required []string }
			}
			Found int
		}
		if err := json.Unmarshal([]byte(text), &got); failed || err != nil {
			t.Errorf("%s: %s", test.reason, text)
			continue
		}
		if len(got.Tools) != test.here || got.Found != test.found ||
			test.here > 0 && (got.Tools[0].Name != test.first || got.Tools[0].InputSchema.Required == nil) {
			t.Errorf("%s: %s", test.reason, text)
		}
	}
	const digits = "12345678901234567890.5"
	text, failed := call(t, c, "call_tool", `{"name":"sheep_sold","arguments":{"year":`+digits+`}}`)
	if got := last(db); failed || text != `{"result":1}` || got[0] != digits {
		t.Errorf("%s %v", text, got)
	}
	for tool, arguments := range map[string]string{
		"search_tools": `{"query":1}`, "call_tool": `{"name":"nothing"}`,
	} {
		if text, failed := call(t, c, tool, arguments); !failed {
			t.Errorf("%s %s: %s", tool, arguments, text)
		}
	}
}

// The catalog and the comments of its routines are resources.
func TestResourcesAreTheCatalog(t *testing.T) {
	m, _ := open(t, nil)
	c := connect(t, mcp.New(m, catalog.OfRelations(nil, numbered(2)...), mcp.Options{}))
	var uris []string
	for r, err := range c.Resources(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		uris = append(uris, r.URI)
	}
	want := "moresql://catalog moresql://routines/f000 moresql://routines/f001"
	if strings.Join(uris, " ") != want {
		t.Errorf("%q", uris)
	}
	for uri, want := range map[string]string{
		"moresql://routines/f001": "Counts the sheep of farm 1.\n\nIt calls `api.f001(a integer)`.",
		"moresql://catalog": `[{"tool":"f000","schema":"api","routine":"f000","readOnly":false,` +
			`"description":"Counts the sheep of farm 0.\n\nIt calls ` + "`api.f000(a integer)`" + `."},` +
			`{"tool":"f001","schema":"api","routine":"f001","readOnly":false,` +
			`"description":"Counts the sheep of farm 1.\n\nIt calls ` + "`api.f001(a integer)`" + `."}]`,
	} {
		got, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
		if err != nil || got.Contents[0].Text != want || got.CacheScope != "private" {
			t.Errorf("%s: %+v, %v", uri, got, err)
		}
	}
	_, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "moresql://routines/f009"})
	if err == nil {
		t.Error("a routine that does not exist is a resource")
	}
}

// A client over stdio hears of a reload, and sees the tools that there are then.
func TestReloadChangesTheTools(t *testing.T) {
	routines := make(chan []catalog.Routine, 1)
	routines <- numbered(2)
	cat, err := catalog.LoadFunc(t.Context(), func(context.Context) ([]catalog.Routine, error) {
		return <-routines, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := open(t, nil)
	server := mcp.New(m, cat, mcp.Options{})
	changed := make(chan bool, 10)
	c := join(t, &sdk.ClientOptions{
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) { changed <- true },
	}, piped(t, server.Serve))
	if tools := toolsOf(t, c); len(tools) != 2 {
		t.Errorf("%d tools", len(tools))
	}
	for _, n := range []int{3, 1} {
		for len(changed) > 0 {
			<-changed
		}
		routines <- numbered(n)
		if err := cat.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-changed
		if tools := toolsOf(t, c); len(tools) != n {
			t.Errorf("%d tools after a reload, want %d", len(tools), n)
		}
		text, failed := call(t, c, "f001", `{"a":1}`)
		if failed != (n == 1) {
			t.Errorf("%d routines: %s", n, text)
		}
	}
}
