package filter

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/internal/nearest"
)

// Check returns an *[Error] for the first column of the query that is not one of columns, with a
// hint at the one that is most likely meant. It does not look into embedded resources.
func (q *Query) Check(columns []string) error {
	for _, item := range q.Select {
		if item.All || item.Embed != nil || item.Aggregate != "" && item.Field.Column == "" {
			continue
		}
		if err := item.Field.check(columns); err != nil {
			return err
		}
	}
	for _, term := range q.Order {
		if term.Embed != "" {
			continue
		}
		if err := term.Field.check(columns); err != nil {
			return err
		}
	}
	return q.check(q.Where, columns)
}

func (q *Query) check(conditions []Condition, columns []string) error {
	for _, c := range conditions {
		if c.Of != nil {
			if err := q.check(c.Of, columns); err != nil {
				return err
			}
		} else if q.EmbedOf(c) == nil {
			if err := c.Field.check(columns); err != nil {
				return err
			}
		}
	}
	return nil
}

// EmbedOf returns the embedded resource that a condition is about: clients=not.is.null is true of
// rows that lead to one. It is nil for a condition on a column.
func (q *Query) EmbedOf(c Condition) *Embed {
	if c.Op != Is || c.Field.Path != nil || c.Value != "null" && c.Value != "not_null" {
		return nil
	}
	return q.Embed(c.Field.Column)
}

func (f Field) check(columns []string) error {
	if slices.Contains(columns, f.Column) {
		return nil
	}
	message := fmt.Sprintf("there is no column %.64q", f.Column)
	e := &Error{Param: f.Param, Pos: f.Pos, Message: message, NoColumn: true}
	at := func(i int) string { return columns[i] }
	if i := nearest.Index(f.Column, len(columns), at); i >= 0 {
		e.Hint = fmt.Sprintf("perhaps you mean %.64q", columns[i])
	}
	return e
}
