package moresql

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/limit"
	"github.com/moresql/moresql/internal/negotiate"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// A Resource says what a request means: a procedure, a routine or a table that a catalog describes,
// or anything else that comes down to a statement. MoreSQL.Serve makes an http.Handler of one. A
// Resource that wraps another, as middleware wraps a handler, changes what its methods return; see
// Use. It must be safe for concurrent use.
type Resource interface {
	// Match returns what the request may come to. It looks at the method, the path and the header
	// only: at this point nobody has been authenticated, so no body is read and no statement is
	// sent. An *Error says how a request is refused that means nothing here.
	Match(r *http.Request) (*Operation, error)
}

// An Operation is what a request may come to, before its body is read. Match may return the same
// one for every request.
type Operation struct {
	// Name is that of the procedure or relation, with the schema if it is known: for errors and
	// logs until Bind has returned a Call.
	Name string

	// Arguments are the names of query parameters that are arguments of the call. Others are free for
	// a Resource that wraps this one, such as rest.Query.
	Arguments []string

	// Encoders are offered after those of the handler to a request that accepts their media types.
	Encoders []encoder.Encoder

	// Bind reads the arguments from the request. It is called once, after authentication.
	Bind func(*http.Request) (*Call, error)

	// Explain, if set, sees every error of the request before Hooks.Error does. It may complete it,
	// with a code of a protocol for instance.
	Explain func(*Error)
}

// A Call is the call of one procedure with its arguments, as Hooks see it.
type Call struct {
	Name   string   // of the procedure, with the schema if it is known: api.get_cars
	Names  []string // of the arguments; must not be modified
	Values []any    // of the arguments; nil is NULL. Hooks.Before may replace each of them

	Shape  row.Shape // of the result, unless the encoder demands another
	Status int       // of a successful response; 0 is 200, or 204 for a result without columns

	// ReadOnly says that the call only reads. It may run on a replica, and the option ReadOnly has
	// it run in a READ ONLY transaction.
	ReadOnly bool

	// Settings are set in the call's transaction before those of Session, name and value in their
	// order. A call that has any runs in a transaction.
	Settings [][2]string

	// Plan writes the statement, once encoder and values are final; mediaType is the encoder's. It
	// runs nothing, but may ask the database about columns by Query.
	Plan func(ctx context.Context, c *Call, mediaType string) (*Plan, error)

	request   *request
	statement Statement // of a declared procedure, for the parameters that are present
}

// Query runs a statement before that of the call, as the client of the call and with its settings,
// and calls use with the result, which is good until use returns. It is for Plan.
func (c *Call) Query(s Statement, values []any, use func(*row.Rows) error) error {
	return c.request.run(s, values, exec.Options{}, func(result *exec.Result) error {
		return use(result.Rows())
	})
}

// A Plan is what is sent to the database, and how the result is read.
type Plan struct {
	Statement Statement
	Values    []any // of the statement's parameters

	// Relation is the statement in a form that may stand in the FROM of another one, with the same
	// values; nil if there is none. Dialect is its dialect, and Columns are those of its result,
	// nil if they are not known.
	Relation *Statement
	Dialect  Dialect
	Columns  []catalog.Column

	// Meta is the number of leading columns that say something of the result as a whole, such as a
	// count. They are taken off every row. The last of them is NULL in the only row of a result
	// that has no rows otherwise.
	Meta int

	// Result names the columns after those; a Kind other than row.Null replaces the driver's. Nil
	// leaves the columns as they come.
	Result []row.Column

	// Trailer, if set, is run after the last row in the same transaction. Its first row is passed
	// to Reply. It is left out if the response has begun by then.
	Trailer *Statement

	// Row, if set, sees each row before Hooks.Row does, by the same rules.
	Row func(*row.Row) error

	// Reply, if set, returns the status and header of the response, just before they are sent.
	// status is what the response has otherwise; meta and trailer are the values of the metadata
	// columns and of Trailer, nil if there are none; rows is the number of rows in the response, -1
	// if it is not known: the response begins before all of them have been read, or is one to HEAD.
	// An error is that of the call.
	Reply func(status int, meta, trailer []row.Value, rows int64) (int, http.Header, error)
}

