package dialect

// delete deletes the rows that filters select.
func (s sqliteStages) delete(c *change) error {
	w := c.begin()
	w.write("DELETE FROM ", w.source, s.alias(w))
	c.where(w)
	return s.change(c, w)
}
