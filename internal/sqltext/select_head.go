package sqltext

import (
	"math"
	"slices"
	"strings"
)

// lateral writes the statement with a head for PostgreSQL: one row, joined with the page that was asked for. The rows of a join with
// one row on its left stay in the page's order, and what the target list has of settings is read when a row is there: behind the call.
func (w *selector) lateral(h Head) {
	source := "(SELECT 1) AS c"
	if h.Count {
		source = "(SELECT pg_catalog.count(*) AS n FROM r) AS c"
		w.write("WITH r AS MATERIALIZED (SELECT t.*")
		w.from()
		w.write(") ")
	}
	w.write("SELECT ")
	if h.Count {
		w.headColumn("c.n")
	}
	if h.Settings {
		w.headColumn("pg_catalog.current_setting('response.status', true)")
		w.headColumn("pg_catalog.current_setting('response.headers', true)")
	}
	w.head++
	w.write("p.* FROM ", source, " LEFT JOIN LATERAL (SELECT true")
	if list := w.list(); len(list) > 0 || w.inner.Columns == nil {
		w.write(", ")
	}
	w.items("t")
	if h.Count {
		w.write(" FROM r AS t")
	} else {
		w.from()
	}
	w.page("t")
	w.write(") AS p ON true")
}

func (w *selector) headColumn(text string) {
	w.write(text, ", ")
	w.head++
}

// counted writes the statement with the count for databases that may run a WITH of two uses twice. The rows are numbered and counted
// in one go, and the first is there for the count also where it is not in the page, if no other is.
func (w *selector) counted() {
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
	w.head = 2
	w.items("p")
	w.write(" FROM (SELECT 1) AS c LEFT JOIN (SELECT t.*, count(*) OVER () AS ", n, ", row_number() OVER (")
	w.order("t")
	w.write(") AS ", k)
	w.from()
	w.write(") AS p ON p.", k, " > ")
	w.value(before)
	w.write(" AND p.", k, " <= ")
	w.value(last)
	w.write(" OR p.", k, " = 1 AND p.", n, " <= ")
	w.value(before)
	w.write(" ORDER BY p.", k)
}

// free returns a name that is none of the columns'.
func (w *selector) free(name string) string {
	for slices.ContainsFunc(w.names, func(n string) bool { return strings.EqualFold(n, name) }) {
		name += "_"
	}
	return name
}