// A handler serves one Resource.
type handler struct {
	db       Querier
	config   *config
	resource Resource
	dialect  *dialect.Dialect // of its statements
}

// newHandler decorates the resource and checks that it can be served so. A Resource may have two
// methods more, which decorators pass on: Traits, of its statements, and Validate, which returns the
// program's mistakes. Without Traits its statements are PostgreSQL's.
func newHandler(db Querier, resource Resource, c *config) (*handler, error) {
	for _, decorate := range c.use {
		resource = decorate(resource)
	}
	traits := Traits{}
	if described, ok := resource.(interface{ Traits() (Traits, bool) }); ok {
		traits, ok = described.Traits()
		if c.session != nil && (!ok || traits.Dialect.spec().Settings() == nil) {
			return nil, errors.New("Session needs a database with settings of a transaction, which only " +
				"PostgreSQL has, and a Caller that says so by its method Describe")
		}
	}
	if len(c.encoders) == 0 {
		return nil, errors.New("Encoders has no encoder")
	}
	if v, ok := resource.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return nil, err
		}
	}
	return &handler{db: db, config: c, resource: resource, dialect: traits.Dialect.spec()}, nil
}

// Resource returns what the handler serves, for functions such as rest.Check.
func (h *handler) Resource() Resource { return h.resource }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{config: h.config, handler: h, w: w, r: r}
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(h.config.limits.Body, defaultBody))
	}
	if d := h.config.limits.Timeout; d > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		q.r = r.WithContext(ctx)
		defer func() { r.Body = q.r.Body }() // Bind has read it and put it back
	}
	q.end(q.serve())
}

// A request is the state of one request on its way to its response.
type request struct {
	*config
	*handler
	w http.ResponseWriter
	r *http.Request

	operation     *Operation
	call          *Call // nil until it is bound
	encoder       encoder.Encoder
	settings      Settings
	authenticated bool
	singular      bool // the encoder demands a single object
	began         bool // the status line has been sent
}

// serve is the pipeline: every request for every Resource takes these steps in this order. Nothing
// is done in a step that a later one could make void: a request is refused as early as it can be.
func (q *request) serve() (err error) {
	// Match: a wrong path or method needs neither credentials nor a body to be refused.
	q.authenticated = q.r.Header.Get("Authorization") != ""
	if q.operation, err = q.resource.Match(q.r); err != nil {
		return err
	}
	// Authenticate: nothing that costs memory or waits for the client is done for a stranger.
	if err = q.authenticate(); err != nil {
		return err
	}
	// Negotiate: a media type that cannot be had is known from the header alone.
	if err = q.negotiate(); err != nil {
		return err
	}
	// Admit: before the body is read, so that clients over the limit cost no memory.
	leave, err := q.admit()
	if err != nil {
		return err
	}
	defer leave()
	// Bind: reads the query and the body. From here on the call has its values.
	if q.call, err = q.operation.Bind(q.r); err != nil {
		return err
	}
	q.call.request = q
	q.chooseShape()
	// Before: the program sees the call, and may change values, before a statement depends on them.
	if err = q.beforeCall(); err != nil {
		return err
	}
	// Plan: writes the statement, and refuses what the request asks of the result.
	plan, err := q.call.Plan(q.r.Context(), q.call, q.encoder.MediaType())
	if err != nil {
		return err
	}
	if err = q.checkSingleColumn(plan); err != nil {
		return err
	}
	// Run and respond: the status line waits for the first full block, or else for the commit.
	return q.run(plan.Statement, plan.Values, plan.options(), func(result *exec.Result) error {
		return q.respond(result, plan)
	})
}

// authenticate lets the program say, once, who makes the request.
func (q *request) authenticate() (err error) {
	if q.session != nil {
		q.settings, err = q.session(q.r)
		q.authenticated = q.settings.Authenticated
	}
	return err
}

