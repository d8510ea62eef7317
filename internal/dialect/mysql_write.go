package dialect

import (
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

// mysqlStages changes rows of MySQL and MariaDB. MariaDB has RETURNING for INSERT, MySQL has none,
// and what an UPDATE reports is how many rows are others now, and not how many it has found. So
// rows are found and locked first.
type mysqlStages struct{}

// values is how many placeholders a prepared statement has.
func (mysqlStages) values() int { return 65535 }

// key returns the primary key: nothing else finds a row again.
func (mysqlStages) key(r *catalog.Relation) []string { return r.PrimaryKey }

// among goes by the order of the keys: a list of rows to join would have a collation of its own.
func (s mysqlStages) among(w *selector, key []string, rows [][]row.Value) {
	w.sort = " ORDER BY " + strings.Join(s.columns(w, key), ", ")
	if len(rows) == 0 {
		w.after = "false"
		return
	}
	w.after = w.capture(func() {
		w.write("(", strings.Join(s.columns(w, key), ", "), ") IN (")
		for i, values := range rows {
			if i > 0 {
				w.write(", ")
			}
			w.tuple(anyOf(values))
		}
		w.write(")")
	})
}

// columns returns columns of the table t.
func (mysqlStages) columns(w *selector, names []string) (list []string) {
	for _, name := range names {
		list = append(list, w.table+"."+w.quote(name))
	}
	return list
}

// anyOf returns values as they are bound.
func anyOf(values []row.Value) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v.Any()
	}
	return list
}

func (s mysqlStages) count(c *change) (err error) {
	w := c.begin()
	w.write("SELECT count(*) FROM ", w.source, " AS t")
	c.where(w)
	w.write(" FOR UPDATE")
	c.done.Rows, err = c.number(w)
	return err
}

// set writes what an UPDATE sets.
func (mysqlStages) set(c *change, w *selector, columns []string, values []any) {
	w.write("UPDATE ", w.source, " AS t SET ")
	for i, name := range columns {
		if i > 0 {
			w.write(", ")
		}
		w.write("t.", w.quote(name), " = ")
		w.value(values[i])
	}
	for i, name := range c.Defaults {
		if i > 0 || len(columns) > 0 {
			w.write(", ")
		}
		w.write("t.", w.quote(name), " = DEFAULT")
	}
}

// takesEmpty is about types of texts and bytes.
func (mysqlStages) takesEmpty(t *catalog.Type) bool {
	if t == nil {
		return true
	}
	name := strings.ToLower(t.Name)
	return isMySQLBinary(name) || strings.Contains(name, "char") || strings.Contains(name, "text") ||
		name == "enum" || name == "set"
}
