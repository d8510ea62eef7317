package dialect

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// trees is what the filters of a database have besides where rows can be embedded in others.
type trees interface {
	tree(w *selector, m Meta)                           // the whole statement
	exists(w *selector, e *filter.Embed, is bool)       // whether a row leads to an embedded one
	computed(w *selector, function string) (sql string) // a function of the row
}

var _ trees = postgresFilters{}

// tree writes a statement for the rows of a relation, and one statement it is: what is embedded in
// a row is a subquery of its select list, which PostgreSQL computes for the rows of the page alone,
// as they are sent.
func (p postgresFilters) tree(w *selector, m Meta) {
	one, isQuery := "(SELECT 1) AS c", w.inner.Query != ""
	switch {
	case !isQuery:
		w.source = w.relation(w.node.Relation)
	case m.Count: // a function is called once
		w.write("WITH r AS MATERIALIZED (", w.inner.Query, "\n) ")
		w.source = "r"
	default:
		w.source = "(" + w.inner.Query + "\n)"
	}
	if w.inner.Handler != nil {
		w.table = w.free(w.table) // no column has the name of the row
	}
	columns := p.group(w, p.columns(w))
	if len(columns) == 0 && w.inner.Handler == nil {
		columns = p.nothing(w)
	}
	w.after = p.after(w)
	page := w.capture(func() {
		if w.inner.Handler != nil {
			p.handle(w, columns)
		} else {
			p.selected(w, columns)
		}
	})
	if m == (Meta{}) {
		w.write("SELECT ", page)
		return
	}
	switch {
	case m.Count && w.groups != nil:
		one = "(SELECT pg_catalog.count(*) AS n FROM (SELECT" +
			w.capture(func() { p.rows(w); p.groupBy(w) }) + ") AS g) AS c"
	case m.Count:
		counted := *w
		counted.joins, counted.after = "", ""
		one = "(SELECT pg_catalog.count(*) AS n" + w.capture(func() { p.rows(&counted) }) + ") AS c"
	}
	w.write("SELECT ")
	p.metaColumns(w, m)
	if w.inner.Handler != nil {
		w.write("p.t, p.v FROM ", one, " LEFT JOIN LATERAL (SELECT true AS t, ")
	} else {
		w.write("p.* FROM ", one, " LEFT JOIN LATERAL (SELECT true, ")
	}
	w.write(page, ") AS p ON true")
}

// nothing returns the column of rows of which nothing is selected, as by clients(), but that they
// are there: the empty object is the row itself.
func (p postgresFilters) nothing(w *selector) []postgresColumn {
	if w.inner.Plain {
		w.refuse(filter.Field{Param: "select"}, "nothing is selected: name a column")
	}
	w.nothing = true
	return []postgresColumn{{text: "'{}'::pg_catalog.json", exact: true}}
}

// selected writes what follows the SELECT of the rows of a page.
func (p postgresFilters) selected(w *selector, columns []postgresColumn) {
	for i, c := range columns {
		if i > 0 {
			w.write(", ")
		}
		if w.inner.Plain || c.exact {
			w.write(c.text)
		} else {
			w.write("pg_catalog.to_json(", c.text, ")")
		}
		w.columns = append(w.columns, c.name)
	}
	p.rows(w)
	p.groupBy(w)
	w.page(w.table)
}

// columns returns what is selected of a relation. What is spread stands in w.joins.
func (p postgresFilters) columns(w *selector) (list []postgresColumn) {
	for _, item := range w.list() {
		switch e := item.Embed; {
		case e == nil:
			list = append(list, p.scalar(w, w.table, item))
		case isNone(e):
		case e.Spread:
			list = append(list, p.spread(w, e)...)
		default:
			text := w.capture(func() { p.embedded(w, e) })
			list = append(list, postgresColumn{
				text: text, name: e.Name(), exact: true, own: e.Alias == "", isJSON: true,
			})
		}
	}
	return list
}

// isNone reports whether nothing is selected of an embedded resource, nor of those in it.
func isNone(e *filter.Embed) bool {
	isNone := func(item filter.Item) bool { return item.Embed != nil && isNone(item.Embed) }
	return e.None || e.Query.Select != nil &&
		!slices.ContainsFunc(e.Query.Select, func(item filter.Item) bool { return !isNone(item) })
}

// embedded writes the rows that a row leads to, as an object or as an array of these.
func (p postgresFilters) embedded(w *selector, e *filter.Embed) {
	child := w.child(e)
	columns := p.group(child, p.columns(child))
	object := p.object(child, columns)
	if child.node.Via.ToOne() {
		w.write("(SELECT ", object, " FROM (")
	} else {
		w.write("(SELECT coalesce(pg_catalog.json_agg(", object, "), '[]') FROM (")
	}
	p.inner(child, columns)
	w.write(") AS e)")
}

