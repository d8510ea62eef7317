package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/payload"
	"github.com/moresql/moresql/internal/sqlstate"
)

// batchBytes is how much of a body one statement inserts.
const batchBytes = 256 << 10

// An upload is a body of lines that is inserted in batches, within one transaction: it may be
// larger than memory. Each batch begins with a savepoint, so that the line at fault can be found.
type upload struct {
	body   io.Reader
	stream *payload.Stream
	first  *payload.Rows                     // of the stream, until they have been taken
	insert func(runner, *payload.Rows) error // and counts
}

// openUpload returns the upload of a request, nil if its body is none, or small.
func openUpload(r *http.Request, o payload.Options) (*upload, error) {
	format, err := formatOf(r)
	if err != nil || format == nil || r.ContentLength >= 0 && r.ContentLength <= batchBytes {
		return nil, err
	}
	u := &upload{body: r.Body, stream: format(arriving{r.Body}, o)}
	u.first, err = u.stream.Next(batchBytes)
	return u, badRows(err)
}

// arriving is a body whose errors are those of the request.
type arriving struct{ io.Reader }

func (a arriving) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	return n, binder.BodyError(err)
}

// next returns the next rows.
func (u *upload) next() (rows *payload.Rows, err error) {
	if rows, u.first = u.first, nil; rows != nil {
		return rows, nil
	}
	return u.stream.Next(batchBytes)
}

// formatOf returns what reads the lines of a request's body, nil if it is not one of lines.
func formatOf(r *http.Request) (func(io.Reader, payload.Options) *payload.Stream, error) {
	if r.Header.Get("Content-Type") == "" {
		return nil, nil
	}
	mediaType, err := binder.ContentType(r)
	return lineFormat(mediaType), err
}

// A runner runs a statement of the transaction.
type runner = dialect.Run

// insertAll inserts all of the body.
func (u *upload) insertAll(run runner) error {
	held, _ := u.body.(interface{ Keep(int64) }) // of Limits.Memory
	for {
		rows, err := u.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return badRows(err)
		}
		if held != nil {
			held.Keep(4 * batchBytes)
		}
		if err := u.insert(run, rows); err != nil {
			return u.locate(run, rows, err)
		}
		if err := runAll(run, dialect.Release, dialect.Savepoint); err != nil {
			return err
		}
	}
}

// boundTo returns the values of a statement that inserts rows.
func boundTo(rows *payload.Rows, written dialect.Written) (args []any) {
	var values []any
	for _, g := range rows.Groups {
		values = append(values, g.JSON)
	}
	values = append(values, written.Extra...)
	for _, i := range written.Statement.Bind {
		args = append(args, values[i])
	}
	return args
}

// runAll runs statements whose results mean nothing.
func runAll(run runner, queries ...string) error {
	for _, query := range queries {
		if err := run(query, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// locate returns the error of a batch with the line that it is about: that of the first row which
// cannot be inserted after those before it. Half of what is left is tried each time.
func (u *upload) locate(run runner, rows *payload.Rows, failure error) error {
	if len(rows.Groups) != 1 || !isOfRow(failure) {
		return failure
	}
	for rows.Count > 1 {
		if runAll(run, dialect.RollbackTo) != nil {
			return failure
		}
		first, second := rows.Halves()
		err := u.insert(run, first)
		switch {
		case err != nil && !isOfRow(err):
			return failure
		case err != nil:
			rows, failure = first, err
			continue
		}
		if runAll(run, dialect.Release, dialect.Savepoint) != nil {
			return failure
		}
		if rows = second; rows.Count > 1 {
			continue
		}
		if err = u.insert(run, rows); err != nil {
			failure = err
		}
	}
	return &lineError{rows.Lines[0], failure}
}

// isOfRow reports whether an error is that of the database about a value or a row.
func isOfRow(err error) bool {
	report := sqlstate.ReportOf(err, true)
	if len(report.Code) != 5 {
		return false
	}
	switch report.Code[:2] {
	case "21", "22", "23", "42", "P0":
		return true
	}
	return report.Status == http.StatusBadRequest || sqlstate.Constraint(err) != ""
}

// A lineError is an error about a line of the body.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// nameLine names the line that an error is about.
func nameLine(e *moresql.Error) {
	var at *lineError
	if errors.As(e.Err, &at) {
		e.Message = fmt.Sprintf("Line %d: %s", at.line, e.Message)
	}
}
