// Package rpc finds the routine of a catalog that an HTTP request calls, and the values of its parameters: the rules that
// clients of PostgREST know (its documentation, "Functions as RPC").
package rpc

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/pgliteral"
	"github.com/moresql/moresql/row"
)

// A Call is a routine with the parameters that a request gives, in the routine's order, and their values.
type Call struct {
	Routine *catalog.Routine
	Given   []*catalog.Param
	Values  []any
	Shape   row.Shape

	Asked   []binder.Arg // what the query asks of the result
	OwnPage bool         // limit or offset in a query are parameters, and do not ask for a page of the result
}

// Names returns those of the parameters that are given.
func (c *Call) Names() []string {
	names := make([]string, len(c.Given))
	for i, p := range c.Given {
		names[i] = p.Name
	}
	return names
}

// An Error is a request that leads to no routine.
type Error struct {
	Status  int
	Code    string // PostgREST's, or ""
	Message string
	Hint    string
	Allow   string // the methods that the routine has, or ""
}

func (e *Error) Error() string { return e.Message }

// Find returns the call that a request for /name makes. It answers OPTIONS by itself, with a nil Call. The error is an *Error,
// or a *binder.Error when something is wrong with the values.
func Find(snapshot *catalog.Snapshot, w http.ResponseWriter, r *http.Request) (*Call, error) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	overloads := snapshot.Named(name)
	if len(overloads) == 0 {
		return nil, notFound(fmt.Sprintf("there is no function %.63s", name), closestName(snapshot, name))
	}
	allow := allowed(overloads)
	switch r.Method {
	case http.MethodOptions:
		w.Header().Set("Allow", allow)
		w.WriteHeader(http.StatusNoContent)
		return nil, nil
	case http.MethodGet, http.MethodHead:
		if !slices.ContainsFunc(overloads, readOnly) {
			return nil, notAllowed(allow, fmt.Sprintf("%s may change the database: call it with POST", name))
		}
		query, err := binder.QueryArgs(r)
		if err != nil {
			return nil, err
		}
		args, asked := split(overloads, query)
		call, err := match(overloads, args)
		if err == nil {
			call.Asked, call.OwnPage = asked, hasParam(overloads, "limit") || hasParam(overloads, "offset")
		}
		if err == nil && !readOnly(*call.Routine) {
			return nil, notAllowed(allow, fmt.Sprintf("%s may change the database: call it with POST", call.Routine))
		}
		return call, err
	case http.MethodPost:
		call, err := post(overloads, r)
		if err == nil {
			call.Asked, err = binder.QueryArgs(r)
		}
		return call, err
	}
	return nil, notAllowed(allow, "a function is called with GET or POST")
}

// split tells the arguments of a query from what it asks of the result. A name that a parameter has is that parameter's, whatever its
// value; one that is neither a column's nor stands before a filter counts as an argument that no overload has.
func split(overloads []catalog.Routine, query []binder.Arg) (args, asked []binder.Arg) {
	for _, a := range query {
		if !hasParam(overloads, a.Name) && asks(overloads, a) {
			asked = append(asked, a)
		} else {
			args = append(args, a)
		}
	}
	return args, asked
}

func hasParam(overloads []catalog.Routine, name string) bool {
	return slices.ContainsFunc(overloads, func(r catalog.Routine) bool {
		return slices.ContainsFunc(r.Params, func(p catalog.Param) bool { return p.Name == name && p.Mode != catalog.Out })
	})
}

func asks(overloads []catalog.Routine, a binder.Arg) bool {
	if filter.Reserved(a.Name) {
		return true
	}
	column, _, _ := strings.Cut(a.Name, "->")
	if slices.ContainsFunc(overloads, func(r catalog.Routine) bool {
		return slices.ContainsFunc(r.Result.Columns, func(c catalog.Column) bool { return c.Name == column })
	}) {
		return true
	}
	_, err := filter.Parse([]filter.Pair{{Name: a.Name, Value: a.Values[0]}})
	return err == nil
}

// post takes arguments from the body by name, or the whole of it where a routine's only parameter has no name.
func post(overloads []catalog.Routine, r *http.Request) (*Call, error) {
	if body, mediaType, err := binder.RawBody(r); err == nil && mediaType != "" {
		for i := range overloads {
			if p := takesWhole(&overloads[i], mediaType); p != nil && !namesFit(overloads, r, mediaType) {
				var value any = string(body)
				if mediaType == "application/octet-stream" {
					value = body
				}
				return &Call{Routine: &overloads[i], Given: []*catalog.Param{p}, Values: []any{value}, Shape: shape(&overloads[i])}, nil
			}
		}
	}
	args, err := binder.BodyArgs(r)
	if err != nil {
		return nil, err
	}
	return match(overloads, args)
}

