package dialect

import (
	"fmt"

	"github.com/moresql/moresql/internal/filter"
)

// join writes conditions with a word between them.
func (w *selector) join(conditions []filter.Condition, by string) {
	for i, c := range conditions {
		if i > 0 {
			w.write(by)
		}
		w.condition(c)
	}
}

func (w *selector) condition(c filter.Condition) {
	if c.Not {
		w.write("NOT ")
	}
	if c.Not || c.Of != nil {
		w.write("(")
		defer w.write(")")
	}
	switch c.Op {
	case filter.And:
		w.join(c.Of, " AND ")
	case filter.Or:
		w.join(c.Of, " OR ")
	default:
		if e := w.q.EmbedOf(c); e != nil && w.node != nil {
			w.exists(e, c.Value == "not_null")
			return
		}
		w.d.filters.compare(w, c)
	}
}

// refuse records an error about a field of the request, unless there is one already.
func (w *selector) refuse(f filter.Field, message string) {
	if w.err == nil {
		w.err = &filter.Error{Param: f.Param, Pos: f.Pos, Message: message}
	}
}

// refuseType records that a request names a type that values cannot be cast to.
func (w *selector) refuseType(f filter.Field) {
	w.fail(&filter.Error{
		Param: f.Param, Pos: f.Pos, NoType: true, Message: "there is no such type to cast to",
	})
}

// refuseOperator records that the database lacks the operator of a comparison.
func (w *selector) refuseOperator(c filter.Condition) {
	op := string(c.Op)
	if c.Each != filter.Once {
		op += "(" + string(c.Each) + ")"
	}
	w.refuse(c.Field, fmt.Sprintf("the operator %s is not supported by %s", op, w.d))
}

// operator returns an operator that all databases have, "" for any other.
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

// isWords returns the test that the filter is writes for a word.
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
