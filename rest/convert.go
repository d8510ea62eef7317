package rest

import (
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/dialect"
)

// call returns the Call of the routine that has been matched, with its values as they are bound.
// PostgreSQL takes the literals that match has made; another dialect makes values of the arguments
// by the types of the parameters, or by what JSON says where a type is not known.
func (m *matching) call() (*moresql.Call, error) {
	if d := m.bindsIn(); !d.Literals {
		for i, a := range m.matched.args {
			v, err := d.Argument(m.matched.given[i].Type, last(*a))
			if err != nil {
				return nil, err
			}
			m.matched.values[i] = v
		}
	}
	return m.newCall(), nil
}

// bindsIn returns the dialect by whose rule values are bound: that of the statement.
func (m *matching) bindsIn() *dialect.Dialect {
	d, ok := m.dialect(m.database)
	if !ok {
		traits, _ := m.describe(m.operation.Name)
		d = traits.Dialect
	}
	return spec(d)
}
