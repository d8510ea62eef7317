package row

import (
	"database/sql"
	"fmt"
)

// A Shape says what a result stands for.
type Shape uint8

const (
	List    Shape = iota // any number of rows
	One                  // exactly one row
	Scalar               // exactly one row of one column
	Scalars              // any number of rows of one column
	Sets                 // any number of lists, each with columns of its own: Rows.NextSet
	Auto                 // List, One or Scalar, by what there is; Rows.As decides, an encoder never sees it
)

// As gives the result a shape, and reads as many rows ahead as it takes to know that it has that shape: the first one for
// those of any number, two for the others. Auto is Scalar for one row of one column, One for one row, else List. The error is sql.ErrNoRows
// when there is no row for One or Scalar, tells of the rows or columns that are too many, or is that of the rows.
func (r *Rows) As(shape Shape) error {
	r.Shape = shape
	want := 2
	if shape == List || shape == Scalars || shape == Sets {
		want = 1
	}
	n, err := r.Ahead(want)
	switch {
	case err != nil:
		return err
	case shape == Scalars && len(r.columns) != 1:
		return fmt.Errorf("the result has %d columns where exactly one is expected", len(r.columns))
	case want == 1:
	case shape == Auto && n != 1:
		r.Shape = List
	case shape == Auto && len(r.columns) > 1:
		r.Shape = One
	case shape == Auto:
		r.Shape = Scalar
	case n == 0:
		return sql.ErrNoRows
	case n > 1:
		return fmt.Errorf("the result has more than one row where exactly one is expected")
	case shape == Scalar && len(r.columns) != 1:
		return fmt.Errorf("the result has %d columns where exactly one is expected", len(r.columns))
	}
	return nil
}
