package sqltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// Inner is the statement whose result Select asks of.
type Inner struct {
	Query  string
	Bind   []int // for each placeholder the value that it takes; nil for all of them in their order
	Values int   // how many values there are

	// Columns are those of its result, nil when they are not known: then no column can be named. A Type is nil when it is not
	// known; for other databases than PostgreSQL only its Name counts, which is what the driver's DatabaseTypeName says.
	Columns []catalog.Column

	Plain bool // columns of PostgreSQL's are asked for as they are, and none as JSON: for an encoder that writes something else
}

// DigitsType is the name of the type of an SQLite column that has its numbers as text, for want of a decimal type: compared and ordered as
// numbers.
const DigitsType = "DIGITS"

// Head says what Select puts in front of the columns, so that even a result without rows has one row to carry it.
type Head struct {
	Count    bool // how many rows there are without limit and offset
	Settings bool // the settings response.status and response.headers, as the statement has left them; of PostgreSQL only
}

// Selected is a statement that Select has written.
type Selected struct {
	Query string
	Bind  []int    // as Inner.Bind; values from Inner.Values on are those of Extra
	Extra []any    // strings, integers and floats to be bound, of the request
	Names []string // what the answer calls the columns behind the head; nil for as the database does

	// JSON are the places of the names whose values are JSON although the database calls them text: what a path leads to.
	JSON []int

	// Head is how many columns are in front: the count, the status, the headers, those that were asked for, and then one that is
	// NULL in the only row of a result that has none. It is 0 when no head was asked for.
	Head int
}

// Select writes a statement that asks of inner's result what q says. Nothing of q becomes text of the statement: columns are
// spelled as inner has them, and everything else is bound. So the text depends on q's form, which for databases without arrays
// takes in how many values a list has.
//
// An *filter.Error is about what the request asks for: a column that does not exist, an operator that the database does not have.
// Other errors are about inner.
func Select(d Dialect, inner Inner, q *filter.Query, h Head) (Selected, error) {
	w := &selector{d: d, inner: inner, q: q}
	switch d {
	case PostgreSQL:
		w.spelling = postgreSQL{w}
	case SQLite:
		w.spelling = sqlite{w}
	case MySQL:
		w.spelling = mysql{w}
	default:
		return Selected{}, fmt.Errorf("results of %s can't be filtered", d)
	}
	for _, c := range inner.Columns {
		quoted, err := d.Quote(c.Name)
		if err != nil {
			return Selected{}, err
		}
		w.names, w.quoted = append(w.names, c.Name), append(w.quoted, quoted)
	}
	if err := q.Check(w.names); err != nil {
		return Selected{}, err
	}
	if d.numbered() { // the inner statement has the first numbers
		w.bindInner()
	}
	switch {
	case h.Settings && d != PostgreSQL:
		return Selected{}, fmt.Errorf("%s has no settings for a response", d)
	case h.Count && d != PostgreSQL && inner.Columns == nil:
		return Selected{}, errors.New("rows are counted beside columns that are known")
	case h == Head{}:
		w.plain()
	case d == PostgreSQL:
		w.lateral(h)
	default:
		w.counted()
	}
	if w.err != nil {
		return Selected{}, w.err
	}
	names, json := w.output()
	return Selected{Query: string(w.text), Bind: w.bind, Extra: w.extra, Names: names, JSON: json, Head: w.head}, nil
}

// A selector writes one statement.
type selector struct {
	d      Dialect
	inner  Inner
	q      *filter.Query
	names  []string // of the columns
	quoted []string
	spelling

	text  []byte
	bind  []int
	extra []any
	head  int
	err   error // the first
}

// A spelling is what databases write differently.
type spelling interface {
	item(table string, f filter.Field)  // a column of the answer
	field(table string, f filter.Field) // what is compared and ordered
	compare(c filter.Condition)         // a comparison with a column of the table t
}

func (w *selector) write(texts ...string) {
	for _, s := range texts {
		w.text = append(w.text, s...)
	}
}

// value writes the placeholder of a value of the request.
func (w *selector) value(v any) {
	w.bind = append(w.bind, w.inner.Values+len(w.extra))
	w.extra = append(w.extra, v)
	w.text = w.d.AppendPlaceholder(w.text, len(w.bind))
}

// values writes several values with commas between them, each by one.
func (w *selector) values(list []string, one func(string)) {
	for i, v := range list {
		if i > 0 {
			w.write(", ")
		}
		one(v)
	}
}

func (w *selector) bindInner() {
	if w.inner.Bind != nil {
		w.bind = append(w.bind, w.inner.Bind...)
		return
	}
	for i := range w.inner.Values {
		w.bind = append(w.bind, i)
	}
}

// plain writes the statement without a head.
func (w *selector) plain() {
	w.write("SELECT ")
	w.items("t")
	w.from()
	w.page("t")
}

// from writes the inner statement as the table t, and which of its rows are taken. A comment at its end must not take the
// parenthesis with it.
func (w *selector) from() {
	w.write(" FROM (", w.inner.Query)
	if strings.Contains(w.inner.Query, "--") || strings.Contains(w.inner.Query, "#") {
		w.write("\n")
	}
	w.write(") AS t")
	if !w.d.numbered() {
		w.bindInner()
	}
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
		w.item(table, item.Field)
	}
}

// list returns the items with all columns in the place of *.
func (w *selector) list() (list []filter.Item) {
	asked := w.q.Select
	if asked == nil {
		asked = []filter.Item{{All: true}}
	}
	for _, item := range asked {
		if !item.All {
			list = append(list, item)
			continue
		}
		for _, name := range w.names {
			list = append(list, filter.Item{Field: filter.Field{Column: name}})
		}
	}
	return list
}

// output returns the names of the items, and which of them are JSON by a path.
func (w *selector) output() (names []string, json []int) {
	if w.inner.Columns == nil {
		return nil, nil
	}
	names = []string{}
	for i, item := range w.list() {
		names = append(names, item.Name())
		if path := item.Field.Path; w.d != PostgreSQL && path != nil && !isText(path) {
			json = append(json, i)
		}
	}
	return names, json
}

// order writes in which order the rows are. MySQL has no words for where NULL is.
func (w *selector) order(table string) {
	for i, term := range w.q.Order {
		if i == 0 {
			w.write(" ORDER BY ")
		} else {
			w.write(", ")
		}
		if w.d == MySQL && term.Nulls != filter.NullsAnywhere {
			w.field(table, term.Field)
			w.write(" IS NULL")
			if term.Nulls == filter.NullsFirst {
				w.write(" DESC")
			}
			w.write(", ")
		}
		w.field(table, term.Field)
		if term.Desc {
			w.write(" DESC")
		}
		switch {
		case w.d == MySQL:
		case term.Nulls == filter.NullsFirst:
			w.write(" NULLS FIRST")
		case term.Nulls == filter.NullsLast:
			w.write(" NULLS LAST")
		}
	}
}

// page writes the order of the rows, and how many of them are taken.
func (w *selector) page(table string) {
	w.order(table)
	limit, offset := w.q.Limit, w.q.Offset
	cast := ""
	if w.d == PostgreSQL {
		cast = "::bigint"
	}
	switch {
	case limit != nil:
		w.write(" LIMIT ")
		w.value(*limit)
		w.write(cast)
	case offset != nil && w.d == MySQL: // it has no OFFSET alone; the manual names this number
		w.write(" LIMIT 18446744073709551615")
	case offset != nil && w.d == SQLite:
		w.write(" LIMIT -1")
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
	return w.inner.Columns[i].Type, table + "." + w.quoted[i]
}
