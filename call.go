package moresql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/limit"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/replica"
	"github.com/moresql/moresql/row"
)

// A call is one procedure and how it is served.
type call struct {
	proc      string
	statement Statement // with every parameter present

	caller   Caller
	fields   []binder.Field
	params   []Param // of the fields
	values   Values
	sources  []binder.Source
	kinds    Kinds
	readOnly bool
	reader   *replica.DB // for calls that only read, or nil

	encoders []encoder.Encoder // the first is for clients that have no preference
	choose   Negotiator        // among them; nil for the first
	shape    row.Shape
	status   int
	download string
	redirect string

	asks    bool // a request may ask for a part of the result
	maxPage int64
	columns *columns // that it may name

	routines *sync.Map // of *columns by the names of routines, whose catalog does not tell them

	session      func(*http.Request) (Settings, error)
	httpSettings bool

	each   []func(*row.Row) error
	before []func(*http.Request, *Call) error
	after  []func(*http.Request, *Call, error)

	timeout      time.Duration
	writeTimeout time.Duration
	limit        *limit.Limit
	retryAfter   string // seconds, when there is no room
	maxRows      int
	maxBytes     int64

	bodyLimit   int64
	statuses    Statuses
	showDetails bool
	logger      *slog.Logger
	onError     func(*Error)
}

// with returns a copy of the call with options applied.
func (c call) with(options []Option) call {
	c.fields, c.params = slices.Clip(c.fields), slices.Clip(c.params)
	for _, o := range options {
		o.apply(&c)
	}
	return c
}

// check says what is wrong with how a call is put together.
func (c *call) check() error {
	switch {
	case c.status != 0 && (c.status < 200 || c.status > 399):
		return fmt.Errorf("Status(%d) is not that of a successful answer, 200 to 399", c.status)
	case len(c.encoders) == 0:
		return errors.New("Offer has no encoder to offer")
	case len(c.encoders) > 1 && c.choose == nil:
		return errors.New("Offer has nothing to choose with: give it negotiate.Accept")
	case c.inSession() && !isPostgreSQL(c.caller):
		return errors.New("Session and HTTPSettings are for PostgreSQL: other databases have no settings of a transaction")
	}
	return binder.Check(c.fields, c.values)
}

// An exchange is one request on its way through the rooms.
type exchange struct {
	*call
	db    Querier
	w     http.ResponseWriter
	r     *http.Request
	seen  *Call // by Before
	reply response.Reply

	encoder       encoder.Encoder
	shape         row.Shape
	demanded      bool // the encoder wants that shape
	reads         bool // the call only reads
	partly        bool // the statement asks for a part of the result
	authenticated bool
	own           Settings // of the request
}

func (c *call) exchange(db Querier, w http.ResponseWriter, r *http.Request) *exchange {
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, c.bodyLimit)
	}
	return &exchange{call: c, db: db, w: w, r: r, shape: c.shape, reads: c.readOnly, authenticated: r.Header.Get("Authorization") != ""}
}

// end ends a request that has been answered, or is to be answered with err.
func (x *exchange) end(err error) {
	var e *Error
	aborted := false
	if err != nil {
		e, aborted = x.explain(err)
	}
	if x.seen != nil {
		for _, f := range x.after {
			if e == nil {
				f(x.r, x.seen, nil)
			} else {
				f(x.r, x.seen, e)
			}
		}
	}
	if e != nil {
		x.fail(e, aborted)
	}
}

// serve walks a request through the rooms.
func (x *exchange) serve() error {
	if err := x.negotiate(); err != nil {
		return err
	}
	if err := x.authenticate(); err != nil {
		return err
	}
	values, present, err := binder.Bind(x.r, x.fields, x.call.values, x.sources)
	if err != nil {
		return err
	}
	s, err := x.statementFor(present)
	if err != nil {
		return err
	}
	if err := x.show(x.names, values); err != nil {
		return err
	}
	leave, err := x.enter()
	if err != nil {
		return err
	}
	defer leave()
	a := answer{Statement: s, values: values}
	if x.asks {
		if a.asked, err = x.asked(); err != nil {
			return err
		}
	}
	if a.asked != nil || x.httpSettings {
		if err := x.declared(&a); err != nil {
			return err
		}
	}
	return x.answer(a)
}

