package exec

import (
	"database/sql"
	"reflect"
	"slices"
)

// An Argument is one argument of a Go program: a value, which may have a name by sql.Named, or
// stand for an OUT or INOUT parameter by sql.Out.
type Argument struct {
	Name    string
	In, Out bool
	Value   any // nil for an OUT parameter
}

// Arguments takes a program's arguments apart. The Dest of an INOUT parameter is read,
// and none is written: what the procedure sets comes back in a row.
func Arguments(args []any) []Argument {
	list := make([]Argument, len(args))
	for i, arg := range args {
		a := Argument{In: true, Value: arg}
		if named, ok := arg.(sql.NamedArg); ok {
			a.Name, a.Value = named.Name, named.Value
		}
		if out, ok := a.Value.(sql.Out); ok {
			a.Out, a.In, a.Value = true, out.In, nil
			dest := reflect.ValueOf(out.Dest)
			if out.In && dest.Kind() == reflect.Pointer && !dest.IsNil() {
				a.Value = dest.Elem().Interface()
			}
		}
		list[i] = a
	}
	return list
}

// Choose returns the values at the given places, all of them in their order if there are none
// given.
func Choose(values []any, places []int) []any {
	if places == nil || isOrder(places, len(values)) {
		return slices.Clip(values)
	}
	chosen := make([]any, len(places))
	for i, place := range places {
		chosen[i] = values[place]
	}
	return chosen
}

// isOrder reports whether the places are those of n values in their order, as most are.
func isOrder(places []int, n int) bool {
	for i, place := range places {
		if i != place {
			return false
		}
	}
	return len(places) == n
}
