package rest

import (
	"cmp"
	"strings"
)

// title returns what people call the rows of what has a comment and a name.
func title(comment, name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(comment), "\n")
	return cmp.Or(strings.TrimSpace(first), name)
}
