package routine

import (
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/row"
)

// Callable returns those of the overloads of a name that some request calls.
func Callable(overloads []catalog.Routine) (list []*catalog.Routine) {
	for i := range overloads {
		r := &overloads[i]
		if BodyType(r) != "" || TakesNames(r) && !hasTwin(overloads, i) {
			list = append(list, r)
		}
	}
	return list
}

// hasTwin reports whether another overload takes the same names, so that no request calls either.
func hasTwin(overloads []catalog.Routine, i int) bool {
	for j := range overloads {
		if j != i && TakesNames(&overloads[j]) &&
			takesSame(NamedInputs(&overloads[i]), NamedInputs(&overloads[j])) {
			return true
		}
	}
	return false
}

func takesSame(a, b []*catalog.Param) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(p *catalog.Param) bool {
		return !slices.ContainsFunc(b, func(q *catalog.Param) bool {
			return p.Name == q.Name && p.Default == q.Default
		})
	})
}

// TakesNames reports whether a routine can be called with its arguments by name.
func TakesNames(r *catalog.Routine) bool {
	for p := range Inputs(r) {
		if !Named(p) && !p.Default {
			return false
		}
	}
	return true
}

// NamedInputs returns the parameters of a routine that a request can give by name.
func NamedInputs(r *catalog.Routine) (list []*catalog.Param) {
	if !TakesNames(r) {
		return nil
	}
	for p := range Inputs(r) {
		if Named(p) {
			list = append(list, p)
		}
	}
	return list
}

// IsVoid reports whether a routine returns nothing: a composite may have no columns.
func IsVoid(r *catalog.Routine) bool {
	return len(r.Result.Columns) == 0 && (r.Result.Columns != nil || r.Result.Type.Is(pgoid.Void) ||
		r.Kind == catalog.Procedure && r.Result.Type != nil)
}

// ResultShape returns the shape of the result in JSON.
func ResultShape(r *catalog.Routine) row.Shape {
	switch shape := Shape(r); {
	case r.Kind == catalog.Procedure && r.Result.Columns != nil:
		return row.One
	case shape == row.One:
		return row.Maybe // a composite may be NULL
	default:
		return shape
	}
}
