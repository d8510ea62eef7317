package routine

import (
	"net/url"
	"strings"
)

// Segment returns a name as a segment of a path. Clients and servers take . and .. for a step
// within the path, unless the dots are escaped.
func Segment(name string) string {
	if name == "." || name == ".." {
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return url.PathEscape(name)
}
