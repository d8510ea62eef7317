package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// The tools by which a model finds and calls those that its client does not show it.
const (
	searchName = "search_tools"
	callName   = "call_tool"
)

func searchTool(n int) *sdk.Tool {
	closed := false
	return &sdk.Tool{
		Name: searchName,
		Description: fmt.Sprintf("Finds some of the %d tools by words of their names and descriptions. "+
			"Call what it finds by its name, or by %s.", n, callName),
		InputSchema: json.RawMessage(`{"type":"object","properties":{` +
			`"query":{"type":"string","description":"up to 20 words, the more important ones first"},` +
			`"limit":{"type":"integer","minimum":1,"maximum":40,"default":10},` +
			`"offset":{"type":"integer","minimum":0,"default":0}},` +
			`"required":["query"],"additionalProperties":false}`),
		OutputSchema: json.RawMessage(`{"type":"object","properties":{` +
			`"tools":{"type":"array","items":{"type":"object","properties":{` +
			`"name":{"type":"string"},"description":{"type":"string"},"inputSchema":{"type":"object"}}}},` +
			`"found":{"type":"integer","description":"how many there are in all"}},` +
			`"required":["tools","found"]}`),
		Annotations: &sdk.ToolAnnotations{
			ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &closed, OpenWorldHint: &closed,
		},
	}
}

func callTool() *sdk.Tool {
	open := false
	return &sdk.Tool{
		Name:        callName,
		Description: "Calls a tool that " + searchName + " has found, by its name.",
		InputSchema: json.RawMessage(`{"type":"object","properties":{` +
			`"name":{"type":"string"},` +
			`"arguments":{"type":"object","description":"as the tool's inputSchema has them"}},` +
			`"required":["name"],"additionalProperties":false}`),
		Annotations: &sdk.ToolAnnotations{OpenWorldHint: &open},
	}
}

// A found tool is one as a search reports it.
type found struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	InputSchema any    `json:"inputSchema"`
}

func (v *surface) search(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	var in struct {
		Query         string
		Limit, Offset int
	}
	in.Limit = 10
	if err := json.Unmarshal(r.Params.Arguments, &in); err != nil || in.Limit < 1 || in.Offset < 0 {
		return failedTool("the arguments are a query, and whole numbers as limit and offset"), nil
	}
	all := find(*v.tools.Load(), in.Query)
	page, rest := []found{}, all[min(in.Offset, len(all)):]
	for _, t := range rest[:min(in.Limit, 40, len(rest))] {
		page = append(page, found{t.Name, t.Description, t.InputSchema})
	}
	text := marshal(map[string]any{"tools": page, "found": len(all)})
	if err := v.of.count(ctx, len(text)); err != nil {
		return failedTool(err.Error()), nil
	}
	return &sdk.CallToolResult{
		Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}, StructuredContent: text,
	}, nil
}

// maxWords is how many words of a query count, each of which is looked for in all tools.
const maxWords = 20

// find returns the tools that have any word of a query, those that have more of them first, and of
// these the ones that have them in their names.
func find(tools []*tool, query string) (list []*tool) {
	words := strings.Fields(strings.ToLower(query))
	words = words[:min(len(words), maxWords)]
	scores := map[*tool]int{}
	for _, t := range tools {
		name, description := strings.ToLower(t.Name), strings.ToLower(t.Description)
		for _, word := range words {
			switch {
			case strings.Contains(name, word):
				scores[t] += 3
			case strings.Contains(description, word):
				scores[t] += 2
			}
		}
		if scores[t] > 0 || len(words) == 0 {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *tool) int { return cmp.Compare(scores[b], scores[a]) })
	return list
}

func (v *surface) callFound(
	ctx context.Context, r *sdk.CallToolRequest,
) (*sdk.CallToolResult, error) {
	var in struct {
		Name      string
		Arguments json.RawMessage
	}
	if err := json.Unmarshal(r.Params.Arguments, &in); err != nil {
		return failedTool("the arguments are a name and an object of arguments"), nil
	}
	t := v.find(in.Name)
	if t == nil {
		return failedTool(fmt.Sprintf("there is no tool %.64q: %s finds those there are",
			in.Name, searchName)), nil
	}
	return v.of.call(ctx, t, in.Arguments)
}
