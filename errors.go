package moresql

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/internal/query"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/internal/rpc"
	"github.com/moresql/moresql/internal/sqlstate"
)

// An Error is what went wrong with a call.
type Error struct {
	Status  int    // HTTP status that answers it
	Code    string // SQLSTATE, or PostgREST's code for a call that RPC refuses; "" for other errors
	Message string // what the database or moresql says of it
	Detail  string
	Hint    string
	Public  bool   // an HTTP answer holds Message and Hint, and what an author has written in Detail; else only Status and Code
	Raised  bool   // an author wrote it: RAISE, SIGNAL, or a code of the procedure's own
	Proc    string // the procedure

	Problems []binder.Problem // of single fields of the request

	RequestID string // of an HTTP request that failed with a status of 500 and above: the answer and the log have it
	Err       error  // the cause: the driver's error, or that of the context, the encoder or the writer
}

// newError says what err means for the client of a call.
func newError(ctx context.Context, proc string, err error) *Error {
	return explained(ctx, proc, err, true, nil)
}

// explained is newError for a client that is authenticated or not, with statuses of the program's own.
func explained(ctx context.Context, proc string, err error, authenticated bool, statuses Statuses) *Error {
	var known *Error
	if errors.As(err, &known) { // a source's own
		e := *known
		e.Proc = proc
		return &e
	}
	err = sqlstate.Censored(err)
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) { // some drivers have their own word for it
		err = fmt.Errorf("%w (%w)", err, ended)
	}
	e := &Error{Status: http.StatusInternalServerError, Proc: proc, Err: err}
	var request *binder.Error
	var asked *filter.Error
	var refusal *rpc.Error
	var large *response.TooLargeError
	switch details := sqlstate.Of(err); {
	case errors.As(err, &request):
		e.Status, e.Message, e.Hint, e.Problems, e.Public = request.Status, request.Message, request.Hint, request.Problems, true
	case errors.As(err, &asked):
		e.Status, e.Code, e.Message, e.Hint, e.Public = http.StatusBadRequest, "PGRST100", asked.Error(), asked.Hint, true
	case errors.As(err, &large):
		e.Message, e.Hint, e.Public = large.Error(), "ask for a part of it", true
	case errors.As(err, &refusal):
		e.Status, e.Code, e.Message, e.Hint, e.Public = refusal.Status, refusal.Code, refusal.Message, refusal.Hint, true
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Status = http.StatusGatewayTimeout
	case ctx.Err() != nil: // nobody is there to read it, but should somebody be, it is no success
		e.Status = http.StatusServiceUnavailable
	case details.Code != "":
		e.Status, e.Code = sqlstate.Lookup(details.Code, authenticated, statuses), details.Code
		e.Message, e.Detail, e.Hint, e.Raised = details.Message, details.Detail, details.Hint, details.Raised
		e.Public = e.Raised || e.Status < 500 && sqlstate.Data(e.Code)
		if errors.As(err, new(*query.ConnectError)) { // the program's own login
			e.Status, e.Public = http.StatusServiceUnavailable, false
		}
	case errors.Is(err, sql.ErrNoRows):
		e.Status, e.Message, e.Public = http.StatusNotFound, "there is no such row", true
	case errors.As(err, new(*query.ConnectError)), sqlstate.Unavailable(err):
		e.Status = http.StatusServiceUnavailable
	}
	return e
}

// explain says what an error means for the client, and whether its answer has begun.
func (x *exchange) explain(err error) (e *Error, aborted bool) {
	var begun *response.AbortedError
	if aborted = errors.As(err, &begun); aborted {
		err = begun.Err
	}
	x.columns.forget(err)
	e = explained(x.r.Context(), x.proc, err, x.authenticated, x.statuses)
	var unfit *encoder.UnsupportedError
	switch {
	case errors.As(err, &unfit) && len(x.encoders) > 1:
		e.Status, e.Code, e.Message, e.Public = http.StatusNotAcceptable, "PGRST107", unfit.Error(), true
		e.Hint = "accept another media type"
	case x.long && sqlstate.Garbled(err):
		e.Status, e.Message, e.Public = http.StatusBadRequest, "the database refuses one of the values, at more length than its driver can read", true
		e.Hint = "look at the longest value"
	case x.blames(e):
		e.Status, e.Message, e.Public = http.StatusBadRequest, "the database does not do what is asked of the result, or of these values", true
		e.Hint = "look at the operators, values and types of the columns"
	}
	if x.onError != nil {
		x.onError(e)
	}
	if e.Status < 300 || e.Status > 599 { // a source or OnError has left it out, or means a success
		e.Status = http.StatusInternalServerError
	}
	if e.Status >= 500 && e.RequestID == "" {
		e.RequestID = requestID(x.r)
	}
	return e, aborted
}

