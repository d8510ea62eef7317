package row

import (
	"database/sql/driver"
	"fmt"
	"io"
)

// A source is where rows come from, one result set after the other.
type source interface {
	columns() ([]Column, error) // of the current set
	next() (Row, error)         // io.EOF at the end of the set
	keeps() bool                // whether the next step leaves the row before it valid
	nextSet() (bool, error)     // false after the last set; skips the rows that are left
	close() error
}

// A cursor is the row that a source fills again and again.
type cursor struct {
	row Row
	scanner
}

func newCursor(columns []Column) cursor {
	return cursor{row: Row{&record{columns: columns, values: make([]Value, len(columns))}}}
}

// set fills the row with a driver's values.
func (c *cursor) set(values []driver.Value) (Row, error) {
	c.made = c.made[:0]
	row := c.row.values
	for i := range row {
		column := &c.row.columns[i]
		if row[i] = c.value(values[i], column); c.err != nil {
			return Row{}, fmt.Errorf("column %q: %w", column.Name, c.err)
		}
	}
	return c.row, nil
}

// memorySource is the source of Of.
type memorySource struct {
	cols []Column
	rows [][]any
	cursor
	dest []driver.Value
}

func (s *memorySource) columns() ([]Column, error) {
	s.cursor, s.dest = newCursor(s.cols), make([]driver.Value, len(s.cols))
	return s.cols, nil
}

func (s *memorySource) next() (Row, error) {
	if len(s.rows) == 0 {
		return Row{}, io.EOF
	}
	for i, v := range s.rows[0] {
		s.dest[i] = v
	}
	s.rows = s.rows[1:]
	return s.set(s.dest)
}

func (s *memorySource) keeps() bool            { return false }
func (s *memorySource) nextSet() (bool, error) { return false, nil }
func (s *memorySource) close() error           { return nil }
