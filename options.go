package moresql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/limit"
	"github.com/moresql/moresql/internal/merge"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/row"
)

// An Option is a property of calls: of all of a MoreSQL in New, of those of one handler, or of one
// Execute.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

// A config is what the options say.
type config struct {
	// Of a declared procedure.
	caller   Caller
	fields   []binder.Field
	values   Values
	shape    row.Shape
	status   int
	readOnly bool

	// How any Resource is served.
	use      []func(Resource) Resource
	session  func(*http.Request) (Settings, error)
	kinds    Kinds
	encoders []encoder.Encoder
	response Response
	atomic   bool
	limits   Limits
	limiter  *limit.Limit  // of limits.Running, shared by all handlers that have it from one MoreSQL
	memory   *limit.Budget // of limits.Memory, shared likewise

	hooks  []Hooks
	logger *response.Log
}

// with returns a copy of the config with options applied.
func (c config) with(options []Option) *config {
	c.fields, c.use, c.hooks = slices.Clip(c.fields), slices.Clip(c.use), slices.Clip(c.hooks)
	for _, o := range options {
		o.apply(&c)
	}
	return &c
}

// check returns an error that says which options make no sense.
func (c *config) check() error {
	if c.status != 0 && (c.status < 200 || c.status > 399) {
		return fmt.Errorf("Status(%d) is not that of a successful response, 200 to 399", c.status)
	}
	return binder.Check(c.fields, c.values)
}

// Fields declares the parameters that a request must have, in the order of the procedure's. Each is
// looked up in the path, then the query, then the body. It takes one value: see binder.Array.
func Fields(names ...string) Option {
	return option(func(c *config) {
		for _, name := range names {
			c.fields = append(c.fields, binder.Field{Name: name})
		}
	})
}

// Bind declares parameters by fields that say where their values come from and what these must be:
//
//	moresql.Bind(
//		binder.Int("doors").Min(1).Max(9), binder.Text("color").Optional(),
//		binder.Header("tenant", "X-Tenant"), binder.File("photo"), binder.Out("id"))
//
// An optional field that is absent is NULL, and left out where arguments go by name. OUT parameters
// take no value from a request and come back as columns of a row. All that is wrong with the fields
// of a request is reported together.
func Bind(fields ...binder.Field) Option {
	return option(func(c *config) { c.fields = append(c.fields, fields...) })
}

// Values gives declared fields values of the program's own, which win over those of the request;
// nil is NULL. A name that no field has is refused when the handler is made.
type Values map[string]any

func (v Values) apply(c *config) { c.values = merge.Maps(c.values, v) }

// Kinds sets the kinds of columns whose type the driver does not report: Kinds{"features":
// row.JSON} on MariaDB, whose JSON is a LONGTEXT, or of a computed column of SQLite.
type Kinds map[string]row.Kind

func (k Kinds) apply(c *config) { c.kinds = merge.Maps(c.kinds, k) }

// CallBy sets how procedures are called, instead of by Function{}.
func CallBy(caller Caller) Option { return option(func(c *config) { c.caller = caller }) }

// Shape sets what the result of a procedure stands for, instead of row.List: row.One sends the only
// row as an object, row.Scalar the only value, both with 404 if there is no row and 500 if there
// are several; row.Auto decides by what there is; row.Sets sends all result sets.
func Shape(s row.Shape) Option { return option(func(c *config) { c.shape = s }) }

// Status sets the status of a successful response, 200 to 399, instead of 200 or 204.
func Status(code int) Option { return option(func(c *config) { c.status = code }) }

// ReadOnly runs calls in a READ ONLY transaction, in which the database refuses every write; under
// rest.Routines those of a GET. It sends two statements more, BEGIN and the end of the transaction.
func ReadOnly() Option { return option(func(c *config) { c.readOnly = true }) }

// Atomic runs each call in a transaction: what is answered with an error has had no effect, and no
// more has a response that is aborted. It sends BEGIN and COMMIT, too. Without it a call is one
// statement and commits by itself: its response may yet become an error, by the number of rows, a
// limit, a hook or the encoder. Session, ReadOnly and what package rest writes have it anyway.
func Atomic() Option { return option(func(c *config) { c.atomic = true }) }

// Encoders sets what responses are written with, instead of encoder.JSON(). If there are several
// the client chooses by the Accept field of its request (RFC 9110, 12.5.1), the first is for
// clients without a preference, and 406 lists them all.
func Encoders(encoders ...encoder.Encoder) Option {
	return option(func(c *config) { c.encoders = slices.Clone(encoders) })
}

// Response says what else a successful response has. A field that is "" keeps what was set before.
type Response struct {
	// Download has browsers save the response under a file name instead of showing it (RFC 6266). A
	// Content-Disposition that the procedure sets goes before it.
	Download string

	// Redirect answers with 303 See Other, as for a form that was posted. In the URL {id} stands for
	// the column id of the first row, escaped. The header that the procedure sets is kept.
	Redirect string
}

