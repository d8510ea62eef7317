package dialect

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// A jsonWriter is what databases spell differently of trees whose JSON is made of single values, by
// functions that take a name and a value in turn. PostgreSQL makes it of whole rows.
type jsonWriter interface {
	filters
	trees
	object() string                          // the function that makes an object
	maxColumns() int                         // how many columns that takes
	inJSON(w *selector, c treeColumn) string // a value as one in JSON
	array(w *selector, of treeColumn)        // the value of each row of w, as an array
	whole(w *selector, object string) string // an object, or w.cutMark if the database loses it
	sent(w *selector, text string) string    // the same of what is embedded, when it is sent
	viaSubquery(c treeColumn) bool           // what a subquery returns is shown in another way
	isJSON(t *catalog.Type) bool             // a column holds JSON, and the driver does not say so
}

// jsonTree writes a statement for the rows of a relation. What is embedded in a row is a subquery
// of the select list, so that rows can be sent as they come.
func (w *selector) jsonTree(j jsonWriter, m Meta) {
	if w.inner.Query != "" {
		w.fail(fmt.Errorf("%s embeds nothing in the rows of a statement", w.d))
		return
	}
	w.source = w.relation(w.node.Relation)
	if m.Count {
		w.countTree(j)
		return
	}
	columns := w.group(w.treeColumns())
	w.checkOrder(columns)
	w.write("SELECT ")
	w.writeList(j, columns)
	w.rows()
	w.groupBy()
	if !w.order(w.table) && w.groups == nil {
		w.write(w.sort)
	}
	j.page(w)
}

// writeList writes the select list of the whole, and says what is in it.
func (w *selector) writeList(j jsonWriter, columns []treeColumn) {
	switch {
	case len(columns) == 0 && w.inner.Plain:
		w.refuse(filter.Field{Param: "select"}, "nothing is selected: name a column")
	case len(columns) == 0: // as by clients(): the empty object is the row itself
		w.nothing, columns = true, []treeColumn{{text: "'{}'", isJSON: true}}
	}
	for i, c := range columns {
		if i > 0 {
			w.write(", ")
		}
		if c.embedded {
			c.text = j.sent(w, c.text)
		}
		w.write(c.text)
		if c.isJSON || j.isJSON(c.typ) {
			w.json = append(w.json, len(w.columns))
		}
		w.columns = append(w.columns, c.name)
	}
}

// countTree writes the statement with the number of all rows before each row of the page.
func (w *selector) countTree(j jsonWriter) {
	if !w.hasAggregate() {
		page := *w
		page.table = "p"
		list := func() { page.writeList(j, page.treeColumns()) }
		w.fail(w.counted("(SELECT 1)", "", list, w.rows))
		return
	}
	columns := w.group(w.treeColumns())
	w.checkOrder(columns)
	groups, q := *w, *w.q // the groups by their places
	groups.q, groups.names, groups.quoted, groups.inner.Columns = &q, nil, nil, nil
	q.Order = nil
	for _, term := range w.q.Order {
		term.Field = filter.Field{Column: fmt.Sprint("c", w.place(columns, term)+1)}
		term.Embed = ""
		q.Order = append(q.Order, term)
	}
	for i, c := range columns {
		name := fmt.Sprint("c", i+1)
		groups.names, groups.quoted = append(groups.names, name), append(groups.quoted, name)
		groups.inner.Columns = append(groups.inner.Columns, catalog.Column{Name: name, Type: c.typ})
	}
	list := func() {
		shown := append([]treeColumn{}, columns...)
		for i := range shown {
			shown[i].text = "p." + groups.names[i]
		}
		w.writeList(j, shown)
	}
	from := func() {
		w.write(" FROM (SELECT ")
		for i, c := range columns {
			if i > 0 {
				w.write(", ")
			}
			w.write(c.text, " AS ", groups.names[i])
		}
		w.rows()
		w.groupBy()
		w.write(") AS t")
	}
	w.fail(groups.counted("(SELECT 1)", "", list, from))
}

// hasAggregate reports whether the rows are grouped.
func (w *selector) hasAggregate() bool {
	for _, item := range w.q.Select {
		if item.Aggregate != "" || item.Embed != nil && item.Embed.Spread &&
			item.Embed.Query.Aggregates() {
			return true
		}
	}
	return false
}

// checkOrder refuses an order of groups by something else than what they are grouped by, of which
// SQLite and MySQL take the value of any row.
func (w *selector) checkOrder(columns []treeColumn) {
	for _, term := range w.q.Order {
		if w.groups != nil && w.place(columns, term) < 0 {
			w.refuse(term.Field, "groups have an order by what they are grouped by alone")
		}
	}
}

// place returns the place of what a term orders by in a select list, -1 if it is not there.
func (w *selector) place(columns []treeColumn, term filter.Term) int {
	return slices.IndexFunc(columns, func(c treeColumn) bool {
		return c.of == w.q.Embed(term.Embed) && c.isOf(term)
	})
}

// jsonEmbedded writes the rows that a row leads to, as an object or as an array of these.
func (w *selector) jsonEmbedded(j jsonWriter, e *filter.Embed) {
	child := w.child(e)
	child.bound()
	columns := child.group(child.treeColumns())
	child.checkOrder(columns)
	object := child.jsonObject(j, columns)
	if !child.node.Via.ToOne() {
		j.array(child, object)
		return
	}
	w.write("(SELECT ", object.text)
	child.one()
	w.write(")")
}

// one writes where the one row comes from that a row leads to.
func (w *selector) one() {
	w.rows()
	w.groupBy()
	w.page(w.table)
	if w.q.Limit == nil && w.q.Offset == nil {
		w.write(" LIMIT 1")
	}
}

// jsonObject returns an object of columns. Their names are bound.
func (w *selector) jsonObject(j jsonWriter, columns []treeColumn) treeColumn {
	if most := j.maxColumns(); len(columns) > most {
		w.refuse(filter.Field{Param: w.node.Embed.Param, Pos: w.node.Embed.Pos},
			fmt.Sprintf("an embedded resource has at most %d columns", most))
	}
	text := w.capture(func() {
		w.write(j.object(), "(")
		for i, c := range columns {
			if i > 0 {
				w.write(", ")
			}
			w.value(c.name)
			w.write(", ", j.inJSON(w, c))
		}
		w.write(")")
	})
	return treeColumn{text: j.whole(w, text), isJSON: true}
}

// jsonSpread returns the columns of an embedded resource, each by a subquery: the value of the one
// row, or an array of all of them.
func (w *selector) jsonSpread(j jsonWriter, e *filter.Embed) []treeColumn {
	child := w.child(e)
	child.bound()
	columns := child.treeColumns()
	for i := range columns {
		c := &columns[i]
		if !child.node.Via.ToOne() {
			child.refuseAggregate(e, *c)
			c.text = w.capture(func() { j.array(child, *c) })
			c.isJSON, c.embedded, c.typ = true, true, nil
			continue
		}
		if j.viaSubquery(*c) && c.aggregate == "" {
			c.text, c.isJSON, c.typ = j.inJSON(w, *c), true, nil
		}
		c.text = w.capture(func() {
			w.write("(SELECT ", c.text)
			child.one()
			w.write(")")
		})
	}
	return columns
}

// aggregated writes an aggregate as all databases spell it. What is compared stays as it is.
func (c *treeColumn) aggregated() {
	if c.aggregate == "" {
		return
	}
	c.text = aggregateName(c.aggregate) + "(" + c.text + ")"
	if c.aggregate != filter.Max && c.aggregate != filter.Min {
		c.typ = nil
	}
	c.isJSON = false
}
