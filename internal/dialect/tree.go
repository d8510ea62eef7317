package dialect

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// trees is what the filters of a database have besides where rows can be embedded in others.
type trees interface {
	tree(w *selector, m Meta)                                       // the whole statement
	scalar(w *selector, table string, i filter.Item) treeColumn     // what is no embedded resource
	embedded(w *selector, e *filter.Embed)                          // an object, or an array of them
	spread(w *selector, e *filter.Embed) []treeColumn               // the columns of one
	grouped(w *selector, c *treeColumn)                             // an aggregate, or a group
	castTo(w *selector, name string, f filter.Field, c *treeColumn) // a cast of the request
}

// A treeColumn is one of a select list.
type treeColumn struct {
	text  string        // the expression
	name  string        // in the response
	typ   *catalog.Type // of the value, nil if it is not known
	exact bool          // the value is exact by itself, as isExact says
	own   bool          // the name is one of the catalog, which may stand in a statement

	embedded  bool             // it is, or has, what is embedded
	bounded   bool             // there may be a mark in it
	isJSON    bool             // what is embedded, which has no equality to group by
	aggregate filter.Aggregate // still to be applied to the values, with the cast of its result
	cast      string
	item      filter.Item   // that it is of, for an order by what is spread
	of        *filter.Embed // that is spread, or nil
}

// trees returns what writes trees; only a selector with a node needs it.
func (w *selector) trees() trees { return w.d.filters.(trees) }

// treeColumns returns what is selected of a relation. What is spread stands in w.joins.
func (w *selector) treeColumns() (list []treeColumn) {
	for _, item := range w.list() {
		switch e := item.Embed; {
		case e == nil:
			list = append(list, w.trees().scalar(w, w.table, item))
		case isNone(e):
		case e.Spread:
			list = append(list, w.spreadColumns(e)...)
		default:
			bounded := len(w.bounded)
			text := w.capture(func() { w.trees().embedded(w, e) })
			list = append(list, treeColumn{
				text: text, name: e.Name(), exact: true, own: e.Alias == "", isJSON: true,
				embedded: true, bounded: len(w.bounded) > bounded,
			})
		}
	}
	return list
}

// spreadColumns returns the columns of an embedded resource that is spread.
func (w *selector) spreadColumns(e *filter.Embed) []treeColumn {
	columns := w.trees().spread(w, e)
	for i := range columns {
		columns[i].of = e
	}
	if w.spread == nil {
		w.spread = map[*filter.Embed][]treeColumn{}
	}
	w.spread[e] = columns
	return columns
}

// isNone reports whether nothing is selected of an embedded resource, nor of those in it.
func isNone(e *filter.Embed) bool {
	isNone := func(item filter.Item) bool { return item.Embed != nil && isNone(item.Embed) }
	return e.None || e.Query.Select != nil &&
		!slices.ContainsFunc(e.Query.Select, func(item filter.Item) bool { return !isNone(item) })
}

// exists writes whether a row leads to a row of an embedded resource.
func (w *selector) exists(e *filter.Embed, is bool) {
	child := w.child(e)
	if !is {
		w.write("NOT ")
	}
	w.write("EXISTS (SELECT 1")
	child.rows()
	w.d.filters.page(w)
	w.write(")")
}

// isOf reports whether a column is what a term orders by.
func (c *treeColumn) isOf(t filter.Term) bool {
	plain := c.item.Field.Path == nil && c.item.Cast == ""
	isNamed := c.of != nil && c.name == t.Field.Column // what is spread goes by its new name as well
	return (isNamed || c.item.Field.Column == t.Field.Column && plain) &&
		t.Field.Path == nil && c.aggregate == "" && c.item.Embed == nil
}

