package moresql

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/rpc"
	"github.com/moresql/moresql/row"
)

// serveRoutine walks a request for a routine of a catalog through the rooms.
func (x *exchange) serveRoutine(current *catalog.Snapshot) error {
	found, err := rpc.Find(current, x.w, x.r)
	var refusal *rpc.Error
	if errors.As(err, &refusal) && refusal.Allow != "" {
		x.w.Header().Set("Allow", refusal.Allow)
	}
	if err != nil || found == nil {
		return err
	}
	x.shape = found.Shape
	x.reads = x.r.Method != http.MethodPost // Find has seen to it
	if found.Routine.Kind == catalog.Procedure && isPostgreSQL(x.caller) {
		x.shape = row.One // of OUT parameters, if it has any
	}
	if x.readOnly && x.r.Method == http.MethodPost {
		x.call.readOnly = false // of this request's own copy
	}
	if err := x.negotiate(); err != nil {
		return err
	}
	if err := x.authenticate(); err != nil {
		return err
	}
	if err := x.show(found.Names, found.Values); err != nil {
		return err
	}
	leave, err := x.enter()
	if err != nil {
		return err
	}
	defer leave()
	a, err := x.routine(found)
	if err != nil {
		return err
	}
	if a.asked, err = x.ask(found.Asked, a.inner != nil); err != nil {
		return err
	}
	if a.asked != nil {
		a.asked.noLink = found.OwnPage
	}
	if a.inner != nil && a.asked != nil && a.inner.Columns == nil {
		known, _ := x.routines.LoadOrStore(found.Routine.Name, new(columns))
		x.columns = known.(*columns)
		a.inner.Columns, err = x.columns.of(x, a)
	}
	if err != nil {
		return err
	}
	return x.answer(a)
}

// routine writes the call of a routine that a catalog knows. Routines of other databases than PostgreSQL are called as the caller does it.
func (x *exchange) routine(found *rpc.Call) (a answer, err error) {
	r, given := found.Routine, found.Given
	if r.Result.Type == nil && r.Kind != catalog.Procedure || !isPostgreSQL(x.caller) {
		a.values = append(found.Values, nil) // for what is absent
		a.Statement, err = callerStatement(r, given, x.caller)
		if s, ok := x.caller.(*Statements); ok && s.isQuery(r.Name) {
			a.inner, a.dialect = &dialect.Inner{Query: a.Query, Bind: a.Bind, Values: len(a.values)}, s.dialect
		}
		return a, err
	}
	a.values, a.dialect = found.Values, PostgreSQL
	call, _, err := dialect.PostgreSQL.Routine(r, given)
	a.Query, a.Bind = call.Query, call.Bind
	if err != nil || r.Result.Type == nil || r.Result.Type.OID == voidOID {
		return a, err
	}
	if inner, err := dialect.PostgreSQL.Relation(r, given); err == nil {
		if inner.Plain = !writesJSON(x.encoder.MediaType()); inner.Plain {
			a.Query = inner.Query
		}
		a.inner = &inner
	}
	return a, nil
}

const voidOID = 2278 // pg_type.dat

// writesJSON reports whether an encoder takes the server's JSON as it is. For another one a value has to come as itself.
func writesJSON(mediaType string) bool {
	name, _, _ := mime.ParseMediaType(mediaType)
	return name == "application/json" || name == "application/x-ndjson" || strings.HasSuffix(name, "+json")
}

// callerStatement has a caller write the call of a routine. Parameters that are not given take the value after the last.
func callerStatement(r *catalog.Routine, given []*catalog.Param, caller Caller) (Statement, error) {
	if p, isProcedure := caller.(Procedure); isProcedure {
		if s, ok, err := p.Dialect.rules().Routine(r, given); ok {
			return statementOf(s, err)
		}
	}
	var params []Param
	bound := []int{} // for each parameter the place of its value among those given; nil would be all of them
	for i := range r.Params {
		p := &r.Params[i]
		in, out := p.Mode != catalog.Out, p.Mode == catalog.Out || p.Mode == catalog.InOut
		at := slices.Index(given, p)
		if at < 0 {
			at = len(given)
		}
		params = append(params, Param{Name: p.Name, In: in, Out: out, Absent: in && at == len(given)})
		bound = append(bound, at)
	}
	name := r.Name
	if r.Schema != "" {
		name = dialect.JoinName(r.Schema, r.Name)
	}
	s, err := caller.Statement(name, params)
	if err != nil {
		return Statement{}, err
	}
	return s.rebound(bound), nil
}

// rebound returns the statement with other values bound: what was the i-th parameter's is that at the place bound[i].
func (s Statement) rebound(bound []int) Statement {
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
		then := s.Then.rebound(bound)
		s.Then = &then
	}
	return s
}
