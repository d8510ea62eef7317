package response

import (
	"fmt"
	"net/http"

	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/row"
)

// A Part says how the result of one of several calls becomes a part of one response.
type Part struct {
	Shape  row.Shape
	Status int                    // of a response to the call alone, as in Options
	First  func(*row.Row) error   // sees each row first; may be nil
	Rows   []func(*row.Row) error // see each row, in their order
	Use    func(*row.Rows) error  // writes the rows
	Reply  Reply                  // may be nil
}

// Join makes the rows of a step the part. Reply is called after them: with the first row of the
// step's trailer, if it has one and that has a row. What it returns has no place in the response,
// but counts as for the call alone where it would undo that: an error, or the status of one.
func (p *Part) Join(step *exec.Step) {
	var result *row.Rows
	trails := step.Trailer != nil
	step.Use = func(rows *row.Rows) error {
		result = rows
		err := p.use(rows)
		if err == nil && !trails {
			err = p.reply(rows, nil)
		}
		return err
	}
	step.UseTrailer = func(trailer *row.Rows) error {
		for first, err := range trailer.All() {
			if err != nil {
				return err
			}
			values := make([]row.Value, first.Len())
			for i := range values {
				values[i] = first.Value(i)
			}
			return p.reply(result, values)
		}
		return p.reply(result, nil)
	}
}

// use gives the rows their shape, and has them seen and written.
func (p *Part) use(rows *row.Rows) error {
	if p.First != nil {
		rows.Each(p.First)
	}
	for _, see := range p.Rows {
		rows.Each(see)
	}
	if !isEmpty(rows) {
		if err := rows.As(p.Shape); err != nil {
			return err
		}
	}
	if err := p.Use(rows); err != nil {
		return err
	}
	return rows.Finish()
}

// reply calls Reply when all rows have been read.
func (p *Part) reply(rows *row.Rows, trailer []row.Value) error {
	status, _, err := p.Reply.call(p.Status, isEmpty(rows), nil, trailer, sent(rows))
	if err == nil && status >= http.StatusBadRequest {
		return statusError(status)
	}
	return err
}

// A statusError is the status by which the Reply of a call makes its success an error.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("the call has set the status %d", int(e)) }

// Problem returns what a response says of the error.
func (e statusError) Problem() (status int, message, hint string) {
	return int(e), fmt.Sprintf("The call has set the status %d", int(e)), ""
}
