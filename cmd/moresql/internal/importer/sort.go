package importer

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"io"
	"os"
	"slices"
	"strconv"
)

// A sorter puts rows into the order of a column of integers, and those with the same one into the
// order of the input. It keeps them in a temporary file, in which each chunk is sorted by itself,
// and merges these when it reads them again: its memory does not grow with the rows.
type sorter struct {
	key   int // the index of the column
	width int // of a row
	file  *os.File
	name  string // of the file, if it has one still
	end   int64  // of what the file has
	runs  []*run
	order []keyed // of a chunk
	block []byte  // to be written

	heap  []*run // those that have rows left
	read  int64  // bytes since the last rewind, and rows
	count int64
}

// A run is what the file has of a chunk. In the merge it is at a row.
type run struct {
	number     int // in the order of the input
	start, end int64
	in         *bufio.Reader

	key, line int64
	row       []byte // see appendSorted
}

type keyed struct {
	key int64
	row int
}

// sortedHead is the length of what comes before a row: its size, its key and its line.
const sortedHead = 24

// sortBlock is what is written at a time, and sortMemory what all runs have together for reading
// ahead, in bytes.
const (
	sortBlock  = 64 << 10
	sortMemory = 1 << 20
)

func newSorter(width, key int) (*sorter, error) {
	file, err := os.CreateTemp("", "moresql-import-*")
	if err != nil {
		return nil, err
	}
	s := &sorter{width: width, key: key, file: file}
	if os.Remove(file.Name()) != nil { // as on Windows, which does not remove what is open
		s.name = file.Name()
	}
	return s, nil
}

func (s *sorter) close() {
	s.file.Close()
	if s.name != "" {
		os.Remove(s.name)
	}
}

// add keeps the rows of a chunk. After an error it has none of them: a key is no integer as Go
// reads it, or the file cannot grow.
func (s *sorter) add(c *chunk) error {
	s.order = s.order[:0]
	for row := range c.rows() {
		text, _ := c.value(row, s.key)
		key, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return err
		}
		s.order = append(s.order, keyed{key, row})
	}
	slices.SortFunc(s.order, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return a.row - b.row
	})
	r := &run{number: len(s.runs), start: s.end, end: s.end}
	flush := func() error {
		n, err := s.file.WriteAt(s.block, r.end)
		r.end += int64(n)
		s.block = s.block[:0]
		return err
	}
	for _, k := range s.order {
		s.block = appendSorted(s.block, c, k)
		if len(s.block) > sortBlock {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	s.end = r.end
	s.runs = append(s.runs, r)
	return nil
}

// appendSorted appends a row with what comes before it: the lengths of its values, times two, plus
// one for NULL, and the text of all.
func appendSorted(b []byte, c *chunk, k keyed) []byte {
	head := len(b)
	b = append(b, make([]byte, sortedHead)...)
	binary.LittleEndian.PutUint64(b[head+8:], uint64(k.key))
	binary.LittleEndian.PutUint64(b[head+16:], uint64(c.lines[k.row]))
	first := k.row * c.width
	from := c.end(first - 1)
	end := uint64(from) << 1
	for _, e := range c.ends[first : first+c.width] {
		b = binary.AppendUvarint(b, e-end)
		end = e &^ 1
	}
	b = append(b, c.data[from:end>>1]...)
	binary.LittleEndian.PutUint64(b[head:], uint64(len(b)-head-sortedHead))
	return b
}

// next fills a chunk with the rows that come next, after rewind.
func (s *sorter) next(c *chunk) error {
	c.reset(s.width)
	for !c.full(sortedRows) && len(s.heap) > 0 {
		first := s.heap[0]
		c.addSorted(first.row, first.line)
		s.read += int64(sortedHead + len(first.row))
		s.count++
		switch err := first.next(); err {
		case nil:
			heap.Fix(s, 0)
		case io.EOF:
			heap.Pop(s)
		default:
			return err
		}
	}
	c.read, c.count, c.done = s.read, s.count, len(s.heap) == 0
	if c.done && s.read < s.end { // somebody has cut the file
		return io.ErrUnexpectedEOF
	}
	return nil
}

// rewind goes to the first row of all that have been added.
func (s *sorter) rewind() error {
	s.heap, s.read, s.count = slices.Clone(s.runs), 0, 0
	size := max(4<<10, min(sortBlock, sortMemory/max(1, len(s.runs))))
	for _, r := range s.runs {
		r.in = bufio.NewReaderSize(io.NewSectionReader(s.file, r.start, r.end-r.start), size)
		if err := r.next(); err != nil {
			return err
		}
	}
	heap.Init(s)
	return nil
}

// next reads a row. It returns io.EOF after the last.
func (r *run) next() error {
	head, err := r.in.Peek(sortedHead)
	if err != nil {
		return err
	}
	size := int(binary.LittleEndian.Uint64(head))
	r.key = int64(binary.LittleEndian.Uint64(head[8:]))
	r.line = int64(binary.LittleEndian.Uint64(head[16:]))
	r.in.Discard(sortedHead) // which has been read
	r.row = slices.Grow(r.row[:0], size)[:size]
	_, err = io.ReadFull(r.in, r.row)
	return err
}

// The runs that have rows left are a heap by the key of their row.

func (s *sorter) Len() int { return len(s.heap) }

func (s *sorter) Less(i, j int) bool {
	a, b := s.heap[i], s.heap[j]
	return a.key < b.key || a.key == b.key && a.number < b.number
}

func (s *sorter) Swap(i, j int) { s.heap[i], s.heap[j] = s.heap[j], s.heap[i] }

func (s *sorter) Push(any) {} // all are there from the start

func (s *sorter) Pop() any {
	s.heap = s.heap[:len(s.heap)-1]
	return nil
}
