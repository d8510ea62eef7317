package rest

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/pgliteral"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/internal/routine"
)

// A matched routine is the overload that a request calls, with the parameters that the request
// gives, in the routine's order, and their values.
type matched struct {
	routine *catalog.Routine
	given   []*catalog.Param
	values  []any
	args    []*binder.Arg // that the values were made of; nil for a whole body

	few struct { // memory for those of most calls
		given  [4]*catalog.Param
		values [5]any // and one for parameters that are not given
		args   [4]*binder.Arg
		names  [4]string
	}
}

// names returns those of the parameters that are given.
func (m *matched) names() []string {
	names := m.few.names[:0]
	for _, p := range m.given {
		names = append(names, p.Name)
	}
	return names
}

// split returns the parameters of a query that are arguments, and the others: a filter, an order or
// a page. A name that a parameter has is that parameter's, whatever its value, unless a column of
// the result has it too and it is given several times: see splitValues. One that is neither a
// column's nor stands before a filter counts as an argument that no overload has.
func split(overloads []catalog.Routine, query []binder.Arg) (args, others []binder.Arg) {
	others = []binder.Arg{}
	for i, a := range query {
		arg, other := a, binder.Arg{Name: a.Name}
		switch {
		case hasInput(overloads, a.Name):
			arg.Values, other.Values = splitValues(overloads, a)
		case isColumns(a):
			arg.Values = nil
		case isFilter(overloads, a):
			arg.Values, other.Values = nil, a.Values
		}
		isChanged := len(arg.Values) != len(a.Values)
		if isChanged && args == nil {
			args = append(make([]binder.Arg, 0, len(query)), query[:i]...)
		}
		if args != nil && len(arg.Values) > 0 {
			args = append(args, arg)
		}
		if len(other.Values) > 0 {
			others = append(others, other)
		}
	}
	if args == nil {
		args = query
	}
	return args, others
}

// splitValues returns which values of a name that a parameter and a column of the result have are
// the parameter's, and which are filters: ?id=5&id=gt.2, as PostgREST has it. A parameter that
// would be left without a value keeps all of them.
func splitValues(overloads []catalog.Routine, a binder.Arg) (values, filters []string) {
	if len(a.Values) < 2 || !hasColumn(overloads, a.Name) {
		return a.Values, nil
	}
	for _, v := range a.Values {
		if isOperation(a.Name, v) {
			filters = append(filters, v)
		} else {
			values = append(values, v)
		}
	}
	if values == nil {
		return a.Values, nil
	}
	return values, filters
}

