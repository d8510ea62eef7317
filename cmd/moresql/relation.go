package main

import (
	"fmt"
	"io"

	"github.com/moresql/moresql/catalog"
)

// printRelation prints the route of a table or view, with a line that tries it on the server at
// url, or the reason why it is not served.
func (a *api) printRelation(
	w io.Writer, server string, current *catalog.Snapshot, r *catalog.Relation,
) {
	switch first := current.Relation("", r.Name); {
	case first != r:
		fmt.Fprintf(w, "%-6s %s\n\tis not served: %s has the name, "+
			"but for a request with the profile %s\n", "", r, first, r.Schema)
	case !r.Rights.May(catalog.MaySelect):
		fmt.Fprintf(w, "%-6s %s\n\tcannot be read by any role of the login\n", "", r)
	default:
		path, header := relationPath(r), ""
		if a.isHidden(r.Name) {
			header = "-H 'Accept-Profile: " + r.Schema + "' "
		}
		fmt.Fprintf(w, "%-6s %s\n\tcurl %s'%s%s?limit=10'\n", "GET", path, header, server, path)
	}
}
