package moresql

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/blame"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/limit"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// ServeHTTP bounds what the request may cost before anything else is done for it. The time limit
// covers the pipeline, but for what the client takes for the response, since the context ends.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{config: h.config, handler: h, w: w, served: r, name: r.URL.Path}
	q.r, q.bounds = limit.Start(w, r, q.memory, q.limits.Timeout, cmp.Or(q.limits.Body, 1<<20))
	defer q.bounds.End()
	defer func() { q.bounds.Restore(r, q.r) }() // Bind has read the body and put it back
	err := errPanicked
	defer func() { q.end(err) }() // the program sees the end also where it panics
	err = q.serve()
}

// errPanicked is the error of a request whose pipeline does not return.
var errPanicked = errors.New("the handler has panicked")

// A nil of a Resource is a mistake of the program, and no reason to panic.
var errIncomplete = errors.New("the Resource has no Operation, Bind, Call or Plan for the request")

// A request is the state of one request on its way to its response. It lives in one goroutine, and
// what a step finds out is there for the steps after it and for the report of an error.
type request struct {
	*config
	*handler
	w http.ResponseWriter
	r *http.Request

	served        *http.Request     // as the server has made it
	bounds        limit.Bounds      // of Limits.Timeout and Limits.Memory
	statements    [1]exec.Statement // memory for those of a call, mostly one
	name          string            // of the procedure, as far as it is known
	operation     *Operation
	call          *Call // nil until it is bound
	encoder       encoder.Encoder
	bound         []int // Bind of the statement that is run
	settings      Settings
	authenticated bool
	singular      bool         // the encoder demands a single object
	result        *exec.Result // of the call, while the response is sent
	sending       response.Options
	began, held   bool // the status line has been sent; net/http may hold a part of the response
}

// serve is the pipeline: every request for every Resource takes these steps in this order. The
// order is what keeps a server safe. What costs nothing comes first, and a request is refused as
// early as it can be; nobody's body is read before it is known who sends it; and nothing is run
// that a later step could have refused, since what a procedure has done cannot be taken back. What
// depends on the rows, such as 416 or a 406 for their number, comes after the call: a transaction,
// as Session has one, takes that back, and without one it has happened.
func (q *request) serve() (err error) {
	// Match: a wrong path or method needs neither credentials nor a body to be refused. Whether a
	// missing right is 401 or 403 depends on whether the request has credentials at all.
	q.authenticated = q.r.Header.Get("Authorization") != ""
	if err = q.mistake; err == nil {
		q.operation, err = q.resource.Match(q.r)
	}
	if err != nil || q.operation == nil {
		return cmp.Or(err, errIncomplete)
	}
	q.name = q.operation.Name
	// Authenticate: nothing that costs memory or waits for the client is done for a stranger, and what
	// comes later, errors included, may depend on who it is. The program decides once.
	if q.session != nil {
		if q.settings, err = q.session(q.r); err != nil {
			return err
		}
		q.authenticated = q.settings.Authenticated
	}
	// Negotiate: a media type that cannot be had is known from the header alone. It comes after
	// authentication, which decides whether the client may know what there is.
	header := q.w.Header()
	q.encoder, err = negotiate.Encoder(q.r.Header, header, q.encoders, q.operation.Encoders)
	if err != nil {
		return err
	}
	// Admit: before the body is read, so that clients over the limit cost no memory, and after
	// authentication, so that strangers take no place. The place is given back with the response sent:
	// what a limit protects is the pool, and a slow client, within Limits.Write, keeps a connection.
	if err = q.limiter.Enter(q.r.Context()); err != nil {
		return err
	}
	defer q.limiter.Leave()
	// Bind: reads the query and the body. From here on the call has its values; errors before it have
	// cost a header, and none of the database.
	if err = q.bind(); err != nil {
		return err
	}
	// Before: the program sees the call, and may change values, before a statement depends on them. It
	// is the last place where a request can be refused without knowing SQL.
	if err = q.before(q.call); err != nil {
		return err
	}
	// Plan: writes the statement, and refuses what the request cannot have of the result. It may query
	// the database for columns, as the client and with its settings, and runs nothing else.
	plan, err := q.plan(q.call)
	if err != nil {
		return err
	}
	// Run and respond: from here on there may be an effect, and errors are the database's or those of
	// the connection to the client. The status line waits for the first full block of the body, or
	// else for the commit, so that a complete response means success.
	return q.respond(plan)
}

