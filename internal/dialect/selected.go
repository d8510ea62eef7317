package dialect

import (
	"fmt"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
)

// Inner is the statement whose result Select filters.
type Inner struct {
	Query  string
	Bind   []int // for each placeholder the value that it takes; nil for all of them in their order
	Values int   // how many values there are

	// Columns are those of its result, nil when they are not known: then no column can be named. A
	// Type is nil when it is not known; see Dialect.Column for what it is in each database.
	Columns []catalog.Column

	// Plain selects columns as they are. Without it PostgreSQL writes values that are not exact by
	// themselves as JSON, which only an encoder of JSON can use.
	Plain bool

	// Handler is the aggregate that makes one value of the rows, nil for none. It needs a Node.
	Handler *catalog.Handler

	// Keyset says after which row the rows begin, nil for all. It needs a Node without a Query.
	Keyset *Keyset

	// MaxList is how many rows a list may have that is embedded in a row, 0 for any number. See
	// Selected.Bounded for longer ones.
	MaxList int64

	// Node is the relation that the rows are of, with what is embedded in them; nil if that is not
	// known. Without a Query they are read from the relation itself.
	Node *embed.Node
}

// Meta says which metadata columns Select writes before the columns of the result, so that even a
// result without rows has one row to carry them.
type Meta struct {
	Count    bool // how many rows there are without limit and offset
	Rows     bool // how many rows Inner.Handler has been given
	Version  bool // what the bytes of the only row depend on, its version first, as a JSON array
	Cursor   bool // the values of Inner.Keyset in the page's last row, NULL if no page follows
	Settings bool // response.status and response.headers, as the statement has left them
}

// Selected is a statement that Select has written.
type Selected struct {
	Query string
	Bind  []int // as Inner.Bind, never nil; values from Inner.Values on are those of Extra
	Extra []any // strings, numbers, bytes and times of the request to be bound

	// Names are what the response calls the columns after the metadata columns; nil for the names
	// that the database reports.
	Names []string

	// JSON are the places in Names whose values are JSON although the database calls them text:
	// what a path leads to.
	JSON []int

	// Cut is somewhere in a value of JSON where the database has lost a part of it; "" if it loses
	// none.
	Cut string

	// Bounded are the parameters that limit those embedded lists which may be longer than
	// Inner.MaxList, nil if there are none. If a row has one that is, then the first metadata column
	// is true; or, where Mark is not empty, the Mark is somewhere in a value of JSON.
	Bounded []string
	Mark    string

	// Nothing says that nothing is selected of the rows: each is one JSON value, {}.
	Nothing bool

	// Meta is the number of metadata columns: that of Bounded, the counts, the status and the
	// headers, those that were wanted, and then one that is NULL in the only row of a result that has
	// none. It is 0 if no metadata was wanted.
	Meta int
}

// Filters reports whether Select can filter results of the database.
func (d *Dialect) Filters() bool { return d.filters != nil }

// Select writes a statement that returns the part of inner's result that q describes. Nothing of
// q becomes text of the statement: columns are spelled as inner has them, and everything else is
// bound. So the text depends only on q's form, which for databases without arrays includes how
// many values a list has.
//
// A *filter.Error is about the request: a column that does not exist, an operator that the
// database does not have. Other errors are about inner.
func (d *Dialect) Select(inner Inner, q *filter.Query, m Meta) (Selected, error) {
	if d.filters == nil {
		return Selected{}, fmt.Errorf("results of %s can't be filtered", d)
	}
	if m.Settings && d.settings == nil {
		return Selected{}, fmt.Errorf("%s has no settings for a response", d)
	}
	w := &selector{d: d, inner: inner, q: q, table: "t", node: inner.Node}
	w.output = &output{bind: []int{}} // not nil, which binds all values
	if err := w.setColumns(); err != nil {
		return Selected{}, err
	}
	if err := w.statement(m); err != nil {
		return Selected{}, err
	}
	w.setPlaceholders()
	names, json := w.outputNames()
	return Selected{
		Query:   string(w.text),
		Bind:    w.bind,
		Extra:   w.extra,
		Names:   names,
		JSON:    json,
		Cut:     w.cutMark,
		Bounded: w.bounded,
		Mark:    w.mark,
		Nothing: w.nothing,
		Meta:    w.meta,
	}, nil
}

