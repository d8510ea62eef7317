package rest

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/pgliteral"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/row"
)

// A matched routine is the overload that a request calls, with the parameters that the request
// gives, in the routine's order, and their values.
type matched struct {
	routine *catalog.Routine
	given   []*catalog.Param
	values  []any
	args    []binder.Arg // that the values were made of; nil for a whole body
}

// names returns those of the parameters that are given.
func (m *matched) names() []string {
	names := make([]string, len(m.given))
	for i, p := range m.given {
		names[i] = p.Name
	}
	return names
}

// split returns the parameters of a query that are arguments, and the others: a filter, an order or
// a page. A name that a parameter has is that parameter's, whatever its value; one that is neither
// a column's nor stands before a filter counts as an argument that no overload has.
func split(overloads []catalog.Routine, query []binder.Arg) (args, others []binder.Arg) {
	others = []binder.Arg{}
	for i, a := range query {
		isOther := !hasInput(overloads, a.Name) && isFilter(overloads, a)
		switch {
		case isOther:
			if len(others) == 0 {
				args = query[:i:i]
			}
			others = append(others, a)
		case len(others) > 0:
			args = append(args, a)
		}
	}
	if len(others) == 0 {
		args = query
	}
	return args, others
}

// hasInput reports whether any of the overloads has a parameter of the name that takes a value.
func hasInput(overloads []catalog.Routine, name string) bool {
	for i := range overloads {
		for p := range inputs(&overloads[i]) {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}

// inputNames returns the names of parameters that take a value, of all overloads.
func inputNames(overloads []catalog.Routine) (names []string) {
	for i := range overloads {
		for p := range inputs(&overloads[i]) {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// isFilter reports whether a parameter of a query that is no routine's says what part of the result
// is wanted.
func isFilter(overloads []catalog.Routine, a binder.Arg) bool {
	if filter.Reserved(a.Name) {
		return true
	}
	column, _, _ := strings.Cut(a.Name, "->")
	if slices.ContainsFunc(overloads, func(r catalog.Routine) bool {
		return slices.ContainsFunc(r.Result.Columns, func(c catalog.Column) bool {
			return c.Name == column
		})
	}) {
		return true
	}
	_, err := filter.Parse([]filter.Pair{{Name: a.Name, Value: a.Values[0]}})
	return err == nil
}

// matchBody takes arguments from the body by name, or the whole of it where the only parameter of a
// routine has no name.
func matchBody(overloads []catalog.Routine, r *http.Request) (*matched, error) {
	if body, mediaType, err := binder.RawBody(r); err == nil && mediaType != "" {
		for i := range overloads {
			p := wholeBody(&overloads[i], mediaType)
			if p == nil || matchesByName(overloads, r, mediaType) {
				continue
			}
			var value any = string(body)
			if mediaType == "application/octet-stream" {
				value = body
			}
			return &matched{
				routine: &overloads[i], given: []*catalog.Param{p}, values: []any{value},
			}, nil
		}
	}
	args, err := binder.BodyArgs(r)
	if err != nil {
		return nil, err
	}
	return match(overloads, args)
}

// matchesByName reports whether a JSON body gives arguments that one of the overloads takes by
// name, which takes precedence.
func matchesByName(overloads []catalog.Routine, r *http.Request, mediaType string) bool {
	if !isJSON(mediaType) {
		return false
	}
	args, err := binder.BodyArgs(r)
	if err != nil {
		return false
	}
	return len(candidates(overloads, args)) > 0
}

// BodyType returns the media type of a body that Routines passes as a whole to the only parameter
// of a routine, which has no name (PostgREST documentation, "Functions with a single unnamed
// parameter"): application/json, text/plain, application/xml or application/octet-stream, by the
// parameter's type. It is "" for all other routines, whose arguments go by name.
func BodyType(r *catalog.Routine) string {
	in := slices.Collect(inputs(r))
	if len(in) != 1 || in[0].Name != "" {
		return ""
	}
	switch t := in[0].Type; {
	case t.Is(pgoid.JSON, pgoid.JSONB):
		return "application/json"
	case t.Is(pgoid.Text):
		return "text/plain"
	case t.Is(pgoid.XML):
		return "application/xml"
	case t.Is(pgoid.Bytea):
		return "application/octet-stream"
	}
	return ""
}

// wholeBody returns the parameter that takes a body of the media type as a whole, nil if there is
// none.
func wholeBody(r *catalog.Routine, mediaType string) *catalog.Param {
	switch want := BodyType(r); {
	case want == "":
		return nil
	case want == mediaType,
		want == "application/json" && isJSON(mediaType),
		want == "application/xml" && mediaType == "text/xml": // RFC 7303, 9.2
		for p := range inputs(r) {
			return p
		}
	}
	return nil
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// match picks the overload that takes just the names that are given, and gives its parameters their
// values.
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
	m := &matched{routine: matching[0], values: make([]any, 0, len(args)+1)}
	for p := range inputs(m.routine) {
		i := slices.IndexFunc(args, func(a binder.Arg) bool { return a.Name == p.Name })
		if i < 0 {
			continue
		}
		v, err := value(p, args[i])
		if err != nil {
			return nil, err
		}
		m.given, m.values = append(m.given, p), append(m.values, v)
		m.args = append(m.args, args[i])
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
	for p := range inputs(r) {
		// A text does not say which type anyelement and the like stand for.
		if p.Type != nil && p.Type.Kind == catalog.Pseudo {
			return false
		}
		if slices.ContainsFunc(args, func(a binder.Arg) bool { return a.Name == p.Name }) {
			given++
		} else if !p.Default {
			return false
		}
	}
	return given == len(args)
}

// inputs ranges over the parameters that take a value.
func inputs(r *catalog.Routine) iter.Seq[*catalog.Param] {
	return func(yield func(*catalog.Param) bool) {
		for i := range r.Params {
			if p := &r.Params[i]; p.Mode != catalog.Out && !yield(p) {
				return
			}
		}
	}
}

// value returns what is bound to a parameter: the text that came, or the PostgreSQL literal for a
// JSON value. Several texts for an array, and one that is no array's, are its elements.
func value(p *catalog.Param, a binder.Arg) (any, error) {
	switch {
	case p.Type == nil:
		return a.Value()
	case a.JSON:
		text, err := pgliteral.Of(p.Type, []byte(a.Values[0]))
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
	return a.Value()
}

// isArray reports whether a text can be an array's, which begins with a brace or with bounds.
func isArray(text string) bool {
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

// shape returns the shape of a routine's result, by its declaration and not by what comes.
func shape(r *catalog.Routine) row.Shape {
	switch {
	case r.Result.Type == nil && r.Result.Columns == nil:
		return row.List
	case r.Result.Columns != nil && r.Result.Set:
		return row.List
	case r.Result.Columns != nil:
		return row.One
	case r.Result.Set:
		return row.Scalars
	}
	return row.Scalar
}

func readOnly(r catalog.Routine) bool {
	return r.Volatility != catalog.Volatile // as PostgreSQL's procedures always are
}

func allowed(overloads []catalog.Routine) string {
	if slices.ContainsFunc(overloads, readOnly) {
		return "GET, HEAD, POST, OPTIONS"
	}
	return "POST, OPTIONS"
}
