package moresql

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/redact"
	"github.com/moresql/moresql/internal/response"
	"github.com/moresql/moresql/internal/sqlstate"
)

// An Error is what went wrong with a call, and how the client is told.
type Error struct {
	Status  int    // HTTP status of the response
	Code    string // SQLSTATE, or the code of a protocol such as PostgREST's; "" for other errors
	Message string // what the database or moresql says of it
	Detail  string
	Hint    string
	Public  bool   // the response has Message and Hint, and Detail if an author wrote it
	Verbose bool   // the response has all of the database's texts, which may show rows and statements
	Raised  bool   // an author wrote it: RAISE, SIGNAL, or a code of the procedure's own
	Proc    string // the procedure, as Call.Name

	Problems []binder.Problem // of single fields of the request
	Header   http.Header      // of the response, besides what the status calls for

	RequestID string // of a request that failed with 500 or above: response and log have it
	Err       error  // the cause: the driver's error, or that of the context, encoder or writer
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

// A problem is an error that knows how a response reports it. Those of package binder are, as are
// those of a filter, of a response that is too large and of a value that a driver cannot handle.
type problem interface {
	error
	Problem() (status int, message, hint string)
}

// newError says what err means for the caller of a procedure.
func newError(ctx context.Context, proc string, err error) *Error {
	return explained(ctx, proc, err, true)
}

// explained is newError for a client that is authenticated or not.
func explained(ctx context.Context, proc string, err error, authenticated bool) *Error {
	var known *Error
	if errors.As(err, &known) { // that of a hook, a source or a resource
		e := *known
		e.Proc = cmp.Or(e.Proc, proc)
		return &e
	}
	err = redact.URI(err)
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) { // drivers have words of their own
		err = fmt.Errorf("%w (%w)", err, ended)
	}
	e := &Error{Status: http.StatusInternalServerError, Proc: proc, Err: err}
	var p problem
	details := sqlstate.Of(err)
	connecting := errors.As(err, new(*exec.ConnectError))
	switch {
	case errors.As(err, &p):
		e.Status, e.Message, e.Hint = p.Problem()
		e.Public = true
		var fields *binder.Error
		if errors.As(err, &fields) {
			e.Problems = fields.Problems
		}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Status = http.StatusGatewayTimeout
	case ctx.Err() != nil: // nobody is there to read it, but should somebody be, it is no success
		e.Status = http.StatusServiceUnavailable
	case details.Code != "":
		e.Code, e.Raised = details.Code, details.Raised
		e.Message, e.Detail, e.Hint = details.Message, details.Detail, details.Hint
		e.Status = sqlstate.Lookup(e.Code, authenticated, nil)
		e.Public = e.Raised || e.Status < 500 && sqlstate.Data(e.Code)
		if connecting { // the error is about the program's own login
			e.Status, e.Public = http.StatusServiceUnavailable, false
		}
	case errors.Is(err, sql.ErrNoRows):
		e.Status, e.Message, e.Public = http.StatusNotFound, "there is no such row", true
	case connecting, sqlstate.Unavailable(err):
		e.Status = http.StatusServiceUnavailable
	}
	return e
}

// end ends a request that has been answered, or is to be answered with err.
func (q *request) end(err error) {
	var e *Error
	var seen error // a nil *Error would not be a nil error
	if err != nil {
		e = q.explain(err)
		seen = e
	}
	if len(q.after) > 0 && q.call == nil {
		q.call = &Call{Name: q.name()}
	}
	for _, f := range q.after {
		f(q.r, q.call, seen)
	}
	if e != nil {
		q.fail(e)
	}
}

// name returns that of the procedure, as far as it is known.
func (q *request) name() string {
	switch {
	case q.call != nil:
		return q.call.Name
	case q.operation != nil:
		return q.operation.Name
	}
	return q.r.URL.Path
}