// bind reads the arguments. An encoder may demand another shape than that of the call: who accepts
// a single object wants that, or an error.
func (q *request) bind() (err error) {
	if q.operation.Bind == nil {
		return errIncomplete
	}
	q.call, err = q.operation.Bind(q.r)
	if err != nil || q.call == nil || q.call.Plan == nil {
		return cmp.Or(err, errIncomplete)
	}
	if q.call.More == nil {
		q.bounds.Unbound(q.w, q.r) // what else comes on the connection need not hurry
	}
	q.name, q.call.runner, q.call.MaxRows = q.call.Name, q, response.MaxRows(q.encoder)
	q.call.Framed, q.call.Counted = response.Frames(q.encoder)
	q.call.Atomic = q.call.Atomic || q.call.MaxRows > 0 // which may turn out to be too few
	if s, ok := q.encoder.(encoder.Shaper); ok {
		q.call.Shape = s.Shape(q.call.Shape)
		q.singular = q.call.Shape == row.One
	}
	return nil
}

// before shows the call to the program. The number of values is that of the placeholders, which
// have been counted when the handler was made.
func (q *request) before(c *Call) error {
	n := len(c.Values)
	for _, h := range q.hooks {
		if h.Before == nil {
			continue
		}
		if err := h.Before(q.r, c); err != nil {
			return err
		}
	}
	if len(c.Values) != n {
		return fmt.Errorf("Hooks.Before has left %d values of %d: replace values in their places",
			len(c.Values), n)
	}
	return nil
}

// plan writes the statement. A format may have no room for the result, or for what a client has
// selected of it: the columns, as far as they are known, decide that before the procedure has run.
func (q *request) plan(c *Call) (*Plan, error) {
	p, err := c.Plan(q.r.Context(), c, q.encoder.MediaType())
	if err != nil || p == nil {
		return nil, cmp.Or(err, errIncomplete)
	}
	return p, response.CheckColumns(q.encoder, max(len(p.Result), len(p.Columns)))
}

// run runs a statement, in a transaction if the settings of the request need one. The transaction
// is rolled back when the result is closed, unless it has been committed: whatever ends a request
// early, a panic included, leaves no effect. Settings last as long as the transaction, so that the
// next call on the connection finds nothing of this one.
func (q *request) run(s Statement, values []any, o exec.Options) (_ *exec.Result, err error) {
	// What the call leaves on the connection in spite of that is removed after the transaction.
	statements := q.statements[:0]
	if q.session != nil || len(q.call.Settings) > 0 {
		values, role := q.settings.Values, q.settings.Role
		statements, err = o.Begin(q.dialect, q.call.Settings, values, role, q.session != nil)
		if err != nil {
			return nil, err
		}
	}
	// What only reads may go to a replica, which refuses writes by itself. On the primary the database
	// is told to refuse them if the program wants that.
	o.Reads, o.ReadOnly = q.call.ReadOnly, q.readOnly && q.call.ReadOnly
	step := s.step(statements, values)
	o.Dialect, o.Rows.Kinds, o.Outs, o.Undo = q.dialect, q.kinds, step.Outs, q.call.Undo
	return exec.Run(q.r.Context(), q.db, step.Statements, o)
}

