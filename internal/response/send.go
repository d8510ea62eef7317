package response

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/internal/limit"
	"github.com/moresql/moresql/row"
)

// A Result is a call under way, as *exec.Result is.
type Result interface {
	Rows() *row.Rows
	Trailer(exec.Statement) ([]row.Value, error) // reads the rows to their end first
	Affected(query string) (n int64, known bool, err error)
	Run(text string, args []any, each func(row.Row) error) error
	Commit() error
}

var _ Result = (*exec.Result)(nil)

// Options say how the result of a call is sent.
type Options struct {
	Encoder  encoder.Encoder
	Title    string // of the result, for an encoder.Framer
	User     any    // who makes the request, for the same
	Shape    row.Shape
	Singular bool // the client has chosen to get a single object: another number of rows is 406

	Status   int    // of a successful response; 0 is 200, or 204 if there is nothing to encode
	Download string // the file name that browsers save the response under, or ""
	Redirect string // the template of the URL that the response redirects to, or ""

	// ReadOnly says that the database keeps the call from having effects. HEAD then needs no more rows
	// than GET needs to begin its response.
	ReadOnly bool

	WriteTimeout time.Duration          // that the client has to take a block; see there
	Bounds       limit.Bounds           // its Clock stands while WriteTimeout bounds a block
	MaxBytes     int64                  // of the body, or 0
	MaxRows      int64                  // of the result, or 0
	Rows         []func(*row.Row) error // see each row, in their order

	// Trailer is run after the last row in the same transaction; the first row of the last of its
	// statements is passed to Reply. It is left out if the response has begun by then.
	Trailer []exec.Statement

	// Affected, if set, is called before Reply with the number of rows that a statement without a
	// result has changed, where that is known: by the driver, or by the query AffectedBy.
	Affected   func(n int64) error
	AffectedBy string

	// More, if set, runs more statements after the last row in the same transaction, and may read the
	// body of the request meanwhile, within the time of Bounds.
	More func(run func(query string, args []any, each func(row.Row) error) error) error

	// Reply, if set, returns the final status and the header. It is called just before they are sent,
	// and for GET also earlier, for an encoder.Framer.
	Reply Reply
}

// A Reply returns the status and the header of a response whose status is otherwise as given. meta
// and trailer are the values of the metadata columns and of Options.Trailer; rows is the number of
// rows in the response, -1 if it begins before all of them have been read.
type Reply func(status int, meta, trailer []row.Value, rows int64) (int, http.Header, error)

// call calls a Reply, unless it is nil. A status of 0 is that of a success, with a result or empty.
func (reply Reply) call(
	status int, empty bool, meta, trailer []row.Value, rows int64,
) (_ int, header http.Header, err error) {
	switch {
	case status != 0:
	case empty:
		status = http.StatusNoContent
	default:
		status = http.StatusOK
	}
	if reply != nil {
		status, header, err = reply(status, meta, trailer, rows)
	}
	if err == nil && (status < 200 || status > 599) {
		err = fmt.Errorf("%d is not the status of a response", status)
	}
	return status, header, err
}

