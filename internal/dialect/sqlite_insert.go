package dialect

// insert inserts rows by one statement, if they have columns.
func (s sqliteStages) insert(c *change, columns []string, rows [][]any) error {
	if len(columns) == 0 {
		for range rows {
			w := c.begin()
			w.write("INSERT INTO ", w.source, " DEFAULT VALUES")
			if err := s.insertNew(c, w); err != nil {
				return err
			}
		}
		return nil
	}
	w := c.begin()
	w.write("INSERT INTO ", w.source, " (")
	w.namesOf(columns)
	w.write(") VALUES ")
	w.tuples(rows)
	if len(c.Key) == 0 {
		return s.insertNew(c, w)
	}
	w.write(" ON CONFLICT (")
	w.namesOf(c.Key)
	w.write(") DO ")
	if !c.Merge {
		w.write("NOTHING")
		return s.insertNew(c, w)
	}
	set := without(columns, c.Key)
	if len(set) == 0 {
		set = c.Key // so that the row is returned
	}
	w.write("UPDATE SET ")
	w.values(set, func(name string) { w.write(w.quote(name), " = excluded.", w.quote(name)) })
	if !includes(columns, c.Key) {
		return s.insertNew(c, w)
	}
	return s.merge(c, w, columns, rows)
}

// insertNew runs an INSERT all of whose rows are new.
func (s sqliteStages) insertNew(c *change, w *selector) error {
	before := c.done.Rows
	err := s.change(c, w)
	c.done.Inserted += c.done.Rows - before
	return err
}

// merge runs an INSERT that changes rows which are there already. How many are new is how many
// more of their keys are there after it.
func (s sqliteStages) merge(c *change, w *selector, columns []string, rows [][]any) error {
	if err := s.lock(c); err != nil {
		return err
	}
	before, err := c.existing("VALUES ", columns, rows)
	if err != nil {
		return err
	}
	if err := s.change(c, w); err != nil {
		return err
	}
	after, err := c.existing("VALUES ", columns, rows)
	c.done.Inserted += after - before + c.nulls(columns, rows)
	return err
}
