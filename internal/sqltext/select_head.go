package sqltext

import (
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

// counted writes the statement with the count for databases without LATERAL. The order is written outside too: what a derived
// table has is not kept there.
func (w *selector) counted() {
	here := w.free("here")
	w.write("WITH r AS ")
	if w.d == SQLite {
		w.write("MATERIALIZED ")
	}
	w.write("(SELECT t.*")
	w.from()
	w.write(") SELECT ")
	w.headColumn("c.n")
	w.headColumn("p." + here)
	w.items("p")
	w.write(" FROM (SELECT count(*) AS n FROM r) AS c LEFT JOIN (SELECT 1 AS ", here, ", t.* FROM r AS t")
	w.page("t")
	w.write(") AS p ON 1 = 1")
	w.order("p")
}

// free returns a name that is none of the columns'.
func (w *selector) free(name string) string {
	for slices.ContainsFunc(w.names, func(n string) bool { return strings.EqualFold(n, name) }) {
		name += "_"
	}
	return name
}
