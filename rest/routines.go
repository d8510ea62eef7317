package rest

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/row"
)

// routines is the Resource of all routines of a catalog.
type routines struct {
	catalog  *catalog.Catalog
	caller   moresql.Caller
	describe func(proc string) (moresql.Traits, bool)
}

// Traits returns those of the calls that a request may come to.
func (res *routines) Traits() (moresql.Traits, bool) {
	if d, ok := dialectNamed(res.catalog.Current().Database()); ok && res.writesRoutines() {
		return moresql.Traits{Dialect: d}, true
	}
	traits, ok := res.describe("")
	return traits, ok
}

// writesRoutines reports whether the caller leaves the calls of routines to the catalog. A Caller
// that wraps another has its own say in their statements.
func (res *routines) writesRoutines() bool {
	d, ok := res.caller.(interface {
		Describe(proc string) moresql.Traits
	})
	return ok && d.Describe("").Routine
}

// dialectNamed returns the dialect of a database that a catalog was loaded from. A catalog that was
// made by hand counts as PostgreSQL's where it knows types.
func dialectNamed(database string) (moresql.Dialect, bool) {
	if database == "" {
		return moresql.PostgreSQL, true
	}
	i, ok := dialect.Named(database)
	return moresql.Dialect(i), ok
}

// Match implements moresql.Resource.
func (res *routines) Match(r *http.Request) (*moresql.Operation, error) {
	snapshot := res.catalog.Current()
	name := strings.TrimPrefix(r.URL.Path, "/")
	overloads := snapshot.Named(name)
	if len(overloads) == 0 {
		return nil, notFound(fmt.Sprintf("there is no function %.63s", name), closestName(snapshot, name))
	}
	op := &moresql.Operation{Name: qualified(&overloads[0])}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if !slices.ContainsFunc(overloads, readOnly) {
			return nil, mayWrite(allowed(overloads), name)
		}
		op.Arguments = inputNames(overloads)
		op.Bind = func(r *http.Request) (*moresql.Call, error) { return res.bindQuery(overloads, r) }
	case http.MethodPost:
		op.Bind = func(r *http.Request) (*moresql.Call, error) { return res.bindBody(overloads, r) }
	default:
		return nil, notAllowed(allowed(overloads), "a function is called with GET or POST")
	}
	return op, nil
}

func (res *routines) bindQuery(
	overloads []catalog.Routine, r *http.Request,
) (*moresql.Call, error) {
	query, err := binder.QueryArgs(r)
	if err != nil {
		return nil, err
	}
	m, err := match(overloads, arguments(overloads, query))
	if err != nil {
		return nil, err
	}
	if !readOnly(*m.routine) {
		return nil, mayWrite(allowed(overloads), m.routine.String())
	}
	return res.call(m, true), nil
}

func (res *routines) bindBody(overloads []catalog.Routine, r *http.Request) (*moresql.Call, error) {
	m, err := matchBody(overloads, r)
	if err != nil {
		return nil, err
	}
	return res.call(m, false), nil
}

// call returns the Call of a routine that has been matched.
func (res *routines) call(m *matched, reads bool) *moresql.Call {
	d, ok := dialectNamed(res.catalog.Current().Database())
	c := &moresql.Call{
		Name: qualified(m.routine), Names: m.names(), Values: m.values,
		Shape: shape(m.routine), ReadOnly: reads,
	}
	byCatalog := ok && res.writesRoutines()
	if byCatalog && m.routine.Kind == catalog.Procedure && spec(d).ProcedureRow {
		c.Shape = row.One // of OUT parameters, if it has any
	}
	c.Plan = func(_ context.Context, c *moresql.Call, mediaType string) (*moresql.Plan, error) {
		values := append(slices.Clip(c.Values), nil) // for parameters that are not given
		if byCatalog {
			p, err := planRoutine(d, m, values, mediaType)
			if p != nil || err != nil {
				return p, err
			}
		}
		return res.planStatement(m, values)
	}
	return c
}

// planRoutine writes the call of a routine by what the catalog says of it. The plan is nil for one
// that it says too little of.
func planRoutine(
	d moresql.Dialect, m *matched, values []any, mediaType string,
) (*moresql.Plan, error) {
	s, ok, err := spec(d).Routine(m.routine, m.given)
	if !ok || err != nil {
		return nil, err
	}
	p := &moresql.Plan{Statement: statement(s), Values: values, Dialect: d}
	inner, err := spec(d).Relation(m.routine, m.given)
	if err != nil { // a procedure, or a function of record: its result has no columns to name
		return p, nil
	}
	relation := moresql.Statement{Query: inner.Query, Bind: p.Statement.Bind}
	p.Relation, p.Columns = &relation, inner.Columns
	if !writesJSON(mediaType) {
		p.Statement = relation
	}
	return p, nil
}

// writesJSON reports whether an encoder takes the server's JSON as it is. Another one needs the
// values themselves.
func writesJSON(mediaType string) bool {
	name, _, _ := mime.ParseMediaType(mediaType)
	return name == "application/json" || name == "application/x-ndjson" ||
		strings.HasSuffix(name, "+json")
}

// planStatement has the caller write the call of a routine.
func (res *routines) planStatement(m *matched, values []any) (*moresql.Plan, error) {
	name := qualified(m.routine)
	var params []moresql.Param
	bound := []int{} // for each parameter the place of its value; NULL stands after the others
	for i := range m.routine.Params {
		p := &m.routine.Params[i]
		in, out := p.Mode != catalog.Out, p.Mode == catalog.Out || p.Mode == catalog.InOut
		at := slices.Index(m.given, p)
		if at < 0 {
			at = len(m.given)
		}
		absent := in && at == len(m.given)
		params = append(params, moresql.Param{Name: p.Name, In: in, Out: out, Absent: absent})
		bound = append(bound, at)
	}
	s, err := res.caller.Statement(name, params)
	if err != nil {
		return nil, err
	}
	p := &moresql.Plan{Statement: rebound(s, bound), Values: values}
	if traits, ok := res.describe(name); ok && traits.Relation {
		p.Relation, p.Dialect = &p.Statement, traits.Dialect
	}
	return p, nil
}

// rebound returns the statement with other values bound: what was the i-th parameter's is the value
// at the place bound[i].
func rebound(s moresql.Statement, bound []int) moresql.Statement {
	if s.Bind == nil {
		s.Bind = bound
	} else {
		bind := make([]int, len(s.Bind))
		for i, param := range s.Bind {
			bind[i] = bound[param]
		}
		s.Bind = bind
	}
	if s.Then != nil {
		then := rebound(*s.Then, bound)
		s.Then = &then
	}
	return s
}

func spec(d moresql.Dialect) *dialect.Dialect { return dialect.At(int(d)) }

func statement(s dialect.Statement) moresql.Statement {
	result := moresql.Statement{Query: s.Query, Bind: s.Bind, Outs: s.Outs}
	if s.Then != nil {
		then := statement(*s.Then)
		result.Then = &then
	}
	return result
}

// qualified returns the name of a routine with its schema, as Callers and hooks read it:
// api.get_cars, in quotes only if it could not be split otherwise.
func qualified(r *catalog.Routine) string {
	switch {
	case r.Schema == "":
		return r.Name
	case strings.ContainsAny(r.Schema+r.Name, `".`):
		return dialect.JoinName(r.Schema, r.Name)
	}
	return r.Schema + "." + r.Name
}
