package dialect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
)

// filters writes what databases spell differently in a statement of Select. An implementation has
// no state; all that is written goes to the selector.
type filters interface {
	item(w *selector, table string, item filter.Item) // a column of the response
	field(w *selector, table string, f filter.Field)  // what is compared and ordered
	compare(w *selector, c filter.Condition)          // a comparison with a column of the table t
	term(w *selector, table string, t filter.Term)    // a term of ORDER BY
	page(w *selector)                                 // limit and offset, after the order
	meta(w *selector, m Meta) error                   // the whole statement with metadata columns

	// typesJSON reports whether the driver reports JSON as the type of what a path leads to.
	typesJSON() bool
}

// A selector writes one statement, or the part of it that is about one relation.
type selector struct {
	d      *Dialect
	inner  Inner
	q      *filter.Query
	names  []string // of the columns
	quoted []string
	table  string // the alias that the columns belong to

	node   *embed.Node // nil if nothing can be embedded
	up     *selector   // that of the relation that this one is embedded in
	source string      // what stands in FROM instead of the inner statement
	joins  string      // what follows that
	spread map[*filter.Embed][]treeColumn
	after  string   // the condition that rows are after the page before, or have been written
	sort   string   // the order of the rows if the request has none
	groups []string // what the rows are grouped by; nil if they are not

	isBounded bool // there is a mark in the place of a list that is too long

	*output
}

// An output is what has been written of a statement.
type output struct {
	text    []byte
	bind    []int
	extra   []any
	columns []string // the names of the columns, nil for those of the selector
	json    []int    // which of those are JSON although the driver does not say so
	cutMark string   // see Selected.Cut
	aliases int      // the last one
	meta    int      // the metadata columns so far
	nothing bool     // nothing is selected of the rows
	bounded []string // see Selected
	mark    string
	err     error // the first about the request
}

// statement writes the statement.
func (w *selector) statement(m Meta) error {
	if w.d.Numbered { // the inner statement has the first numbers
		w.bindInner()
	}
	if t, ok := w.d.filters.(trees); ok && w.node != nil {
		t.tree(w, m)
		return w.err
	}
	if m != (Meta{}) {
		if err := w.d.filters.meta(w, m); err != nil {
			return err
		}
		return w.err
	}
	w.write("SELECT ")
	w.items("t")
	w.from()
	w.page("t")
	return w.err
}

func (w *selector) write(texts ...string) {
	for _, s := range texts {
		w.text = append(w.text, s...)
	}
}

// capture returns what write writes.
func (w *selector) capture(write func()) string {
	before := w.text
	w.text = nil
	write()
	text := string(w.text)
	w.text = before
	return text
}

// value writes the placeholder of a value of the request.
func (w *selector) value(v any) {
	i := w.inner.Values + len(w.extra)
	w.extra = append(w.extra, v)
	if !w.d.Numbered {
		w.write(mark, strconv.Itoa(i), mark)
		return
	}
	w.bind = append(w.bind, i)
	w.text = w.d.AppendPlaceholder(w.text, len(w.bind))
}

// mark stands around the index of a value until the statement is complete, where placeholders have
// no numbers: what is written may be put elsewhere, or in two places. No statement has the
// character.
const mark = "\x00"

// setPlaceholders puts placeholders in the places of the values, and lists which value each takes.
func (w *selector) setPlaceholders() {
	if w.d.Numbered {
		return
	}
	var text []byte
	for i, part := range strings.Split(string(w.text), mark) {
		switch {
		case i%2 == 0:
			text = append(text, part...)
		case part == "":
			w.bindInner()
		default:
			value, _ := strconv.Atoi(part)
			w.bind = append(w.bind, value)
			text = w.d.AppendPlaceholder(text, len(w.bind))
		}
	}
	w.text = text
}

// values writes several values with commas between them, each through write.
func (w *selector) values(list []string, write func(string)) {
	for i, v := range list {
		if i > 0 {
			w.write(", ")
		}
		write(v)
	}
}

// in writes that a field is one of a list, by what writes the field and each value. Nothing is one
// of an empty list, which few databases take.
func (w *selector) in(list []string, field func(), value func(string)) {
	if list == nil {
		w.write("1 = 0")
		return
	}
	field()
	w.write(" IN (")
	w.values(list, value)
	w.write(")")
}

