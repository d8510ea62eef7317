package moresql

import (
	"context"
	"iter"
	"net/http"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// A Resource says what a request means: a procedure, a routine or a table that a catalog describes,
// or anything else that comes down to a statement. MoreSQL.Serve makes an http.Handler of one. A
// Resource that wraps another, as middleware wraps a handler, changes what its methods return; see
// Use. It must be safe for concurrent use.
//
// A Resource may have more methods, which one that wraps it passes on: Traits() (Traits, bool), of
// its statements, which otherwise count as PostgreSQL's, and Validate() error, which returns a
// mistake of the program when the handler is made. One that wraps another has Unwrap() Resource, by
// which the options of package rest find each other.
type Resource interface {
	// Match returns what the request may come to. It looks at the method, the path and the header
	// only: at this point nobody has been authenticated, so no body is read and no statement is sent.
	// An *Error says how a request is refused that means nothing here.
	Match(r *http.Request) (*Operation, error)
}

// An Operation is what a request may come to, before its body is read. Match may return the same
// one for every request.
type Operation struct {
	// Name is that of the procedure or relation, with the schema if it is known: for errors and logs
	// until Bind has returned a Call.
	Name string

	// Arguments are the names of query parameters that are arguments of the call. Others are free for
	// a Resource that wraps this one, such as rest.Query.
	Arguments []string

	// Encoders are offered after those of the handler to a request that accepts their media types.
	Encoders []encoder.Encoder

	// Bind reads the arguments from the request. It is called once, after authentication, and returns
	// a Call of its own for each request.
	Bind func(*http.Request) (*Call, error)

	// Explain, if set, sees every error of the request before Hooks.Error does. It may complete it,
	// with a code of a protocol for instance.
	Explain func(*Error)
}

// A Call is the call of one procedure with its arguments, as Hooks see it.
type Call struct {
	Name   string   // of the procedure, with the schema if it is known: api.get_cars
	Title  string   // what people call the result, for encoders that show it; "" is Name
	Names  []string // of the arguments; must not be modified
	Values []any    // as they are bound; nil is NULL. Hooks.Before may replace each of them

	Shape   row.Shape // of the result, unless the encoder demands another
	Status  int       // of a successful response; 0 is 200, or 204 for a result without columns
	MaxRows int64     // that the encoder takes, or 0; Plan need not have more than one beyond sent
	Skipped int       // result sets that the response has left out, for Hooks.After

	Framed, Counted bool // the encoder shows what is around the rows, and how many the whole has

	// ReadOnly says that the call only reads. It may run on a replica, and the option ReadOnly has it
	// run in a READ ONLY transaction.
	ReadOnly bool

	// Atomic runs the call in a transaction, as the option Atomic does all calls. With Undo that is
	// rolled back in the end.
	Atomic, Undo bool

	// Settings, names and values, are set before those of Session, in a transaction of the call.
	Settings [][2]string

	// More, if set, runs more statements in the call's transaction, after its last row, and may read
	// the body meanwhile. each sees the rows of a statement, and may be nil.
	More func(run func(query string, args []any, each func(row.Row) error) error) error

	// Query are the parameters of the query that are not arguments, for a Resource that wraps this
	// one. Nil leaves it to that to read them; see Operation.Arguments.
	Query []binder.Arg

	// Plan writes the statement, once encoder and values are final; mediaType is the encoder's. It
	// runs nothing, but may query the database for columns by Run.
	Plan func(ctx context.Context, c *Call, mediaType string) (*Plan, error)

	runner  runner // of the request
	planned *Plan  // of a declared procedure: its statement, for the parameters that are present
}

// A runner runs statements as the client of a call.
type runner interface {
	run(s Statement, values []any, o exec.Options) (*exec.Result, error)
	runAll(calls iter.Seq2[*Call, error], use func(*Call, *row.Rows) error) error
}

// Run runs a statement before that of the call, as the client of the call and with its settings,
// and calls use with the result, which is good until use returns. It is for Plan.
func (c *Call) Run(s Statement, values []any, use func(*row.Rows) error) error {
	result, err := c.runner.run(s, values, exec.Options{})
	if err != nil {
		return err
	}
	defer result.Close()
	return result.Explain(use(result.Rows()))
}

// RunAll runs calls in the transaction of c, which is Atomic, after the rows of c, and calls use
// with the rows of each, in order. It is for an encoder of the Operation, while it writes. Only
// Shape, Status, Settings, which replace those of c, and Plan, which must not use Run, count of a
// call, and Statement, Values, Result, Row, Trailer and Reply of a plan: a status of 400 and above
// undoes all, and what else Reply returns is dropped. Hooks see calls and their rows; Before does
// so ahead of the rows, as far as the driver sends several calls together. The error says by
// Error.Place which call it is of; one that calls yields, with the Call or nil, ends them.
func (c *Call) RunAll(calls iter.Seq2[*Call, error], use func(*Call, *row.Rows) error) error {
	return c.runner.runAll(calls, use)
}

// runAll runs calls while the response is written.
func (q *request) runAll(calls iter.Seq2[*Call, error], use func(*Call, *row.Rows) error) error {
	see := q.sending.Watchers() // of the rows of all calls
	return q.result.Steps(exec.Map(calls, func(c *Call, err error) (exec.Step, error) {
		if c == nil {
			c = new(Call)
		}
		var p *Plan
		if err == nil {
			err = q.before(c)
		}
		if err == nil {
			p, err = q.plan(c)
		}
		if err != nil {
			return exec.Step{Name: c.Name}, err
		}
		step := p.Statement.step(nil, p.Values)
		step.Name, step.Names, step.Bind, step.Settings = c.Name, c.Names, p.Statement.Bind, c.Settings
		step.Rows = row.Options{Kinds: q.kinds, Columns: p.Result, Batches: true}
		part := response.Part{Shape: c.Shape, Status: c.Status, First: p.Row, Rows: see, Reply: p.Reply}
		part.Use = func(rows *row.Rows) error { return use(c, rows) }
		step.Trailer = p.Trailer.step(nil, p.Values).Statements
		part.Join(&step)
		return step, nil
	}))
}

// A Plan is what is sent to the database, and how the result is read.
type Plan struct {
	Statement Statement
	Values    []any // of the statement's parameters

	// Relation is the statement in a form that may stand in the FROM of another one, with the same
	// values; nil if there is none. Columns are those of its result, nil if they are not known.
	Relation *Statement
	Dialect  Dialect
	Columns  []catalog.Column

	// Meta is the number of leading columns that say something of the result as a whole, such as a
	// count. They are taken off every row. The last of them is NULL in the only row of a result that
	// has no rows otherwise.
	Meta int

	// Result names the columns after those; a Kind other than row.Null replaces the driver's. Nil
	// leaves the columns as they come.
	Result []row.Column

	// First, if set, runs statements before Statement in the same transaction, as Call.More does after
	// it. It returns what is sent instead of Statement, with the values of its placeholders.
	First func(func(query string, args []any, each func(row.Row) error) error) (string, []any, error)

	// Trailer, if set, is run after the last row in the same transaction. Its first row is passed to
	// Reply. It is left out if the response has begun by then.
	Trailer *Statement

	// Affected, if set, gets how many rows a statement without a result has changed, before Reply, if
	// the database says it, which PostgreSQL does not of a CALL. An error is that of the call.
	Affected func(n int64) error

	// Row, if set, sees each row before Hooks.Row does, by the same rules.
	Row func(*row.Row) error

	// Reply, if set, returns the status and header just before they are sent, and for GET also while a
	// page is written that shows them. status is that of the response otherwise; meta and trailer are
	// the values of the metadata columns and of Trailer, nil if there are none; rows is the number of
	// rows, -1 if the response begins before all have been read. An error is that of the call.
	Reply func(status int, meta, trailer []row.Value, rows int64) (int, http.Header, error)
}
