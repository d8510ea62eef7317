package importer

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A chunk is some rows in the order of the target's columns. It is filled again and again, so that
// an import needs the same memory whatever the size of its input.
type chunk struct {
	width int      // of a row
	data  []byte   // the text of all values
	ends  []uint64 // where each ends in data, times two, plus one for NULL
	lines []int64  // where each row is in the input
	order []int    // the numbers from 0, at least as many as there have been rows
	read  int64    // bytes of the input that had been read when it was full
	count int64    // rows of it, the bad ones too
	last  int64    // the line of the last of these
	cut   bool     // a transaction ends after it
	done  bool     // no other chunk follows
}

// chunkSize is where a chunk counts as full, in bytes and in rows: enough that what a COPY and
// its savepoint take does not matter, and little enough for the memory.
// The first chunks have fewer rows, so that the database has some to write while others are read.
const (
	chunkSize = 4 << 20
	chunkRows = 80_000
	firstRows = 5_000

	sortedRows = 20_000 // there are chunks of the input as well then
)

func (c *chunk) reset(width int) {
	*c = chunk{width: width, data: c.data[:0], ends: c.ends[:0], lines: c.lines[:0], order: c.order}
}

func (c *chunk) full(most int) bool { return len(c.data) >= chunkSize || len(c.lines) >= most }

func (c *chunk) rows() int { return len(c.lines) }

// all returns the indexes of all rows.
func (c *chunk) all() []int {
	for len(c.order) < c.rows() {
		c.order = append(c.order, len(c.order))
	}
	return c.order[:c.rows()]
}

// add adds a value to the last row.
func (c *chunk) add(text []byte, null bool) {
	if null {
		c.ends = append(c.ends, uint64(len(c.data))<<1|1)
		return
	}
	c.data = append(c.data, text...)
	c.ends = append(c.ends, uint64(len(c.data))<<1)
}

// drop removes the values of a row that has not been finished.
func (c *chunk) drop() {
	c.ends = c.ends[:c.width*len(c.lines)]
	c.data = c.data[:c.end(len(c.ends)-1)]
}

// end returns where in data the value i ends.
func (c *chunk) end(i int) int {
	if i < 0 {
		return 0
	}
	return int(c.ends[i] >> 1)
}

// value returns a value, which is valid until the chunk is filled again.
func (c *chunk) value(row, column int) (text []byte, null bool) {
	i := row*c.width + column
	return c.data[c.end(i-1):c.end(i)], c.ends[i]&1 == 1
}

// texts returns the text of some rows, and of those between them.
func (c *chunk) texts(rows []int) []byte {
	first, last := slices.Min(rows), slices.Max(rows)
	return c.data[c.end(first*c.width-1):c.end((last+1)*c.width-1)]
}

// addSorted adds a row that appendSorted has written, without what comes before the lengths.
func (c *chunk) addSorted(row []byte, line int64) {
	end := uint64(len(c.data)) << 1
	for range c.width {
		length, n := binary.Uvarint(row)
		c.ends = append(c.ends, end+length)
		end += length &^ 1
		row = row[n:]
	}
	c.data = append(c.data, row...)
	c.lines = append(c.lines, line)
}

// A RowError says what is wrong with one row of the input.
type RowError struct {
	Unit   string // line, or record in JSON
	Line   int64  // where the row begins, from 1
	Column string // of the input, or "" for the whole row
	Reason string
	Err    error // of the database, or nil
}

func (e *RowError) Error() string {
	if e.Column != "" {
		return fmt.Sprintf("%s %d, column %s: %s", e.Unit, e.Line, e.Column, e.Reason)
	}
	return fmt.Sprintf("%s %d: %s", e.Unit, e.Line, e.Reason)
}

func (e *RowError) Unwrap() error { return e.Err }
