package rest

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/pgoid"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// routines is the Resource of all routines of a catalog.
type routines struct {
	catalog  *catalog.Catalog
	caller   moresql.Caller
	describe func(proc string) (moresql.Traits, bool)

	calls     calls
	byCatalog bool // calls are written by what the catalog says, and not by the caller
	readOnly  bool // GET and HEAD call functions of a database that has READ ONLY transactions
}

// Traits returns those of the calls that a request may come to. Whether the result of a call can be
// filtered is known only for each.
func (res *routines) Traits() (moresql.Traits, bool) {
	if d, ok := res.dialect(res.catalog.Current().Database()); ok && res.byCatalog {
		return moresql.Traits{Dialect: d, Relation: true}, true
	}
	traits, ok := res.describe("")
	traits.Relation = true
	return traits, ok
}

// writesPlainCalls reports whether a Caller writes what Function and Procedure write, so that it
// can be left to the catalog, which knows more of a routine. A Caller that wraps one of these and
// changes the statement has its own say.
func writesPlainCalls(m *moresql.MoreSQL) bool {
	const name = "f"
	traits, ok := m.Describe(name)
	if !ok || !traits.Routine {
		return false
	}
	write := spec(traits.Dialect).Function
	if traits.Kind == catalog.Procedure {
		write = spec(traits.Dialect).Procedure
	}
	plain, err := write(name, nil, traits.Named)
	if err != nil {
		return false
	}
	s, err := m.Caller().Statement(name, nil)
	return err == nil && s.Query == plain.Query
}

// dialect returns the dialect of the catalog's database, false if it is not known. A catalog that
// was made by hand is for the database of the Caller.
func (res *routines) dialect(database string) (moresql.Dialect, bool) {
	if database == "" {
		traits, ok := res.describe("")
		return traits.Dialect, ok
	}
	i, ok := dialect.Named(database)
	return moresql.Dialect(i), ok
}

// callerCalls reports whether a Caller that has its own say can write the call of a routine. One
// that calls functions cannot call procedures, and none can write VARIADIC, or a function of record
// in a FROM, whose columns only the catalog's call leaves open.
func (res *routines) callerCalls(m *matched) bool {
	traits, ok := res.describe(m.routine.Name)
	if !ok || !traits.Routine {
		return true
	}
	result := m.routine.Result
	isRecord := result.Columns == nil && result.Type != nil && result.Type.Name == "record"
	return traits.Kind == m.routine.Kind && !isRecord &&
		!slices.ContainsFunc(m.given, func(p *catalog.Param) bool { return p.Mode == catalog.Variadic })
}

// Match implements moresql.Resource. Its errors say which routines there are, and so are those of
// Bind: a Session may refuse the request first.
func (res *routines) Match(r *http.Request) (*moresql.Operation, error) {
	operation, _, err := res.open(r)
	return operation, err
}

func (res *routines) open(r *http.Request) (*moresql.Operation, based, error) {
	m, err := res.match(r)
	if err != nil {
		return refusing(r, err), nil, nil
	}
	return &m.operation, m, nil
}

func (res *routines) match(r *http.Request) (*matching, error) {
	snapshot := res.catalog.Current()
	name := strings.TrimPrefix(r.URL.Path, "/")
	overloads, schemas, err := lookup(snapshot, r, name)
	if err != nil {
		return nil, err
	}
	if len(overloads) == 0 {
		return nil, noFunction(snapshot, name)
	}
	m := &matching{
		routines: res, snapshot: snapshot, database: snapshot.Database(), overloads: overloads,
		schemas: schemas, reloads: snapshot.Reloads(),
	}
	m.operation.Name = qualified(&overloads[0])
	m.offer()
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if res.allowed(overloads) != allowAll {
			return nil, mayWrite(name)
		}
		m.operation.Arguments = appendInputs(m.inputs[:0], overloads)
		m.operation.Bind, m.operation.Explain = m.bindQuery, m.explainGet
	case http.MethodPost:
		m.operation.Bind, m.operation.Explain = m.bindBody, m.explainPost
	default:
		return nil, notAllowed(res.allowed(overloads), "Cannot use the "+r.Method+" method on RPC")
	}
	return m, nil
}

