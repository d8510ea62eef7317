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
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"sync"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/rpc"
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
		encoders:  []encoder.Encoder{encoder.JSON()},
		sources:   binder.Defaults(),
		bodyLimit: 1 << 20,
		logger:    slog.Default(),
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
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := c.exchange(m.db, w, r)
		defer x.begin()()
		x.end(x.serve())
	})
}

// Execute serves one call inside a handler of your own. It always answers, also when the procedure cannot be called so;
// a response that fails after its first block it aborts by panicking with http.ErrAbortHandler. The request's body can be
// read again afterwards, as far as BodyLimit lets it.
func (m *MoreSQL) Execute(w http.ResponseWriter, r *http.Request, proc string, options ...Option) {
	c, err := m.prepare(proc, options)
	x := c.exchange(m.db, w, r)
	defer x.begin()()
	if err == nil {
		err = x.serve()
	}
	x.end(err)
}

// RPC returns a handler that serves every routine of a catalog at /{name}, as PostgREST does at /rpc/{name}: mount it under
// http.StripPrefix. Arguments go by name, from the query of a GET, which calls only what is declared STABLE or IMMUTABLE, or from
// the body of a POST. The names that are given pick the overload. The shape of the answer comes from the declaration. Of
// the options those about fields and shapes have no meaning here; others panic as in Handler. A reloaded catalog serves from the next request on.
func (m *MoreSQL) RPC(cat *catalog.Catalog, options ...Option) http.Handler {
	defaults := m.defaults.with(options)
	defaults.asks, defaults.routines = true, new(sync.Map)
	defaults.fields, defaults.params, defaults.values, defaults.status = nil, nil, nil, 0
	if err := defaults.check(); err != nil {
		panic(newError(context.Background(), "RPC", err))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := defaults
		c.proc = r.URL.Path
		x := c.exchange(m.db, w, r)
		defer x.begin()()
		x.end(x.serveRoutine(cat.Current()))
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
		err := m.query(ctx, proc, args, row.Options{}, func(rows *row.Rows) error {
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
	err := m.query(ctx, proc, args, row.Options{Batches: true}, func(rows *row.Rows) error {
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
func (m *MoreSQL) query(ctx context.Context, proc string, args []any, how row.Options, use func(*row.Rows) error) error {
	params, values := arguments(args)
	s, err := m.defaults.caller.Statement(proc, params)
	if err != nil {
		return err
	}
	o := m.defaults.options()
	how.Kinds = o.Rows.Kinds
	o.Rows, o.Outs = how, s.outs
	return running(ctx, m.db, s.all(values), o, nil, use)
}

// prepare puts a call together and has its statement written, so that mistakes of the program show here.
func (m *MoreSQL) prepare(proc string, options []Option) (_ *call, err error) {
	c := m.defaults.with(options)
	c.proc = proc
	err = c.check()
	if err == nil {
		c.statement, err = c.caller.Statement(proc, c.params)
	}
	if err == nil && c.asks {
		c.columns = new(columns)
		if inner, _ := c.source(c.statement, 0); inner == nil {
			err = errors.New("Query asks for parts of what a Function or a query of Statements returns, and this call is neither")
		}
	}
	return &c, err
}
