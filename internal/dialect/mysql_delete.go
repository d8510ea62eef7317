package dialect

// delete deletes the rows that filters select. Only a DELETE from several tables gives them other
// names in all versions.
func (mysqlStages) delete(c *change) (err error) {
	w := c.begin()
	w.write("DELETE t FROM ", w.source, " AS t")
	c.where(w)
	if err := c.send(w, nil); err != nil {
		return err
	}
	w = c.begin()
	w.write("SELECT ROW_COUNT()")
	c.done.Rows, err = c.number(w)
	return err
}