// inner writes the statement of an embedded resource.
func (p postgresFilters) inner(w *selector, columns []postgresColumn) {
	w.write("SELECT ")
	own := allOwn(columns)
	for i, c := range columns {
		if i > 0 {
			w.write(", ")
		}
		name := fmt.Sprint("c", i+1)
		if own {
			name = w.quote(c.name)
		}
		w.write(c.text, " AS ", name)
	}
	p.rows(w)
	p.groupBy(w)
	w.page(w.table)
	if w.node.Via.ToOne() && w.q.Limit == nil { // a view may have several rows where its table has one
		w.write(" LIMIT 1")
	}
}

// object returns the JSON of a row e of an embedded resource. Names that the request has made up
// are bound: PostgreSQL takes 100 arguments.
func (p postgresFilters) object(w *selector, columns []postgresColumn) string {
	if allOwn(columns) {
		return "pg_catalog.row_to_json(e.*)"
	}
	if len(columns) > 50 {
		w.refuse(filter.Field{Param: w.node.Embed.Param, Pos: w.node.Embed.Pos},
			"an embedded resource with names of its own has at most 50 columns")
	}
	return w.capture(func() {
		w.write("pg_catalog.json_build_object(")
		for i, c := range columns {
			if i > 0 {
				w.write(", ")
			}
			w.value(c.name)
			w.write("::text, e.c", fmt.Sprint(i+1))
		}
		w.write(")")
	})
}

func allOwn(columns []postgresColumn) bool {
	for _, c := range columns {
		if !c.own {
			return false
		}
	}
	return true
}

// spread joins an embedded resource and returns its columns: those of the one row, or an array for
// each.
func (p postgresFilters) spread(w *selector, e *filter.Embed) []postgresColumn {
	child := w.child(e)
	columns := p.columns(child)
	alias := w.alias("s")
	join := w.capture(func() {
		w.write(" LEFT JOIN LATERAL (")
		numbered := make([]postgresColumn, len(columns))
		for i, c := range columns {
			numbered[i] = c
			numbered[i].own = false
		}
		if child.node.Via.ToOne() {
			p.inner(child, numbered)
		} else {
			w.write("SELECT ")
			for i := range columns {
				p.refuseAggregate(w, e, columns[i])
				if i > 0 {
					w.write(", ")
				}
				n := fmt.Sprint(i + 1)
				w.write("coalesce(pg_catalog.json_agg(e.c", n, "), '[]') AS c", n)
				columns[i].exact = true
			}
			w.write(" FROM (")
			p.inner(child, numbered)
			w.write(") AS e")
		}
		w.write(") AS ", alias, " ON true")
	})
	w.joins += join
	for i := range columns {
		columns[i].text = fmt.Sprintf("%s.c%d", alias, i+1)
	}
	if w.spread == nil {
		w.spread = map[*filter.Embed][]postgresColumn{}
	}
	w.spread[e] = columns
	return columns
}

// exists writes whether a row leads to a row of an embedded resource.
func (p postgresFilters) exists(w *selector, e *filter.Embed, is bool) {
	child := w.child(e)
	if !is {
		w.write("NOT ")
	}
	w.write("EXISTS (SELECT")
	p.rows(child)
	w.limit("", "::bigint")
	w.write(")")
}

// related writes a column of the one row that a row leads to, for the order.
func (p postgresFilters) related(w *selector, t filter.Term) {
	e := w.q.Embed(t.Embed)
	for _, c := range w.spread[e] {
		isIt := c.name == t.Field.Column ||
			c.item.Field.Column == t.Field.Column && c.item.Field.Path == nil && c.item.Cast == ""
		if isIt && t.Field.Path == nil && c.aggregate == "" {
			w.write(c.text)
			return
		}
	}
	child := w.child(e)
	w.write("(SELECT ")
	p.field(child, child.table, t.Field)
	p.rows(child)
	w.write(" LIMIT 1)")
}

// rows writes the FROM and the WHERE of a relation: which rows its parent leads to, those that the
// request wants, and those of them that lead to what has to be there.
func (p postgresFilters) rows(w *selector) {
	w.write(" FROM ", w.source, " AS ", w.table)
	conditions := p.join(w)
	w.write(w.joins)
	if len(w.q.Where) > 0 {
		conditions = append(conditions, w.capture(func() { w.join(w.q.Where, " AND ") }))
	}
	if w.after != "" {
		conditions = append(conditions, w.after)
	}
	for _, child := range w.node.Children {
		if child.Embed.Inner {
			conditions = append(conditions, w.capture(func() { p.exists(w, child.Embed, true) }))
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

// join writes the relation between a relation and its parent, and returns what relates their rows.
func (p postgresFilters) join(w *selector) (conditions []string) {
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

// computed returns the call of a function of the row.
func (p postgresFilters) computed(w *selector, function string) string {
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
		inner: Inner{Values: w.inner.Values, Plain: true},
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