// A matching is the state of one request for a routine.
type matching struct {
	*routines
	snapshot  *catalog.Snapshot
	operation moresql.Operation
	database  string
	overloads []catalog.Routine
	schemas   []string // to choose from
	reloads   int      // of the catalog: statements that drivers keep may be older
	matched   *matched

	// Memory, since each of these would be allocated by itself.
	inputs [6]string
	made   moresql.Call
	own    ownPlan
}

// explainGet completes the errors of GET and HEAD.
func (m *matching) explainGet(e *moresql.Error) {
	if e.Code == "25006" {
		m.explainWrite(e)
	}
}

// explainPost completes the errors of POST.
func (m *matching) explainPost(e *moresql.Error) {
	switch {
	case e.Code == "25006" && m.matched != nil && routine.Reads(m.matched.routine):
		m.explainWrite(e)
	case e.Code == "25001" && !e.Raised && !sqlstate.Within(e.Err):
		needsNoTransaction(e)
	}
}

// explainWrite completes the error of a call that may only read and has tried to write.
func (m *matching) explainWrite(e *moresql.Error) {
	if m.matched != nil && routine.Reads(m.matched.routine) {
		wrote(e, "declare the function VOLATILE, if it shall write", "OPTIONS")
	} else {
		wrote(e, "call it with POST: GET only reads", allowPost)
	}
}

func (m *matching) bindQuery(r *http.Request) (*moresql.Call, error) {
	query, err := binder.QueryArgs(r)
	if err != nil {
		return nil, err
	}
	args, others := split(m.overloads, query)
	if m.matched, err = match(m.overloads, args); err != nil {
		return nil, withFields(r, err, m.overloads, args, others)
	}
	if !routine.Gettable(m.matched.routine, m.readOnly) {
		return nil, mayWrite(m.matched.routine.String())
	}
	c, err := m.call()
	if err != nil {
		return nil, err
	}
	c.ReadOnly, c.Query = true, others
	return c, nil
}

func (m *matching) bindBody(r *http.Request) (c *moresql.Call, err error) {
	typed := typedBody(r)
	m.matched, err = matchBody(m.overloads, typed)
	r.Body = typed.Body // matchBody has read it and put it back
	if err != nil {
		return nil, err
	}
	query, err := binder.QueryArgs(r)
	if err != nil {
		return nil, err
	}
	if c, err = m.call(); err != nil {
		return nil, err
	}
	c.Query = slices.DeleteFunc(append([]binder.Arg{}, query...), isColumns)
	c.ReadOnly, c.Atomic = routine.Reads(m.matched.routine), !m.mayCommit()
	return c, nil
}

// mayCommit reports whether the routine runs outside a transaction, within which PostgreSQL refuses
// a procedure that ends its own. One that returns something does not: its response could still
// become an error.
func (m *matching) mayCommit() bool {
	r := m.matched.routine
	d, ok := m.dialect(m.database)
	return ok && r.Kind == catalog.Procedure && spec(d).ProcedureRow &&
		!slices.ContainsFunc(r.Params, func(p catalog.Param) bool {
			return p.Mode == catalog.Out || p.Mode == catalog.InOut
		})
}

// newCall returns the Call of the routine that has been matched.
func (m *matching) newCall() *moresql.Call {
	c := &m.made
	*c = moresql.Call{
		Name: m.operation.Name, Names: m.matched.names(), Values: m.matched.values,
		Title: title(m.matched.routine.Comment, m.matched.routine.Name),
		Shape: routine.Shape(m.matched.routine), Plan: m.plan,
	}
	d, ok := m.byCatalogIn()
	switch isProcedure := m.matched.routine.Kind == catalog.Procedure; {
	case isProcedure && ok && m.byCatalog && spec(d).ProcedureRow:
		c.Shape = row.One // of OUT parameters, if it has any
	case !isProcedure && ok && c.Shape == row.One:
		c.Shape = row.Maybe // a composite may be NULL
	}
	return c
}

