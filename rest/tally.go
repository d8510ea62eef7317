package rest

import (
	"fmt"

	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/row"
)

// A tally is what has been done with the rows of a body.
type tally struct {
	rows                     int64 // that have been written
	inserted                 int64 // of these
	changed, same, duplicate int64 // only if they are counted
}

// add adds the metadata columns of a statement, and returns those that are no numbers of rows.
func (t *tally) add(in *dialect.Write, meta []row.Value) []row.Value {
	n := func() int64 {
		first := meta[0].Int()
		meta = meta[1:]
		return first
	}
	rows := n()
	inserted := rows
	switch {
	case in.Counts:
		inserted = n()
		changed, again, given, distinct := n(), n(), n(), n()
		meta = meta[1:]
		t.changed += changed
		t.same += distinct - inserted - changed - again
		t.duplicate += given - distinct + again
	case in.Merge:
		inserted = n()
	}
	t.rows += rows
	t.inserted += inserted
	return meta
}

// String returns the field Written-Rows of a response, a dictionary (RFC 9651, 3.2).
func (t *tally) String() string {
	return fmt.Sprintf("new=%d, changed=%d, same=%d, duplicates=%d",
		t.inserted, t.changed, t.same, t.duplicate)
}