// negotiate chooses the encoder. A handler with one encoder uses it whatever the request accepts.
func (q *request) negotiate() error {
	q.encoder = q.encoders[0]
	offered := q.encoders
	for _, e := range q.operation.Encoders {
		if !slices.ContainsFunc(offered, func(o encoder.Encoder) bool { return o.MediaType() == e.MediaType() }) {
			offered = append(slices.Clip(offered), e)
		}
	}
	if len(offered) == 1 {
		return nil
	}
	q.w.Header().Add("Vary", "Accept")
	types := make([]string, len(offered))
	for i, e := range offered {
		types[i] = e.MediaType()
	}
	i, ok := negotiate.Accept(q.r.Header.Values("Accept"), types)
	switch {
	case ok:
		q.encoder = offered[i]
	case len(q.encoders) > 1:
		return &Error{
			Status: http.StatusNotAcceptable, Public: true,
			Message: "no representation has a media type that the request accepts",
			Hint:    "accept one of " + strings.Join(types, ", "),
		}
	}
	return nil
}

// admit waits for a place under the limit of concurrent calls. leave gives the place back.
func (q *request) admit() (leave func(), err error) {
	if q.limiter == nil {
		return func() {}, nil
	}
	err = q.limiter.Enter(q.r.Context())
	if err == limit.ErrBusy {
		seconds := math.Ceil(max(q.limits.Wait, time.Second).Seconds())
		q.w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		return nil, &Error{
			Status: http.StatusServiceUnavailable, Public: true, Err: err,
			Message: "too many requests are being served: try again later",
		}
	}
	if err != nil {
		return nil, err
	}
	return q.limiter.Leave, nil
}

// beforeCall shows the call to the program.
func (q *request) beforeCall() error {
	n := len(q.call.Values)
	for _, f := range q.before {
		if err := f(q.r, q.call); err != nil {
			return err
		}
	}
	if len(q.call.Values) != n {
		return fmt.Errorf("Hooks.Before has left %d values of %d: replace values in their places",
			len(q.call.Values), n)
	}
	return nil
}

// checkSingleColumn refuses several columns for an encoder of bare values that the request has
// chosen among others. The encoder itself could refuse them only after the procedure has run.
func (q *request) checkSingleColumn(p *Plan) error {
	columns := len(p.Result)
	if p.Result == nil {
		columns = len(p.Columns)
	}
	mediaType := q.encoder.MediaType()
	if columns < 2 || len(q.encoders) < 2 || q.encoder != encoder.Raw(mediaType) {
		return nil
	}
	return &Error{
		Status: http.StatusNotAcceptable, Public: true,
		Message: fmt.Sprintf("%s holds a single column, and the result has %d", mediaType, columns),
		Hint:    "select one column, or accept another media type",
	}
}

// run runs a statement with the settings of the request and calls use with the result. Without use
// calling Commit a transaction that the settings need is rolled back.
func (q *request) run(s Statement, values []any, o exec.Options, use func(*exec.Result) error) error {
	var statements []exec.Statement
	if o.Tx = q.session != nil || len(q.call.Settings) > 0; o.Tx {
		settings := q.dialect.Settings()
		statements = append(statements, settingsStatement(settings, q.call.Settings, q.settings))
		s.Query = settings.Mark(q.settings.Role, s.Query)
	}
	o.Reads = q.call.ReadOnly
	o.ReadOnly = q.readOnly && q.call.ReadOnly
	o.Rows.Kinds, o.Outs = q.kinds, s.outs()
	result, err := exec.Run(q.r.Context(), q.db, s.appendTo(statements, values), o)
	if err != nil {
		return err
	}
	defer result.Close()
	return result.Explain(use(result))
}

// options returns how the rows of the plan are read.
func (p *Plan) options() exec.Options {
	return exec.Options{Rows: row.Options{Meta: p.Meta, Columns: p.Result, Batches: true}}
}

