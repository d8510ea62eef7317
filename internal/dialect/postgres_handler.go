package dialect

import "github.com/moresql/moresql/internal/filter"

// handle writes the page of rows as the one value that an aggregate makes of them: of rows of the
// relation, or, if it takes any, of those that the request selects. Without rows it is the
// aggregate's value of nothing. Its columns are v, the value, n, the number of rows, and
// where lists are bounded o, whether one is too long.
func (p postgresFilters) handle(w *selector, columns []treeColumn) {
	h := w.inner.Handler
	whole, row := !h.OfAny || w.q.IsWhole(), "r.*"
	if whole {
		row = "r.v"
	}
	w.write(w.quote(h.Schema), ".", w.quote(h.Name), "(", row, ") AS v, pg_catalog.count(*) AS n")
	if w.bounded != nil {
		w.write(", pg_catalog.bool_or(pg_catalog.strpos(r::text, ")
		w.value(w.mark)
		w.write("::text) > 0) AS o")
		w.mark = ""
	}
	w.write(" FROM (SELECT ")
	switch {
	case whole && w.inner.Query != "":
		w.write("ROW(", w.table, ".*)::", w.relation(w.node.Relation), " AS v")
	case whole:
		w.write(w.table, " AS v")
	}
	if whole {
		columns = nil
	}
	for i, c := range columns {
		if !c.own {
			w.refuse(filter.Field{Param: "select"}, "the media type takes no names of the request")
		}
		if i > 0 {
			w.write(", ")
		}
		w.write(c.text, " AS ", w.quote(c.name))
	}
	w.rows()
	w.groupBy()
	w.page(w.table)
	w.write(") AS r")
	w.columns = []string{h.Name}
}
