package client

import "fmt"

// relation writes the methods of a relation.
func (g *goWriter) relation(r *relation) {
	of := func(verb string) string { return g.methods.unique(pascal(verb + "_" + r.Name)) }
	if r.row != nil {
		name, filter, where := of("list"), "", "nil"
		if r.filter != nil {
			filter, where = "where "+r.filter.name+", ", "where"
		}
		g.comment(name+" reads the rows of "+r.String()+" that a filter selects.", r.Comment)
		g.printf("func (c *Client) %s(ctx context.Context, %spage Page) iter.Seq2[%s, error] {\n",
			name, filter, r.row.name)
		g.printf("return values[%s](func() (*http.Response, error) {\n"+
			"return c.rows(ctx, http.MethodGet, %q, \"\", %s, page, nil)\n})\n}\n\n",
			r.row.name, r.target(), where)
	}
	if r.insert != nil {
		name, prefer := of("insert"), "missing=default, return="+r.representation()
		g.comment(name+" adds rows to "+r.String()+r.returns()+".", "")
		g.change(r, name, "rows ..."+r.insert.name, fmt.Sprintf("http.MethodPost, %q, %q, nil, "+
			"Page{}, append([]%s{}, rows...)", r.written(), prefer, r.insert.name))
	}
	if r.update != nil {
		name := of("update")
		g.comment(name+" changes the rows of "+r.String()+selected, "")
		g.change(r, name, "where "+r.filter.name+", set "+r.update.name, fmt.Sprintf(
			"http.MethodPatch, %q, \"return=representation\", where, Page{}, set", r.target()))
	}
	if r.deletes {
		name := of("delete")
		g.comment(name+" deletes the rows of "+r.String()+selected, "")
		g.change(r, name, "where "+r.filter.name, fmt.Sprintf(
			"http.MethodDelete, %q, \"return=representation\", where, Page{}, nil", r.target()))
	}
}

// selected says what a method does that changes rows.
const selected = " that a filter selects, which must not be empty, and returns them."

// change writes a method that changes rows, and returns them if they can be read.
func (g *goWriter) change(r *relation, name, params, send string) {
	result, with := "error", "nothing"
	if r.row != nil {
		result, with = "([]"+r.row.name+", error)", "value[[]"+r.row.name+"]"
	}
	g.printf("func (c *Client) %s(ctx context.Context, %s) %s {\nreturn %s(c.rows(ctx, %s))\n}\n\n",
		name, params, result, with, send)
}

// representation returns what the server returns of changed rows.
func (r *relation) representation() string {
	if r.row == nil {
		return "minimal"
	}
	return "representation"
}

// returns says so.
func (r *relation) returns() string {
	if r.row == nil {
		return ""
	}
	return " and returns them as they are there"
}
