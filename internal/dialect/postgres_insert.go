package dialect

import (
	"fmt"
	"slices"
)

// insert writes an INSERT of rows of the body: one for each set of columns, so that those that a
// row lacks take their defaults.
func (p *postgresWrite) insert(w *selector, names []string) {
	if p.Counts {
		p.insertCounted(w)
		return
	}
	w.write("WITH ")
	for i, rows := range p.Rows {
		if i > 0 {
			w.write(", ")
		}
		if len(p.Rows) > 1 {
			w.write(fmt.Sprint("w", i+1), " AS (")
		} else {
			w.write("w AS (")
		}
		p.insertRows(w, rows, i == 0)
		p.returning(w, names)
		w.write(")")
	}
	if len(p.Rows) < 2 {
		return
	}
	w.write(", w AS (")
	for i := range p.Rows {
		if i > 0 {
			w.write(" UNION ALL ")
		}
		w.write(fmt.Sprint("SELECT * FROM w", i+1))
	}
	w.write(")")
}

// insertRows writes the INSERT of rows that have the same columns.
func (p *postgresWrite) insertRows(w *selector, rows Rows, isFirst bool) {
	w.write("INSERT INTO ", w.relation(p.Node.Relation), " AS t")
	if len(rows.Columns) > 0 {
		w.write(" (")
		w.values(rows.Columns, p.name(w))
		w.write(")")
	}
	w.write(" SELECT ")
	w.values(rows.Columns, func(name string) { w.write("b.", w.quote(name)) })
	w.write(" FROM ")
	p.body(w, rows, p.Merge && isFirst)
	p.taken(w)
	p.conflict(w, rows)
}

// taken writes which of the rows of the body are inserted, and counts them.
func (p *postgresWrite) taken(w *selector) {
	body := *w
	body.table = "b"
	switch {
	case p.Merge && len(w.q.Where) > 0:
		w.write(" WHERE CASE WHEN ")
		body.join(w.q.Where, " AND ")
		w.write(" THEN ", countedBy("inserted", "+"), " END")
	case p.Merge:
		w.write(" WHERE ", countedBy("inserted", "+"))
	default:
		p.where(&body)
	}
}

// countedBy counts rows in a setting of the transaction, and is true of every row. So an INSERT
// finds out how many rows are new: each that is to be inserted, less those that are there already.
// What tells them apart by system columns there is for tables alone, and for who may read all
// columns.
func countedBy(name, sign string) string {
	return "pg_catalog.set_config('moresql." + name + "', (" + counter(name) + " " + sign +
		" 1)::text, true) <> ''"
}

func counter(name string) string {
	return "pg_catalog.current_setting('moresql." + name + "')::int8"
}

// conflict writes what happens to a row that is there already.
func (p *postgresWrite) conflict(w *selector, rows Rows) {
	if len(p.Key) == 0 {
		return
	}
	w.write(" ON CONFLICT (")
	w.values(p.Key, p.name(w))
	w.write(") DO ")
	if !p.Merge {
		w.write("NOTHING")
		return
	}
	set := without(rows.Columns, p.Key)
	if len(set) == 0 {
		set = p.Key // so that the row is returned
	}
	w.write("UPDATE SET ")
	w.values(set, func(name string) { w.write(w.quote(name), " = EXCLUDED.", w.quote(name)) })
	w.write(" WHERE ", countedBy("inserted", "-"))
	if p.Versions != nil {
		w.write(" AND ")
		p.hasVersion(w)
	}
}

// without returns those of a list that are not among others.
func without(list, others []string) (rest []string) {
	for _, name := range list {
		if !slices.Contains(others, name) {
			rest = append(rest, name)
		}
	}
	return rest
}
