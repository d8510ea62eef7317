// Package moresql is a thin layer of glue between Go programs and the stored procedures of their
// database.
//
// You name a procedure, moresql calls it through database/sql, scans whatever comes back through
// the column types, and streams it to the client through an encoder that you can swap:
//
//	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
//	m := moresql.New(db)
//	mux.Handle("GET /user", m.Handler("get_user", moresql.Fields("username", "password")))
//
// By default a call sends exactly one statement, SELECT * FROM get_user($1, $2), and nothing else.
// A request can choose values, never SQL. A complete response means success: an error in the middle
// of a long one aborts the connection.
//
// Package rest serves a whole catalog, routines and tables, by the rules of PostgREST. Where you
// would deploy that itself, and have no Go program, the command moresql serves you better.
package moresql

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// MoreSQL calls procedures. It keeps nothing but its options, and is safe for concurrent use as far
// as its Querier is: a *sql.DB is, a *sql.Tx or *sql.Conn serves one call after the other.
type MoreSQL struct {
	db       Querier
	defaults *config
}

// New returns a MoreSQL that calls procedures through db. The options are the defaults of every
// call. A type that embeds a *sql.DB, as *sqlx.DB does, may send a statement again when its
// connection breaks: the log warns of it. Pass the *sql.DB, or add the method Unwrap() *sql.DB.
func New(db Querier, options ...Option) *MoreSQL {
	c := config{
		caller: Function{}, encoders: []encoder.Encoder{encoder.JSON()}, logger: response.NewLog(nil),
	}.with(options)
	return &MoreSQL{db: exec.Unwrap(db, c.logger.Logger), defaults: c}
}

// With returns a copy of m with other defaults, as in m.With(moresql.ReadOnly()).Rows(ctx, "p").
func (m *MoreSQL) With(options ...Option) *MoreSQL {
	return &MoreSQL{db: m.db, defaults: m.defaults.with(options)}
}

// Caller returns what writes the statements of m: that of the option CallBy, or Function{}.
func (m *MoreSQL) Caller() Caller { return m.defaults.caller }

// Encoders returns those that requests choose from, in the order of the option Encoders.
func (m *MoreSQL) Encoders() []encoder.Encoder { return slices.Clone(m.defaults.encoders) }

// Describe returns what may be done with the statement of proc, false if the Caller does not say.
func (m *MoreSQL) Describe(proc string) (Traits, bool) { return describe(m.Caller(), proc) }

// Handler returns a handler that serves one procedure. It panics when the procedure cannot be
// called so, as http.ServeMux does for a wrong pattern: a name that cannot be an identifier, or a
// statement that does not exist.
//
// A call is one statement and commits by itself, unless Session, ReadOnly, Atomic or a Resource has
// it run in a transaction: so a response may be an error, such as that of Shape(row.One) for two
// rows, or be aborted, although the call has had its effect.
//
// A handler aborts a response that fails after its first block by panicking with
// http.ErrAbortHandler. The client sees it even if middleware recovers and returns, as far as that
// does not hold back the response.
func (m *MoreSQL) Handler(proc string, options ...Option) http.Handler {
	c := m.defaults.with(options)
	return newHandler(m.db, newProcedure(proc, c), c).must(proc)
}

// Serve returns a handler that serves a Resource of the caller's own, or one of another package,
// decorated by the options Use. Of the options Fields, Bind, Values, CallBy, Shape and Status have
// no meaning here: they describe a procedure. It panics like Handler.
func (m *MoreSQL) Serve(resource Resource, options ...Option) http.Handler {
	return newHandler(m.db, resource, m.defaults.with(options)).must("Serve")
}

// Execute serves one call inside a handler of the program's own. It always sends a response, also
// when the procedure cannot be called so; one that fails after its first block it aborts by
// panicking with http.ErrAbortHandler. The request's body can be read again afterwards, up to
// Limits.Body.
func (m *MoreSQL) Execute(w http.ResponseWriter, r *http.Request, proc string, options ...Option) {
	c := m.defaults.with(options)
	newHandler(m.db, newProcedure(proc, c), c).ServeHTTP(w, r)
}

