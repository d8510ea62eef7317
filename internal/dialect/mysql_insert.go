package dialect

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// insert inserts rows. Those that may be there already are looked for one by one, and locked, where
// it has to be known which they are.
func (s mysqlStages) insert(c *change, columns []string, rows [][]any) error {
	switch {
	case len(c.Key) == 0 || !includes(columns, c.Key):
		return s.insertNew(c, columns, rows)
	case c.key == nil && len(c.Node.Query.Where) == 0 && goesByKey(c, columns):
		return s.upsert(c, columns, rows)
	}
	for i, values := range rows {
		exists, err := s.look(c, columns, values)
		switch {
		case err != nil:
			return err
		case !exists:
			err = s.insertNew(c, columns, rows[i:i+1])
		case c.Merge:
			err = s.merge(c, columns, values)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look reports whether a row is there already, locks it, and keeps its key if it is to be changed.
func (s mysqlStages) look(c *change, columns []string, values []any) (exists bool, err error) {
	key := chosen(columns, c.Key, values)
	if slices.Contains(key, nil) { // which is equal to none
		return false, nil
	}
	w := c.begin()
	w.write("SELECT ")
	if c.key == nil {
		w.write("1")
	}
	w.write(strings.Join(s.columns(w, c.key), ", "), " FROM ", w.source, " AS t")
	s.whereKey(c, w, key)
	w.write(" FOR UPDATE")
	err = c.send(w, func(r row.Row) error {
		exists = true
		if c.key == nil || !c.Merge {
			return nil
		}
		return c.keep(r)
	})
	return exists, err
}

// whereKey writes the condition that a row has a key.
func (s mysqlStages) whereKey(c *change, w *selector, key []any) {
	for i, column := range s.columns(w, c.Key) {
		if i == 0 {
			w.write(" WHERE ")
		} else {
			w.write(" AND ")
		}
		w.write(column, " = ")
		w.value(key[i])
	}
}

// merge changes the row that is there already, whose key has been kept last. Where the rows are
// merged by another key they may set it.
func (s mysqlStages) merge(c *change, columns []string, values []any) error {
	c.done.Rows++
	set := without(columns, c.Key)
	if len(set) == 0 {
		return nil
	}
	w := c.begin()
	changed := chosen(columns, set, values)
	s.set(c, w, set, changed)
	s.whereKey(c, w, chosen(columns, c.Key, values))
	if err := c.send(w, nil); err != nil || c.key == nil {
		return err
	}
	return c.rekey(c.done.Keys[len(c.done.Keys)-1:], set, changed)
}

// insertNew inserts rows that are new.
func (s mysqlStages) insertNew(c *change, columns []string, rows [][]any) error {
	c.done.Rows += int64(len(rows))
	c.done.Inserted += int64(len(rows))
	if c.key == nil {
		return s.insertRows(c, columns, rows)
	}
	known := len(c.done.Keys)
	if err := s.insertRows(c, columns, rows); err != nil || len(c.done.Keys) > known {
		return err
	}
	return s.keepOwn(c, columns, rows)
}

// insertInto begins an INSERT of rows.
func (mysqlStages) insertInto(c *change, columns []string, rows [][]any) *selector {
	w := c.begin()
	w.write("INSERT INTO ", w.source, " (")
	w.namesOf(columns)
	w.write(") VALUES ")
	w.tuples(rows)
	return w
}

// insertRows runs the INSERT. What stands in the comment MariaDB alone executes, since 10.5.
func (s mysqlStages) insertRows(c *change, columns []string, rows [][]any) error {
	w := s.insertInto(c, columns, rows)
	if c.key == nil {
		return c.send(w, nil)
	}
	w.write(" /*M!100500 RETURNING ")
	w.namesOf(c.key)
	w.write(" */")
	return c.send(w, c.keep)
}

// keepOwn keeps the keys of rows that a server without RETURNING has inserted: those that they came
// with, or the number that the server has made up for a single one.
func (s mysqlStages) keepOwn(c *change, columns []string, rows [][]any) error {
	id := c.Node.Relation.Column(c.key[0])
	if len(c.key) == 1 && len(rows) == 1 && id.Identity && !includes(columns, c.key) {
		w := c.begin()
		w.write("SELECT LAST_INSERT_ID()")
		return c.send(w, c.keep)
	}
	if !includes(columns, c.key) {
		return &filter.Error{
			Param: "Prefer", NotYet: true,
			Message: "MySQL does not return the keys that it makes up for several rows",
			Hint:    "use return=minimal, send the keys along, or send one row at a time",
		}
	}
	for _, values := range rows {
		key := make([]row.Value, len(c.key))
		for i, v := range chosen(columns, c.key, values) {
			var err error
			if key[i], err = row.ValueOf(v); err != nil {
				return err
			}
		}
		c.done.Keys = append(c.done.Keys, key)
	}
	return nil
}
