package row

import (
	"database/sql"
	"database/sql/driver"
	"io"

	"github.com/moresql/moresql/internal/quirk"
)

// sqlSource reads database/sql's Rows.
type sqlSource struct {
	rows *sql.Rows
	cursor
	cells []cell
	dest  []any // pointers to the cells
	ended bool  // the set has been read to its end: some drivers block when Next is called again
}

// A cell is the sql.Scanner that fills one value of the row.
type cell struct {
	value  *Value
	column *Column
	rows   driver.Rows // until their session's zone is known; nil if it does not matter
	scanner
}

// Scan implements sql.Scanner.
//
// database/sql passes the driver's bytes to Scan, which are valid only until Scan returns, so they
// are copied, into memory that the next row uses again. It also keeps a cancelled context from
// closing the rows while Scan runs (CVE-2025-47907).
func (c *cell) Scan(src any) error {
	if c.rows != nil { // here, since nobody closes the rows meanwhile
		c.column.zone, c.rows = quirk.SessionZone(c.rows), nil
	}
	c.made = c.made[:0]
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
	}
	rows := quirk.DriverRows(s.rows)
	if err := refine(columns, rows); err != nil {
		return nil, err
	}
	s.cursor = newCursor(columns)
	s.cells, s.dest = make([]cell, len(columns)), make([]any, len(columns))
	for i := range s.cells {
		s.cells[i] = cell{value: &s.row.values[i], column: &columns[i]}
		if columns[i].Kind == TimestampTZ {
			s.cells[i].rows = rows
		}
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

func (s *sqlSource) keeps() bool { return false }

// nextSet reads the current set to its end first. Not every driver does so itself: lib/pq learns of
// a next set only then, and would report none.
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

func (s *sqlSource) close() error {
	if quirk.IsMySQL(quirk.DriverRows(s.rows)) { // as by Drain, with what database/sql locks
		for more := true; more && s.rows.Err() == nil; {
			more, _ = s.nextSet()
		}
	}
	return s.rows.Close()
}