// respond sends the result. Nothing is sent of an error that comes before the first block is full;
// one that comes later makes the caller abort the response.
func (q *request) respond(result *exec.Result, plan *Plan) error {
	rows := result.Rows()
	q.watchRows(rows, plan)
	meta, err := rows.Meta()
	if err != nil {
		return err
	}
	if err := q.shapeRows(rows); err != nil {
		return err
	}
	var trailer []row.Value
	location := ""
	out := response.New(q.w, q.r, response.Options{
		MediaType: q.encoder.MediaType(), Empty: isEmpty(rows) || q.redirect != "",
		WriteTimeout: q.limits.Write, MaxBytes: q.limits.Bytes,
		Reply: func(count int64) (int, http.Header, error) {
			return q.reply(plan, rows, meta, trailer, count, location)
		},
	})
	defer out.Release()
	defer func() { q.began = out.Began() }()
	switch {
	case q.redirect != "":
		location, err = redirectTo(q.redirect, rows)
	case out.WantsBody():
		err = q.encoder.Encode(out, rows)
	}
	if err != nil {
		return err
	}
	if err := rows.Finish(); err != nil { // an encoder may have stopped early, or passed over an error
		return err
	}
	if plan.Trailer != nil && !out.Began() {
		s := plan.Trailer
		if trailer, err = result.Trailer(exec.Statement{Text: s.Query, Args: s.args(plan.Values)}); err != nil {
			return err
		}
	}
	count := int64(rows.Passed())
	if !out.WantsBody() && !isEmpty(rows) { // Finish has skipped the rows, uncounted
		count = -1
	}
	if err := out.Settle(count); err != nil { // an error rolls back
		return err
	}
	if err := result.Commit(); err != nil {
		return err
	}
	return out.Finish()
}

// watchRows has each row seen on its way to the encoder.
func (q *request) watchRows(rows *row.Rows, plan *Plan) {
	if plan.Row != nil {
		rows.Each(plan.Row)
	}
	for _, f := range q.row {
		rows.Each(f)
	}
	if q.limits.Rows <= 0 {
		return
	}
	n := int64(0)
	rows.Each(func(*row.Row) error {
		if n++; n > q.limits.Rows {
			return &Error{
				Status: http.StatusInternalServerError, Public: true,
				Message: fmt.Sprintf("the result exceeds the limit of %d rows", q.limits.Rows),
				Hint:    "ask for a part of it",
			}
		}
		return nil
	})
}

// chooseShape lets the encoder demand another shape than that of the call.
func (q *request) chooseShape() {
	if s, ok := q.encoder.(encoder.Shaper); ok {
		shape := s.Shape(q.call.Shape)
		q.singular = shape == row.One
		q.call.Shape = shape
	}
}

// shapeRows gives the rows their shape. An encoder that demands a single object is the choice of the
// client, so that another number of rows is a 406; the program's own choice would be a 404 or 500.
func (q *request) shapeRows(rows *row.Rows) error {
	if len(rows.Columns()) == 0 {
		return nil
	}
	err := rows.As(q.call.Shape)
	var count *row.CountError
	if q.singular && errors.As(err, &count) {
		found := "0 rows"
		if count.Many {
			found = "more than one row"
		}
		return &Error{
			Status: http.StatusNotAcceptable, Public: true, Err: err,
			Message: "a single object is requested, and the result is not one row",
			Detail:  "The result contains " + found,
		}
	}
	return err
}

// isEmpty reports whether there is nothing to encode: no columns, or that of a function that
// returns void.
func isEmpty(rows *row.Rows) bool {
	columns := rows.Columns()
	return len(columns) == 0 || len(columns) == 1 && columns[0].Kind == row.Void
}

// reply returns the status and header of the response.
func (q *request) reply(
	plan *Plan, rows *row.Rows, meta, trailer []row.Value, count int64, location string,
) (status int, header http.Header, err error) {
	switch {
	case q.call.Status != 0:
		status = q.call.Status
	case isEmpty(rows):
		status = http.StatusNoContent
	default:
		status = http.StatusOK
	}
	if plan.Reply != nil {
		if status, header, err = plan.Reply(status, meta, trailer, count); err != nil {
			return 0, nil, err
		}
	}
	if header == nil && (q.download != "" || location != "") {
		header = http.Header{}
	}
	if q.download != "" && header.Get("Content-Disposition") == "" {
		header.Set("Content-Disposition", response.Attachment(q.download))
	}
	if location != "" {
		status = http.StatusSeeOther
		header.Set("Location", location)
	}
	return status, header, nil
}

// redirectTo fills the columns of the first row into a URL.
func redirectTo(template string, rows *row.Rows) (string, error) {
	var first row.Row
	for r, err := range rows.All() {
		if err != nil {
			return "", err
		}
		first = r.Clone()
		break
	}
	return response.Location(template, first)
}
