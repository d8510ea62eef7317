package mcp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/mcp"
)

// What a client sees of a routine is what the catalog says of it.
func TestToolsAreDescribedByTheCatalog(t *testing.T) {
	commented := function("stock", catalog.Stable, catalog.Result{Type: integer},
		catalog.Param{Name: "item", Type: integer})
	commented.Comment = "How many there are.\nThose that are sold do not count."
	procedure := function("reset", catalog.Volatile, catalog.Result{Type: void})
	procedure.Kind = catalog.Procedure
	other := commented
	other.Schema, other.Comment = "old", ""
	cat := catalog.OfRelations(nil,
		commented, procedure, other,
		function("sizes", catalog.Immutable, catalog.Result{Type: size, Set: true},
			catalog.Param{Name: "like", Type: size, Default: true}),
		function("rows", catalog.Stable, catalog.Result{Type: integer, Set: true},
			catalog.Param{Name: "limit", Type: integer}),
		function("pick", catalog.Volatile, catalog.Result{Type: integer},
			catalog.Param{Name: "a", Type: integer}, catalog.Param{Name: "c", Type: integer}),
		function("pick", catalog.Volatile, catalog.Result{Type: integer},
			catalog.Param{Name: "a", Type: text}, catalog.Param{Name: "b", Type: text}),
		function("whole", catalog.Volatile, catalog.Result{Type: anyJSON}, catalog.Param{Type: anyJSON}),
		function("say", catalog.Volatile, catalog.Result{Type: text}, catalog.Param{Type: text}),
		function("größe", catalog.Volatile, catalog.Result{Type: void}),
		function("sums", catalog.Volatile, catalog.Result{Set: true, Columns: []catalog.Column{
			{Name: "sum", Type: numeric}, {Name: "day", Type: date}, {Name: "parts", Type: numbers},
		}}),
		function("vector", catalog.Volatile, catalog.Result{Type: numbers}),
		function("pairs", catalog.Stable, catalog.Result{Set: true, Type: record}),
		function("pairs", catalog.Stable, catalog.Result{Set: true, Type: integer},
			catalog.Param{Name: "a", Type: integer}),
	)
	m, _ := open(t, nil)
	tools := toolsOf(t, connect(t, mcp.New(m, cat, mcp.Options{MaxRows: 50})))
	const (
		whole = `{"format":"int32","type":["integer","null"]}`
		sizes = `"$defs":{"api.size":{"type":"string","enum":["S","M"]}}`
		ofIt  = `{"anyOf":[{"$ref":"#/$defs/api.size"},{"type":"null"}]}`
		named = `"type":"object","additionalProperties":false,"properties":`
		// As the document has them, and the strings and arrays that results have, too (docs/types.md).
		number = `{"type":["number","string","null"]}`
		nested = `{"anyOf":[` + number + `,{"type":"array"}]}`
		cut    = `"truncated":{"type":"boolean","description":` +
			`"true if there are more rows, which are left out"},` +
			`"note":{"type":"string","description":"how to get what is left out"}`
	)
	for _, test := range []struct {
		reason, name, title, description string
		reads                            bool
		input, output                    string
	}{{
		reason: "a function that reads, with a comment", name: "stock", reads: true,
		title: "How many there are.",
		description: "How many there are.\n\nThose that are sold do not count.\n\n" +
			"It calls `api.stock(item integer)`.",
		input:  `{` + named + `{"item":` + whole + `},"required":["item"]}`,
		output: `{"type":"object","properties":{"result":` + whole + `},"required":["result"]}`,
	}, {
		reason: "a routine whose name another schema has, too", name: "old_stock", reads: true,
		description: "old.stock\n\nIt calls `old.stock(item integer)`.",
		input:       `{` + named + `{"item":` + whole + `},"required":["item"]}`,
		output:      `{"type":"object","properties":{"result":` + whole + `},"required":["result"]}`,
	}, {
		reason: "a procedure", name: "reset",
		description: "api.reset\n\nIt calls `api.reset()`.",
		input:       `{` + named + `{}}`, output: `{"type":"object","properties":{}}`,
	}, {
		reason: "a list, which has pages, and a type with a name", name: "sizes", reads: true,
		description: "api.sizes\n\nIt calls `api.sizes(like api.size DEFAULT …)`.",
		input: `{` + named + `{"like":` + ofIt + `,
			"limit":{"type":"integer","minimum":1,"maximum":50,"description":"the most rows to return"},
			"offset":{"type":"integer","minimum":0,"description":"how many rows to skip"}},` + sizes + `}`,
		output: `{"type":"object","properties":{"result":{"type":"array","items":` + ofIt + `},` + cut +
			`,"next_offset":{"type":"integer","description":"the offset of the next rows"}},
			"required":["result"],` + sizes + `}`,
	}, {
		reason: "a list that has a limit of its own", name: "rows", reads: true,
		description: "api.rows\n\nIt calls `api.rows(limit integer)`.",
		input:       `{` + named + `{"limit":` + whole + `},"required":["limit"]}`,
		output: `{"type":"object","properties":{"result":{"type":"array","items":` + whole + `},` + cut +
			`},"required":["result"]}`,
	}, {
		reason: "overloads, of which the names of the arguments choose one", name: "pick",
		description: "api.pick\n\nThe names of the arguments choose one of:\n\n" +
			"- `api.pick(a integer, c integer)`\n- `api.pick(a text, b text)`",
		input: `{` + named + `{"a":{"anyOf":[` + whole + `,{"type":["string","null"]}]},"c":` + whole +
			`,"b":{"type":["string","null"]}},"required":["a"]}`,
		output: `{"type":"object","properties":{"result":` + whole + `},"required":["result"]}`,
	}, {
		reason: "a function whose only argument is all of the JSON", name: "whole",
		description: "api.whole\n\nIt calls `api.whole(json)`.",
		input:       `{"type":"object","properties":{},"additionalProperties":true}`,
		output:      `{"type":"object","properties":{"result":{}},"required":["result"]}`,
	}, {
		reason: "a function whose only argument is a text without a name", name: "say",
		description: "api.say\n\nIt calls `api.say(text)`.",
		input: `{"type":"object","properties":{"body":{"type":"string"}},"required":["body"],` +
			`"additionalProperties":false}`,
		output: `{"type":"object","properties":{"result":{"type":["string","null"]}},` +
			`"required":["result"]}`,
	}, {
		reason: "what may be NaN, infinite or of several dimensions", name: "sums",
		description: "api.sums\n\nIt calls `api.sums()`.",
		input:       `{` + named + `{}}`,
		output: `{"type":"object","properties":{"result":{"type":"array","items":` +
			`{"$ref":"#/$defs/api.sums.row"}},` + cut + `},"required":["result"],"$defs":{` +
			`"api.sums.row":{"type":"object","properties":{"sum":` + number +
			`,"day":{"type":["string","null"]},"parts":{"type":["array","null"],"items":` + nested +
			`}},"required":["sum","day","parts"]}}}`,
	}, {
		reason: "an array that is no list of rows", name: "vector",
		description: "api.vector\n\nIt calls `api.vector()`.",
		input:       `{` + named + `{}}`,
		output: `{"type":"object","properties":{"result":{"type":["array","null"],"items":` + nested +
			`}},"required":["result"]}`,
	}, {
		reason: "overloads, of which one has no parts", name: "pairs", reads: true,
		description: "api.pairs\n\nThe names of the arguments choose one of:\n\n" +
			"- `api.pairs()`\n- `api.pairs(a integer)`",
		input: `{` + named + `{"a":` + whole + `}}`,
		output: `{"type":"object","properties":{"result":{"anyOf":[{"type":"array","items":{}},` +
			`{"type":"array","items":` + whole + `}]},` + cut + `},"required":["result"]}`,
	}, {
		reason: "a name that no tool can have", name: "gr__e",
		description: "api.größe\n\nIt calls `api.größe()`.",
		input:       `{` + named + `{}}`, output: `{"type":"object","properties":{}}`,
	}} {
		tool := tools[test.name]
		if tool == nil {
			t.Errorf("%s: there is no tool %s", test.reason, test.name)
			continue
		}
		if tool.Title != test.title || tool.Description != test.description {
			t.Errorf("%s: %q, %q", test.reason, tool.Title, tool.Description)
		}
		a := tool.Annotations
		if a.ReadOnlyHint != test.reads || a.IdempotentHint != test.reads ||
			*a.DestructiveHint == test.reads || *a.OpenWorldHint {
			t.Errorf("%s: %+v", test.reason, a)
		}
		for _, schema := range []struct {
			got  any
			want string
		}{{tool.InputSchema, test.input}, {tool.OutputSchema, test.output}} {
			if got, want := shown(t, schema.got), shown(t, json.RawMessage(schema.want)); got != want {
				t.Errorf("%s:\n%s, want\n%s", test.reason, got, want)
			}
		}
	}
	if len(tools) != 12 {
		t.Errorf("%d tools", len(tools))
	}
}

