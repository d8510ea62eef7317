package pq

import (
	"container/list"
	"database/sql/driver"
	"io"
	"reflect"
)

// rows are the result of a statement. They see it fail after rows have been read, which is to be
// held against the kept statement.
type rows struct {
	driver.Rows
	conn  *conn
	entry *list.Element // of the kept statement, or nil
}

// Unwrap returns the rows of lib/pq's, for what is to be found out about them.
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

// Close reads the rest. An error there is nobody's, as nobody wants the rows: mostly the query has
// been cancelled.
func (r *rows) Close() error {
	r.done()
	return r.Rows.Close()
}

// done says that the connection is free for the next statement.
func (r *rows) done() {
	if r.conn.reading == r {
		r.conn.reading = nil
	}
}

// What follows is what database/sql does for rows that lack the method.

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
