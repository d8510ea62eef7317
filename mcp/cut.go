package mcp

import (
	"io"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// cutting is the encoder of results: an object with the result as JSON, and whether it was cut.
type cutting struct {
	encoder.Encoder
	maxRows int
}

// cutEnd is the end of a result that was cut.
const cutEnd = `,"truncated":true}`

// setsEnd is the end of one of several result sets.
const setsEnd = `,"truncated":true,"note":"the procedure returns several result sets, of which ` +
	`this is one: no call returns the others"}`

// Encode reads all rows, those that it leaves out too, since a procedure's work may be done only
// with its last row.
func (c cutting) Encode(w io.Writer, rows *row.Rows) error {
	end := "}"
	rows.Each(func(*row.Row) error {
		if rows.Passed() >= c.maxRows { // one that has been read ahead is not seen here
			end = cutEnd
			return row.ErrSkip
		}
		return nil
	})
	if _, err := io.WriteString(w, `{"result":`); err != nil {
		return err
	}
	if err := c.Encoder.Encode(w, rows); err != nil {
		return err
	}
	if end == "}" && rows.Skipped() > 0 {
		end = setsEnd
	}
	_, err := io.WriteString(w, end)
	return err
}
