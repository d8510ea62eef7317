package dialect

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
)

// A postgresWrite writes a statement that changes rows. What is changed stands in a WITH, and the
// rest reads from that: what is embedded is as it was before, since all parts of a statement see
// the same snapshot (PostgreSQL manual, 7.8.4).
type postgresWrite struct {
	Write
	d      *Dialect
	values int // that are bound before those of the request's query
	*output
}

// writePostgres writes the statement.
func writePostgres(d *Dialect, in Write, values int) (Written, error) {
	p := &postgresWrite{Write: in, d: d, values: values, output: &output{bind: inOrder(values)}}
	selected, node := *in.Node.Query, *in.Node
	selected.Where, node.Query = nil, &selected
	read := p.selector("w", "w", &node)
	if err := read.setColumns(); err != nil {
		return Written{}, err
	}
	names := p.returned(read)
	change := p.selector("", "t", in.Node)
	if err := change.setColumns(); err != nil {
		return Written{}, err
	}
	switch in.Kind {
	case Insert:
		p.insert(change, names)
	case Update:
		p.update(change, names)
	case Delete:
		p.delete(change, names)
	}
	p.result(read)
	return Written{
		Statement: Statement{Query: string(p.text), Bind: p.bind},
		Extra:     p.extra, Names: p.columns, Meta: p.meta,
	}, p.err
}

// selector returns the selector of what is written, or of a table that is read after it.
func (p *postgresWrite) selector(query, table string, node *embed.Node) *selector {
	return &selector{
		d: p.d, q: node.Query, node: node, table: table, source: "w", output: p.output,
		inner: Inner{Query: query, Values: p.values, Plain: p.Plain},
	}
}

// returned returns the columns that are read of what has been written: no others, since the role
// may not be allowed to read all.
func (p *postgresWrite) returned(w *selector) (names []string) {
	relation := w.node.Relation
	all := false
	add := func(columns ...string) {
		for _, c := range columns {
			if relation.Column(c) == nil {
				all = all || c != "" // a function of the row
			} else if !slices.Contains(names, c) {
				names = append(names, c)
			}
		}
	}
	switch p.Returns {
	case Nothing:
		return nil
	case Keys:
		return relation.PrimaryKey
	}
	for _, item := range w.list() {
		if item.Embed == nil {
			add(item.Field.Column)
		}
	}
	for _, t := range w.q.Order {
		if t.Embed == "" {
			add(t.Field.Column)
		}
	}
	for _, child := range w.node.Children {
		add(child.Via.Columns...)
		all = all || child.Via.Computed != nil
	}
	if all {
		names = nil
		for _, a := range relation.Columns {
			names = append(names, a.Name)
		}
	}
	return names
}

// returning writes what a change returns of each row.
func (p *postgresWrite) returning(w *selector, names []string) {
	w.write(" RETURNING ")
	if len(names) == 0 {
		w.write("1")
	}
	w.values(names, func(name string) { w.write(w.table, ".", w.quote(name)) })
}

// result writes what follows the WITH.
func (p *postgresWrite) result(w *selector) {
	w.write(" SELECT ")
	w.metaColumn("c.n")
	switch {
	case p.Counts:
		p.countColumns(w)
	case p.Merge:
		w.metaColumn(counter("inserted"))
	}
	if p.Returns == Keys {
		w.metaColumn(w.capture(func() { p.key(w) }))
	}
	if p.Settings {
		w.metaColumn("pg_catalog.current_setting('response.status', true)")
		w.metaColumn("pg_catalog.current_setting('response.headers', true)")
	}
	w.meta++
	const counted = " FROM (SELECT pg_catalog.count(*) AS n FROM w) AS c"
	if p.Returns != All {
		w.write("NULL", counted)
		return
	}
	filters := postgresFilters{}
	columns := w.group(w.treeColumns())
	page := w.capture(func() { filters.selected(w, columns) })
	if w.columns == nil {
		w.refuse(filter.Field{Param: "select"}, "nothing is selected: name a column")
	}
	w.write("p.*", counted, " LEFT JOIN LATERAL (SELECT true, ", page, ") AS p ON true")
}

// key writes the primary key of one of the rows, as a response shows its values.
func (p *postgresWrite) key(w *selector) {
	w.write("(SELECT pg_catalog.json_build_array(")
	w.values(w.node.Relation.PrimaryKey, func(name string) {
		column := postgresFilters{}.scalar(w, w.table, filter.Item{Field: filter.Field{Column: name}})
		w.write(column.text)
	})
	w.write(") FROM w LIMIT 1)")
}

// where writes which rows are changed.
func (p *postgresWrite) where(w *selector) {
	if len(w.q.Where) > 0 {
		w.write(" WHERE ")
		w.join(w.q.Where, " AND ")
	}
	if p.Versions != nil && p.Kind != Insert { // of a row, which a filter chooses
		w.write(" AND ")
		p.hasVersion(w)
	}
}

// name returns a column of the relation in quotes.
func (p *postgresWrite) name(w *selector) func(string) {
	return func(name string) { w.write(w.quote(name)) }
}

// typeOf returns the type of a column, nil if it is not known.
func (p *postgresWrite) typeOf(name string) *catalog.Type {
	if a := p.Node.Relation.Column(name); a != nil {
		return a.Type
	}
	return nil
}

// sqlType returns how a type is written.
func sqlType(t *catalog.Type) string {
	if t == nil || strings.TrimSpace(t.SQL) == "" {
		return "text"
	}
	return t.SQL
}
