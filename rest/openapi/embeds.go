package openapi

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/routine"
)

// An embedding is what can be embedded in the rows of a relation, by the name that means it in a
// request.
type embedding struct {
	name string
	*catalog.Relationship
}

// embeddings returns what can be embedded in the rows of a relation.
func (d *document) embeddings(r *catalog.Relation) (list []embedding) {
	all := d.snapshot.Relationships(r)
	for i := range all {
		if !d.rights(all[i].To, "").May(catalog.MaySelect) {
			continue
		}
		name := embed.Name(d.snapshot, &all[i])
		isThere := func(e embedding) bool { return e.name == name }
		if name != "" && !slices.ContainsFunc(list, isThere) {
			list = append(list, embedding{name, &all[i]})
		}
	}
	return list
}

// embedded returns what can be embedded in the rows of a relation, for people.
func (d *document) embedded(r *catalog.Relation) (list []string) {
	for _, e := range d.embeddings(r) {
		text := inCode(e.name + "(" + d.star(e.To) + ")")
		if e.ToOne() {
			text += " (one row)"
		}
		list = append(list, text)
	}
	return list
}

// star returns what selects all columns that there are rights to.
func (d *document) star(r *catalog.Relation) string {
	columns := d.columns(r, catalog.MaySelect)
	if len(columns) == len(r.Columns) {
		return "*"
	}
	var names []string
	for _, a := range columns {
		names = append(names, filter.Quote(a.Name))
	}
	return strings.Join(names, ",")
}

// addEmbeds adds the same to an operation for programs, which should not have to read prose: the
// name, whether it is one row, and the path of the relation if it is served.
func (d *document) addEmbeds(op object, r *catalog.Relation) object {
	if r == nil {
		return op
	}
	embeds := list{}
	for _, e := range d.embeddings(r) {
		about := object{{"name", e.name}, {"one", e.ToOne()}}
		if path := d.pathOf(e.To); path != "" {
			about = append(about, member{"path", path})
		}
		embeds = append(embeds, about)
	}
	if len(embeds) == 0 {
		return op
	}
	return append(op, member{"x-embeds", embeds})
}

// pathOf returns the path that a relation is served at, "" if it is not.
func (d *document) pathOf(r *catalog.Relation) string {
	if d.about.Tables == "" {
		return ""
	}
	if d.served == nil {
		d.served = map[string]*catalog.Relation{}
		relations := d.snapshot.Relations()
		for i := range relations {
			other := &relations[i]
			isHidden := d.about.Schema != "" && d.about.Schema != other.Schema
			if !isHidden && d.served[other.Name] == nil {
				d.served[other.Name] = other
			}
		}
	}
	if first := d.served[r.Name]; first == nil || first.Schema != r.Schema {
		return ""
	}
	return strings.TrimSuffix(d.about.Tables, "/") + "/" + routine.Segment(r.Name)
}

// relationOf returns the relation whose rows a routine returns, nil if they are of none.
func (d *document) relationOf(r *catalog.Routine) *catalog.Relation {
	t := r.Result.Type.Underlying()
	if t == nil || t.Kind != catalog.Composite {
		return nil
	}
	return d.snapshot.Relation(t.Schema, t.Name)
}
