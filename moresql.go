// Package moresql is a thin layer of glue between Go programs and the stored procedures of their database.
//
// You name a procedure, moresql calls it through database/sql, scans whatever comes back through the column types, and
// streams it to the client through an encoder that you can swap:
//
//	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
//	m := moresql.New(db)
//	mux.Handle("GET /user", m.Handler("get_user", moresql.Fields("username", "password")))
//
// By default a call sends exactly one statement, SELECT * FROM get_user($1, $2), and nothing else. A request can choose
// values, never SQL. A complete response means success: an error in the middle of a long one aborts the connection.
package moresql

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/query"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/internal/rpc"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

// MoreSQL calls procedures. It keeps its options, and for Check the names of the procedures that it has made handlers for. It is
// safe for concurrent use as far as its Querier is: a *sql.DB is, a *sql.Tx or *sql.Conn serves one call after the other.
type MoreSQL struct {
	db       Querier
	defaults call
	routes   *rpc.Routes // that Handler has made, for Check
}

// New returns a MoreSQL that calls procedures through db. The options are the defaults of every call.
func New(db Querier, options ...Option) *MoreSQL {
	m := &MoreSQL{db: db, routes: new(rpc.Routes), defaults: call{
		caller:    Function{},
		encoder:   encoder.JSON(),
		sources:   binder.Defaults(),
		bodyLimit: 1 << 20,
		logger:    slog.Default(),
		prepared:  new(query.Prepared),
	}}
	return m.With(options...)
}

// With returns a copy of m with other defaults: m.With(moresql.WithCaller(moresql.Procedure{})).Rows(ctx, "p").
func (m *MoreSQL) With(options ...Option) *MoreSQL {
	return &MoreSQL{db: m.db, routes: m.routes, defaults: m.defaults.with(options)}
}

// Handler returns a handler that serves one procedure. It panics when the procedure cannot be called so, as
// http.ServeMux does for a wrong pattern: a name that cannot be an identifier, or a statement that there is not.
//
// A handler aborts a response that fails after its first block by panicking with http.ErrAbortHandler.
func (m *MoreSQL) Handler(proc string, options ...Option) http.Handler {
	c, err := m.prepare(proc, options)
	if err != nil {
		panic(newError(context.Background(), proc, err))
	}
	if route, ok := routeOf(c); ok {
		m.routes.Add(route)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.serve(m.db, w, r) })
}

// Execute serves one call inside a handler of your own. It always answers, also when the procedure cannot be called so;
// a response that fails after its first block it aborts by panicking with http.ErrAbortHandler. The request's body can be
// read again afterwards, as far as BodyLimit lets it.
func (m *MoreSQL) Execute(w http.ResponseWriter, r *http.Request, proc string, options ...Option) {
	c, err := m.prepare(proc, options)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.serve(m.db, w, r)
}

// RPC returns a handler that serves every routine of a catalog at /{name}, as PostgREST does at /rpc/{name}: mount it under
// http.StripPrefix. Arguments go by name, from the query of a GET, which calls only what is declared STABLE or IMMUTABLE, or from
// the body of a POST. The names that are given pick the overload. The shape of the answer comes from the declaration. Of
// the options those about fields and shapes have no meaning here. A reloaded catalog serves from the next request on.
func (m *MoreSQL) RPC(cat *catalog.Catalog, options ...Option) http.Handler {
	defaults := m.defaults.with(options)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := defaults
		c.proc = r.URL.Path
		c.limitBody(w, r)
		found, err := rpc.Find(cat.Current(), w, r)
		var refusal *rpc.Error
		switch {
		case errors.As(err, &refusal):
			if refusal.Allow != "" {
				w.Header().Set("Allow", refusal.Allow)
			}
			c.fail(w, r, &Error{Status: refusal.Status, Code: refusal.Code, Message: refusal.Message, Hint: refusal.Hint, Public: true})
		case err != nil:
			c.fail(w, r, err)
		case found != nil:
			c.shape = found.Shape
			c.readOnly = c.readOnly && r.Method != http.MethodPost
			s, err := routineStatement(found.Routine, found.Given, c.caller)
			if err == nil {
				err = c.answer(m.db, w, r, s, append(found.Values, nil)) // nil for what is absent
			}
			if err != nil {
				c.fail(w, r, err)
			}
		}
	})
}

// Check reloads a catalog and compares it with the procedures that Handler was called with so far: each that is missing, takes
// other parameters, or is ambiguous is an error, all of them joined. Calls that a Caller of your own writes, or named
// statements, are passed over.
func (m *MoreSQL) Check(ctx context.Context, cat *catalog.Catalog) error {
	if err := cat.Reload(ctx); err != nil {
		return err
	}
	return m.routes.Check(cat.Current())
}

