package rest

import (
	"net/http"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// A Description is what a program has declared of a handler of MoreSQL.Handler.
type Description struct {
	Name   string         // of the procedure
	Fields []binder.Field // in the order of the declaration
	Shape  row.Shape      // of the result
	Status int            // of a successful response, 0 for 200, or 204 for a result without columns

	Encoders []encoder.Encoder // that requests choose from

	// Query says that requests may filter, order and page the result.
	Query bool

	// Routine is the only one in the catalog that the calls reach, nil if it is not known.
	Routine *catalog.Routine
}

// Describe returns what a program has declared of a handler, with what a catalog says of the
// procedure. It is false for a handler that is not MoreSQL.Handler's, such as one of Routines, or
// one that middleware wraps.
func Describe(h http.Handler, s *catalog.Snapshot) (Description, bool) {
	p, err := procedureOf(h)
	if p == nil || err != nil {
		return Description{}, false
	}
	var d Description
	d.Name, d.Fields, d.Shape, d.Status = p.Declared()
	made := h.(resourceful)
	d.Encoders = made.Encoders()
	_, decorated := made.Resources()
	if v := viewIn(decorated); v != nil {
		d.Query = v.query
	}
	traits, _ := p.Traits()
	call := newDeclaration(d.Name, d.Fields, traits)
	if traits.Routine {
		if _, matching := call.find(s); len(matching) == 1 {
			d.Routine = &matching[0]
		}
	} else if named := s.Named(d.Name); len(named) == 1 {
		d.Routine = &named[0]
	}
	return d, true
}