// A name has at most the 64 letters that models take, and stays a name of its own. One that a model
// takes as it is in the database no other routine has: who has allowed its tool means that one.
func TestToolNamesAreUnique(t *testing.T) {
	long := strings.Repeat("x", 63) // as long as one of PostgreSQL may be
	nothing := catalog.Result{Type: void}
	in := func(schema, name string) catalog.Routine {
		r := function(name, catalog.Volatile, nothing)
		r.Schema = schema
		return r
	}
	cat := catalog.OfRelations(nil,
		function("a b", catalog.Volatile, nothing), function("a_b", catalog.Volatile, nothing),
		function("search_tools", catalog.Volatile, nothing),
		function(long, catalog.Volatile, nothing), function("a", catalog.Volatile, nothing),
		in("old", long), in("old", "a"), in("late", "old_a"))
	m, db := open(t, nil)
	c := connect(t, mcp.New(m, cat, mcp.Options{}))
	tools := toolsOf(t, c)
	for name, routine := range map[string]string{
		"a_b": `"api"."a_b"`, "a_b_2": `"api"."a b"`, "old_a": `"late"."old_a"`,
		"search_tools_2": `"api"."search_tools"`,
		long:             `"api"."` + long, "old_" + long[:60]: `"old"."` + long,
		"a": `"api"."a"`, "old_a_2": `"old"."a"`,
	} {
		db.Log()
		text, failed := call(t, c, name, "{}")
		if log := db.Log(); tools[name] == nil || failed || !strings.Contains(log, routine) {
			t.Errorf("%s: %s\n%s", name, text, log)
		}
	}
	if len(tools) != 8 {
		t.Errorf("%d tools", len(tools))
	}
}