// Rows calls a procedure and ranges over the rows it returns; every range calls it once. A row is good until the next
// step, see row.Row. An error, always an *Error, comes last with a zero Row. Stopping early gives the connection back; on a
// transaction or connection of your own the driver reads the rest first.
//
// Arguments go to the driver as they are. One made by sql.Named has a name, which Function{Named: true} and Statements go
// by, and others ignore; an sql.Out, named too, stands for an OUT or INOUT parameter, whose value comes back in the row and not in its Dest.
func (m *MoreSQL) Rows(ctx context.Context, proc string, args ...any) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		stopped := false
		err := m.query(ctx, proc, args, func(rows *row.Rows) error {
			for r, err := range rows.All() {
				if err != nil {
					return err
				}
				if stopped = !yield(r, nil); stopped {
					break
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(row.Row{}, newError(ctx, proc, err))
		}
	}
}

// Stream calls a procedure and writes the list of its rows to w through e, in blocks, as they come. When it fails,
// with an *Error for what the database said, w has a part of the document, which is not complete.
func (m *MoreSQL) Stream(ctx context.Context, w io.Writer, e encoder.Encoder, proc string, args ...any) error {
	err := m.query(ctx, proc, args, func(rows *row.Rows) error {
		rows.InBatches()
		out := bufio.NewWriterSize(w, 32<<10)
		if err := e.Encode(out, rows); err != nil {
			return err
		}
		if err := rows.Finish(); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		return newError(ctx, proc, err)
	}
	return nil
}

// query calls a procedure with a Go program's own arguments.
func (m *MoreSQL) query(ctx context.Context, proc string, args []any, use func(*row.Rows) error) error {
	params, values := arguments(args)
	s, err := m.defaults.caller.Statement(proc, params)
	if err != nil {
		return err
	}
	return run(ctx, m.db, s, values, &m.defaults, use)
}

// prepare puts a call together and has its statement written, so that mistakes of the program show here.
func (m *MoreSQL) prepare(proc string, options []Option) (_ *call, err error) {
	c := m.defaults.with(options)
	c.proc = proc
	switch {
	case c.status != 0 && (c.status < 200 || c.status > 399):
		err = fmt.Errorf("Status(%d) is not that of a successful answer, 200 to 399", c.status)
	default:
		err = binder.Check(c.fields, c.values)
	}
	if err == nil {
		c.statement, err = c.caller.Statement(proc, c.params)
	}
	return &c, err
}

// A call is one procedure and how it is served.
type call struct {
	proc      string
	statement Statement // with every parameter present

	prepared      *query.Prepared // of the pool
	keepsPrepared bool

	caller    Caller
	encoder   encoder.Encoder
	fields    []binder.Field
	params    []Param // of the fields
	values    Values
	sources   []binder.Source
	kinds     Kinds
	readOnly  bool
	shape     row.Shape
	status    int
	bodyLimit int64
	logger    *slog.Logger
	onError   func(*Error)
}

// with returns a copy of the call with options applied.
func (c call) with(options []Option) call {
	c.fields, c.params = slices.Clip(c.fields), slices.Clip(c.params)
	for _, o := range options {
		o.apply(&c)
	}
	return c
}

// An Option is a property of calls: of all of a MoreSQL in New, of one handler's, or of one Execute.
type Option interface{ apply(*call) }

type option func(*call)

func (o option) apply(c *call) { o(c) }

// Fields declares the parameters that a request must have, in the order of the procedure's. Each is looked up in the
// path, then the query, then the body.
func Fields(names ...string) Option { return fields(names, binder.Field{}, Param{In: true}) }

// Optional declares parameters that a request may have. One that is absent is NULL, and under named notation left out.
func Optional(names ...string) Option {
	return fields(names, binder.Field{Optional: true}, Param{In: true})
}

// Out declares OUT parameters of a procedure, which take no value from a request and come back as columns of a row.
func Out(names ...string) Option {
	return option(func(c *call) {
		for _, name := range names {
			Values{name: nil}.apply(c)
		}
		fields(names, binder.Field{}, Param{Out: true}).apply(c)
	})
}

// InOut declares INOUT parameters: fields which come back as columns of a row.
func InOut(names ...string) Option { return fields(names, binder.Field{}, Param{In: true, Out: true}) }

func fields(names []string, field binder.Field, param Param) Option {
	return option(func(c *call) {
		for _, name := range names {
			field.Name, param.Name = name, name
			c.fields, c.params = append(c.fields, field), append(c.params, param)
		}
	})
}

// Values gives declared fields values of the program's own, which win over the request's; nil is NULL. A name that no
// field has is refused.
type Values map[string]any

func (v Values) apply(c *call) { c.values = merged(c.values, v) }

// Kinds says what columns are whose type the driver does not tell: Kinds{"features": row.JSON} on MariaDB, whose JSON is a
// LONGTEXT, or a computed column of SQLite.
type Kinds map[string]row.Kind

func (k Kinds) apply(c *call) { c.kinds = merged(c.kinds, k) }

func merged[M ~map[string]V, V any](old, add M) M {
	m := make(M, len(old)+len(add))
	maps.Copy(m, old)
	maps.Copy(m, add)
	return m
}

// From sets the sources that fields are looked up in, instead of path, query and body.
func From(sources ...binder.Source) Option {
	return option(func(c *call) { c.sources = slices.Clone(sources) })
}

// One answers with the only row as an object: 404 when there is none; more than one is an error.
func One() Option { return shaped(row.One) }

// Scalar answers with the only column of the only row as a bare value: 404 when there is no row.
func Scalar() Option { return shaped(row.Scalar) }

// Auto answers as Flask-MoreSQL did: the bare value for one row of one column, the object for one row, else the array.
func Auto() Option { return shaped(row.Auto) }

// Sets answers with all result sets of a procedure, an array with one array for each.
func Sets() Option { return shaped(row.Sets) }

func shaped(s row.Shape) Option { return option(func(c *call) { c.shape = s }) }

// Status sets the status of a successful answer, instead of 200, or 204 for a procedure that returns nothing.
func Status(code int) Option { return option(func(c *call) { c.status = code }) }

// BodyLimit sets how many bytes a request's body may have, instead of 1 MiB: 413 beyond.
func BodyLimit(bytes int64) Option { return option(func(c *call) { c.bodyLimit = bytes }) }

// ReadOnly runs the call in a transaction that can only read, and which the database refuses every write in (PostgreSQL manual, SET
// TRANSACTION); under RPC that is what a GET does. It sends two statements more.
func ReadOnly() Option { return option(func(c *call) { c.readOnly = true }) }

// Prepared keeps statements prepared on each connection of the *sql.DB, instead of having them parsed and planned again for every call:
// lib/pq then needs one round trip for a call with arguments instead of two. pgx keeps statements by itself and is left to it. A
// statement that fails, but for what its author raises and for constraints, is prepared anew for the next call.
//
// It must not be used behind PgBouncer in transaction mode unless that keeps track of prepared statements, as it does since 1.21 with
// max_prepared_statements above 0: lib/pq numbers its statements, so that a call could run one of another client's. go-sqlmock
// wants ExpectPrepare before the first call. On a *sql.Conn or *sql.Tx of your own it has no effect.
func Prepared() Option { return option(func(c *call) { c.keepsPrepared = true }) }

// OnError sees every error before it is answered, and may change how: e.Status, e.Message, e.Public.
// It must be safe for concurrent use.
func OnError(f func(e *Error)) Option { return option(func(c *call) { c.onError = f }) }

// WithCaller sets how procedures are called, instead of Function{}.
func WithCaller(caller Caller) Option { return option(func(c *call) { c.caller = caller }) }

// WithEncoder sets what the answer is written with, instead of encoder.JSON().
func WithEncoder(e encoder.Encoder) Option { return option(func(c *call) { c.encoder = e }) }

// WithLogger sets where failed calls are logged, instead of slog.Default: those of status 500 and above as
// errors, those of the client's doing at the level Debug.
func WithLogger(l *slog.Logger) Option { return option(func(c *call) { c.logger = l }) }

// serve answers a request, whatever happens.
func (c *call) serve(db Querier, w http.ResponseWriter, r *http.Request) {
	if err := c.respond(db, w, r); err != nil {
		c.fail(w, r, err)
	}
}

// respond walks a request through the rooms.
func (c *call) respond(db Querier, w http.ResponseWriter, r *http.Request) error {
	c.limitBody(w, r)
	values, present, err := binder.Bind(r, c.fields, c.values, c.sources)
	if err != nil {
		return err
	}
	s, err := c.statementFor(present)
	if err != nil {
		return err
	}
	return c.answer(db, w, r, s, values)
}

func (c *call) limitBody(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, c.bodyLimit)
	}
}