// related writes a column of the one row that a row leads to, for the order.
func (w *selector) related(t filter.Term) {
	e := w.q.Embed(t.Embed)
	for _, c := range w.spread[e] {
		if c.isOf(t) {
			w.write(c.text)
			return
		}
	}
	child := w.child(e)
	w.write("(SELECT ")
	w.d.filters.field(child, child.table, t.Field)
	child.rows()
	w.write(" LIMIT 1)")
}

// rows writes the FROM and the WHERE of a relation: which rows its parent leads to, those that the
// request wants, and those of them that lead to what has to be there.
func (w *selector) rows() {
	w.write(" FROM ", w.source, " AS ", w.table)
	conditions := w.joinParent()
	w.write(w.joins)
	if len(w.q.Where) > 0 {
		conditions = append(conditions, w.capture(func() { w.join(w.q.Where, " AND ") }))
	}
	if w.after != "" {
		conditions = append(conditions, w.after)
	}
	for _, child := range w.node.Children {
		if child.Embed.Inner {
			conditions = append(conditions, w.capture(func() { w.exists(child.Embed, true) }))
		}
	}
	for i, c := range conditions {
		if i == 0 {
			w.write(" WHERE ", c)
		} else {
			w.write(" AND ", c)
		}
	}
}

// joinParent writes the relation between a relation and its parent, and returns what relates their
// rows.
func (w *selector) joinParent() (conditions []string) {
	if w.up == nil || w.node.Via.Computed != nil {
		return nil
	}
	via, to := w.node.Via, w.table
	if via.Through != nil {
		to = w.alias("j")
		w.write(" JOIN ", w.relation(via.Through), " AS ", to, " ON ")
		for i, column := range via.ThroughTo {
			if i > 0 {
				w.write(" AND ")
			}
			w.write(to, ".", w.quote(column), " = ", w.table, ".", w.quote(via.ToColumns[i]))
		}
	}
	for i, column := range via.References {
		conditions = append(conditions,
			to+"."+w.quote(column)+" = "+w.up.table+"."+w.quote(via.Columns[i]))
	}
	return conditions
}

// computedText returns the call of a function of the row, which PostgreSQL's catalog alone has.
func (w *selector) computedText(function string) string {
	for i := range w.node.Relation.Computed {
		if c := &w.node.Relation.Computed[i]; c.Name == function && !c.Set {
			return w.call(c)
		}
	}
	return ""
}

// call returns the call of a function of the row. The result of a statement is no row of the
// relation by itself.
func (w *selector) call(c *catalog.Computed) string {
	row := w.table + ".*"
	if w.inner.Query != "" {
		row = "ROW(" + row + ")::" + w.relation(w.node.Relation)
	}
	return w.quote(c.Schema) + "." + w.quote(c.Name) + "(" + row + ")"
}

// child returns the selector of an embedded resource.
func (w *selector) child(e *filter.Embed) *selector {
	node := w.node.Child(e)
	child := &selector{
		d: w.d, q: node.Query, node: node, up: w, table: w.alias("t"), output: w.output,
		inner: Inner{Values: w.inner.Values, Plain: true, MaxList: w.inner.MaxList},
	}
	if c := node.Via.Computed; c != nil {
		child.source = w.call(c)
	} else {
		child.source = w.relation(node.Relation)
	}
	w.fail(child.setColumns())
	return child
}

// alias returns an alias that nothing else in the statement has.
func (w *selector) alias(prefix string) string {
	w.aliases++
	return fmt.Sprint(prefix, w.aliases)
}

func (w *selector) relation(r *catalog.Relation) string {
	return w.quote(r.Schema) + "." + w.quote(r.Name)
}

// quote returns a name of the catalog in quotes.
func (w *selector) quote(name string) string {
	quoted, err := w.d.Quote(name)
	w.fail(err)
	return quoted
}

// fail keeps the first error.
func (w *selector) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// computed returns how many of the columns, at their end, are functions of the row.
func (w *selector) computed() int {
	if w.node == nil {
		return 0
	}
	return len(w.names) - len(w.node.Relation.Columns)
}
