package dialect

import (
	"fmt"
	"strconv"

	"github.com/moresql/moresql/internal/filter"
)

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
	columns := w.group(w.treeColumns())
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
	if m == (Meta{}) && w.bounded == nil {
		w.write("SELECT ", page)
		return
	}
	switch {
	case m.Count && w.groups != nil:
		one = "(SELECT pg_catalog.count(*) AS n FROM (SELECT" +
			w.capture(func() { w.rows(); w.groupBy() }) + ") AS g) AS c"
	case m.Count:
		counted := *w
		counted.joins, counted.after = "", ""
		one = "(SELECT pg_catalog.count(*) AS n" + w.capture(func() { counted.rows() }) + ") AS c"
	}
	w.write("SELECT ")
	switch {
	case w.bounded == nil:
	case w.inner.Handler != nil:
		w.metaColumn("p.o")
	default:
		w.metaColumn(w.capture(func() { p.anyMark(w, columns) }))
	}
	p.metaColumns(w, m)
	if w.inner.Handler != nil {
		w.write("p.t, p.v FROM ", one, " LEFT JOIN LATERAL (SELECT true AS t, ")
	} else {
		w.write("p.* FROM ", one, " LEFT JOIN LATERAL (SELECT true, ")
	}
	w.write(page, ") AS p")
	if w.bounded != nil && w.inner.Handler == nil {
		w.write("(t")
		for i := range columns {
			w.write(", c", strconv.Itoa(i+1))
		}
		w.write(")")
	}
	w.write(" ON true")
}

// nothing returns the column of rows of which nothing is selected, as by clients(), but that they
// are there: the empty object is the row itself.
func (p postgresFilters) nothing(w *selector) []treeColumn {
	if w.inner.Plain {
		w.refuse(filter.Field{Param: "select"}, "nothing is selected: name a column")
	}
	w.nothing = true
	return []treeColumn{{text: "'{}'::pg_catalog.json", exact: true}}
}

// selected writes what follows the SELECT of the rows of a page.
func (p postgresFilters) selected(w *selector, columns []treeColumn) {
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
	w.rows()
	w.groupBy()
	w.page(w.table)
}

// embedded writes the rows that a row leads to, as an object or as an array of these.
func (p postgresFilters) embedded(w *selector, e *filter.Embed) {
	child := w.child(e)
	child.bound()
	columns := child.group(child.treeColumns())
	object := p.object(child, columns)
	w.write("(SELECT ")
	if child.node.Via.ToOne() {
		w.write(object)
	} else {
		p.list(child, object)
	}
	w.write(" FROM (")
	p.inner(child, columns)
	w.write(") AS e)")
}

// list writes the array of what each of the rows e has.
func (postgresFilters) list(w *selector, of string) {
	w.orMark("pg_catalog.count(*)", "::bigint", "pg_catalog.to_json(", w.mark, "::text)",
		"coalesce(pg_catalog.json_agg("+of+"), '[]')")
}

// inner writes the statement of an embedded resource.
func (p postgresFilters) inner(w *selector, columns []treeColumn) {
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
	w.rows()
	w.groupBy()
	w.page(w.table)
	if w.node.Via.ToOne() && w.q.Limit == nil { // a view may have several rows where its table has one
		w.write(" LIMIT 1")
	}
}

// object returns the JSON of a row e of an embedded resource. Names that the request has made up
// are bound: PostgreSQL takes 100 arguments.
func (p postgresFilters) object(w *selector, columns []treeColumn) string {
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

func allOwn(columns []treeColumn) bool {
	for _, c := range columns {
		if !c.own {
			return false
		}
	}
	return true
}

// spread joins an embedded resource and returns its columns: those of the one row, or an array for
// each.
func (p postgresFilters) spread(w *selector, e *filter.Embed) []treeColumn {
	child := w.child(e)
	child.bound()
	columns := child.treeColumns()
	alias := w.alias("s")
	join := w.capture(func() {
		w.write(" LEFT JOIN LATERAL (")
		numbered := make([]treeColumn, len(columns))
		for i, c := range columns {
			numbered[i] = c
			numbered[i].own = false
		}
		if child.node.Via.ToOne() {
			p.inner(child, numbered)
		} else {
			w.write("SELECT ")
			for i := range columns {
				w.refuseAggregate(e, columns[i])
				if i > 0 {
					w.write(", ")
				}
				n := fmt.Sprint(i + 1)
				p.list(child, "e.c"+n)
				w.write(" AS c", n)
				columns[i].exact = true
				columns[i].bounded = columns[i].bounded || child.isBounded
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
	return columns
}
