package moresql

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/replica"
	"github.com/moresql/moresql/row"
)

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

// Bind declares parameters by fields that say where their values come from and what these must be:
//
//	moresql.Bind(binder.Int("doors").Min(1).Max(9), binder.Header("tenant", "X-Tenant"), binder.File("photo"))
//
// All that is wrong with a request is reported together.
func Bind(list ...binder.Field) Option {
	return option(func(c *call) {
		for _, field := range list {
			c.fields, c.params = append(c.fields, field), append(c.params, Param{Name: field.Name, In: true})
		}
	})
}

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

// WithReader has calls that only read go to a replica of the database: those of a handler with ReadOnly, and under RPC each GET. While the replica
// does not answer, is further behind than maxLag, or is none any more since it has been promoted, they go to the database of New. That is asked of
// it once a second, by a statement for PostgreSQL's streaming replication. What a client has just written it may not see yet. A call that has
// been sent to the replica is not sent again: one that its end interrupts fails.
func WithReader(db Querier, maxLag time.Duration) Option {
	r := replica.New(nil, db, maxLag)
	return option(func(c *call) { c.reader = r })
}

// Prepared keeps statements prepared on each connection of the *sql.DB, instead of having them parsed and planned again for every call:
// lib/pq then needs one round trip for a call with arguments instead of two. pgx keeps statements by itself and is left to it. A
// statement that fails, but for what its author raises and for constraints, is prepared anew for the next call.
//
// Behind PgBouncer in transaction mode it works if that keeps track of prepared statements, from 1.21 on with max_prepared_statements above 0.
// Where a pooler does not, lib/pq's statements, which have numbers for names, would be mistaken for another client's: that is found out on each
// new connection, by one statement more, and calls fail. It cannot be found out where another driver is wrapped around lib/pq.
//
// go-sqlmock wants ExpectPrepare before the first call. On a *sql.Conn or *sql.Tx of your own it has no effect.
func Prepared() Option { return option(func(*call) {}) }

// Offer lets the client choose among encoders by the Accept field of its request (RFC 9110, 12.5.1): 406 lists what there is. The first is
// for clients that have no preference. choose is Accept of the package negotiate, or a function of your own.
func Offer(choose Negotiator, encoders ...encoder.Encoder) Option {
	return option(func(c *call) { c.choose, c.encoders = choose, slices.Clone(encoders) })
}

// A Negotiator returns which of the offered media types suits the Accept fields of a request best, false when none does. It must be safe
// for concurrent use.
type Negotiator func(accept, offered []string) (index int, ok bool)

// WithEncoder sets what the answer is written with, instead of encoder.JSON().
func WithEncoder(e encoder.Encoder) Option {
	return option(func(c *call) { c.choose, c.encoders = nil, []encoder.Encoder{e} })
}

// Download has browsers save the answer under a file name instead of showing it (RFC 6266).
func Download(name string) Option { return option(func(c *call) { c.download = name }) }

// Redirect answers a successful call with 303 See Other, as for a form that was posted. In the URL {id} stands for the column id of the
// first row, escaped as a part of a path or query.
func Redirect(url string) Option { return option(func(c *call) { c.redirect = url }) }

// Query lets a request ask for a part of the result, in the grammar that PostgREST's clients speak: select, order, limit, offset, filters
// such as price=gte.10, and, or; a Range, and Prefer: count=exact. Whatever a request asks is bound to the statement or names a column that
// there is; a parameter that is not understood is a 400. Names that the procedure's own fields have stay theirs.
//
// The call is a subquery then, which PostgreSQL inlines for most functions in SQL, so that a filter reaches an index. Where no catalog
// tells the columns they are asked for once, by a statement that returns no rows. It needs Function or Statements; under RPC it is on.
func Query() Option { return option(func(c *call) { c.asks = true }) }

// MaxPage sets how many rows an answer has at most, whatever a request asks: the Link of one that has them leads to the next. It
// includes Query.
func MaxPage(rows int) Option {
	return option(func(c *call) { c.asks, c.maxPage = true, int64(rows) })
}

// Each has f see each row on its way to the encoder: it may change its values, or leave the row out by returning row.ErrSkip. Another error
// ends the call. See row.Rows.Each. f must be safe for concurrent use.
func Each(f func(*row.Row) error) Option {
	return option(func(c *call) { c.each = append(slices.Clip(c.each), f) })
}

// Before has f see each call when its values are known and nothing has been sent to the database. It may change the values. An error is that
// of the call: an *Error says how it is answered. f must be safe for concurrent use.
func Before(f func(*http.Request, *Call) error) Option {
	return option(func(c *call) { c.before = append(slices.Clip(c.before), f) })
}

// After has f see each call that Before would have seen when it is over. err is nil when it was answered well, else an *Error, which has not
// been answered yet. f must be safe for concurrent use.
func After(f func(r *http.Request, c *Call, err error)) Option {
	return option(func(c *call) { c.after = append(slices.Clip(c.after), f) })
}

// A Call is a procedure with its arguments, as Before and After see it.
type Call struct {
	Proc   string
	Names  []string // of the parameters
	Values []any    // theirs; nil is NULL
}

// Statuses sets the HTTP status of errors by their SQLSTATE, or its class, the first two characters: Statuses{"23514": 422, "55": 409}.
type Statuses map[string]int

func (s Statuses) apply(c *call) { c.statuses = merged(c.statuses, s) }

// ShowDetails puts into the answers what the database itself says of an error: its message, detail and hint, which may show rows and
// statements. For development. What the author of a procedure raises goes out in any case.
func ShowDetails() Option { return option(func(c *call) { c.showDetails = true }) }

// OnError sees every error before it is answered, and may change how: e.Status, e.Message, e.Public.
// It must be safe for concurrent use.
func OnError(f func(e *Error)) Option { return option(func(c *call) { c.onError = f }) }

// WithCaller sets how procedures are called, instead of Function{}.
func WithCaller(caller Caller) Option { return option(func(c *call) { c.caller = caller }) }

// WithLogger sets where failed calls are logged, instead of slog.Default: those of status 500 and above as
// errors, those of the client's doing at the level Debug.
func WithLogger(l *slog.Logger) Option { return option(func(c *call) { c.logger = l }) }
