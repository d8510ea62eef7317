package pq

import (
	"container/list"
	"database/sql/driver"
	"io"
	"reflect"
)

// rows are the result of a statement. They drop its kept statement if it fails after the first row,
// and release the connection for the next statement.
type rows struct {
	driver.Rows
	conn  *conn
	entry *list.Element // the kept statement, or nil
}

// Unwrap returns the rows of lib/pq, for callers that need to know which driver they come from.
func (r *rows) Unwrap() driver.Rows { return r.Rows }

func (r *rows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	switch {
	case err == nil:
	case err != io.EOF:
		r.conn.kept.failed(r.entry, err)
	case !r.HasNextResultSet():
		r.done()
	}
	return err
}

// Close reads the rest of the result. The statement stays kept if that fails: mostly the query has
// been cancelled because nobody wants the rest.
func (r *rows) Close() error {
	r.done()
	return r.Rows.Close()
}

// done releases the connection for the next statement.
func (r *rows) done() {
	if r.conn.reading == r {
		r.conn.reading = nil
	}
}

// The methods below return what database/sql assumes of rows that lack them.

func (r *rows) HasNextResultSet() bool {
	sets, ok := r.Rows.(driver.RowsNextResultSet)
	return ok && sets.HasNextResultSet()
}

func (r *rows) NextResultSet() error {
	if sets, ok := r.Rows.(driver.RowsNextResultSet); ok {
		return sets.NextResultSet()
	}
	return io.EOF
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	if t, ok := r.Rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return t.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	if t, ok := r.Rows.(driver.RowsColumnTypeScanType); ok {
		return t.ColumnTypeScanType(i)
	}
	return reflect.TypeFor[any]()
}

func (r *rows) ColumnTypeLength(i int) (length int64, ok bool) {
	if t, ok := r.Rows.(driver.RowsColumnTypeLength); ok {
		return t.ColumnTypeLength(i)
	}
	return 0, false
}

func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if t, ok := r.Rows.(driver.RowsColumnTypePrecisionScale); ok {
		return t.ColumnTypePrecisionScale(i)
	}
	return 0, 0, false
}