// Rows calls a procedure and ranges over the rows that it returns; every range calls it once. A row
// is valid until the next step, see row.Row. An error, always an *Error, comes last with a zero
// Row. Stopping early gives the connection back; on a transaction or connection of the program's
// own the driver reads the rest first.
//
// Arguments go to the driver as they are. One made by sql.Named has a name, which Function{Named:
// true} and named statements go by, and others ignore; an sql.Out, named too, stands for an OUT or
// INOUT parameter, whose value comes back in the row and not in its Dest. A call has the settings
// of ctx, see Settings.Context, in a transaction that is committed after the last row, as under
// Atomic; stopping early rolls it back. With a Session, a call without settings is refused.
func (m *MoreSQL) Rows(ctx context.Context, proc string, args ...any) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		result, err := m.query(ctx, proc, args, row.Options{})
		if err == nil {
			defer result.Close()
			err = result.Each(func(r row.Row) bool { return yield(r, nil) })
		}
		if err != nil {
			yield(row.Row{}, newError(ctx, proc, err, true))
		}
	}
}

// Stream calls a procedure and writes the list of its rows to w through e, in blocks, as they come.
// When it fails, with an *Error for what the database said, w has received a part of the document,
// which is not complete. It has the settings of ctx, as Rows has.
func (m *MoreSQL) Stream(
	ctx context.Context, w io.Writer, e encoder.Encoder, proc string, args ...any,
) error {
	result, err := m.query(ctx, proc, args, row.Options{Batches: true})
	if err == nil {
		defer result.Close()
		err = response.Stream(w, e, result)
	}
	if err != nil {
		return newError(ctx, proc, err, true)
	}
	return nil
}

// Batch calls procedures one after the other in one transaction, with the names and arguments of
// calls, and yields the rows of each, in order, which are good until the next step. It commits
// after the last; an error, or stopping early, rolls all of them back. The error comes last, an
// *Error whose Place and Proc say which call it is of. Through drivers/pgx many calls take one trip
// to the database: calls is ranged over up to 256 calls ahead. Everything else is as for Rows.
func (m *MoreSQL) Batch(
	ctx context.Context, calls iter.Seq2[string, []any],
) iter.Seq2[*row.Rows, error] {
	return func(yield func(*row.Rows, error) bool) {
		steps := exec.Map(calls, m.step)
		if err := exec.RunSteps(ctx, m.db, steps, m.options(""), yield); err != nil {
			yield(nil, newError(ctx, "Batch", err, true))
		}
	}
}

// query calls a procedure with a Go program's own arguments.
func (m *MoreSQL) query(
	ctx context.Context, proc string, args []any, rows row.Options,
) (*exec.Result, error) {
	step, err := m.step(proc, args)
	if err != nil {
		return nil, err
	}
	o := m.options(proc)
	o.Rows, o.Outs, o.Tx = rows, step.Outs, m.defaults.atomic
	o.Rows.Kinds = step.Rows.Kinds
	return exec.RunContext(ctx, m.db, step.Statements, o)
}

// options returns those of a Go program's own calls.
func (m *MoreSQL) options(proc string) exec.Options {
	traits, _ := m.Describe(proc)
	needed, reads := m.defaults.session != nil, m.defaults.readOnly
	return exec.Options{Dialect: traits.Dialect.spec(), Needed: needed, ReadOnly: reads}
}

// step returns what is run of a call of Rows or Batch.
func (m *MoreSQL) step(proc string, args []any) (exec.Step, error) {
	params, values := make([]Param, len(args)), make([]any, len(args))
	for i, a := range exec.Arguments(args) {
		params[i], values[i] = Param{Name: a.Name, In: a.In, Out: a.Out}, a.Value
	}
	s, err := m.defaults.caller.Statement(proc, params)
	step := s.step(nil, values)
	step.Name, step.Rows.Kinds = proc, m.defaults.kinds
	return step, err
}

// A handler serves one Resource.
type handler struct {
	db       Querier
	config   *config
	given    Resource // before it was decorated
	resource Resource
	dialect  *dialect.Dialect // of its statements
	mistake  error            // of the program, which every request is answered with
}

