package importer

import (
	"context"
	"database/sql"
	"fmt"
)

// A judge has the database decide on values of a column whose form is not plain, many at a time.
type judge struct {
	ctx    context.Context
	db     *sql.DB
	unit   string
	column *column
	bad    func(*refused) error

	values [][]byte
	lines  []int64
}

// judged is how many values are decided on at a time.
const judged = 1000

// add has a value of a line decided on, now or later.
func (j *judge) add(text []byte, line int64) error {
	if j == nil {
		return nil
	}
	j.values = append(j.values, append([]byte(nil), text...))
	j.lines = append(j.lines, line)
	if len(j.values) < judged {
		return nil
	}
	return j.flush()
}

// flush decides on all values that have been added.
func (j *judge) flush() error {
	if j == nil || len(j.values) == 0 {
		return nil
	}
	err := j.decide(0, len(j.values))
	j.values, j.lines = j.values[:0], j.lines[:0]
	return err
}

// decide halves the values until those are found that the database does not read.
func (j *judge) decide(from, to int) error {
	list := []byte("{")
	for i, value := range j.values[from:to] {
		if i > 0 {
			list = append(list, ',')
		}
		list = appendElement(list, value)
	}
	list = append(list, '}')
	// The function count reads every value: nothing else needs the casts.
	var n int
	err := j.db.QueryRowContext(j.ctx, fmt.Sprintf(
		"SELECT count(v::%s) FROM unnest($1::text[]) AS v", j.column.judge), string(list)).Scan(&n)
	if err == nil || !isRowFault(err) {
		return err
	}
	if to-from > 1 {
		middle := (from + to) / 2
		if err := j.decide(from, middle); err != nil {
			return err
		}
		return j.decide(middle, to)
	}
	return j.bad(&refused{RowError: RowError{
		Unit: j.unit, Line: j.lines[from], Column: j.column.source, Reason: reasonOf(err), Err: err,
	}})
}