// blames reports whether an error that counts as the program's own is the request's doing: a text search or an operator that makes no
// sense for a column, or a value that is too complex.
func (x *exchange) blames(e *Error) bool {
	if e.Err == nil || e.Public || e.Raised || len(e.Code) != 5 || sqlstate.Within(e.Err) {
		return false
	}
	_, byCode := x.statuses[e.Code]
	if _, byClass := x.statuses[e.Code[:2]]; byCode || byClass {
		return false
	}
	if sqlstate.Bound(e.Err) { // the input of jsonpath, tsquery and others has codes of syntax errors
		return true
	}
	switch e.Code[:2] {
	case "54": // limits of the program: nesting of JSON, lexemes of a search
		return true
	case "42", "3F": // a word that is no search, a configuration that there is not, is.true of a number
		return x.partly && e.Code != "42501" && e.Code != "42P01"
	}
	return false
}

// requestID returns the one that a proxy has given the request, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f || i >= 128 { // nothing that a log or an answer would suffer from
			return rand.Text()
		}
	}
	return cmp.Or(id, rand.Text())
}

// fail logs an error and tells the client of it: by an answer, or, when the status line is out, by an abort.
func (x *exchange) fail(e *Error, aborted bool) {
	level := slog.LevelDebug // the client's own doing
	if e.Status >= 500 && !errors.Is(x.r.Context().Err(), context.Canceled) {
		level = slog.LevelError
	}
	attrs := []any{"method", x.r.Method, "path", x.r.URL.Path,
		"procedure", x.proc, "status", e.Status, "code", e.Code, "aborted", aborted, "error", e}
	if e.RequestID != "" {
		attrs = append(attrs, "request_id", e.RequestID)
	}
	x.logger.Log(x.r.Context(), level, "moresql: the call failed", attrs...)
	if aborted {
		response.Abort(x.w, x.r)
	}
	h := x.w.Header()
	if seconds, ok := sqlstate.RetryAfter(e.Code); ok && e.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	if e.Status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" { // RFC 9110, 15.5.2
		h.Set("WWW-Authenticate", "Bearer")
	}
	if e.Status == http.StatusMethodNotAllowed && h.Get("Allow") == "" { // what only reads has tried to write
		h.Set("Allow", http.MethodPost)
	}
	if e.RequestID != "" {
		h.Set("X-Request-Id", e.RequestID)
	}
	e.problem(x.showDetails).Write(x.w)
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

// maxMessage is how many bytes of a message that nobody has raised an answer has.
const maxMessage = 1000

// problem returns what the client is told. What the database itself says in a detail may show rows that are none of the client's business.
func (e *Error) problem(details bool) response.Problem {
	p := response.Problem{Status: e.Status, Code: e.Code, RequestID: e.RequestID}
	if e.Public || details {
		p.Message, p.Hint = e.Message, e.Hint
		if !details && e.Err != nil && e.Message == sqlstate.Of(e.Err).Message {
			p.Message = sqlstate.Public(e.Err)
		}
		if !e.Raised && len(p.Message) > maxMessage { // the database quotes values, however long
			p.Message = strings.ToValidUTF8(p.Message[:maxMessage], "") + "…"
		}
		if e.Raised || e.Err == nil || details {
			p.Details = e.Detail
		}
		for _, one := range e.Problems {
			p.Errors = append(p.Errors, response.FieldProblem(one))
		}
	}
	return p
}
