package rest

import (
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// base returns the relation whose rows the routine returns.
func (m *matching) base() (*catalog.Snapshot, *catalog.Relation) {
	if m.matched == nil {
		return m.snapshot, nil
	}
	return m.snapshot, m.relationOf(m.matched.routine)
}

func (m *matching) relationOf(r *catalog.Routine) *catalog.Relation {
	t := r.Result.Type.Underlying()
	if t == nil || t.Kind != catalog.Composite {
		return nil
	}
	return m.snapshot.Relation(t.Schema, t.Name)
}

func (m *matching) relations() (list []*catalog.Relation) {
	for i := range m.overloads {
		if r := m.relationOf(&m.overloads[i]); r != nil {
			list = append(list, r)
		}
	}
	return list
}

// isCatalog reports whether a Resource is that of all routines or relations of a catalog.
func isCatalog(r moresql.Resource) bool {
	_, is := r.(opener)
	return is
}

// An opener is the Resource of a catalog, whose Match says besides what the rows are of.
type opener interface {
	open(*http.Request) (*moresql.Operation, based, error)
}
