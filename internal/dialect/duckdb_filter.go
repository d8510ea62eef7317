package dialect

import (
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// duckdbFilters writes filters for DuckDB. It converts a text that is bound to the type of what the
// text is compared with, with all digits.
type duckdbFilters struct{}

// typesJSON is true: the connector reports what a path leads to as JSON.
func (duckdbFilters) typesJSON() bool { return true }

func (duckdbFilters) meta(w *selector, m Meta) error { return w.countPage("(SELECT 1)", "") }

func (f duckdbFilters) term(w *selector, table string, t filter.Term) {
	f.field(w, table, t.Field)
	w.direction(t)
}

func (duckdbFilters) page(w *selector) { w.limit("", "") }

func (f duckdbFilters) item(w *selector, table string, item filter.Item) {
	f.field(w, table, item.Field)
}

// field writes a column, or what a path into its JSON leads to.
func (duckdbFilters) field(w *selector, table string, f filter.Field) {
	_, column := w.column(table, f)
	if f.Path == nil {
		w.write(column)
		return
	}
	for i := len(f.Path) - 1; i >= 0; i-- {
		if f.Path[i].Text {
			w.write("json_extract_string(")
		} else {
			w.write("json_extract(")
		}
	}
	w.write("to_json(", column, ")")
	for _, step := range f.Path {
		w.write(", ")
		w.value(duckdbStep(step))
		w.write(")")
	}
}

// duckdbStep returns one step of a path as json_extract takes it: the key of an object as a JSON
// Pointer (RFC 6901), in which it can be any text, and otherwise the index of an element, which #
// counts from the end.
func duckdbStep(step filter.Step) string {
	if step.Index {
		return jsonPath([]filter.Step{step})
	}
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step.Key)
}

func (f duckdbFilters) compare(w *selector, c filter.Condition) {
	op := operator(c.Op)
	switch {
	case c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Is:
		f.field(w, w.table, c.Field)
		w.write(isWords(c.Value))
	case c.Op == filter.In:
		w.in(c.List, func() {
			f.operand(w, c.Field, func() { f.field(w, w.table, c.Field) })
		}, func(v string) { f.value(w, c.Field, v) })
	case c.Op == filter.IsDistinct:
		f.both(w, c, " IS DISTINCT FROM ")
	case c.Op == filter.Like:
		f.text(w, c, " LIKE ", ` ESCAPE '\'`)
	case c.Op == filter.ILike:
		f.text(w, c, " ILIKE ", ` ESCAPE '\'`)
	case c.Op == filter.Match:
		w.write("regexp_matches(")
		f.text(w, c, ", ", ")")
	case c.Op == filter.IMatch:
		w.write("regexp_matches(")
		f.text(w, c, ", ", ", 'i')")
	case op == "", isOrder(c.Op) && isDuckDBJSON(w, c.Field) && c.Field.Path == nil:
		w.refuseOperator(c)
	case isOrder(c.Op) && isDuckDBJSON(w, c.Field):
		w.write("TRY_CAST(")
		f.field(w, w.table, c.Field)
		w.write(" AS DOUBLE) ", op, " TRY_CAST(")
		w.value(c.Value)
		w.write(" AS DOUBLE)")
	default:
		f.both(w, c, " "+op+" ")
	}
}

// isOrder reports whether an operator compares by an order, which JSON has for numbers alone.
func isOrder(op filter.Op) bool {
	return op == filter.Gt || op == filter.Gte || op == filter.Lt || op == filter.Lte
}

// both writes a comparison with the value of a condition.
func (f duckdbFilters) both(w *selector, c filter.Condition, op string) {
	f.operand(w, c.Field, func() { f.field(w, w.table, c.Field) })
	w.write(op)
	f.value(w, c.Field, c.Value)
}

// text writes a comparison of the text of a field with a pattern.
func (f duckdbFilters) text(w *selector, c filter.Condition, op, after string) {
	w.write("CAST(")
	f.field(w, w.table, c.Field)
	w.write(" AS VARCHAR)", op)
	w.value(c.Value)
	w.write(after)
}

// operand writes one side of a comparison. What responses show as JSON is compared as JSON without
// spaces.
func (duckdbFilters) operand(w *selector, f filter.Field, write func()) {
	if !isDuckDBJSON(w, f) {
		write()
		return
	}
	w.write("CAST(json(to_json(")
	write()
	w.write(")) AS VARCHAR)")
}

// value writes what a field is compared with.
func (duckdbFilters) value(w *selector, f filter.Field, value string) {
	t, _ := w.column("t", f)
	switch {
	case isDuckDBJSON(w, f):
		w.write("CAST(json(")
		w.value(value)
		w.write(") AS VARCHAR)")
		return
	case f.Path != nil, t == nil:
		w.value(value)
		return
	}
	switch {
	case t.Name == "BLOB":
		w.value(bytesOf(value))
	case t.Name == "DATE", strings.HasPrefix(t.Name, "TIMESTAMP"):
		w.value(duckdbTime(value))
	default:
		w.value(value)
	}
}

// isDuckDBJSON reports whether responses show a field as JSON.
func isDuckDBJSON(w *selector, f filter.Field) bool {
	if f.Path != nil {
		return !isText(f.Path)
	}
	t, _ := w.column("t", f)
	return t != nil && isNested(t.Name)
}
