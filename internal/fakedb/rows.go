package fakedb

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
)

// A Column is what a driver reports of a column. A nil ScanType is what SQLite's drivers report.
type Column struct {
	Name, DatabaseType string
	ScanType           reflect.Type
}

// A Set is one result set.
type Set struct {
	Columns []Column
	Rows    [][]driver.Value
	Err     error // ends the rows in place of io.EOF
	NextErr error // of going on to the set after this one

	// Value returns a value of one of Count rows, which the set has in place of Rows. Rows and
	// columns count from 0. Bytes that it returns may be appended to memory, which is used again.
	Count int
	Value func(row, column int, memory []byte) driver.Value

	// Before, if set, is called before each row is read, with its number, and before the end.
	Before func(row int)
}

// Failing returns the set with an error after its rows.
func (s Set) Failing(err error) Set {
	s.Err = err
	return s
}

// Ints returns a set of one column n, which counts from first to last.
func Ints(first, last int64) Set {
	set := Set{Columns: []Column{{Name: "n", DatabaseType: "INT8"}}}
	for n := first; n <= last; n++ {
		set.Rows = append(set.Rows, []driver.Value{n})
	}
	return set
}

// Texts returns a set of one column s, whose values the driver hands out as bytes of its own.
func Texts(values ...string) Set {
	set := Set{Columns: []Column{{Name: "s", DatabaseType: "TEXT"}}}
	for _, s := range values {
		set.Rows = append(set.Rows, []driver.Value{[]byte(s)})
	}
	return set
}

// Rows are a driver.Rows that overwrites the bytes it has handed out as soon as it is called again,
// from whatever goroutine. As lib/pq it knows of a next set only after the last row of this one.
type Rows struct {
	CloseErr error // of closing them

	sets    []Set
	result  Result
	onClose func()
	ctx     context.Context
	conn    *conn
	text    string

	next   int // the row of sets[0] that is next
	ended  bool
	closed bool
	lent   [][]byte // bytes of the driver's that are out
	memory [][]byte // of the columns, for the bytes that Set.Value returns
}

var (
	_ driver.RowsNextResultSet              = (*Rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*Rows)(nil)
	_ driver.RowsColumnTypeScanType         = (*Rows)(nil)
)

// NewRows returns the rows of sets, whose bytes it copies: these will be overwritten.
func NewRows(sets ...Set) *Rows {
	sets = slices.Clone(sets)
	for i := range sets {
		sets[i].Rows = slices.Clone(sets[i].Rows)
		for j, values := range sets[i].Rows {
			values = slices.Clone(values)
			for k, v := range values {
				if b, ok := v.([]byte); ok {
					values[k] = bytes.Clone(b)
				}
			}
			sets[i].Rows[j] = values
		}
	}
	return &Rows{sets: sets}
}

// counted are the columns of Result.Rows, and count returns their values.
var counted = []Column{{Name: "n", DatabaseType: "INT8"}}

func count(row, _ int, _ []byte) driver.Value { return int64(row + 1) }

// rows returns the rows of a result.
func (r Result) rows() *Rows {
	var rows *Rows
	if r.Sets != nil {
		rows = NewRows(r.Sets...)
	} else {
		rows = &Rows{sets: []Set{{Columns: counted, Count: r.Rows, Value: count}}}
	}
	rows.result, rows.CloseErr = r, r.CloseErr
	return rows
}

func (r *Rows) takeBack() {
	for _, b := range r.lent {
		for i := range b {
			b[i] = '#'
		}
	}
	r.lent = r.lent[:0]
}

// Columns implements driver.Rows.
func (r *Rows) Columns() []string {
	names := []string{}
	for _, c := range r.sets[0].Columns {
		names = append(names, c.Name)
	}
	return names
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (r *Rows) ColumnTypeDatabaseTypeName(i int) string {
	return r.sets[0].Columns[i].DatabaseType
}

// ColumnTypeScanType implements driver.RowsColumnTypeScanType.
func (r *Rows) ColumnTypeScanType(i int) reflect.Type { return r.sets[0].Columns[i].ScanType }

// Next implements driver.Rows.
func (r *Rows) Next(dest []driver.Value) error {
	if len(r.lent) > 0 {
		r.takeBack()
	}
	if r.closed {
		return errors.New("the rows are closed")
	}
	set := &r.sets[0]
	if set.Before != nil {
		set.Before(r.next)
	}
	if len(dest) != len(set.Columns) { // drivers index it by their columns, or their columns by it
		return fmt.Errorf("the set has %d columns, but %d are read", len(set.Columns), len(dest))
	}
	if r.next == max(len(set.Rows), set.Count) {
		return r.end(set)
	}
	if set.Value != nil {
		r.makeRow(set, dest)
	} else {
		copy(dest, set.Rows[r.next]) // the boxes as they are, so that the driver allocates nothing
	}
	for _, v := range dest {
		if b, ok := v.([]byte); ok {
			r.lent = append(r.lent, b)
		}
	}
	r.next++
	if r.result.OnRow != nil {
		r.result.OnRow(r.next)
	}
	return nil
}

// makeRow has a set make its next row.
func (r *Rows) makeRow(set *Set, dest []driver.Value) {
	for i := range dest {
		var memory []byte
		if i < len(r.memory) {
			memory = r.memory[i][:0]
		}
		dest[i] = set.Value(r.next, i, memory)
		if b, ok := dest[i].([]byte); ok {
			r.memory = append(r.memory, make([][]byte, max(0, len(dest)-len(r.memory)))...)
			r.memory[i] = b
		}
	}
}

// end returns what ends a set.
func (r *Rows) end(set *Set) error {
	r.ended = true
	switch {
	case r.result.Endless:
		return r.wait()
	case set.Err != nil:
		return set.Err
	case r.result.End != nil && len(r.sets) == 1:
		return r.result.End
	}
	return io.EOF
}

// wait is what reading on comes to until the statement is cancelled.
func (r *Rows) wait() error {
	<-r.ctx.Done()
	r.conn.db.note("cancel %s", r.text)
	r.result.Endless, r.result.End = false, r.ctx.Err()
	return r.result.End
}

// HasNextResultSet implements driver.RowsNextResultSet.
func (r *Rows) HasNextResultSet() bool { return r.ended && len(r.sets) > 1 }

// NextResultSet implements driver.RowsNextResultSet.
func (r *Rows) NextResultSet() error {
	r.takeBack()
	if err := r.sets[0].NextErr; err != nil {
		return err
	}
	if !r.HasNextResultSet() {
		return io.EOF
	}
	r.sets, r.next, r.ended, r.memory = r.sets[1:], 0, false, nil
	return nil
}

// OnClose has f called when the rows are closed, for what is not opened through a DB.
func (r *Rows) OnClose(f func()) { r.onClose = f }

// Close implements driver.Rows.
func (r *Rows) Close() error {
	if r.onClose != nil {
		r.onClose()
	}
	r.closed = true
	r.takeBack()
	if r.conn != nil {
		if r.conn.rows != r {
			r.conn.db.fail("the rows of %s are closed twice", r.text)
		}
		if r.result.Endless {
			r.wait()
		}
		r.conn.rows = nil
	}
	return r.CloseErr
}
