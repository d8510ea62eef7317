package embed

import (
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// Name returns how a request writes what a relationship leads to: films, or films!second where
// several relationships lead there. It is "" if no request can mean the relationship.
func Name(s *catalog.Snapshot, r *catalog.Relationship) string {
	for _, e := range candidates(r) {
		if found, err := find(s, r.From, &e); err != nil || found != r {
			continue
		}
		if e.Hint == "" {
			return quote(e.Relation)
		}
		return quote(e.Relation) + "!" + quote(e.Hint)
	}
	return ""
}

// candidates returns what may mean a relationship, the shortest first.
func candidates(r *catalog.Relationship) (list []filter.Embed) {
	if r.Computed != nil {
		return []filter.Embed{{Relation: r.Name}}
	}
	name := r.To.Name
	list = append(list, filter.Embed{Relation: name})
	if len(r.Columns) == 1 {
		list = append(list, filter.Embed{Relation: r.Columns[0]})
	}
	if r.Through != nil {
		return append(list, filter.Embed{Relation: name, Hint: r.Through.Name})
	}
	list = append(list, filter.Embed{Relation: name, Hint: r.Name})
	for _, hint := range append(append([]string{}, r.Columns...), r.References...) {
		list = append(list, filter.Embed{Relation: name, Hint: hint})
	}
	return list
}

// escape has what ends a quoted name stand for itself.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote returns a name as the grammar has it: in quotes unless it is a plain word.
func quote(name string) string {
	isOther := func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}
	if name != "" && !strings.ContainsFunc(name, isOther) {
		return name
	}
	return `"` + escape.Replace(name) + `"`
}
