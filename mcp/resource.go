package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// catalogResource is the list of all tools.
var catalogResource = &sdk.Resource{
	Name: "catalog", URI: "moresql://catalog", MIMEType: "application/json",
	Description: "The routines that may be called, with what is said of each",
}

// A listed tool is an entry of the catalog.
type listed struct {
	Tool        string `json:"tool"`
	Schema      string `json:"schema,omitempty"`
	Routine     string `json:"routine"`
	ReadOnly    bool   `json:"readOnly"`
	Description string `json:"description"`
}

// uri returns that of the resource with the comment of a tool's routine.
func (t *tool) uri() string { return "moresql://routines/" + t.Name }

func (t *tool) resource() *sdk.Resource {
	return &sdk.Resource{
		Name: t.Name, Title: t.Title, URI: t.uri(), MIMEType: "text/markdown",
		Description: "What " + t.Name + " does",
	}
}

// read returns a resource of the role's.
func (v *surface) read(
	ctx context.Context, r *sdk.ReadResourceRequest,
) (*sdk.ReadResourceResult, error) {
	content := &sdk.ResourceContents{URI: r.Params.URI}
	if content.URI == catalogResource.URI {
		list := []listed{}
		for _, t := range *v.tools.Load() {
			list = append(list, listed{t.Name, t.schema, t.routine, t.readOnly, t.Description})
		}
		content.MIMEType, content.Text = catalogResource.MIMEType, string(marshal(list))
	}
	for _, t := range *v.tools.Load() {
		if content.URI == t.uri() {
			content.MIMEType, content.Text = "text/markdown", t.Description
		}
	}
	if content.MIMEType == "" {
		return nil, sdk.ResourceNotFoundError(content.URI)
	}
	if err := v.of.count(ctx, len(content.Text)); err != nil {
		return nil, err
	}
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{content}}, nil
}
