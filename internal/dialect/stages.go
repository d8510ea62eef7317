package dialect

import (
	"fmt"
	"slices"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// stages are how a database changes rows that has no statement which returns both the rows that it
// has changed and, before them, how many these are: by several statements of one transaction. What
// is sent of the rows is read by the last of them, Reread, which goes by their keys.
//
// The values of a body are bound one by one, each as the type of its column wants it, so that no
// digit is lost in a function of the database that reads JSON.
type stages interface {
	insert(c *change, columns []string, rows [][]any) error
	update(c *change, columns []string, values []any) error
	delete(c *change) error

	// count counts the rows that the filters select, which nobody else changes until the end of the
	// transaction.
	count(c *change) error

	// key returns the columns, of the table t, by which a row is found again; nil for none.
	key(r *catalog.Relation) []string

	// among has w select the rows with the given keys, in the order of Changed.Keys if that can be.
	among(w *selector, key []string, rows [][]row.Value)

	// takesEmpty reports whether the empty text may be a value of a type. In CSV and forms it stands
	// for NULL in the others.
	takesEmpty(t *catalog.Type) bool

	// values is how many values one statement binds at most.
	values() int
}

// A Run runs a statement of a transaction. each sees its rows, and may be nil.
type Run = func(query string, args []any, each func(row.Row) error) error

// Changed is what a Write has come to.
type Changed struct {
	Rows, Inserted int64 // that have been written, and how many of these are new

	// Keys are those of the rows: for Returns Keys the primary keys, for All what Reread takes.
	Keys [][]row.Value
}

// Stages reports whether the database changes rows by Change and Reread, and not by Write.
func (d *Dialect) Stages() bool { return d.stages != nil }

// A change is a Write under way.
type change struct {
	Write
	d    *Dialect
	run  Run
	key  []string // the columns of Changed.Keys, nil if none are wanted
	done Changed
}

// Change changes rows of a relation by several statements. A Delete that is to return rows only
// counts them, since they have to be read before they are deleted: by Deletion. A *filter.Error is
// about the request.
func (d *Dialect) Change(in Write, run Run) (Changed, error) {
	c := &change{Write: in, d: d, run: run}
	switch in.Returns {
	case Keys:
		c.key = in.Node.Relation.PrimaryKey
	case All:
		c.key = d.stages.key(in.Node.Relation)
	}
	var err error
	switch {
	case in.Kind == Insert:
		err = c.insert()
	case in.Kind == Update:
		err = c.update()
	case in.Returns == All:
		err = d.stages.count(c)
	default:
		err = d.stages.delete(c)
	}
	return c.done, err
}

// Deletion runs what Change has not run of a Delete that returns rows.
func (d *Dialect) Deletion(in Write, run Run) error {
	return d.stages.delete(&change{Write: in, d: d, run: run})
}

// Reread writes the statement for the rows that a Write returns: of an Insert or an Update the rows
// with the given keys, as they are now, and of a Delete those that are going to be deleted.
func (d *Dialect) Reread(in Write, keys [][]row.Value) (Selected, error) {
	node := *in.Node
	w := &selector{d: d, node: &node, q: node.Query, table: "t", output: &output{bind: []int{}}}
	w.inner.Plain = in.Plain
	if in.Kind != Delete {
		key := d.stages.key(node.Relation)
		switch {
		case key == nil:
			return Selected{}, noKey(node.Relation)
		case len(keys)*(len(key)+1) > d.stages.values():
			return Selected{}, d.tooMany(len(key) + 1)
		}
		selected := *node.Query
		selected.Where = nil
		node.Query, w.q = &selected, &selected
		if err := w.setColumns(); err != nil {
			return Selected{}, err
		}
		d.stages.among(w, key, keys)
	} else if err := w.setColumns(); err != nil {
		return Selected{}, err
	}
	w.trees().tree(w, Meta{})
	w.setPlaceholders()
	return Selected{
		Query: string(w.text), Bind: w.bind, Extra: w.extra, Names: w.columns, JSON: w.json,
		Cut: w.cutMark, Nothing: w.nothing,
	}, w.err
}

// batchValues is how many values an INSERT binds. Longer ones take longer for each of them: drivers
// look for each among all.
const batchValues = 2000

// insert inserts the rows of the body, many by one statement.
func (c *change) insert() error {
	for _, rows := range c.Rows {
		most := max(1, batchValues/max(1, len(rows.Columns)))
		var batch [][]any
		for texts := range rows.JSON {
			values, err := c.bound(rows.Columns, texts)
			if err != nil {
				return err
			}
			if batch = append(batch, values); len(batch) == most {
				if err := c.d.stages.insert(c, rows.Columns, batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			if err := c.d.stages.insert(c, rows.Columns, batch); err != nil {
				return err
			}
		}
		if len(c.Node.Query.Where) > 0 && len(batch) == 1 {
			return c.verify(rows.Columns, batch[0])
		}
	}
	return nil
}

// verify counts the one row that has been put as none if it is not what the filters select.
func (c *change) verify(columns []string, values []any) error {
	w := c.begin()
	w.write("SELECT count(*) FROM ", w.source, " AS t")
	c.where(w)
	for i, v := range chosen(columns, c.Key, values) {
		w.write(" AND t.", w.quote(c.Key[i]), " = ")
		w.value(v)
	}
	n, err := c.number(w)
	if n == 0 {
		c.done.Rows = 0
	}
	return err
}

// update sets the values of the one row of the body, if it has any.
func (c *change) update() error {
	columns := c.Rows[0].Columns
	if len(columns) == 0 {
		if len(c.Defaults) == 0 {
			return nil
		}
		return c.d.stages.update(c, nil, nil)
	}
	for texts := range c.Rows[0].JSON {
		values, err := c.bound(columns, texts)
		if err != nil {
			return err
		}
		return c.d.stages.update(c, columns, values)
	}
	return nil
}

// bound returns what is bound for the values of a row, each a text of JSON.
func (c *change) bound(columns, texts []string) ([]any, error) {
	values := make([]any, len(columns))
	for i, name := range columns {
		a := binder.Arg{Name: name, Values: []string{texts[i]}, JSON: true}
		t := c.Node.Relation.Column(name).Type
		value, err := a.Value()
		if c.Texts && value != nil {
			text := value.(string)
			a.Values[0], a.JSON = text, false
			if text == "" && !c.d.stages.takesEmpty(t) {
				continue
			}
		}
		if err == nil {
			values[i], err = c.d.Argument(t, a)
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

// begin returns what writes a statement about the relation, as the table t.
func (c *change) begin() *selector {
	w := &selector{
		d: c.d, node: c.Node, q: c.Node.Query, table: "t", output: &output{bind: []int{}},
	}
	w.fail(w.setColumns())
	w.source = w.relation(c.Node.Relation)
	return w
}

// send runs a statement.
func (c *change) send(w *selector, each func(row.Row) error) error {
	w.setPlaceholders()
	if w.err != nil {
		return w.err
	}
	args := make([]any, len(w.bind))
	for i, at := range w.bind {
		args[i] = w.extra[at]
	}
	return c.run(string(w.text), args, each)
}

// number runs a query for a number.
func (c *change) number(w *selector) (n int64, err error) {
	err = c.send(w, func(r row.Row) error {
		n = r.Value(0).Int()
		return nil
	})
	return n, err
}

// keep keeps the key of a row.
func (c *change) keep(r row.Row) error {
	r = r.Clone()
	key := make([]row.Value, len(c.key))
	for i := range key {
		key[i] = r.Value(i)
	}
	c.done.Keys = append(c.done.Keys, key)
	if c.Returns == All && len(c.done.Keys)*(len(key)+1) > c.d.stages.values() {
		return c.d.tooMany(len(key) + 1)
	}
	return nil
}

// existing counts the rows whose keys are among those of others. list is the word that a list of
// several rows begins with.
func (c *change) existing(list string, columns []string, rows [][]any) (int64, error) {
	keys := make([][]any, len(rows))
	for i, values := range rows {
		keys[i] = chosen(columns, c.Key, values)
	}
	w := c.begin()
	w.write("SELECT count(*) FROM ", w.source, " WHERE (")
	w.namesOf(c.Key)
	w.write(") IN (", list)
	w.tuples(keys)
	w.write(")")
	return c.number(w)
}

// nulls counts the rows that have NULL in their key, which is equal to none.
func (c *change) nulls(columns []string, rows [][]any) (n int64) {
	for _, values := range rows {
		if slices.Contains(chosen(columns, c.Key, values), nil) {
			n++
		}
	}
	return n
}

// where writes which rows are changed.
func (c *change) where(w *selector) {
	if len(w.q.Where) > 0 {
		w.write(" WHERE ")
		w.join(w.q.Where, " AND ")
	}
}

// names writes columns of the relation.
func (w *selector) namesOf(columns []string) {
	w.values(columns, func(name string) { w.write(w.quote(name)) })
}

// tuple writes values in parentheses.
func (w *selector) tuple(list []any) {
	w.write("(")
	for i, v := range list {
		if i > 0 {
			w.write(", ")
		}
		w.value(v)
	}
	w.write(")")
}

// tuples writes the values of rows in parentheses.
func (w *selector) tuples(rows [][]any) {
	for i, values := range rows {
		if i > 0 {
			w.write(", ")
		}
		w.tuple(values)
	}
}

// chosen returns the values of some of the columns of a row.
func chosen(columns, of []string, values []any) []any {
	list := make([]any, len(of))
	for i, name := range of {
		list[i] = values[slices.Index(columns, name)]
	}
	return list
}

// noKey refuses the representation of rows that cannot be found again.
func noKey(r *catalog.Relation) error {
	return &filter.Error{
		Param: "Prefer", NotYet: true,
		Message: fmt.Sprintf("rows of %s are not returned: it has no primary key", r.Name),
		Hint:    "use return=minimal",
	}
}

// tooMany refuses the representation of too many rows, whose keys would take too much memory.
func (d *Dialect) tooMany(each int) error {
	return &filter.Error{
		Param: "Prefer", NotYet: true,
		Message: fmt.Sprintf("%s returns %d changed rows at most", d, d.stages.values()/each),
		Hint:    "use return=minimal, or change fewer rows at a time",
	}
}
