package dialect

// update sets columns of the rows that filters select. SQLite has no word for a column's default,
// so that its expression stands for it, as the catalog has it.
func (s sqliteStages) update(c *change, columns []string, values []any) error {
	w := c.begin()
	w.write("UPDATE ", w.source, s.alias(w), " SET ")
	for i, name := range columns {
		if i > 0 {
			w.write(", ")
		}
		w.write(w.quote(name), " = ")
		w.value(values[i])
	}
	for i, name := range c.Defaults {
		if i > 0 || len(columns) > 0 {
			w.write(", ")
		}
		expression := c.Node.Relation.Column(name).Default
		if expression == "" {
			expression = "NULL"
		}
		w.write(w.quote(name), " = (", expression, ")")
	}
	c.where(w)
	return s.change(c, w)
}
