package dialect

import (
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// A Keyset says that pages continue after a row, by its values of what the rows are ordered by, and
// not after a number of rows.
type Keyset struct {
	Key   []string  // columns that no two rows have in common, which the order ends with
	After []*string // the texts of a row's values, one for each term, nil for NULL; nil for all rows
}

// keysets is what the filters of a database have besides where pages can continue after a row.
type keysets interface {
	after(w *selector) string  // the condition that a row is after another one
	cursor(w *selector) string // the values of the last row of a page, if there is one after it
}

var _ keysets = postgresFilters{}

// Keysets reports whether Select can continue after a row.
func (d *Dialect) Keysets() bool {
	_, ok := d.filters.(keysets)
	return ok
}

// A keyTerm is a term of the order with the place and the text of its value.
type keyTerm struct {
	text       string // the expression
	desc       bool
	nullsFirst bool
	notNull    bool
	simple     bool   // it has no fields, and so no value that IS NULL but NULL
	value      string // a placeholder; "" for NULL
}

func (p postgresFilters) after(w *selector) string {
	k := w.inner.Keyset
	if k == nil {
		return ""
	}
	if len(k.After) != len(w.q.Order) {
		return p.comparable(w)
	}
	var terms []keyTerm
	for i, t := range w.q.Order {
		term := keyTerm{
			text: p.termText(w, t), desc: t.Desc,
			nullsFirst: t.Nulls == filter.NullsFirst || t.Desc && t.Nulls == filter.NullsAnywhere,
			notNull:    p.isNotNull(w, t), simple: isSimple(w, t),
		}
		if text := k.After[i]; text != nil {
			term.value = w.capture(func() { p.keyValue(w, t, *text) })
		}
		terms = append(terms, term)
	}
	return follows(terms)
}

// comparable returns a condition that is always true, but an error of the statement if the values
// of a column have no operator for the pages that follow: hstore has an order by operators of its
// own.
func (p postgresFilters) comparable(w *selector) string {
	const firstNormal = 16384 // of the OIDs of types that are not built in (transam.h)
	condition := ""
	for _, t := range w.q.Order {
		if t.Embed != "" || t.Field.Path != nil {
			continue
		}
		c, _ := w.column(w.table, t.Field)
		if c = c.Underlying(); c == nil || c.Kind != catalog.Base || c.OID < firstNormal {
			continue
		}
		if condition != "" {
			condition += " AND "
		}
		text := p.termText(w, t)
		condition += "(" + text + " > " + text + " OR true)"
	}
	return condition
}

// termText returns the expression of a term of the order.
func (p postgresFilters) termText(w *selector, t filter.Term) string {
	return w.capture(func() {
		if t.Embed != "" {
			w.related(t)
		} else {
			p.field(w, w.table, t.Field)
		}
	})
}

// keyValue writes the placeholder of a value, which takes the type of what it is compared with.
func (p postgresFilters) keyValue(w *selector, t filter.Term, text string) {
	element := ""
	if t.Embed == "" && t.Field.Path == nil {
		c, _ := w.column(w.table, t.Field)
		element, _ = casts(c)
	}
	w.value(text)
	w.write(element)
}

// isNotNull reports whether a term has a value in every row.
func (postgresFilters) isNotNull(w *selector, t filter.Term) bool {
	if t.Embed != "" || t.Field.Path != nil {
		return false
	}
	c := w.node.Relation.Column(t.Field.Column)
	return slices.Contains(w.inner.Keyset.Key, t.Field.Column) || c != nil && !c.Nullable
}

// isSimple reports whether a term is known to be no composite.
func isSimple(w *selector, t filter.Term) bool {
	if t.Embed != "" || t.Field.Path != nil {
		return false
	}
	c := w.node.Relation.Column(t.Field.Column)
	return c != nil && c.Type.Underlying() != nil && c.Type.Underlying().Kind != catalog.Composite
}

// isNull returns the condition that a term is NULL. A row of NULLs IS NULL, too, and is ordered as
// the value that it is; but an index serves IS NULL alone.
func (t keyTerm) isNull() string {
	if t.simple {
		return t.text + " IS NULL"
	}
	return t.text + " IS NOT DISTINCT FROM NULL"
}

// follows returns the condition that a row is after the values of terms. An index serves a
// comparison of rows, and, where the directions differ or there may be NULL, the bound of the first
// term.
func follows(terms []keyTerm) string {
	t, rest := terms[0], terms[1:]
	operator := " > "
	if t.desc {
		operator = " < "
	}
	isUniform := !slices.ContainsFunc(terms, func(other keyTerm) bool {
		return !other.notNull || other.desc != t.desc || other.value == ""
	})
	switch {
	case isUniform:
		left, right := "(", "("
		for i, t := range terms {
			if i > 0 {
				left, right = left+", ", right+", "
			}
			left, right = left+t.text, right+t.value
		}
		return left + ")" + operator + right + ")"
	case len(rest) == 0: // a NULL of a key: the cursor is of another relation
		return "false"
	case t.value == "" && t.nullsFirst:
		return "(NOT " + t.isNull() + " OR " + follows(rest) + ")"
	case t.value == "":
		return "(" + t.isNull() + " AND " + follows(rest) + ")"
	case t.notNull || t.nullsFirst:
		bound := " >= "
		if t.desc {
			bound = " <= "
		}
		return "(" + t.text + bound + t.value + " AND (" + t.text + operator + t.value + " OR " +
			follows(rest) + "))"
	}
	return "(" + t.text + operator + t.value + " OR " + t.isNull() + " OR " + t.text + " = " +
		t.value + " AND " + follows(rest) + ")"
}

// cursor returns a query of the values of the page's last row, as the text of a JSON array of texts
// and nulls, if a row follows it. It reads no more than the page does.
func (p postgresFilters) cursor(w *selector) string {
	page := *w
	last := *w.q.Limit - 1
	if w.q.Offset != nil {
		last += *w.q.Offset
	}
	return w.capture(func() {
		w.write("(SELECT (pg_catalog.array_agg(k.v))[1] FROM (SELECT pg_catalog.json_build_array(")
		for i, t := range w.q.Order {
			if i > 0 {
				w.write(", ")
			}
			w.write(p.termText(w, t), "::text")
		}
		w.write(")::text AS v")
		page.rows()
		w.order(w.table)
		w.write(" LIMIT 2 OFFSET ")
		w.value(last)
		w.write("::bigint) AS k HAVING pg_catalog.count(*) = 2)")
	})
}
