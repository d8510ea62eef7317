package response

import (
	"fmt"

	"github.com/moresql/moresql/row"
)

// See adds a function to Rows, unless it is nil.
func (o *Options) See(f func(*row.Row) error) {
	if f != nil {
		o.Rows = append(o.Rows, f)
	}
}

// Watch passes to each the functions that see the rows of the response, in their order. They count
// what they have seen.
func (o *Options) Watch(each func(func(*row.Row) error)) {
	if o.MaxRows > 0 {
		each(maxRows(o.MaxRows))
	}
	for _, see := range o.Rows {
		each(see)
	}
	if s := o.Bounds.Share; s != nil {
		each(func(r *row.Row) error {
			n := size(*r)
			if n > s.Most() { // whatever others hold
				return &TooLargeError{fmt.Sprintf("a row exceeds the limit of %d bytes", s.Most())}
			}
			return s.Row(n)
		})
	}
}

// Watchers returns the functions of Watch, for several results.
func (o *Options) Watchers() (list []func(*row.Row) error) {
	o.Watch(func(f func(*row.Row) error) { list = append(list, f) })
	return list
}

// size returns how many bytes the texts of a row have.
func size(r row.Row) (n int64) {
	for i := range r.Len() {
		n += int64(len(r.Value(i).Raw()))
	}
	return n
}

// maxRows returns a function that fails for the row after the first n.
func maxRows(n int64) func(*row.Row) error {
	seen := int64(0)
	return func(*row.Row) error {
		if seen++; seen > n {
			return &TooLargeError{fmt.Sprintf("the result exceeds the limit of %d rows", n)}
		}
		return nil
	}
}
