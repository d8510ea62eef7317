package row

import (
	"errors"
	"io"
)

// A view is what Rows makes of the rows of its source before it passes them on. The zero view leaves them as they are.
type view struct {
	front int // columns that Front has taken off
	each  func(*Row) error
	row   record // that the columns behind the front are passed on in
}

// ErrSkip is what a function given to Each returns to leave a row out.
var ErrSkip = errors.New("this row is left out")

// Each has f see every row before anybody else does. It may change values by Row.Set, or put another Row with the same columns in its
// place; the row is left out when f returns ErrSkip, and the rows end with any other error. f is called as the rows are read, from the
// goroutine that reads them; what it is given is good until it returns. Of several functions each sees what the one before it has left.
func (r *Rows) Each(f func(*Row) error) {
	before := r.view.each
	if before == nil {
		r.view.each = f
		return
	}
	r.view.each = func(row *Row) error {
		if err := before(row); err != nil {
			return err
		}
		return f(row)
	}
}

// Front takes the first n columns off, which say something of the result as a whole, and returns what they are in its first row,
// a copy. The last of them is NULL where there is no row besides: such a row is not passed on. It must be called before a row is read, for
// a result of one set that has a row in any case; without one the values are nil.
func (r *Rows) Front(n int) ([]Value, error) {
	first, err := r.read()
	r.columns = r.columns[n:]
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	first = first.Clone()
	r.view.front = n
	if !first.Value(n - 1).IsNull() {
		row := Row{&record{r.columns, first.values[n:]}}
		switch err := r.view.seen(&row); err {
		case nil:
			r.ahead, r.cloned = []Row{row}, 1
		case ErrSkip:
		default:
			r.err = err
			return nil, err
		}
	}
	return first.values[:n], nil
}

// active reports whether rows are passed on in another form than that of the source.
func (v *view) active() bool { return v.front > 0 || v.each != nil }

// seen shows a row to the function of Each.
func (v *view) seen(row *Row) error {
	if v.each == nil {
		return nil
	}
	return v.each(row)
}

// pass returns what is passed on of a row: ErrSkip when nothing is.
func (v *view) pass(row Row, columns []Column) (Row, error) {
	if v.front > 0 {
		if row.Value(v.front - 1).IsNull() {
			return Row{}, ErrSkip
		}
		v.row = record{columns, row.values[v.front:]}
		row = Row{&v.row}
	}
	err := v.seen(&row)
	return row, err
}

// Rename gives the columns other names, in their order, for as many as there are. It must be called before a row is read.
func (r *Rows) Rename(names []string) {
	for i := range min(len(names), len(r.columns)) {
		r.columns[i].Name = names[i]
	}
}