// answer runs a statement and sends what it returns.
func (c *call) answer(db Querier, w http.ResponseWriter, r *http.Request, s Statement, values []any) error {
	return run(r.Context(), db, s, values, c, func(rows *row.Rows) error {
		rows.InBatches()
		if len(rows.Columns()) > 0 {
			if err := rows.As(c.shape); err != nil {
				return err
			}
		}
		return response.Send(w, c.status, c.encoder, rows)
	})
}

// statementFor returns the statement for the parameters that a request has.
func (c *call) statementFor(present []bool) (Statement, error) {
	if !slices.Contains(present, false) {
		return c.statement, nil
	}
	params := slices.Clone(c.params)
	for i := range params {
		params[i].Absent = !present[i]
	}
	return c.caller.Statement(c.proc, params)
}

// fail logs an error and tells the client of it: by an answer, or, when the status line is out, by an abort.
func (c *call) fail(w http.ResponseWriter, r *http.Request, err error) {
	var aborted *response.AbortedError
	isAborted := errors.As(err, &aborted)
	if isAborted {
		err = aborted.Err
	}
	e := newError(r.Context(), c.proc, err)
	if c.onError != nil {
		c.onError(e)
	}
	if e.Status < 300 || e.Status > 599 { // a source or OnError has left it out, or means a success
		e.Status = http.StatusInternalServerError
	}
	level := slog.LevelDebug // the client's own doing
	if e.Status >= 500 && !errors.Is(r.Context().Err(), context.Canceled) {
		level = slog.LevelError
	}
	c.logger.Log(r.Context(), level, "moresql: the call failed", "method", r.Method, "path", r.URL.Path,
		"procedure", c.proc, "status", e.Status, "code", e.Code, "aborted", isAborted, "error", e)
	if isAborted {
		response.Abort(w, r)
	}
	if e.Status == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" { // what only reads has tried to write
		w.Header().Set("Allow", http.MethodPost)
	}
	e.problem().Write(w)
}