// respond runs the statement of the plan and sends the result. Rows are read in batches, since the
// encoder holds a block back anyway.
func (q *request) respond(p *Plan) error {
	send := &q.sending
	*send = response.Options{
		Encoder: q.encoder, Title: cmp.Or(q.call.Title, q.call.Name), User: q.settings.User,
		Shape: q.call.Shape, Singular: q.singular, Status: q.call.Status,
		Download: q.response.Download, Redirect: q.response.Redirect,
		WriteTimeout: q.limits.Write, MaxBytes: q.limits.Bytes, MaxRows: q.limits.Rows,
		ReadOnly: q.readOnly && q.call.ReadOnly, Reply: p.Reply, Bounds: q.bounds, More: q.call.More,
		Affected: p.Affected, AffectedBy: q.dialect.Affected,
	}
	send.See(p.Row)
	for _, h := range q.hooks {
		send.See(h.Row)
	}
	send.Trailer = p.Trailer.step(nil, p.Values).Statements
	rows := row.Options{Meta: p.Meta, Columns: p.Result, Batches: true}
	q.bound = p.Statement.Bind
	// Until the response is known to be no error, what the call has done can be undone.
	tx := q.atomic || q.call.Atomic
	o := exec.Options{Rows: rows, Tx: tx, First: p.First, Trailer: p.Trailer != nil}
	result, err := q.run(p.Statement, p.Values, o)
	if err != nil {
		return err
	}
	defer result.Close()
	// The calls of a batch join the transaction while the encoder writes; see Call.RunAll.
	q.result = result
	q.began, q.held, err = response.Send(q.w, q.r, result, send)
	q.call.Skipped = result.Skipped()
	return result.Explain(err)
}

// end ends a request that has been answered, or is to be answered with err. The program sees it
// before the client does: a client that gets its response may rely on what After has written.
func (q *request) end(err error) {
	if q.call == nil { // it has failed before there was one
		q.call = &Call{Name: q.name}
	}
	if err != nil {
		err = q.explain(err)
	}
	for _, h := range q.hooks {
		if h.After != nil {
			h.After(q.r, q.call, err)
		}
	}
	switch e, ok := err.(*Error); {
	case !ok && q.held:
		response.Flush(q.w, q.r, q.limits.Write)
	case ok && !errors.Is(e, errPanicked): // the panic goes on
		q.fail(e)
	}
}

// explain says what an error means for the client of the request. The Resource completes what the
// library knows, and the program has the last word; only a success an error cannot become.
func (q *request) explain(err error) *Error {
	e := newError(q.r.Context(), q.name, err, q.authenticated)
	// The database knows columns and parameters, and a client the names of what it has sent.
	e.Problems = blame.Fields(e.Problems, err, q.call.Names, q.bound)
	var unsupported *encoder.UnsupportedError
	if errors.As(err, &unsupported) && len(q.encoders) > 1 { // the client has chosen the encoder
		e.Status, e.Message, e.Public = http.StatusNotAcceptable, unsupported.Error(), true
		e.Hint = "accept another media type"
	}
	if q.operation != nil && q.operation.Explain != nil {
		q.operation.Explain(e)
	}
	// The program may know an internal error to be the client's, and the other way round.
	for _, h := range q.hooks {
		if h.Error != nil {
			h.Error(e)
		}
	}
	if e.Status < 300 || e.Status > 599 { // a source or hook has left it out, or means a success
		e.Status = http.StatusInternalServerError
	}
	if e.Status >= 500 && e.RequestID == "" {
		e.RequestID = response.RequestID(q.r)
	}
	return e
}

// fail logs an error and reports it to the client: by a response, or, if that has begun, by an
// abort.
func (q *request) fail(e *Error) {
	q.logger.Failed(q.r, response.Failure{
		Proc: e.Proc, Status: e.Status, Code: e.Code, Aborted: q.began, RequestID: e.RequestID, Err: e,
	})
	// A response that has begun can no longer become an error. It must not end as if it were whole.
	if q.began {
		q.bounds.End() // fasthttp uses its context again once its connection has been taken
		response.Abort(q.w, q.served)
		return
	}
	e.response().Send(q.w, q.r, q.limits.Write)
}
