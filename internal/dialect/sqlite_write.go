package dialect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

// sqliteStages changes rows of SQLite. Its RETURNING returns the keys of the rows, since it cannot
// stand in a WITH. All changes are made before the first row comes (SQLite documentation,
// RETURNING).
type sqliteStages struct{}

// values is SQLITE_MAX_VARIABLE_NUMBER (SQLite documentation, Implementation Limits).
func (sqliteStages) values() int { return 32766 }

// key returns the primary key, or the rowid where that may be NULL, as only tables with a rowid let
// it be. A view has neither.
func (sqliteStages) key(r *catalog.Relation) []string {
	isNullable := func(name string) bool { return r.Column(name).Nullable }
	if r.PrimaryKey != nil && !slices.ContainsFunc(r.PrimaryKey, isNullable) {
		return r.PrimaryKey
	}
	if r.Kind == catalog.View {
		return nil
	}
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if !slices.ContainsFunc(r.Columns, func(a catalog.Attribute) bool {
			return strings.EqualFold(a.Name, name)
		}) {
			return []string{name}
		}
	}
	return nil
}

// keyColumn returns a column of the key. In quotes a rowid could be a text.
func (sqliteStages) keyColumn(w *selector, name string) string {
	if w.node.Relation.Column(name) == nil {
		return name
	}
	return w.quote(name)
}

// among joins the keys with their places.
func (s sqliteStages) among(w *selector, key []string, rows [][]row.Value) {
	if len(rows) == 0 {
		w.after = "false"
		return
	}
	w.joins = w.capture(func() {
		w.write(" JOIN (VALUES ")
		for i, values := range rows {
			if i > 0 {
				w.write(", ")
			}
			w.write("(", strconv.Itoa(i))
			for _, v := range values {
				w.write(", ")
				w.value(v.Any())
			}
			w.write(")")
		}
		w.write(") AS k ON ")
		for i, name := range key {
			if i > 0 {
				w.write(" AND ")
			}
			w.write(w.table, ".", s.keyColumn(w, name), " = k.column", strconv.Itoa(i+2))
		}
	})
	w.sort = " ORDER BY k.column1"
}

// lock begins to write, so that what is read from here on stays as it is. A transaction that begins
// by reading could not write any more once another one has written.
func (sqliteStages) lock(c *change) error {
	w := c.begin()
	w.write("DELETE FROM ", w.source, " WHERE false")
	return c.send(w, nil)
}

func (s sqliteStages) count(c *change) (err error) {
	if err := s.lock(c); err != nil {
		return err
	}
	w := c.begin()
	w.write("SELECT count(*) FROM ", w.source, " AS t")
	c.where(w)
	c.done.Rows, err = c.number(w)
	return err
}

// alias names what is changed t. A WHERE does not find that name for a view, but the view's own.
func (sqliteStages) alias(w *selector) string {
	if r := w.node.Relation; r.Kind == catalog.View {
		w.table = w.quote(r.Name)
		return ""
	}
	return " AS t"
}

// change runs a statement that changes rows, and counts these and keeps their keys. The + keeps the
// driver from reading values by their declared types.
func (s sqliteStages) change(c *change, w *selector) error {
	if c.key != nil {
		w.write(" RETURNING ")
		w.values(c.key, func(name string) { w.write("+", s.keyColumn(w, name)) })
		before := len(c.done.Keys)
		err := c.send(w, c.keep)
		c.done.Rows += int64(len(c.done.Keys) - before)
		return err
	}
	if c.Node.Relation.Kind == catalog.View { // changes() leaves out what triggers do instead
		w.write(" RETURNING 1")
		return c.send(w, func(row.Row) error { c.done.Rows++; return nil })
	}
	if err := c.send(w, nil); err != nil {
		return err
	}
	w = c.begin()
	w.write("SELECT changes()")
	n, err := c.number(w)
	c.done.Rows += n
	return err
}

// sqliteAffinity returns the affinity of a declared type ("Datatypes In SQLite", 3.1): INTEGER,
// TEXT, BLOB, REAL or NUMERIC.
func sqliteAffinity(t *catalog.Type) string {
	declared := ""
	if t != nil {
		declared = strings.ToUpper(t.Name)
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(declared, w) })
	}
	switch {
	case has("INT"):
		return "INTEGER"
	case has("CHAR", "CLOB", "TEXT"):
		return "TEXT"
	case declared == "", has("BLOB"):
		return "BLOB"
	case has("REAL", "FLOA", "DOUB"):
		return "REAL"
	}
	return "NUMERIC"
}

func (sqliteStages) takesEmpty(t *catalog.Type) bool {
	affinity := sqliteAffinity(t)
	return affinity == "TEXT" || affinity == "BLOB"
}

// sqliteArgument binds what a column of a declared type stores: in one of texts what the request
// has, and in others numbers and truth values as what they are, as bindSQLite does.
func sqliteArgument(t *catalog.Type, a binder.Arg, text string) any {
	declared, _, _ := strings.Cut(strings.ToUpper(t.Name), "(")
	declared = strings.TrimSpace(declared)
	switch affinity := sqliteAffinity(t); {
	case affinity == "TEXT":
		return text
	case a.Type() == binder.NumberType:
		return bindSQLite(text, a.Type())
	case declared == "BOOLEAN", declared == "BOOL", a.Type() == binder.BoolType:
		return bindSQLite(text, binder.BoolType)
	case (declared == "JSON" || declared == "JSONB") && a.JSON: // a string keeps its quotes
		return a.Values[0]
	case strings.Contains(declared, "BLOB"): // other texts stay texts there
		return bytesShown(text)
	case affinity == "BLOB", isTimeType(declared):
		return text
	}
	if n := numberShown(text); n != text && !isNumber(numberOf(text)) {
		return n // an infinite one
	}
	return text
}