// hasInput reports whether any of the overloads has a parameter of the name that takes a value.
func hasInput(overloads []catalog.Routine, name string) bool {
	for i := range overloads {
		for p := range routine.Inputs(&overloads[i]) {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}

// appendInputs appends the names of parameters that take a value, of all overloads.
func appendInputs(names []string, overloads []catalog.Routine) []string {
	for i := range overloads {
		for p := range routine.Inputs(&overloads[i]) {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// hasColumn reports whether the result of any of the overloads has a column of the name.
func hasColumn(overloads []catalog.Routine, name string) bool {
	return slices.ContainsFunc(overloads, func(r catalog.Routine) bool {
		return slices.ContainsFunc(r.Result.Columns, func(c catalog.Column) bool {
			return c.Name == name
		})
	})
}

// isFilter reports whether a parameter of a query that is no routine's says what part of the result
// is wanted.
func isFilter(overloads []catalog.Routine, a binder.Arg) bool {
	if filter.Reserved(a.Name) {
		return true
	}
	column, _, _ := strings.Cut(a.Name, "->")
	if hasColumn(overloads, column) {
		return true
	}
	return isOperation(a.Name, a.Values[0])
}

// isOperation reports whether the value of a parameter is a filter, such as gte.10.
func isOperation(name, value string) bool {
	return filter.IsFilter(filter.Pair{Name: name, Value: value})
}

// columnNames returns the names in the list of columns that a parameter is. As select and order it
// may be given once: of two lists either would be ignored.
func columnNames(a binder.Arg) ([]string, error) {
	if len(a.Values) > 1 {
		return nil, &filter.Error{Param: a.Name, Message: "it is given more than once"}
	}
	noNames := &filter.Error{Param: a.Name, Message: "it has to be a list of names, a,b"}
	query, err := filter.Parse([]filter.Pair{{Name: "select", Value: a.Values[0]}})
	if err != nil {
		return nil, noNames
	}
	names := []string{}
	for _, item := range query.Select {
		if item.All || item.Embed != nil || item.Aggregate != "" || item.Alias != "" || item.Cast != "" ||
			item.Field.Path != nil {
			return nil, noNames
		}
		names = append(names, item.Field.Column)
	}
	return names, nil
}

// match picks the overload that takes just the names that are given, and gives its parameters their
// values. Of repeated values a parameter that is no array takes the last, as PostgREST has it.
func match(overloads []catalog.Routine, args []binder.Arg) (*matched, error) {
	matching := candidates(overloads, args)
	switch {
	case len(matching) == 0:
		message := fmt.Sprintf("%s cannot be called with the parameters %s",
			overloads[0].Name, listNames(args))
		return nil, notFound(message, closest(overloads, args))
	case len(matching) > 1:
		return nil, ambiguous(matching)
	}
	m := &matched{routine: matching[0]}
	m.given, m.values, m.args = m.few.given[:0], m.few.values[:0], m.few.args[:0]
	for p := range routine.Inputs(m.routine) {
		i := slices.IndexFunc(args, func(a binder.Arg) bool { return a.Name == p.Name })
		if i < 0 {
			continue
		}
		v, err := value(p, args[i])
		if err != nil {
			return nil, err
		}
		m.given, m.values = append(m.given, p), append(m.values, v)
		m.args = append(m.args, &args[i])
	}
	return m, nil
}

// candidates returns the overloads that take just the names that are given. One that leaves
// parameters to their defaults is no worse than another: PostgreSQL does not choose either.
func candidates(overloads []catalog.Routine, args []binder.Arg) (list []*catalog.Routine) {
	for i := range overloads {
		if matches(&overloads[i], args) {
			list = append(list, &overloads[i])
		}
	}
	return list
}

func matches(r *catalog.Routine, args []binder.Arg) bool {
	given := 0
	for p := range routine.Inputs(r) {
		switch {
		case !slices.ContainsFunc(args, func(a binder.Arg) bool { return a.Name == p.Name }):
			if !p.Default {
				return false
			}
		case !routine.Named(p):
			return false
		default:
			given++
		}
	}
	return given == len(args)
}

// value returns what is bound to a parameter: the text that came, or the PostgreSQL literal for a
// JSON value. Several texts for an array, and one that is no array's, are its elements; of several
// for another type the last one counts.
func value(p *catalog.Param, a binder.Arg) (any, error) {
	switch {
	case p.Type == nil:
		return last(a).Value()
	case a.File && p.Type.Underlying().Kind == catalog.Array:
		return pgliteral.Array(p.Type, fileTexts(p.Type.Underlying().Elem, a.Values)), nil
	case a.File:
		return fileTexts(p.Type, last(a).Values)[0], nil
	case a.JSON:
		text, err := pgliteral.Of(p.Type, a.Values[0])
		if err != nil {
			message := fmt.Sprintf("%s: %v", a.Name, err)
			return nil, &binder.Error{
				Status: http.StatusBadRequest, Field: a.Name, Message: message,
				Problems: []binder.Problem{{Field: a.Name, Message: message}},
			}
		}
		return text, nil
	case p.Type.Underlying().Kind == catalog.Array && (len(a.Values) > 1 || !isArray(a.Values[0])):
		return pgliteral.Array(p.Type, a.Values), nil
	}
	v, err := last(a).Value()
	if text, ok := v.(string); ok {
		return pgliteral.Shown(p.Type, text), err
	}
	return v, err
}

// fileTexts returns files as texts of a type: those of bytea in hexadecimal, since calls bind text.
func fileTexts(t *catalog.Type, files []string) []string {
	if !t.Is(pgoid.Bytea) {
		return files
	}
	texts := make([]string, len(files))
	for i, data := range files {
		texts[i] = `\x` + hex.EncodeToString([]byte(data))
	}
	return texts
}

// last returns the argument with the last of its values alone.
func last(a binder.Arg) binder.Arg {
	a.Values = a.Values[max(len(a.Values)-1, 0):]
	return a
}

// isArray reports whether a text can be an array's, which begins with a brace or with bounds.
func isArray(text string) bool {
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}
