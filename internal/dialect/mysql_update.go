package dialect

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// update sets columns of the rows that filters select.
func (s mysqlStages) update(c *change, columns []string, values []any) error {
	find := s.count
	if c.key != nil {
		find = s.find
	}
	if err := find(c); err != nil || c.done.Rows == 0 {
		return err
	}
	w := c.begin()
	s.set(c, w, columns, values)
	c.where(w)
	if err := c.send(w, nil); err != nil {
		return err
	}
	return c.rekey(c.done.Keys, columns, values)
}

// find keeps the keys of the rows that filters select, and locks these.
func (s mysqlStages) find(c *change) error {
	w := c.begin()
	w.write("SELECT ", strings.Join(s.columns(w, c.key), ", "), " FROM ", w.source, " AS t")
	c.where(w)
	w.write(" ORDER BY ", strings.Join(s.columns(w, c.key), ", "), " FOR UPDATE")
	err := c.send(w, c.keep)
	c.done.Rows = int64(len(c.done.Keys))
	return err
}

// rekey has keys be as columns that have been set make them.
func (c *change) rekey(keys [][]row.Value, columns []string, values []any) error {
	for i, name := range c.key {
		at := slices.Index(columns, name)
		if at < 0 {
			continue
		}
		v, err := row.ValueOf(values[at])
		if err != nil {
			return err
		}
		for _, key := range keys {
			key[i] = v
		}
	}
	return nil
}
