package dialect

// delete writes a DELETE.
func (p *postgresWrite) delete(w *selector, names []string) {
	w.write("WITH w AS (DELETE FROM ", w.relation(p.Node.Relation), " AS t")
	p.where(w)
	p.returning(w, names)
	w.write(")")
}
