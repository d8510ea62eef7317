package response

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/redact"
	"github.com/moresql/moresql/internal/sqlstate"
)

// A Report says how a response reports an error.
type Report struct {
	sqlstate.Report
	Header http.Header
	Err    error // the cause, without secrets
}

// A problem is an error that knows how a response reports it. Those of package binder are, as are
// those of a filter, of a response that is too large and of a value that a driver cannot handle.
type problem interface {
	error
	Problem() (status int, message, hint string)
}

// hintTransaction is for the author of a procedure that ends its transaction, where it cannot.
const hintTransaction = "where a call is one transaction, as with a role or HTTP settings, leave " +
	"COMMIT and ROLLBACK out of the procedure; without these it may end its own, outside of blocks " +
	"with EXCEPTION"

// ReportOf says what an error means for the caller of a procedure, who is authenticated or not.
func ReportOf(ctx context.Context, err error, authenticated bool) (r Report) {
	err = redact.URI(err)
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) { // drivers have words of their own
		err = fmt.Errorf("%w (%w)", err, ended)
	}
	r.Status, r.Err = http.StatusInternalServerError, err
	var p problem
	database := sqlstate.ReportOf(err, authenticated)
	connecting := errors.As(err, new(*exec.ConnectError))
	switch {
	case errors.As(err, &p):
		r.Status, r.Message, r.Hint = p.Problem()
		r.Public = true
		if h, ok := p.(interface{ Header() http.Header }); ok {
			r.Header = h.Header()
		}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		r.Status = http.StatusGatewayTimeout
	case ctx.Err() != nil: // nobody is there to read it, but should somebody be, it is no success
		r.Status = http.StatusServiceUnavailable
	case database.Code != "":
		r.Report = database
		if r.Code == "2D000" && !r.Raised {
			r.Hint, r.Public = hintTransaction, true // invalid transaction termination
		}
		if connecting { // the error is about the program's own login
			r.Status, r.Public = http.StatusServiceUnavailable, false
		}
	case errors.Is(err, sql.ErrNoRows):
		r.Status, r.Message, r.Public = http.StatusNotFound, "there is no such row", true
	case connecting, sqlstate.Unavailable(err):
		r.Status = http.StatusServiceUnavailable
	}
	return r
}
