package encodertest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// A result is what the fake database returns for a query. Like a real driver it returns memory that
// it uses again for the next row.
type result struct {
	shape   row.Shape
	columns []column
	rows    int
	value   func(row, column int, b []byte) driver.Value // b is memory that it may use
	err     error                                        // after the rows, instead of their end
	next    *result                                      // the next result set

	pad    int       // bytes that texts are made longer by
	before func(int) // called before each row is read, with its number, and before the end
}

// A column has a name and a type as a driver reports them.
type column struct{ name, databaseType string }

// table returns a result of a single row.
func table(columns []column, values ...driver.Value) *result {
	return &result{columns: columns, rows: 1, value: func(_, column int, b []byte) driver.Value {
		if v, ok := values[column].([]byte); ok {
			return append(b, v...)
		}
		return values[column]
	}}
}

// numbered returns n rows that contain their number.
func numbered(n int) *result {
	r := &result{columns: []column{{"id", "INT8"}, {"name", "TEXT"}, {"note", "TEXT"}}, rows: n}
	r.value = func(row, column int, b []byte) driver.Value {
		switch {
		case column == 0:
			return int64(row)
		case column == 1:
			return fmt.Appendf(b, "name of row %d%s", row, strings.Repeat(".", r.pad))
		case row%3 == 0:
			return nil
		}
		return fmt.Appendf(b, "%d, \"noted\"", row)
	}
	return r
}

// numberedFields returns the fields of row i of numbered.
func numberedFields(i int) []Field {
	note := Field{Name: "note", Text: fmt.Sprintf("%d, \"noted\"", i)}
	if i%3 == 0 {
		note = Field{Name: "note", Null: true}
	}
	return []Field{
		{Name: "id", Text: fmt.Sprint(i)},
		{Name: "name", Text: fmt.Sprintf("name of row %d", i)},
		note,
	}
}

// encode queries the fake database and encodes the result.
func (r *result) encode(e encoder.Encoder, w io.Writer) error {
	db := sql.OpenDB(connector{r})
	defer db.Close()
	query, err := db.Query("")
	if err != nil {
		return err
	}
	rows, err := row.Scan(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Shape = r.shape
	return e.Encode(w, rows)
}

type connector struct{ result *result }

func (c connector) Connect(context.Context) (driver.Conn, error) { return conn(c), nil }
func (c connector) Driver() driver.Driver                        { return nil }

type conn struct{ result *result }

func (conn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (conn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (conn) Close() error                        { return nil }

func (c conn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &cursor{result: c.result}, nil
}

// A cursor is the driver.Rows of a result.
type cursor struct {
	*result
	row    int
	memory [][]byte // of the values that have been returned
}

func (c *cursor) Columns() []string {
	names := make([]string, len(c.columns))
	for i := range names {
		names[i] = c.columns[i].name
	}
	return names
}

func (c *cursor) ColumnTypeDatabaseTypeName(i int) string { return c.columns[i].databaseType }

func (c *cursor) Next(dest []driver.Value) error {
	if c.before != nil {
		c.before(c.row)
	}
	c.bite()
	if c.row == c.rows {
		if c.err != nil {
			return c.err
		}
		return io.EOF
	}
	c.memory = append(c.memory, make([][]byte, len(dest)-len(c.memory))...)
	for i := range dest {
		dest[i] = c.value(c.row, i, c.memory[i][:0])
		if b, ok := dest[i].([]byte); ok {
			c.memory[i] = b
		}
	}
	c.row++
	return nil
}

func (c *cursor) Close() error {
	c.bite()
	return nil
}

// bite overwrites the memory of the values that have been returned.
func (c *cursor) bite() {
	for _, b := range c.memory {
		for i := range b {
			b[i] = '#'
		}
	}
}

func (c *cursor) HasNextResultSet() bool { return c.result.next != nil }

func (c *cursor) NextResultSet() error {
	if c.result.next == nil {
		return io.EOF
	}
	*c = cursor{result: c.result.next}
	return nil
}
