package client

import (
	"net/url"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/routine"
)

// A relation is one that a request can read or change.
type relation struct {
	*catalog.Relation
	path    string
	row     *namedType // nil if no column can be read
	filter  *namedType // by which rows are selected, nil if no column can be read
	insert  *namedType // nil if rows cannot be added
	update  *namedType // nil if rows cannot be changed
	deletes bool
}

// addRelations adds the relations that requests get by their names: of several that have one, that
// of the first schema.
func (m *model) addRelations(s *catalog.Snapshot, o Options) {
	all := s.Relations()
	for i := range all {
		r := &all[i]
		if s.Relation("", r.Name) != r {
			continue
		}
		rights := func(column string) catalog.Rights {
			if o.Rights == nil {
				return r.Rights
			}
			return r.Rights & o.Rights(r, column)
		}
		if rights("") != 0 {
			m.addRelation(r, strings.TrimSuffix(o.Tables, "/")+"/"+routine.Segment(r.Name), rights)
		}
	}
}

func (m *model) addRelation(r *catalog.Relation, path string, rights func(string) catalog.Rights) {
	to := &relation{Relation: r, path: path}
	readable := m.columns(r, "Row", "a row of ", func(a *catalog.Attribute) *field {
		if !rights("").May(catalog.MaySelect) || !rights(a.Name).May(catalog.MaySelect) {
			return nil
		}
		return &field{name: a.Name, ref: m.attribute(a)}
	})
	if to.row = readable; readable != nil {
		to.filter = m.columns(r, "Filter", "a filter of ", func(a *catalog.Attribute) *field {
			if rights(a.Name).May(catalog.MaySelect) && !filter.Reserved(a.Name) {
				return &field{name: a.Name, ref: &ref{kind: conditions}, may: true}
			}
			return nil
		})
	}
	written := func(right catalog.Rights, optional func(*catalog.Attribute, *ref) bool) func(
		*catalog.Attribute) *field {
		return func(a *catalog.Attribute) *field {
			if !a.Settable.May(right) || !rights("").May(right) || !rights(a.Name).May(right) {
				return nil
			}
			given := m.attribute(a)
			return &field{name: a.Name, ref: given, set: optional(a, given)}
		}
	}
	to.insert = m.columns(r, "Insert", "a new row of ", written(catalog.MayInsert,
		func(a *catalog.Attribute, given *ref) bool {
			return given.null || a.Default != "" || a.Identity || given.kind == anything
		}))
	if to.filter != nil { // by which it is said which rows
		to.update = m.columns(r, "Update", "a change of ", written(catalog.MayUpdate,
			func(*catalog.Attribute, *ref) bool { return true }))
		to.deletes = rights("").May(catalog.MayDelete)
	}
	m.relations = append(m.relations, to)
}

// columns returns a type with the columns of a relation for which there is a field, nil for none.
func (m *model) columns(
	r *catalog.Relation, suffix, title string, of func(*catalog.Attribute) *field,
) *namedType {
	n := &namedType{title: title + r.String()}
	for i := range r.Columns {
		if f := of(&r.Columns[i]); f != nil {
			n.fields = append(n.fields, *f)
		}
	}
	if n.fields == nil {
		return nil
	}
	if suffix == "Row" {
		n.doc = r.Comment
	}
	n.name = m.names.unique(pascal(r.Name) + suffix)
	m.types = append(m.types, n)
	return n
}

// attribute returns what a column has.
func (m *model) attribute(a *catalog.Attribute) *ref {
	if own := m.dialect.Identity; a.Identity && own.Types != nil {
		return refTo(own)
	}
	r := m.nullable(a.Type)
	r.null = r.null && a.Nullable
	return r
}

// target returns the path of a request that returns rows. It names the columns where there are
// others that may not be read, which the rows would have, too.
func (r *relation) target() string {
	if r.row == nil || len(r.row.fields) == len(r.Columns) {
		return r.path
	}
	return r.path + "?select=" + listed(r.row)
}

// written returns the path to which new rows are sent. It names the columns, of which each row has
// its own.
func (r *relation) written() string {
	path, separator := r.target(), "?"
	if path != r.path {
		separator = "&"
	}
	return path + separator + "columns=" + listed(r.insert)
}

// listed returns the names of the fields of a type, as a parameter has them.
func listed(n *namedType) string {
	var names []string
	for _, f := range n.fields {
		names = append(names, filter.Quote(f.name))
	}
	return url.QueryEscape(strings.Join(names, ","))
}