func (w *selector) bindInner() {
	if w.inner.Bind != nil {
		w.bind = append(w.bind, w.inner.Bind...)
		return
	}
	w.bind = append(w.bind, inOrder(w.inner.Values)...)
}

// inOrder returns the indexes of n values.
func inOrder(n int) []int {
	bind := make([]int, n)
	for i := range bind {
		bind[i] = i
	}
	return bind
}

// from writes the inner statement as the table t, and which of its rows are taken. A comment at
// its end must not swallow the parenthesis.
func (w *selector) from() {
	w.write(" FROM (")
	if !w.d.Numbered { // its values come here
		w.write(mark, mark)
	}
	w.write(w.inner.Query)
	if strings.Contains(w.inner.Query, "--") || strings.Contains(w.inner.Query, "#") {
		w.write("\n")
	}
	w.write(") AS t")
	if w.q.Where != nil {
		w.write(" WHERE ")
		w.join(w.q.Where, " AND ")
	}
}

// items writes what is selected from the table with the given alias.
func (w *selector) items(table string) {
	if w.inner.Columns == nil {
		w.write(table, ".*")
	}
	for i, item := range w.list() {
		if i > 0 {
			w.write(", ")
		}
		w.d.filters.item(w, table, item)
	}
}

// list returns the items with all columns in the place of *.
func (w *selector) list() (list []filter.Item) {
	items := w.q.Select
	if items == nil {
		items = []filter.Item{{All: true}}
	}
	for _, item := range items {
		if !item.All {
			list = append(list, item)
			continue
		}
		for _, name := range w.names[:len(w.names)-w.computed()] {
			list = append(list, filter.Item{Field: filter.Field{Column: name}})
		}
	}
	return list
}

// outputNames returns the names of the items, and which of them are JSON because of a path.
func (w *selector) outputNames() (names []string, json []int) {
	if w.inner.Columns == nil || w.columns != nil {
		return w.columns, w.json
	}
	names = []string{}
	for i, item := range w.list() {
		names = append(names, item.Name())
		path := item.Field.Path
		if !w.d.filters.typesJSON() && path != nil && !isText(path) && item.Cast == "" {
			json = append(json, i)
		}
	}
	return names, json
}

// page writes the order of the rows, and how many of them are taken.
func (w *selector) page(table string) {
	w.order(table)
	w.d.filters.page(w)
}

// order writes the order of the rows, and reports whether the request has one.
func (w *selector) order(table string) bool {
	for i, term := range w.q.Order {
		if term.Embed != "" && w.node == nil {
			w.refuse(term.Field, "embedding is not supported here")
			break
		}
		if i == 0 {
			w.write(" ORDER BY ")
		} else {
			w.write(", ")
		}
		w.d.filters.term(w, table, term)
	}
	return len(w.q.Order) > 0
}

// direction writes what follows a term as standard SQL has it.
func (w *selector) direction(t filter.Term) {
	if t.Desc {
		w.write(" DESC")
	}
	switch t.Nulls {
	case filter.NullsFirst:
		w.write(" NULLS FIRST")
	case filter.NullsLast:
		w.write(" NULLS LAST")
	}
}

// limit writes LIMIT and OFFSET, each with a cast; no is the limit of an OFFSET alone.
func (w *selector) limit(no, cast string) {
	limit, offset := w.q.Limit, w.q.Offset
	switch {
	case limit != nil:
		w.write(" LIMIT ")
		w.value(*limit)
		w.write(cast)
	case offset != nil:
		w.write(no)
	}
	if offset != nil {
		w.write(" OFFSET ")
		w.value(*offset)
		w.write(cast)
	}
}

// column returns a column's type and how it is written.
func (w *selector) column(table string, f filter.Field) (*catalog.Type, string) {
	i := slices.Index(w.names, f.Column) // Check has found it
	if n := len(w.names) - w.computed(); i >= n {
		return w.inner.Columns[i].Type, w.computedText(w.inner.Columns[i].Name)
	}
	return w.inner.Columns[i].Type, table + "." + w.quoted[i]
}

func (w *selector) metaColumn(text string) {
	w.write(text, ", ")
	w.meta++
}

// free returns a name that no column has.
func (w *selector) free(name string) string {
	for slices.ContainsFunc(w.names, func(n string) bool { return strings.EqualFold(n, name) }) {
		name += "_"
	}
	return name
}
