// Package row holds the rows of a result on their way from the database to an encoder.
//
// A Row is an ordered map: its columns keep the order of the result, duplicate names included. Its
// values are scanned through the types of the columns, without loss, into memory that the next row
// uses again: like the bytes of bufio.Scanner, a Row is valid until the next step. Clone keeps it.
//
// Handlers need none of it but the shapes, as in moresql.Shape(row.One). A program of its own reads
// the rows of MoreSQL.Rows by their names:
//
//	for r, err := range m.Rows(ctx, "get_cars", 2) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(r.Get("name").String(), r.Get("doors").Int())
//	}
package row

import (
	"iter"
	"slices"
)

// A Row is one row of a result. The zero Row has no columns.
//
// It is valid until the next step of the Rows that it comes from; Clone makes a copy that stays
// valid. A Row is a small value, to be passed without a pointer. Several goroutines may read it at
// once, as long as none calls Set.
type Row struct{ *record }

type record struct {
	columns []Column
	values  []Value
	stays   bool // no value is in memory that is used again
}

// Len returns the number of columns.
func (r Row) Len() int { return len(r.Columns()) }

// Columns returns the columns in the order of the result. They must not be modified.
func (r Row) Columns() []Column {
	if r.record == nil {
		return nil
	}
	return r.columns
}

// Value returns the value of column i, counted from 0. It panics if there is no such column.
func (r Row) Value(i int) Value { return r.values[i] }

// Set changes the value of column i for later readers of this row, not in the database. It panics
// if there is no such column.
func (r Row) Set(i int, v Value) { r.values[i] = v }

// Get returns the value of the first column with the given name, NULL if there is none. Names are
// compared exactly, letter case included.
func (r Row) Get(name string) Value {
	v, _ := r.Lookup(name)
	return v
}

// Lookup returns the value of the first column with the given name, and whether there is one.
func (r Row) Lookup(name string) (Value, bool) {
	for i := range r.Columns() {
		if r.columns[i].Name == name {
			return r.values[i], true
		}
	}
	return Value{}, false
}

// All ranges over names and values in the order of the result, duplicate names included.
func (r Row) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i := range r.Columns() {
			if !yield(r.columns[i].Name, r.values[i]) {
				return
			}
		}
	}
}

// Map returns the row as a map by column names, with values as Value.Any returns them: a template
// reads it with {{.name}}. Of columns with the same name it holds the first. The map is a copy that
// stays valid.
func (r Row) Map() map[string]any {
	m := make(map[string]any, r.Len())
	for name, v := range r.All() {
		if _, ok := m[name]; !ok {
			m[name] = v.Any()
		}
	}
	return m
}

// Clone returns a copy of the row that stays valid and unchanged after the next step.
func (r Row) Clone() Row {
	if r.record == nil {
		return r
	}
	if r.stays {
		return Row{&record{r.columns, slices.Clone(r.values), true}}
	}
	size := 0
	for i := range r.values {
		size += len(r.values[i].data)
	}
	values, memory := make([]Value, len(r.values)), make([]byte, 0, size)
	copy(values, r.values)
	for i := range values {
		start := len(memory)
		memory = append(memory, values[i].data...)
		values[i].data = stringOf(memory[start:])
	}
	return Row{&record{r.columns, values, true}}
}
