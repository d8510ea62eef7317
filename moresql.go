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
	"bufio"
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
	return must(newHandler(m.db, proc, newProcedure(proc, c), c))
}

// Serve returns a handler that serves a Resource of the caller's own, or one of another package,
// decorated by the options Use. Of the options Fields, Bind, Values, CallBy, Shape and Status have
// no meaning here: they describe a procedure. It panics like Handler.
func (m *MoreSQL) Serve(resource Resource, options ...Option) http.Handler {
	return must(newHandler(m.db, "Serve", resource, m.defaults.with(options)))
}

func must(h *handler, err error) http.Handler {
	if err != nil {
		panic(err)
	}
	return h
}

// Execute serves one call inside a handler of the program's own. It always sends a response, also
// when the procedure cannot be called so; one that fails after its first block it aborts by
// panicking with http.ErrAbortHandler. The request's body can be read again afterwards, up to
// Limits.Body.
func (m *MoreSQL) Execute(w http.ResponseWriter, r *http.Request, proc string, options ...Option) {
	c := m.defaults.with(options)
	h, _ := newHandler(m.db, proc, newProcedure(proc, c), c) // serves its error, if there is one
	h.ServeHTTP(w, r)
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
			for r, e := range result.Rows().All() {
				if err = result.Explain(e); err != nil {
					break
				}
				if !yield(r, nil) {
					return
				}
			}
			if err == nil {
				err = result.Commit()
			}
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
		out := bufio.NewWriterSize(w, 32<<10)
		if err = e.Encode(out, result.Rows()); err == nil {
			err = result.Commit()
		}
		if err == nil {
			err = out.Flush()
		}
		err = result.Explain(err)
	}
	if err != nil {
		return newError(ctx, proc, err, true)
	}
	return nil
}

// query calls a procedure with a Go program's own arguments.
func (m *MoreSQL) query(
	ctx context.Context, proc string, args []any, rows row.Options,
) (*exec.Result, error) {
	params, values := make([]Param, len(args)), make([]any, len(args))
	for i, a := range exec.Arguments(args) {
		params[i], values[i] = Param{Name: a.Name, In: a.In, Out: a.Out}, a.Value
	}
	s, err := m.defaults.caller.Statement(proc, params)
	if err != nil {
		return nil, err
	}
	rows.Kinds = m.defaults.kinds
	reads := m.defaults.readOnly
	o := exec.Options{ReadOnly: reads, Reads: reads, Rows: rows, Outs: s.outs(), Tx: m.defaults.atomic}
	traits, _ := m.Describe(proc)
	first, err := o.FromContext(ctx, traits.Dialect.spec(), m.defaults.session != nil)
	if err != nil {
		return nil, err
	}
	return exec.Run(ctx, m.db, s.appendTo(first, values), o)
}

// A handler serves one Resource.
type handler struct {
	db       Querier
	config   *config
	given    Resource // before it was decorated
	resource Resource
	dialect  *dialect.Dialect // of its statements
}

// newHandler decorates the resource and checks that it can be served so. The error is an *Error of
// the given name; the handler that comes with it serves the error.
func newHandler(db Querier, name string, resource Resource, c *config) (*handler, error) {
	h := &handler{db: db, config: c, given: resource, resource: resource, dialect: PostgreSQL.spec()}
	err := h.check()
	for i := 0; i < len(c.use) && err == nil; i++ {
		h.resource = c.use[i](h.resource)
		err = h.check()
	}
	if err == nil {
		return h, nil
	}
	h.resource = refused{err}
	return h, newError(context.Background(), name, err, true)
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
		if h.config.session != nil && (!ok || h.dialect.Settings() == nil) {
			return errors.New("Session needs a database with settings of a transaction, which only " +
				"PostgreSQL has, and a Caller that says so by its method Describe")
		}
	}
	if len(h.config.encoders) == 0 {
		return errors.New("Encoders has no encoder")
	}
	return nil
}

// A refused Resource answers every request with the program's mistake.
type refused struct{ err error }

func (r refused) Match(*http.Request) (*Operation, error) { return nil, r.err }

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
		ReadOnly: p.readOnly, Plan: p.planFunc, statement: p.statement,
	}
	if slices.Contains(bound.Present, false) { // the statement may leave parameters out
		params := slices.Clone(p.params)
		for i := range params {
			params[i].Absent = !bound.Present[i]
		}
		c.statement, err = p.caller.Statement(p.name, params)
	}
	return c, err
}

func (p *procedure) plan(_ context.Context, c *Call, _ string) (*Plan, error) {
	plan := &c.planned
	*plan = Plan{Statement: c.statement, Values: c.Values, Affected: response.Affected(p.shape)}
	if p.traits.Relation {
		plan.Relation, plan.Dialect = &plan.Statement, p.traits.Dialect
	}
	return plan, nil
}
