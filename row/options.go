package row

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
)

// Options say how a result is read. The zero Options read it as the driver describes it.
//
// Its methods return Rows that keep the Options: the map and the slice must not be modified
// while these are in use.
type Options struct {
	// Kinds sets the kinds of columns by name, for columns whose type the driver does not report
	// or reports too coarsely. It holds for all columns with the name and for all result sets.
	Kinds map[string]Kind

	// Meta is the number of leading metadata columns: columns that say something of the result as
	// a whole, such as a count of all rows, and stand in each of its rows. They are taken off the
	// columns and the rows of the first result set, and Rows.Meta returns their values.
	//
	// Where the last of them is NULL the row holds metadata only, since a result without rows
	// could carry none. Such a row is not passed on.
	Meta int

	// Columns describes the columns after the metadata columns, in their order, in the first
	// result set: the Name replaces the driver's, and so does the Kind, with its Elem, unless it is
	// Null. Other fields are ignored. Columns without a description stay as they are.
	Columns []Column

	// Batches has ScanDriver read a few dozen rows at a time, which is faster, for a caller
	// that does not need each row as soon as the database has sent it.
	Batches bool

	// Skipped is the number of result sets that were left out before this result; Rows.Skipped has
	// them, too.
	Skipped int
}

// Scan takes over the result of a query: the Rows that it returns, or Scan itself when it fails,
// close it. Result sets without columns, which MySQL's procedures may begin with, are skipped.
func Scan(rows *sql.Rows) (*Rows, error) { return Options{}.Scan(rows) }

// Of makes Rows of values as a driver would return them: for tests, and for encoding what does
// not come from a database. Every row must have as many values as there are columns.
func Of(columns []Column, rows ...[]any) *Rows { return Options{}.Of(columns, rows...) }

// Scan is like the function Scan, with options. It fails as well where the result has fewer
// columns than Meta.
func (o Options) Scan(rows *sql.Rows) (*Rows, error) {
	return o.open(new(Rows), &sqlSource{rows: rows})
}

// ScanDriver takes over the result of a driver, without database/sql: the Rows that it returns, or
// ScanDriver itself when it fails, close it.
//
// The caller has the driver's connection to itself during the call. Later the Rows use the driver's
// only within hold, which calls its argument while nobody else has the connection, as
// sql.Conn.Raw does. The rows end with the context's error once ctx is done.
func (o Options) ScanDriver(
	ctx context.Context, rows driver.Rows, hold func(func() error) error,
) (*Rows, error) {
	made := newDriverRows(ctx, rows)
	s := &made.source
	s.batches = o.Batches
	defer func() { s.hold = hold }()
	return o.open(&made.rows, s)
}

// Of is like the function Of, with options. It panics where there are fewer columns than Meta.
func (o Options) Of(columns []Column, rows ...[]any) *Rows {
	columns = slices.Clone(columns) // the options change them
	for i := range columns {
		columns[i].plan()
	}
	r, err := o.open(new(Rows), &memorySource{cols: columns, rows: rows})
	if err != nil { // the source itself does not fail here
		panic("row: " + err.Error())
	}
	return r
}

// open has r begin to read a source, and closes that if it fails.
func (o Options) open(r *Rows, src source) (*Rows, error) {
	r.source, r.kinds, r.skipped = src, o.Kinds, o.Skipped
	var err error
	if r.columns, err = src.columns(); err == nil && len(r.columns) == 0 {
		_, err = r.nextSet()
	}
	if err == nil {
		err = r.describe(o)
	}
	if err != nil {
		if closing := src.close(); closing != nil {
			err = errors.Join(err, closing)
		}
		return nil, err
	}
	return r, nil
}

// describe applies the options to the columns of the first set.
func (r *Rows) describe(o Options) error {
	if o.Meta < 0 || len(r.columns) < o.Meta {
		return fmt.Errorf("the result has %d columns where %d metadata columns are expected",
			len(r.columns), o.Meta)
	}
	r.declare()
	r.columns, r.view.meta = r.columns[o.Meta:], o.Meta
	for i := range min(len(o.Columns), len(r.columns)) {
		c := &r.columns[i]
		c.Name = o.Columns[i].Name
		if kind := o.Columns[i].Kind; kind != Null {
			c.declare(kind, o.Columns[i].Elem)
		}
	}
	r.decide()
	return nil
}

// declare applies the kinds that go by name to the columns of a set.
func (r *Rows) declare() {
	for i := range r.columns {
		if kind, ok := r.kinds[r.columns[i].Name]; ok {
			r.columns[i].declare(kind, Null)
		}
	}
}

// declare replaces the kind that the driver has reported. An invalid kind counts as Null.
func (c *Column) declare(kind, elem Kind) {
	if kind > Void {
		kind = Null
	}
	c.Kind, c.Elem, c.checked, c.single = kind, elem, false, false
	c.hint, c.stored = false, c.stored && isDated(kind)
}
