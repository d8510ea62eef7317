package row

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
)

// A source is where rows come from, one set after the other.
type source interface {
	columns() ([]Column, error)
	next() (Row, error)     // io.EOF at the end of the set
	nextSet() (bool, error) // false after the last one
	close() error
}

// A cursor is the row that a source fills again and again.
type cursor struct {
	row Row
	scanner
}

func newCursor(columns []Column) cursor {
	return cursor{row: Row{&record{columns, make([]Value, len(columns))}}}
}

// set fills the row with what a driver hands over.
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

// sqlSource reads database/sql's Rows.
type sqlSource struct {
	rows *sql.Rows
	cursor
	cells []cell
	dest  []any // pointers to the cells
	ended bool  // the set has been read to its end: drivers may wait for ever when asked for more
}

// A cell is the sql.Scanner that fills one value of the row.
type cell struct {
	value  *Value
	column *Column
	copied []byte
	scanner
}

// Scan implements sql.Scanner.
//
// database/sql passes the driver's own bytes to Scan, and they are good only until Scan returns, so they
// are copied, into memory that the next row uses again. It also keeps Rows from being closed by a cancelled
// context while Scan runs (CVE-2025-47907).
func (c *cell) Scan(src any) error {
	c.made = c.made[:0]
	if b, ok := src.([]byte); ok {
		c.copied = append(c.copied[:0], b...)
		*c.value = c.bytes(stringOf(c.copied), c.column)
		return nil
	}
	*c.value = c.scanner.value(src, c.column)
	return c.err
}

func (s *sqlSource) columns() ([]Column, error) {
	types, err := s.rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	columns := make([]Column, len(types))
	for i, ct := range types {
		columns[i] = columnOf(ct.Name(), ct.DatabaseTypeName(), ct.ScanType)
		if columns[i].DatabaseType == "TINYINT" && isMySQLBoolean(s.rows, i) {
			columns[i].Kind = Bool
		}
	}
	s.cursor, s.cells, s.dest = newCursor(columns), make([]cell, len(columns)), make([]any, len(columns))
	for i := range s.cells {
		s.cells[i] = cell{value: &s.row.values[i], column: &columns[i]}
		s.dest[i] = &s.cells[i]
	}
	return columns, nil
}

func (s *sqlSource) next() (Row, error) {
	if s.ended || !s.rows.Next() {
		s.ended = true
		if err := s.rows.Err(); err != nil {
			return Row{}, err
		}
		return Row{}, io.EOF
	}
	return s.row, s.rows.Scan(s.dest...)
}

// nextSet reads the set to its end first. Not every driver does: lib/pq knows of a next set only then, and would say that
// there is none.
func (s *sqlSource) nextSet() (bool, error) {
	for !s.ended {
		s.ended = !s.rows.Next()
	}
	if err := s.rows.Err(); err != nil {
		return false, err
	}
	more := s.rows.NextResultSet()
	s.ended = !more
	return more, s.rows.Err()
}

func (s *sqlSource) close() error { return s.rows.Close() }

// driverSource reads a driver's Rows, as database/sql does, without a lock and a conversion for each value.
type driverSource struct {
	rows driver.Rows
	ctx  context.Context
	done <-chan struct{} // of ctx
	cursor
	dest   []driver.Value
	err    error // what ended the set, or all of them
	closed bool
}

func (s *driverSource) columns() ([]Column, error) {
	names := s.rows.Columns()
	typeNames, _ := s.rows.(driver.RowsColumnTypeDatabaseTypeName)
	scanTypes, _ := s.rows.(driver.RowsColumnTypeScanType)
	columns, postgreSQL := make([]Column, len(names)), isPostgreSQL(s.rows)
	for i, name := range names {
		var typeName string
		if typeNames != nil {
			typeName = typeNames.ColumnTypeDatabaseTypeName(i)
		}
		columns[i] = columnOf(name, typeName, func() reflect.Type {
			if scanTypes == nil {
				return reflect.TypeFor[any]()
			}
			return scanTypes.ColumnTypeScanType(i)
		})
		switch columns[i].DatabaseType {
		case "NUMERIC", "JSON", "JSONB":
			columns[i].checked = postgreSQL
		}
		if columns[i].DatabaseType == "TINYINT" && isMySQLBoolean(s.rows, i) {
			columns[i].Kind = Bool
		}
	}
	s.cursor, s.dest = newCursor(columns), make([]driver.Value, len(columns))
	return columns, nil
}

func (s *driverSource) next() (Row, error) {
	if s.step() != nil {
		return Row{}, s.err
	}
	return s.set(s.dest)
}

// step asks for the next row of the set.
func (s *driverSource) step() error {
	if s.err == nil {
		select {
		case <-s.done:
			s.err = s.ctx.Err()
		default:
			s.err = s.rows.Next(s.dest)
		}
	}
	return s.err
}

func (s *driverSource) nextSet() (bool, error) {
	for s.step() == nil {
	}
	if s.err != io.EOF {
		return false, s.err
	}
	sets, ok := s.rows.(driver.RowsNextResultSet)
	if s.closed || !ok || !sets.HasNextResultSet() {
		return false, nil
	}
	if err := sets.NextResultSet(); err == io.EOF {
		return false, nil
	} else if err != nil {
		s.err = err
		return false, err
	}
	s.err = nil
	s.dest = make([]driver.Value, len(s.rows.Columns())) // also for a set that is only passed over
	return true, nil
}

func (s *driverSource) close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	if s.err == nil {
		s.err = io.EOF
	}
	return s.rows.Close()
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

func (s *memorySource) nextSet() (bool, error) { return false, nil }
func (s *memorySource) close() error           { return nil }
