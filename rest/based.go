package rest

import "github.com/moresql/moresql/catalog"

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
