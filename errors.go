package moresql

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/response"
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
	Place   int    // of the call in a batch, from 1; 0 of one that is in none

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

// newError says what err means for the caller of a procedure, who is authenticated or not.
func newError(ctx context.Context, proc string, err error, authenticated bool) *Error {
	e := new(Error)
	var known *Error
	if errors.As(err, &known) { // that of a hook, a source or a resource
		*e = *known
	} else {
		r := response.ReportOf(ctx, err, authenticated)
		*e = Error{
			Status: r.Status, Code: r.Code, Message: r.Message, Detail: r.Detail, Hint: r.Hint,
			Public: r.Public, Raised: r.Raised, Header: r.Header, Err: r.Err,
		}
	}
	if step := (*exec.StepError)(nil); errors.As(err, &step) {
		e.Place, proc = step.Place, cmp.Or(step.Step.Name, proc)
	}
	e.Proc = cmp.Or(e.Proc, proc)
	return e
}

// response returns what the client is told. A detail that the database wrote by itself may show
// rows that are not the client's business.
func (e *Error) response() response.Problem {
	p := response.Problem{Status: e.Status, Code: e.Code, RequestID: e.RequestID, Header: e.Header}
	p.SetCall(e.Place, e.Proc)
	if e.Public || e.Verbose {
		p.Message, p.Hint, p.Details, p.Errors = e.Message, e.Hint, e.Detail, e.Problems
	}
	if !e.Verbose {
		p.Redact(e.Err, e.Raised)
	}
	return p
}