// An Error is what went wrong with a call.
type Error struct {
	Status  int    // HTTP status that answers it
	Code    string // SQLSTATE, or PostgREST's code for a call that RPC refuses; "" for other errors
	Message string // what the database or moresql says of it
	Detail  string
	Hint    string
	Public  bool   // an HTTP answer holds the texts above, but no Detail of classes 22 and 23; else only Status and Code
	Proc    string // the procedure
	Err     error  // the cause: the driver's error, or that of the context, the encoder or the writer
}

// newError says what err means for the client of a call.
func newError(ctx context.Context, proc string, err error) *Error {
	var known *Error
	if errors.As(err, &known) { // a source's own
		e := *known
		e.Proc = proc
		return &e
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) { // some drivers have their own word for it
		err = fmt.Errorf("%w (%w)", err, ended)
	}
	e := &Error{Status: http.StatusInternalServerError, Proc: proc, Err: err}
	var request *binder.Error
	switch details := sqlstate.Of(err); {
	case errors.As(err, &request):
		e.Status, e.Message, e.Hint, e.Public = request.Status, request.Message, request.Hint, true
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Status = http.StatusGatewayTimeout
	case ctx.Err() != nil: // nobody is there to read it, but should somebody be, it is no success
		e.Status = http.StatusServiceUnavailable
	case details.Code != "":
		e.Status, e.Code = sqlstate.Status(details.Code), details.Code
		e.Message, e.Detail, e.Hint = details.Message, details.Detail, details.Hint
		e.Public = e.Status < 500 && (sqlstate.Raised(e.Code) || sqlstate.Data(e.Code))
	case errors.Is(err, sql.ErrNoRows):
		e.Status, e.Message, e.Public = http.StatusNotFound, "there is no such row", true
	case sqlstate.Unavailable(err):
		e.Status = http.StatusServiceUnavailable
	}
	return e
}

// Error implements error.
func (e *Error) Error() string {
	text := e.Message
	if e.Err != nil {
		text = e.Err.Error()
	}
	return fmt.Sprintf("moresql: %s: %s", e.Proc, text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// SQLState returns Code, as the errors of lib/pq and pgx do.
func (e *Error) SQLState() string { return e.Code }

// problem returns what the client is told. The detail of an error about data may show rows that are none of its business.
func (e *Error) problem() response.Problem {
	p := response.Problem{Status: e.Status, Code: e.Code}
	if e.Public {
		p.Message, p.Hint = e.Message, e.Hint
		if !sqlstate.Data(e.Code) {
			p.Details = e.Detail
		}
	}
	return p
}