// namesFit reports whether a JSON body gives arguments that one of the overloads takes by name, which goes first.
func namesFit(overloads []catalog.Routine, r *http.Request, mediaType string) bool {
	if !isJSON(mediaType) {
		return false
	}
	args, err := binder.BodyArgs(r)
	if err != nil {
		return false
	}
	return len(fit(overloads, args)) > 0
}

// takesWhole returns the only parameter of a routine if it has no name and a type for bodies of the media type, else nil.
func takesWhole(r *catalog.Routine, mediaType string) *catalog.Param {
	in := inputs(r)
	if len(in) != 1 || in[0].Name != "" || in[0].Type == nil {
		return nil
	}
	var takes bool
	switch in[0].Type.Underlying().OID {
	case 114, 3802: // json, jsonb (pg_type.dat)
		takes = isJSON(mediaType)
	case 25: // text
		takes = mediaType == "text/plain"
	case 142: // xml
		takes = mediaType == "text/xml" || mediaType == "application/xml"
	case 17: // bytea
		takes = mediaType == "application/octet-stream"
	}
	if !takes {
		return nil
	}
	return in[0]
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// match picks the overload that takes just the names that are given, and gives its parameters their values.
func match(overloads []catalog.Routine, args []binder.Arg) (*Call, error) {
	fitting := fit(overloads, args)
	switch {
	case len(fitting) == 0:
		return nil, notFound(fmt.Sprintf("%s is not called with the parameters %s", overloads[0].Name, names(args)), closest(overloads, args))
	case len(fitting) > 1:
		return nil, ambiguous(fitting)
	}
	call := &Call{Routine: fitting[0], Shape: shape(fitting[0])}
	for _, p := range inputs(call.Routine) {
		i := slices.IndexFunc(args, func(a binder.Arg) bool { return a.Name == p.Name })
		if i < 0 {
			continue
		}
		v, err := value(p, args[i])
		if err != nil {
			return nil, err
		}
		call.Given, call.Values = append(call.Given, p), append(call.Values, v)
	}
	return call, nil
}

// fit returns the overloads that take just the names that are given. One that leaves parameters to their defaults is no worse than
// another: PostgreSQL does not choose between them either.
func fit(overloads []catalog.Routine, args []binder.Arg) (fitting []*catalog.Routine) {
	for i := range overloads {
		if fits(&overloads[i], args) {
			fitting = append(fitting, &overloads[i])
		}
	}
	return fitting
}

func fits(r *catalog.Routine, args []binder.Arg) bool {
	given := 0
	for _, p := range inputs(r) {
		if p.Type != nil && p.Type.Kind == catalog.Pseudo { // anyelement and the like, whose type a text does not tell
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

// inputs returns the parameters that take a value.
func inputs(r *catalog.Routine) []*catalog.Param {
	var in []*catalog.Param
	for i := range r.Params {
		if r.Params[i].Mode != catalog.Out {
			in = append(in, &r.Params[i])
		}
	}
	return in
}

// value returns what is bound to a parameter: the text that came, or that of the PostgreSQL literal for a JSON value. Several
// texts for an array, and one that is no array's, are its elements.
func value(p *catalog.Param, a binder.Arg) (any, error) {
	switch {
	case p.Type == nil:
		return a.Value()
	case a.JSON:
		text, err := pgliteral.Of(p.Type, []byte(a.Values[0]))
		if err != nil {
			message := fmt.Sprintf("%s: %v", a.Name, err)
			return nil, &binder.Error{
				Status: http.StatusBadRequest, Field: a.Name, Message: message, Problems: []binder.Problem{{Field: a.Name, Message: message}},
			}
		}
		return text, nil
	case p.Type.Underlying().Kind == catalog.Array && (len(a.Values) > 1 || !isArray(a.Values[0])):
		return pgliteral.Array(p.Type, a.Values), nil
	}
	return a.Value()
}

// isArray reports whether a text can be an array's, which begins with a brace or with bounds.
func isArray(text string) bool { return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") }

// shape returns what the result is, by what is declared and not by what comes.
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
