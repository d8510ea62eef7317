package sqltext

import (
	"fmt"

	"github.com/moresql/moresql/internal/filter"
)

func (w *selector) where() error {
	if w.q.Where == nil {
		return nil
	}
	w.write(" WHERE ")
	return w.join(w.q.Where, " AND ")
}

func (w *selector) join(conditions []filter.Condition, by string) error {
	for i, c := range conditions {
		if i > 0 {
			w.write(by)
		}
		if err := w.condition(c); err != nil {
			return err
		}
	}
	return nil
}

func (w *selector) condition(c filter.Condition) error {
	if c.Not {
		w.write("NOT ")
	}
	if c.Not || c.Of != nil {
		w.write("(")
		defer w.write(")")
	}
	switch c.Op {
	case filter.And:
		return w.join(c.Of, " AND ")
	case filter.Or:
		return w.join(c.Of, " OR ")
	}
	return w.spelling.compare(c)
}

// unsupported is the error of a comparison that the database does not have.
func (w *selector) unsupported(c filter.Condition) error {
	message := fmt.Sprintf("the operator %s is not supported by %s", c.Op, w.d)
	if c.Each != filter.Once {
		message = fmt.Sprintf("%s is not supported by %s", c.Each, w.d)
	}
	return &filter.Error{Param: c.Field.Param, Pos: c.Field.Pos, Message: message}
}

// operator returns an operator that all databases have, "" for one that is not among them.
func operator(op filter.Op) string {
	switch op {
	case filter.Eq:
		return "="
	case filter.Neq:
		return "<>"
	case filter.Gt:
		return ">"
	case filter.Gte:
		return ">="
	case filter.Lt:
		return "<"
	case filter.Lte:
		return "<="
	}
	return ""
}

// isWords writes what the filter is compares with.
func isWords(word string) string {
	switch word {
	case "not_null":
		return " IS NOT NULL"
	case "true":
		return " IS TRUE"
	case "false":
		return " IS FALSE"
	case "unknown":
		return " IS UNKNOWN"
	}
	return " IS NULL"
}
