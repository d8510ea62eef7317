package dialect

import "slices"

// goesByKey reports whether a row with values of some columns can be there already by the key of
// the request alone. ON DUPLICATE KEY goes by any key of the table.
func goesByKey(c *change, columns []string) bool {
	r := c.Node.Relation
	if r.PartlyUnique {
		return false
	}
	keys := append([][]string{r.PrimaryKey}, r.Unique...)
	return !slices.ContainsFunc(keys, func(key []string) bool {
		isNew := slices.ContainsFunc(key, func(name string) bool { // or NULL, which is equal to none
			a := r.Column(name)
			return !slices.Contains(columns, name) && !a.Generated &&
				(a.Identity || a.Nullable && a.Default == "")
		})
		return len(key) > 0 && !isNew && !(len(key) == len(c.Key) && includes(key, c.Key))
	})
}

// upsert inserts rows, or changes those that are there already or leaves them alone, by one
// statement. How many are new is how many more of their keys are there after it.
func (s mysqlStages) upsert(c *change, columns []string, rows [][]any) error {
	before, err := c.existing("", columns, rows)
	if err != nil {
		return err
	}
	w := s.insertInto(c, columns, rows)
	w.write(" ON DUPLICATE KEY UPDATE ")
	set := without(columns, c.Key)
	if c.Merge && len(set) > 0 {
		w.values(set, func(name string) { w.write(w.quote(name), " = VALUES(", w.quote(name), ")") })
	} else {
		w.write(w.quote(c.Key[0]), " = ", w.quote(c.Key[0]))
	}
	if err := c.send(w, nil); err != nil {
		return err
	}
	after, err := c.existing("", columns, rows)
	inserted := after - before + c.nulls(columns, rows)
	c.done.Inserted += inserted
	if c.Merge {
		inserted = int64(len(rows))
	}
	c.done.Rows += inserted
	return err
}