// byCatalogIn returns the dialect that the call is written in by what the catalog says, false if
// the Caller writes it.
func (m *matching) byCatalogIn() (moresql.Dialect, bool) {
	d, ok := m.dialect(m.database)
	return d, ok && (m.byCatalog || !m.callerCalls(m.matched))
}

func (m *matching) plan(
	_ context.Context, c *moresql.Call, mediaType string,
) (*moresql.Plan, error) {
	key := keyOf(m.matched, writesJSON(mediaType))
	p, ok := m.calls.find(m.snapshot, key)
	if !ok {
		var err error
		if p, ok, err = m.write(key.json); err != nil {
			return nil, err
		}
		if ok {
			m.calls.keep(m.snapshot, key, p)
		}
	}
	p = m.own.copy(p)
	p.Values = append(c.Values, nil) // for parameters that are not given
	nameSchema(p, m.schemas, m.matched.routine.Schema)
	return p, nil
}

// write writes the call, without values, and reports whether it is the same for the next one: a
// Caller may write another.
func (m *matching) write(json bool) (p *moresql.Plan, same bool, err error) {
	if d, ok := m.byCatalogIn(); ok {
		p, err = planRoutine(d, m.matched, json)
	}
	if same = p != nil; !same && err == nil {
		p, err = m.planStatement(m.matched)
	}
	if err == nil && m.reloads > 0 {
		markReload(p, m.reloads)
	}
	return p, same, err
}

// planRoutine writes the call of a routine by what the catalog says of it. The plan is nil for one
// that it says too little of.
func planRoutine(d moresql.Dialect, m *matched, json bool) (*moresql.Plan, error) {
	s, ok, err := spec(d).Routine(m.routine, m.given)
	if !ok || err != nil {
		return nil, err
	}
	p := &moresql.Plan{Statement: statement(s), Dialect: d, Result: s.Columns}
	if m.routine.Kind == catalog.Procedure || m.routine.Result.Type.Is(pgoid.Void) {
		return p, nil
	}
	inner, err := spec(d).Relation(m.routine, m.given)
	if err != nil { // a function of record: its result has no columns to name
		return p, nil
	}
	relation := moresql.Statement{Query: inner.Query, Bind: p.Statement.Bind}
	p.Relation, p.Columns = &relation, inner.Columns
	if !json {
		p.Statement = relation
	}
	return p, nil
}

// writesJSON reports whether an encoder takes the server's JSON as it is. Another one needs the
// values themselves.
func writesJSON(mediaType string) bool {
	if mediaType == "application/json" {
		return true
	}
	name, _, _ := mime.ParseMediaType(mediaType)
	return name == "application/json" || name == "application/x-ndjson" ||
		strings.HasSuffix(name, "+json")
}

// planStatement has the caller write the call of a routine.
func (res *routines) planStatement(m *matched) (*moresql.Plan, error) {
	name := qualified(m.routine)
	var params []moresql.Param
	bound := []int{} // for each parameter the place of its value; NULL stands after the others
	for i := range m.routine.Params {
		p := &m.routine.Params[i]
		in, out := p.Mode != catalog.Out, p.Mode == catalog.Out || p.Mode == catalog.InOut
		if m.routine.Kind == catalog.Function {
			if out = false; !in { // it comes back as a column
				continue
			}
		}
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
	p := &moresql.Plan{Statement: rebound(s, bound)}
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

// qualified returns the name of a routine with its schema.
func qualified(r *catalog.Routine) string {
	if r.Schema == "" {
		return r.Name
	}
	return dialect.JoinName(r.Schema, r.Name)
}
