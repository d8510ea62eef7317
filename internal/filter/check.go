package filter

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/internal/nearest"
)

// Check returns an *[Error] for the first column of the query that is not one of columns, with a
// hint at the one that is most likely meant.
func (q *Query) Check(columns []string) error {
	for _, item := range q.Select {
		if item.All {
			continue
		}
		if err := item.Field.check(columns); err != nil {
			return err
		}
	}
	for _, term := range q.Order {
		if err := term.Field.check(columns); err != nil {
			return err
		}
	}
	return check(q.Where, columns)
}

func check(conditions []Condition, columns []string) error {
	for _, c := range conditions {
		if c.Of != nil {
			if err := check(c.Of, columns); err != nil {
				return err
			}
		} else if err := c.Field.check(columns); err != nil {
			return err
		}
	}
	return nil
}

func (f Field) check(columns []string) error {
	if slices.Contains(columns, f.Column) {
		return nil
	}
	message := fmt.Sprintf("there is no column %.64q", f.Column)
	e := &Error{Param: f.Param, Pos: f.Pos, Message: message}
	at := func(i int) string { return columns[i] }
	if i := nearest.Index(f.Column, len(columns), at); i >= 0 {
		e.Hint = fmt.Sprintf("perhaps you mean %.64q", columns[i])
	}
	return e
}
