package importer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// A merge brings the staged rows into the table.
type merge struct {
	*system
	table               string   // as SQL
	keys, others, names []string // as SQL: of the key, of the rest, of all
	collated            []string // what follows each of the keys for the collation of its index
}

// collate finds the collations of the unique index that has the keys, if staged rows lose them.
func (m *merge) collate(ctx context.Context, conn *sql.Conn, relation string) error {
	m.collated = make([]string, len(m.keys))
	if m.collations == "" {
		return nil
	}
	rows, err := conn.QueryContext(ctx, m.collations, relation)
	if err != nil {
		return err
	}
	defer rows.Close()
	indexes := map[string]map[string]string{}
	for rows.Next() {
		var index, collation string
		var column sql.NullString // none for an expression
		if err := rows.Scan(&index, &column, &collation); err != nil {
			return err
		}
		if indexes[index] == nil {
			indexes[index] = map[string]string{}
		}
		indexes[index][m.ident(column.String)] = " COLLATE " + m.ident(collation)
	}
	for _, index := range indexes {
		if slices.ContainsFunc(m.keys, func(key string) bool { return index[key] == "" }) ||
			len(index) != len(m.keys) {
			continue
		}
		for i, key := range m.keys {
			m.collated[i] = index[key]
		}
	}
	return rows.Err()
}

// each writes a pattern for each of some columns.
func (m *merge) each(columns []string, between, pattern string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf(pattern, c)
	}
	return strings.Join(list, between)
}

// same is the condition that t and s have the same key.
func (m *merge) same() string { return m.equal("t", "s") }

// equal is the condition that the rows of two tables have the same key.
func (m *merge) equal(a, b string) string {
	same := make([]string, len(m.keys))
	for i, key := range m.keys {
		same[i] = a + "." + key + " = " + b + "." + key + m.collated[i]
	}
	return strings.Join(same, " AND ")
}

// differs is the condition that t and s differ apart from the key.
func (m *merge) differs() string {
	if len(m.others) == 0 {
		return "1 = 0"
	}
	return m.system.differs(m.others)
}

// repeated is a query of the keys that more than one staged row has, and of the row that is kept:
// the last one. See firstWins.
func (m *merge) repeated() string {
	return fmt.Sprintf("SELECT %s, max(%s) AS kept FROM %s GROUP BY %s HAVING count(*) > 1",
		strings.Join(m.keys, ", "), number, staged, m.grouped())
}

// grouped returns the keys as a GROUP BY has them.
func (m *merge) grouped() string {
	keys := make([]string, len(m.keys))
	for i, key := range m.keys {
		keys[i] = key + m.collated[i]
	}
	return strings.Join(keys, ", ")
}

// between is a condition on the lines of s after one and up to another.
func between(after, last int64) string {
	return fmt.Sprintf(" AND s.%s > %d AND s.%s <= %d", number, after, number, last)
}

// firstWins has the first of several rows with the same key win.
func firstWins(text string) string {
	return strings.Replace(text, "max("+number+") AS kept", "min("+number+") AS kept", 1)
}

// count returns how many staged rows are in the table, and how many of these with other values.
func (m *merge) count(ctx context.Context, conn *sql.Conn) (there, changed int64, err error) {
	err = conn.QueryRowContext(ctx, fmt.Sprintf(
		"SELECT count(*), coalesce(sum(CASE WHEN %s THEN 1 ELSE 0 END), 0) "+
			"FROM %s AS s JOIN %s AS t ON %s",
		m.differs(), staged, m.table, m.same())).Scan(&there, &changed)
	return there, changed, err
}

// insertNew is the statement that inserts the staged rows that the table does not have.
func (m *merge) insertNew() string {
	if len(m.keys) == 0 {
		return m.insertFrom(staged)
	}
	from := staged
	if m.sorted != nil {
		from = m.sorted(m)
	}
	return m.insertFrom(from) +
		fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s AS t WHERE %s)", m.table, m.same())
}

// insertFrom is the statement that inserts the rows of a table or a query.
func (m *merge) insertFrom(from string) string {
	return fmt.Sprintf("INSERT INTO %s (%s)%s SELECT %s FROM %s AS s WHERE 1 = 1", m.table,
		strings.Join(m.names, ", "), m.insert, m.each(m.names, ", ", "s.%[1]s"), from)
}

// A Difference is a row of the input that the table has with other values.
type Difference struct {
	Line    int64
	Key     []string // the values of the key
	Columns []Change

	values []sql.NullString // of the whole row
}

// A Change is a value that differs.
type Change struct {
	Column   string
	Old, New sql.NullString
}

// differences yields the first rows that differ, at most n, or all for a negative n.
func (m *merge) differences(
	ctx context.Context, conn *sql.Conn, columns []*column, n int, yield func(Difference) error,
) error {
	var keys, others []*column
	for _, c := range columns {
		if c.key {
			keys = append(keys, c)
		} else {
			others = append(others, c)
		}
	}
	if len(others) == 0 {
		return nil
	}
	text := "SELECT s." + number
	for _, c := range keys {
		text += ", " + m.textOf(c, "s."+m.ident(c.name))
	}
	for _, c := range columns {
		text += ", " + m.textOf(c, "s."+m.ident(c.name))
	}
	for _, c := range others {
		text += ", " + m.textOf(c, "t."+m.ident(c.name)) +
			", " + m.textOf(c, "s."+m.ident(c.name))
	}
	text += fmt.Sprintf(" FROM %s AS s JOIN %s AS t ON %s WHERE %s ORDER BY s.%s",
		staged, m.table, m.same(), m.differs(), number)
	if n >= 0 {
		text += fmt.Sprintf(" LIMIT %d", n)
	}
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		d := Difference{
			Key: make([]string, len(keys)), values: make([]sql.NullString, len(columns)),
		}
		values := make([]sql.NullString, 2*len(others))
		into := []any{&d.Line}
		for i := range d.Key {
			into = append(into, &d.Key[i])
		}
		for i := range d.values {
			into = append(into, &d.values[i])
		}
		for i := range values {
			into = append(into, &values[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, c := range others {
			if old, now := values[2*i], values[2*i+1]; old != now {
				d.Columns = append(d.Columns, Change{c.name, old, now})
			}
		}
		if err := yield(d); err != nil {
			return err
		}
	}
	return rows.Err()
}