// names returns those of the parameters.
func (c *call) names() []string {
	names := make([]string, len(c.fields))
	for i, f := range c.fields {
		names[i] = f.Name
	}
	return names
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

// negotiate picks the encoder, and the shape if that demands one.
func (x *exchange) negotiate() error {
	x.encoder = x.encoders[0]
	accept := x.r.Header.Values("Accept")
	switch {
	case x.choose != nil:
		x.w.Header().Add("Vary", "Accept")
		offered := make([]string, len(x.encoders))
		for i, e := range x.encoders {
			offered[i] = e.MediaType()
		}
		i, ok := x.choose(accept, offered)
		if !ok {
			return &Error{
				Status: http.StatusNotAcceptable, Code: "PGRST107", Public: true,
				Message: "there is no answer of a media type that the request accepts", Hint: "accept one of " + strings.Join(offered, ", "),
			}
		}
		x.encoder = x.encoders[i]
	case x.asks: // a client of PostgREST that wants one object names nothing else
		x.w.Header().Add("Vary", "Accept")
		if object := encoder.Object(); len(accept) == 1 && same(accept[0], object.MediaType()) {
			x.encoder = object
		}
	}
	if s, ok := x.encoder.(encoder.Shaper); ok {
		shape := s.Shape(x.shape)
		x.demanded, x.shape = shape != x.shape || shape == row.One, shape
	}
	return nil
}

// same reports whether two media types are the same but for parameters.
func same(a, b string) bool {
	a, _, errA := mime.ParseMediaType(a)
	b, _, errB := mime.ParseMediaType(b)
	return a == b && errA == nil && errB == nil
}

// show has the functions of Before see the call.
func (x *exchange) show(names func() []string, values []any) error {
	if x.before == nil && x.after == nil {
		return nil
	}
	x.seen = &Call{Proc: x.proc, Names: names(), Values: values}
	for _, f := range x.before {
		if err := f(x.r, x.seen); err != nil {
			return err
		}
	}
	if len(x.seen.Values) != len(values) {
		return fmt.Errorf("Before has left %d values of %d: change them in their places", len(x.seen.Values), len(values))
	}
	copy(values, x.seen.Values)
	return nil
}

// shaped gives the rows their shape.
func (x *exchange) shaped(rows *row.Rows) error {
	if x.demanded && x.shape == row.One {
		err := rows.As(x.shape)
		var count *row.CountError
		if errors.As(err, &count) {
			found := "0 rows"
			if count.Many {
				found = "more than one row"
			}
			return &Error{
				Status: http.StatusNotAcceptable, Code: "PGRST116", Public: true,
				Message: "a single object is asked for, and the result is not one row", Detail: "The result contains " + found,
			}
		}
		return err
	}
	return rows.As(x.shape)
}

// options returns how the statements of a call are run.
func (c *call) options() exec.Options {
	o := exec.Options{ReadOnly: c.readOnly, Rows: row.Options{Kinds: c.kinds}}
	return o
}

// run sends a statement with the values of the parameters, in the session of its request, and calls use with the rows: on the replica if that
// is there, and the call one that only reads.
func (x *exchange) run(s Statement, values []any, how row.Options, last *trailer, use func(*row.Rows) error) error {
	o := x.options()
	how.Kinds = x.kinds
	o.Rows, o.Tx, o.Outs = how, x.inSession(), s.outs
	var statements []exec.Statement
	if x.inSession() {
		settings, err := x.settings()
		if err != nil {
			return err
		}
		statements = append(statements, settings)
		s.Query = dialect.PostgreSQL.Settings().Mark(x.own.Role, s.Query)
	}
	statements = append(statements, s.all(values)...)
	ctx := x.r.Context()
	if o.Reads = x.reads; x.reads && x.reader != nil {
		if db := x.reader.Replica(ctx); db != nil {
			err := running(ctx, db, statements, o, last, use)
			if err == nil || ctx.Err() != nil {
				return err
			}
			x.reader.Report(err)
			if !errors.As(err, new(*exec.ConnectError)) { // else nothing has been sent
				return err
			}
		}
	}
	return running(ctx, x.db, statements, o, last, use)
}

// A trailer is a statement that follows the rows of a call, in its transaction.
type trailer struct {
	exec.Statement
	use func([]row.Value) error
}

// running runs statements and calls use with the rows of the last. When use has finished these the
// trailer runs, and the transaction is committed.
func running(ctx context.Context, db Querier, statements []exec.Statement, o exec.Options, last *trailer,
	use func(*row.Rows) error) error {
	res, err := exec.Run(ctx, db, statements, o)
	if err != nil {
		return err
	}
	defer res.Close()
	rows := res.Rows()
	if last != nil || o.Tx {
		rows.AtEnd(func() error {
			if last != nil {
				values, err := res.Trailer(last.Statement)
				if err != nil {
					return err
				}
				if err := last.use(values); err != nil {
					return err
				}
			}
			return res.Commit()
		})
	}
	return res.Explain(use(rows))
}
