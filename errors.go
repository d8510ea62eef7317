package moresql

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"github.com/moresql/moresql/binder"
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

// newError says what err means for the caller of a procedure, who is authenticated or not.
func newError(ctx context.Context, proc string, err error, authenticated bool) *Error {
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
	report := sqlstate.ReportOf(err, authenticated)
	connecting := errors.As(err, new(*exec.ConnectError))
	switch {
	case errors.As(err, &p):
		e.Status, e.Message, e.Hint = p.Problem()
		e.Public = true
		if h, ok := p.(interface{ Header() http.Header }); ok {
			e.Header = h.Header()
		}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Status = http.StatusGatewayTimeout
	case ctx.Err() != nil: // nobody is there to read it, but should somebody be, it is no success
		e.Status = http.StatusServiceUnavailable
	case report.Code != "":
		e.Status, e.Code, e.Public, e.Raised = report.Status, report.Code, report.Public, report.Raised
		e.Message, e.Detail, e.Hint = report.Message, report.Detail, report.Hint
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

// response returns what the client is told. A detail that the database wrote by itself may show
// rows that are not the client's business.
func (e *Error) response() response.Problem {
	p := response.Problem{Status: e.Status, Code: e.Code, RequestID: e.RequestID, Header: e.Header}
	if e.Public || e.Verbose {
		p.Message, p.Hint, p.Details, p.Errors = e.Message, e.Hint, e.Detail, e.Problems
	}
	if !e.Verbose {
		p.Redact(e.Err, e.Raised)
	}
	return p
}