// Trees reports whether Select can read relations, with what is embedded in their rows.
func (d *Dialect) Trees() bool {
	_, ok := d.filters.(trees)
	return ok
}

// Estimates reports whether the database says how many rows it expects.
func (d *Dialect) Estimates() bool {
	_, ok := d.filters.(planner)
	return ok
}

// A planner is a database that says how many rows of a relation it expects to read.
type planner interface {
	estimate(w *selector)
	countTo(w *selector, most int64)
	estimated(plan []byte) (rows int64, err error)
}

// Estimate writes a statement that returns the plan for the rows of a relation that Select would
// count. It runs nothing, and has one row, which Estimated reads. It is an error where the database
// has no such plans, or the rows are not those of a relation.
func (d *Dialect) Estimate(inner Inner, q *filter.Query) (Selected, error) {
	return d.plan(inner, q, planner.estimate)
}

// CountTo writes a statement that counts the same rows, and reads no more of them than most.
func (d *Dialect) CountTo(inner Inner, q *filter.Query, most int64) (Selected, error) {
	return d.plan(inner, q, func(p planner, w *selector) { p.countTo(w, most) })
}

func (d *Dialect) plan(
	inner Inner, q *filter.Query, write func(planner, *selector),
) (Selected, error) {
	p, ok := d.filters.(planner)
	if !ok || inner.Node == nil || inner.Query != "" {
		return Selected{}, fmt.Errorf("%s does not estimate how many rows there are", d)
	}
	w := &selector{d: d, inner: inner, q: q, table: "t", node: inner.Node}
	w.output = &output{bind: []int{}}
	if err := w.setColumns(); err != nil {
		return Selected{}, err
	}
	write(p, w)
	return Selected{Query: string(w.text), Bind: w.bind, Extra: w.extra}, w.err
}

// Estimated returns the number of rows in the plan that a statement of Estimate has returned.
func (d *Dialect) Estimated(plan []byte) (rows int64, err error) {
	p, ok := d.filters.(planner)
	if !ok {
		return 0, fmt.Errorf("%s does not estimate how many rows there are", d)
	}
	return p.estimated(plan)
}

// setColumns sets the columns that a request may name, and checks those that it names.
func (w *selector) setColumns() error {
	if w.node != nil {
		w.inner.Columns = w.node.Columns()
	}
	for _, c := range w.inner.Columns {
		quoted, err := w.d.Quote(c.Name)
		if err != nil {
			return err
		}
		w.names, w.quoted = append(w.names, c.Name), append(w.quoted, quoted)
	}
	if err := w.q.Check(w.names); err != nil {
		return err
	}
	_, isTree := w.d.filters.(trees)
	for _, item := range w.q.Select {
		switch e := item.Embed; {
		case e != nil && (w.node == nil || !isTree):
			return &filter.Error{
				Param: e.Param, Pos: e.Pos, Message: "embedding is not supported here",
				Hint: "select columns of the result",
			}
		case item.Aggregate != "" && (w.node == nil || !isTree):
			return &filter.Error{
				Param: item.Field.Param, Pos: item.Field.Pos,
				Message: "aggregates are not supported here", Hint: "select columns of the result",
			}
		case item.Cast != "" && !isTree:
			return &filter.Error{
				Param: item.Field.Param, Pos: item.Field.Pos,
				Message: "casts are not supported by " + w.d.Name, Hint: "select columns of the result",
			}
		}
	}
	return nil
}