// Send sends the result of a call. began reports whether the status line has been sent: nothing is
// sent of an error that comes before the first block is full, and of one that comes later the
// response has to be aborted. held reports whether the response is of a size that its end needs
// Flush. A small one stays with net/http until the handler returns, where nothing can block.
//
// The order is what makes a complete response mean success: the last row, then what the procedure
// has set of the response, then the commit, and only then the end of the response.
func Send(
	w http.ResponseWriter, r *http.Request, result Result, o *Options,
) (began, held bool, err error) {
	rows := result.Rows()
	o.WriteTimeout = WriteTimeout(r, o.WriteTimeout)
	o.Watch(rows.Each)
	meta, err := rows.Meta()
	if err != nil {
		return false, false, err
	}
	out := newWriter(w, r, o, isEmpty(rows))
	out.meta = meta
	out.frame()
	if MaxRows(o.Encoder) > 0 {
		out.whole = rows
	}
	defer out.release()
	if o.More != nil { // which may read the body when a part of the response has been sent
		http.NewResponseController(w).EnableFullDuplex() // has no effect where it is not supported
		defer func() {
			if err == nil || !began { // else the response is aborted
				readRest(w, r, err != nil)
			}
		}()
	}
	if err := o.shape(rows); err != nil {
		if errors.As(err, new(*row.CountError)) { // Reply may know why: an offset after the last row
			err = cmp.Or(out.settle(0), err)
		}
		return false, false, err
	}
	switch {
	case o.Redirect != "":
		out.empty = true
		out.location, err = Location(o.Redirect, rows)
	case out.wantsBody():
		if err = out.o.Encoder.Encode(out, rows); errors.Is(err, errEnough) {
			out.buf.Reset(nil)
			return true, true, out.finish()
		}
	default:
		err = drain(rows)
	}
	if err == nil {
		err = rows.Finish() // an encoder may have stopped early, or ignored an error
	}
	if err == nil && o.Affected != nil && len(rows.Columns()) == 0 {
		err = o.affected(result)
	}
	if err == nil && o.More != nil {
		err = o.More(result.Run)
		o.Bounds.Unbound(w, r)
	}
	for _, s := range o.Trailer {
		if err == nil && !out.began {
			out.trailer, err = result.Trailer(s)
		}
	}
	if err == nil {
		err = out.settle(sent(rows))
	}
	if err == nil && out.status < 400 { // what the procedure itself calls an error has no effect
		err = result.Commit()
	}
	if err == nil {
		err = out.finish()
	}
	return out.began, out.size > heldBack, err
}

// affected passes on how many rows the statement has changed.
func (o *Options) affected(result Result) error {
	n, known, err := result.Affected(o.AffectedBy)
	if err != nil || !known {
		return err
	}
	return o.Affected(n)
}

// Affected returns the Affected of a shape, or nil. Where it is row.One, a statement without a
// result that changes nothing has not found the row that it is about.
func Affected(shape row.Shape) func(n int64) error {
	if shape != row.One {
		return nil
	}
	return func(n int64) error {
		if n == 0 {
			return &row.CountError{}
		}
		return nil
	}
}

// drain reads rows as an encoder does: HEAD has the effects and the header of GET (RFC 9110,
// 9.3.2).
func drain(rows *row.Rows) error {
	for _, err := range rows.All() {
		if err != nil {
			return err
		}
	}
	return nil
}

// shape gives the rows their shape.
func (o *Options) shape(rows *row.Rows) error {
	if len(rows.Columns()) == 0 {
		return nil
	}
	err := rows.As(o.Shape)
	if count, ok := err.(*row.CountError); ok && o.Singular {
		return &singularError{count}
	}
	return err
}

// sent returns how many rows the response has of those that have been read.
func sent(rows *row.Rows) int64 {
	if isEmpty(rows) { // the one of a function that returns void is not in the response
		return 0
	}
	return int64(rows.Passed())
}

// isEmpty reports whether there is nothing to encode: no columns, or that of a function that
// returns void.
func isEmpty(rows *row.Rows) bool {
	columns := rows.Columns()
	return len(columns) == 0 || len(columns) == 1 && columns[0].Kind == row.Void
}

// reply returns the status and the header of the response.
func (out *writer) reply(rows int64) (status int, header http.Header, err error) {
	o := out.o
	status, header, err = o.Reply.call(o.Status, out.empty, out.meta, out.trailer, rows)
	if err != nil {
		return 0, nil, err
	}
	if header == nil && (o.Download != "" || out.location != "") {
		header = http.Header{}
	}
	if o.Download != "" && out.location == "" && header.Get("Content-Disposition") == "" {
		header.Set("Content-Disposition", attachment(o.Download))
	}
	if out.location != "" {
		status = http.StatusSeeOther
		header.Del("Content-Range") // that and Link are about the rows
		header.Del("Link")
		header.Set("Location", out.location)
	}
	return status, header, nil
}
