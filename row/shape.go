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
	Auto                 // List, One or Scalar, by what there is; Rows.As decides
	Maybe                // one row or none, which stands for NULL
)

// A CountError reports that a result does not have exactly one row, where As wants One or Scalar.
// Without any row it is sql.ErrNoRows to errors.Is.
type CountError struct {
	Many bool // there is more than one row; otherwise there is none
}

func (e *CountError) Error() string {
	if e.Many {
		return "the result has more than one row where exactly one is expected"
	}
	return sql.ErrNoRows.Error()
}

// Unwrap returns sql.ErrNoRows for a result without rows, and nil for one with too many.
func (e *CountError) Unwrap() error {
	if e.Many {
		return nil
	}
	return sql.ErrNoRows
}

// As gives the result a shape, and reads as many rows ahead as it takes to know that the result has
// that shape: the first one for shapes of any number of rows, two for the others. Auto becomes
// Scalar for one row of one column, One for one row, and List for everything else.
//
// A function of PostgreSQL that RETURNS a row type, not SETOF it, always has a row: for NULL one of
// NULLs, which a row of the function's own could be, too. SETOF tells them apart, as does package
// rest, which knows the types.
//
// The error is a *CountError where One or Scalar has no row, or where these or Maybe have more than
// one, another error where there are too many columns, or that of the rows. The rows that As has
// read are not lost: All passes them on in any case.
func (r *Rows) As(shape Shape) error {
	r.Shape = shape
	want := 2
	if shape == List || shape == Scalars || shape == Sets {
		want = 1
	}
	n, err := r.readAhead(want)
	switch {
	case err != nil:
		return err
	case shape == Scalars && len(r.columns) != 1:
		return columnsError(len(r.columns))
	case want == 1:
	case shape == Auto && n != 1:
		r.Shape = List
	case shape == Auto && len(r.columns) > 1:
		r.Shape = One
	case shape == Auto:
		r.Shape = Scalar
	case shape == Maybe && n == 0:
	case n != 1:
		return &CountError{Many: n > 1}
	case shape == Scalar && len(r.columns) != 1:
		return columnsError(len(r.columns))
	}
	return nil
}

func columnsError(n int) error {
	return fmt.Errorf("the result has %d columns where exactly one is expected", n)
}