// newHandler decorates the resource and checks that it can be served so.
func newHandler(db Querier, resource Resource, c *config) *handler {
	h := &handler{db: db, config: c, given: resource, resource: resource, dialect: PostgreSQL.spec()}
	h.mistake = h.check()
	for i := 0; i < len(c.use) && h.mistake == nil; i++ {
		h.resource = c.use[i](h.resource)
		h.mistake = h.check()
	}
	return h
}

// must panics if the program has made a mistake, with an *Error of the given name.
func (h *handler) must(name string) http.Handler {
	if h.mistake != nil {
		panic(newError(context.Background(), name, h.mistake, true))
	}
	return h
}

// check returns an error that says why the resource cannot be served so.
func (h *handler) check() error {
	if v, ok := h.resource.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	if d, ok := h.resource.(interface{ Traits() (Traits, bool) }); ok {
		traits, ok := d.Traits()
		h.dialect = traits.Dialect.spec()
		if err := h.dialect.CheckSettings("Session", ok); err != nil && h.config.session != nil {
			return err
		}
	}
	if len(h.config.encoders) == 0 {
		return errors.New("Encoders has no encoder")
	}
	return nil
}

// Resources returns what the handler was made of, before and after it was decorated, for package
// rest.
func (h *handler) Resources() (given, decorated Resource) { return h.given, h.resource }

// Encoders returns those that requests choose from.
func (h *handler) Encoders() []encoder.Encoder { return slices.Clone(h.config.encoders) }

// A procedure is the Resource of MoreSQL.Handler: one procedure that the program has declared.
type procedure struct {
	*config
	name      string
	caller    Caller
	traits    Traits
	described bool // the caller says its traits
	params    []Param
	names     []string
	statement Statement // with every parameter present
	mistake   error     // of the program, found when the handler is made
	operation Operation
	planFunc  func(context.Context, *Call, string) (*Plan, error) // plan, made a value once
}

// newProcedure has the statement of a call written, so that the program's mistakes show early.
func newProcedure(name string, c *config) *procedure {
	p := &procedure{config: c, name: name, caller: c.caller}
	p.traits, p.described = describe(p.caller, name)
	for _, f := range c.fields {
		p.names = append(p.names, f.Name)
		p.params = append(p.params, Param{Name: f.Name, In: f.IsInput(), Out: f.IsOutput()})
	}
	if p.mistake = c.check(); p.mistake == nil {
		p.statement, p.mistake = p.caller.Statement(name, p.params)
	}
	p.operation, p.planFunc = Operation{Name: name, Arguments: p.names, Bind: p.bind}, p.plan
	return p
}

// Validate returns what the program has done wrong.
func (p *procedure) Validate() error { return p.mistake }

// Traits returns those of the procedure's statement, false if the Caller does not say them.
func (p *procedure) Traits() (Traits, bool) { return p.traits, p.described }

// Declared returns what the program has declared, for rest.Describe.
func (p *procedure) Declared() (name string, fields []binder.Field, shape row.Shape, status int) {
	return p.name, p.fields, p.shape, p.status
}

// Match implements Resource: the program's router has matched the request.
func (p *procedure) Match(*http.Request) (*Operation, error) { return &p.operation, nil }

func (p *procedure) bind(r *http.Request) (*Call, error) {
	bound, err := binder.BindTyped(r, p.fields, p.values, binder.Defaults())
	if err != nil {
		return nil, err
	}
	p.traits.Dialect.spec().Bind(bound.Values, bound.Types)
	c := &Call{
		Name: p.name, Names: p.names, Values: bound.Values, Shape: p.shape, Status: p.status,
		ReadOnly: p.readOnly, Plan: p.planFunc, planned: &Plan{Statement: p.statement},
	}
	if slices.Contains(bound.Present, false) { // the statement may leave parameters out
		params := slices.Clone(p.params)
		for i := range params {
			params[i].Absent = !bound.Present[i]
		}
		c.planned.Statement, err = p.caller.Statement(p.name, params)
	}
	return c, err
}

func (p *procedure) plan(_ context.Context, c *Call, _ string) (*Plan, error) {
	plan := c.planned
	plan.Values, plan.Affected = c.Values, response.Affected(p.shape)
	if p.traits.Relation {
		plan.Relation, plan.Dialect = &plan.Statement, p.traits.Dialect
	}
	return plan, nil
}
