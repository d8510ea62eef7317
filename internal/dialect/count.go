package dialect

import (
	"errors"
	"math"
)

// countPage writes the statement with the count of the rows of the inner statement.
func (w *selector) countPage(one, order string) error {
	return w.counted(one, order, func() { w.items("p") }, w.from)
}

// counted writes the statement with the count for databases that may evaluate a WITH once for
// each use. The rows are numbered and counted in one pass, and the first row is there for the
// count also if it is not in the page, unless another is. one is a table of one row, and order the
// order of rows if the request has none.
//
// list writes the columns of the page, which is the table p, and from where its rows come from, as
// the table t.
func (w *selector) counted(one, order string, list, from func()) error {
	if w.inner.Columns == nil {
		return errors.New("rows are counted next to columns that are known")
	}
	n, k := w.free("n"), w.free("k")
	before, last := int64(0), int64(math.MaxInt64)
	if w.q.Offset != nil {
		before = *w.q.Offset
	}
	if limit := w.q.Limit; limit != nil && *limit == 0 {
		before = last
	} else if limit != nil && *limit < last-before {
		last = before + *limit
	}
	w.write("SELECT coalesce(p.", n, ", 0), CASE WHEN p.", k, " > ")
	w.value(before)
	w.write(" THEN 1 END, ")
	w.meta = 2
	list()
	w.write(" FROM ", one, " AS c LEFT JOIN (SELECT t.*, count(*) OVER () AS ", n,
		", row_number() OVER (")
	if !w.order("t") {
		w.write(order)
	}
	w.write(") AS ", k)
	from()
	w.write(") AS p ON p.", k, " > ")
	w.value(before)
	w.write(" AND p.", k, " <= ")
	w.value(last)
	w.write(" OR p.", k, " = 1 AND p.", n, " <= ")
	w.value(before)
	w.write(" ORDER BY p.", k)
	return nil
}