// explain says what an error means for the client of the request.
func (q *request) explain(err error) *Error {
	e := explained(q.r.Context(), q.name(), err, q.authenticated)
	var unsupported *encoder.UnsupportedError
	switch {
	case errors.As(err, &unsupported) && len(q.encoders) > 1: // the client has chosen the encoder
		e.Status, e.Message, e.Public = http.StatusNotAcceptable, unsupported.Error(), true
		e.Hint = "accept another media type"
	case isClientFault(e):
		e.Status, e.Public, e.Message = http.StatusBadRequest, true,
			"the database rejects a value of the request"
		e.Hint = "check the syntax and the size of the values"
	}
	if q.operation != nil && q.operation.Explain != nil {
		q.operation.Explain(e)
	}
	for _, f := range q.onError {
		f(e)
	}
	if e.Status < 300 || e.Status > 599 { // a source or hook has left it out, or means a success
		e.Status = http.StatusInternalServerError
	}
	if e.Status >= 500 && e.RequestID == "" {
		e.RequestID = requestID(q.r)
	}
	return e
}

// isClientFault reports whether an error whose code blames the program comes from a value of the
// request: the input of types such as jsonpath and tsquery fails with codes of syntax errors, and
// class 54 is for values that are too complex.
func isClientFault(e *Error) bool {
	if e.Err == nil || e.Public || e.Raised || len(e.Code) != 5 || sqlstate.Within(e.Err) {
		return false
	}
	return sqlstate.Bound(e.Err) || e.Code[:2] == "54"
}

// requestID returns the one that a proxy has given the request, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f || i >= 128 { // it could garble a log
			return rand.Text()
		}
	}
	return cmp.Or(id, rand.Text())
}

// fail logs an error and tells the client of it: by a response, or, if that has begun, by an abort.
func (q *request) fail(e *Error) {
	level := slog.LevelDebug // the client's own doing
	if e.Status >= 500 && !errors.Is(q.r.Context().Err(), context.Canceled) {
		level = slog.LevelError
	}
	attrs := []any{
		"method", q.r.Method, "path", q.r.URL.Path, "procedure", e.Proc,
		"status", e.Status, "code", e.Code, "aborted", q.began, "error", e,
	}
	if e.RequestID != "" {
		attrs = append(attrs, "request_id", e.RequestID)
	}
	q.logger.Log(q.r.Context(), level, "moresql: the call failed", attrs...)
	if q.began {
		response.Abort(q.w, q.r)
	}
	h := q.w.Header()
	maps.Copy(h, e.Header)
	if seconds, ok := sqlstate.RetryAfter(e.Code); ok && e.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	if e.Status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" { // RFC 9110, 15.5.2
		h.Set("WWW-Authenticate", "Bearer")
	}
	if e.Status == http.StatusMethodNotAllowed && h.Get("Allow") == "" {
		h.Set("Allow", http.MethodPost) // a call that may only read has tried to write
	}
	if e.RequestID != "" {
		h.Set("X-Request-Id", e.RequestID)
	}
	e.response().Write(q.w)
}

// maxMessage limits a database message in a response, in bytes, unless an author raised it: the
// database quotes values, however long.
const maxMessage = 1000

// response returns what the client is told. A detail that the database wrote by itself may show rows
// that are none of the client's business.
func (e *Error) response() response.Problem {
	p := response.Problem{Status: e.Status, Code: e.Code, RequestID: e.RequestID}
	if !e.Public && !e.Verbose {
		return p
	}
	database := sqlstate.Details{}
	if e.Err != nil {
		database = sqlstate.Of(e.Err)
	}
	p.Message, p.Hint = e.Message, e.Hint
	if !e.Verbose && e.Err != nil && e.Message == database.Message {
		p.Message = sqlstate.Public(e.Err)
	}
	if !e.Raised && len(p.Message) > maxMessage {
		p.Message = strings.ToValidUTF8(p.Message[:maxMessage], "") + "…"
	}
	if e.Raised || e.Verbose || e.Detail != database.Detail {
		p.Details = e.Detail
	}
	for _, one := range e.Problems {
		p.Errors = append(p.Errors, response.FieldProblem(one))
	}
	return p
}
