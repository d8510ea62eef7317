package row

import "errors"

// A view is what Rows makes of the rows of its source before it passes them on. The zero view
// leaves them as they are.
type view struct {
	meta   int     // leading columns that are taken off
	values []Value // of these columns in the first row
	each   func(*Row) error
	row    record // holds the columns after the metadata columns
	seen   Row    // what each is given, here since a local variable would be allocated for each row
}

// ErrSkip is what a function given to Each returns to leave a row out.
var ErrSkip = errors.New("this row is left out")

// Each has f see every row before All passes it on. f may change values with Row.Set, or assign
// another Row with the same columns. Where f returns ErrSkip the row is left out, and any other
// error ends the rows. f is called as the rows are read, by the goroutine that reads them, and its
// row is valid until it returns. Of several functions each sees what the one before it has left.
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

// Meta returns the values of the metadata columns in the first row, a copy that stays valid. They
// are nil for a result without any row, and where Options.Meta is 0.
//
// It reads the first row, so functions given to Each later do not see that one. The error is that
// of the rows.
func (r *Rows) Meta() ([]Value, error) {
	if r.view.meta > 0 && r.view.values == nil {
		if _, err := r.readAhead(1); err != nil {
			return nil, err
		}
	}
	return r.view.values, nil
}

// active reports whether rows are passed on in another form than that of the source.
func (v *view) active() bool { return v.meta > 0 || v.each != nil }

// pass returns the row that is passed on for a row of the source, or ErrSkip for none.
func (v *view) pass(row Row, columns []Column) (Row, error) {
	if v.meta > 0 {
		if v.values == nil {
			v.values = Row{&record{values: row.values[:v.meta]}}.Clone().values
		}
		if row.Value(v.meta - 1).IsNull() {
			return Row{}, ErrSkip
		}
		v.row = record{columns, row.values[v.meta:], row.stays}
		row = Row{&v.row}
	}
	if v.each == nil {
		return row, nil
	}
	v.seen = row
	err := v.each(&v.seen)
	return v.seen, err
}
