// Package moresql is a thin layer of glue between Go programs and the stored procedures of their
// database.
//
// You name a procedure, moresql calls it through database/sql, scans whatever comes back through the
// column types, and streams it to the client through an encoder that you can swap:
//
//	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
//	m := moresql.New(db)
//	mux.Handle("GET /user", m.Handler("get_user", moresql.Fields("username", "password")))
//
// By default a call sends exactly one statement, SELECT * FROM get_user($1, $2), and nothing else. A
// request can choose values, never SQL. A complete response means success: an error in the middle of
// a long one aborts the connection.
//
// Package rest serves a whole catalog of routines by the rules of PostgREST. Where you would deploy
// PostgREST itself and have no Go program, that or the command moresql serves you better than this
// package.
package moresql

import (
	"bufio"
	"context"
	"io"
	"iter"
	"log/slog"
	"net/http"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/row"
)

// MoreSQL calls procedures. It keeps nothing but its options, and is safe for concurrent use as far
// as its Querier is: a *sql.DB is, a *sql.Tx or *sql.Conn serves one call after the other.
type MoreSQL struct {
	db       Querier
	defaults *config
}

// New returns a MoreSQL that calls procedures through db. The options are the defaults of every
// call.
func New(db Querier, options ...Option) *MoreSQL {
	defaults := config{encoders: []encoder.Encoder{encoder.JSON()}, logger: slog.Default()}
	return &MoreSQL{db: db, defaults: defaults.with(options)}
}

// With returns a copy of m with other defaults:
//
//	m.With(moresql.CallBy(moresql.Procedure{})).Rows(ctx, "p")
func (m *MoreSQL) With(options ...Option) *MoreSQL {
	return &MoreSQL{db: m.db, defaults: m.defaults.with(options)}
}

// Caller returns what writes the statements of m: that of the option CallBy, or Function{}.
func (m *MoreSQL) Caller() Caller { return m.defaults.callerOrDefault() }

// Describe returns what may be done with the statement of proc, false if the Caller does not say.
func (m *MoreSQL) Describe(proc string) (Traits, bool) { return describe(m.Caller(), proc) }

// Handler returns a handler that serves one procedure. It panics when the procedure cannot be called
// so, as http.ServeMux does for a wrong pattern: a name that cannot be an identifier, or a statement
// that does not exist.
//
// A handler aborts a response that fails after its first block by panicking with
// http.ErrAbortHandler.
func (m *MoreSQL) Handler(proc string, options ...Option) http.Handler {
	c := m.defaults.with(options)
	p, err := newProcedure(proc, c)
	if err != nil {
		panic(newError(context.Background(), proc, err))
	}
	return m.serve(proc, p, c)
}

// Serve returns a handler that serves a Resource of the caller's own, or one of another package,
// decorated by the options Use. Of the options Fields, Bind, Values, CallBy, Shape and Status have
// no meaning here: they describe a procedure. It panics like Handler.
func (m *MoreSQL) Serve(resource Resource, options ...Option) http.Handler {
	return m.serve("Serve", resource, m.defaults.with(options))
}

func (m *MoreSQL) serve(name string, resource Resource, c *config) *handler {
	h, err := newHandler(m.db, resource, c)
	if err != nil {
		panic(newError(context.Background(), name, err))
	}
	return h
}

// Execute serves one call inside a handler of the program's own. It always sends a response, also
// when the procedure cannot be called so; one that fails after its first block it aborts by
// panicking with http.ErrAbortHandler. The request's body can be read again afterwards, up to
// Limits.Body.
func (m *MoreSQL) Execute(w http.ResponseWriter, r *http.Request, proc string, options ...Option) {
	c := m.defaults.with(options)
	p, err := newProcedure(proc, c)
	var h *handler
	if err == nil {
		h, err = newHandler(m.db, p, c)
	}
	if err != nil {
		h = &handler{db: m.db, config: c, resource: refused{err}}
	}
	h.ServeHTTP(w, r)
}

// Rows calls a procedure and ranges over the rows that it returns; every range calls it once. A row
// is valid until the next step, see row.Row. An error, always an *Error, comes last with a zero Row.
// Stopping early gives the connection back; on a transaction or connection of the program's own the
// driver reads the rest first.
//
// Arguments go to the driver as they are. One made by sql.Named has a name, which
// Function{Named: true} and named statements go by, and others ignore; an sql.Out, named too, stands
// for an OUT or INOUT parameter, whose value comes back in the row and not in its Dest.
func (m *MoreSQL) Rows(ctx context.Context, proc string, args ...any) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		stopped := false
		err := m.query(ctx, proc, args, row.Options{}, func(result *exec.Result) error {
			for r, err := range result.Rows().All() {
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

// Stream calls a procedure and writes the list of its rows to w through e, in blocks, as they come.
// When it fails, with an *Error for what the database said, w has received a part of the document,
// which is not complete.
func (m *MoreSQL) Stream(
	ctx context.Context, w io.Writer, e encoder.Encoder, proc string, args ...any,
) error {
	options := row.Options{Batches: true}
	err := m.query(ctx, proc, args, options, func(result *exec.Result) error {
		out := bufio.NewWriterSize(w, 32<<10)
		if err := e.Encode(out, result.Rows()); err != nil {
			return err
		}
		if err := result.Rows().Finish(); err != nil {
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
func (m *MoreSQL) query(
	ctx context.Context, proc string, args []any, rows row.Options, use func(*exec.Result) error,
) error {
	params, values := arguments(args)
	s, err := m.defaults.callerOrDefault().Statement(proc, params)
	if err != nil {
		return err
	}
	rows.Kinds = m.defaults.kinds
	o := exec.Options{
		ReadOnly: m.defaults.readOnly, Reads: m.defaults.readOnly, Rows: rows, Outs: s.outs(),
	}
	result, err := exec.Run(ctx, m.db, s.appendTo(nil, values), o)
	if err != nil {
		return err
	}
	defer result.Close()
	return result.Explain(use(result))
}

// A refused Resource answers every request with the program's mistake.
type refused struct{ err error }

func (r refused) Match(*http.Request) (*Operation, error) { return nil, r.err }
