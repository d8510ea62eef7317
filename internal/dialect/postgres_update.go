package dialect

// update writes an UPDATE by the one row of the body. Where nothing is set nothing is updated.
func (p *postgresWrite) update(w *selector, names []string) {
	set := p.Rows[0].Columns
	if len(set) == 0 && len(p.Defaults) == 0 {
		w.write("WITH w AS (SELECT ")
		w.values(names, func(name string) { w.write("t.", w.quote(name)) })
		w.write(" FROM ", w.relation(p.Node.Relation), " AS t WHERE false)")
		return
	}
	w.write("WITH w AS (UPDATE ", w.relation(p.Node.Relation), " AS t SET ")
	w.values(set, func(name string) { w.write(w.quote(name), " = b.", w.quote(name)) })
	if len(set) > 0 && len(p.Defaults) > 0 {
		w.write(", ")
	}
	w.values(p.Defaults, func(name string) { w.write(w.quote(name), " = DEFAULT") })
	if len(set) > 0 {
		w.write(" FROM ")
		p.body(w, p.Rows[0], false)
	}
	p.where(w)
	p.returning(w, names)
	w.write(")")
}