func (r Response) apply(c *config) { c.response = merge.Fields(c.response, r) }

// Use has decorate wrap the Resource of every handler, as middleware wraps a handler. The first of
// several is the innermost. The options of package rest are made of it.
func Use(decorate func(Resource) Resource) Option {
	return option(func(c *config) { c.use = append(c.use, decorate) })
}

// Limits bound what one request may cost. A field that is 0 keeps what was set before or is the
// default, and a negative one lifts the limit.
type Limits struct {
	Body        int64 // bytes of the request's body, 1 MiB by default: 413 beyond
	Rows, Bytes int64 // of the response: 500 beyond, or an abort if it has begun
	Memory      int64 // bytes of all bodies at once, and of large rows: 503. See docs/limits.md.

	// Timeout bounds the arrival of the body, 408 beyond, and then the work of the database up to the
	// last row, which is cancelled: 504 beyond, or an abort. It stands while Write bounds a block.
	Timeout time.Duration

	// Write bounds what a client may take for each 32 KiB of a response of more than 2 KiB: 30 s by
	// default, unless http.Server has a WriteTimeout. One that is slower is cut off. docs/limits.md.
	Write time.Duration

	// Running calls run at once, Waiting more queue, each for at most Wait. Others are refused with
	// 503 and Retry-After without a connection to the database. The handlers of one MoreSQL whose New
	// or With has the limit share it; a handler that is given one has it to itself.
	Running, Waiting int
	Wait             time.Duration
}

func (l Limits) apply(c *config) {
	c.limits = merge.Fields(c.limits, l)
	if l.Running != 0 || l.Waiting != 0 || l.Wait != 0 {
		c.limiter = limit.New(c.limits.Running, c.limits.Waiting, c.limits.Wait)
	}
	c.memory = c.memory.Or(l.Memory)
}

// Hooks are what the program sees of calls. Several Hooks add up, in their order. All functions
// must be safe for concurrent use.
type Hooks struct {
	// Before sees each call when its values are known and nothing has been sent to the database. It
	// may replace values. An error is that of the call; an *Error says how it is answered.
	Before func(*http.Request, *Call) error

	// Row sees each row on its way to the encoder. It may change values, or leave the row out by
	// returning row.ErrSkip. Another error ends the call. See row.Rows.Each.
	Row func(*row.Row) error

	// After sees each request when it is over. Of one that failed before its arguments were read the
	// Call has the name only. err is nil for a success, else an *Error, which has not been sent yet.
	After func(r *http.Request, c *Call, err error)

	// Error sees every error before it is sent, and may change how: e.Status, e.Message, e.Public.
	Error func(e *Error)

	// Logger logs failed calls, instead of slog.Default(): those of status 500 and above as errors,
	// others, which are the client's doing, at the level Debug.
	Logger *slog.Logger
}

func (h Hooks) apply(c *config) {
	c.hooks = append(c.hooks, h)
	if h.Logger != nil {
		c.logger = response.NewLog(h.Logger)
	}
}

// Session runs each call in a transaction that has the settings of its request, for authentication
// and row-level security of every kind. An error of f is that of the call; an *Error says how it is
// answered. The settings are bound, never text of a statement.
//
// It needs a Caller that says it is for PostgreSQL, and sends BEGIN, SELECT set_config(…) and,
// before the end of the response, COMMIT. Then whatever is left on the connection is removed, as by
// DISCARD ALL: a setting for all calls belongs into the connection string or ALTER ROLE, not into a
// SET after connecting. Through drivers/pgx all of that is one round trip more than a bare call, or
// none with ReadOnly. In a *sql.Tx of the program's own settings last until it ends. f must be safe
// for concurrent use. MoreSQL.Rows, Stream and Batch take them from Settings.Context.
func Session(f func(*http.Request) (Settings, error)) Option {
	if f == nil { // a way to authenticate that is missing lets nobody in, rather than everybody
		f = func(*http.Request) (Settings, error) { return Settings{}, errors.New("Session is nil") }
	}
	return option(func(c *config) { c.session = f })
}

// Context returns a context whose calls by MoreSQL.Rows and Stream have the settings.
func (s Settings) Context(ctx context.Context) context.Context {
	return exec.WithSettings(ctx, s.Values, s.Role)
}

// Settings are what one call finds set in its transaction, and no other call.
type Settings struct {
	// Role is who runs the call, as by SET LOCAL ROLE, for row-level security. "" is the login.
	Role string

	// Authenticated says that it is known who makes the request: what it may not do is answered with
	// 403, and otherwise with 401.
	Authenticated bool

	// Values are other settings by their names, such as app.tenant.
	Values map[string]string
	User   any // who makes the request, as pages of encoder.Template show them
}
