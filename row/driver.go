package row

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/moresql/moresql/internal/quirk"
)

const (
	batchRows = 32       // the most rows of a batch
	batchSize = 16 << 10 // bytes of text after which a batch takes no further row

	// lentSize is from how many bytes a value stays in the memory of the driver, which leaves it alone
	// until the next row: none follows in the batch. Smaller ones may be where a driver writes what is
	// sent meanwhile, such as the closing of a statement.
	lentSize = 1 << 20
)

// A driverSource reads a driver's Rows as database/sql does, without its conversions, and in
// batches without locking the connection for each row.
type driverSource struct {
	rows driver.Rows
	raw  RawRows                  // rows, nil if they are not that
	hold func(func() error) error // runs a function that uses rows, with the connection locked
	ctx  context.Context
	done <-chan struct{} // of ctx

	cols   []Column
	dest   []driver.Value
	sent   [][]byte   // in place of dest, of raw
	batch  []*record  // memory of rows, used again for each batch
	first  record     // batch[0]
	only   [1]*record // the memory of batch, as long as it has one row
	filled int        // rows of the batch that hold a row of the result
	passed int        // rows of these that have been passed on
	scan   scanner    // holds the memory of the batch's values
	err    error      // comes after the batch

	// A function value is allocated, so there is one for all that hold runs.
	work func() error
	task func(*driverSource) error // what it does
	more bool                      // of skip

	batches bool // rows are read several at a time
	ended   bool // the driver has reported the end of the set, whatever err says
	closed  bool

	// The memory of dest and of the first row, if there are few columns.
	fewDest   [4]driver.Value
	fewValues [4]Value
}

// few returns the first n elements of memory, or n new ones if it has fewer.
func few[T any](memory []T, n int) []T {
	if n > len(memory) {
		return make([]T, n)
	}
	return memory[:n:n]
}

// A driverRows is a source and the Rows that read it, which are made together.
type driverRows struct {
	rows   Rows
	source driverSource
}

func newDriverRows(ctx context.Context, rows driver.Rows) *driverRows {
	made := &driverRows{source: driverSource{
		rows: rows, ctx: ctx, done: ctx.Done(), scan: scanner{lends: true},
	}}
	s := &made.source
	s.raw, _ = rows.(RawRows)
	s.hold = func(f func() error) error { return f() } // during ScanDriver
	s.work = func() error { return s.task(s) }
	return made
}

// do runs a task that uses the driver's rows.
func (s *driverSource) do(task func(*driverSource) error) error {
	s.task = task
	return s.hold(s.work)
}

func (s *driverSource) columns() ([]Column, error) {
	err := s.do((*driverSource).plan)
	return s.cols, err
}

// plan makes the columns of the current set, and the memory for its rows.
func (s *driverSource) plan() error {
	s.batch, s.filled, s.passed = nil, 0, 0
	var kept *any
	if statement, ok := s.raw.(KeptRows); ok {
		kept = statement.Kept()
	}
	if err := s.describe(kept); err != nil {
		return err
	}
	s.dest = few(s.fewDest[:], len(s.cols))
	for i := range s.cols {
		if c := &s.cols[i]; c.Kind == TimestampTZ { // the session may have another one by now
			c.zone = quirk.SessionZone(s.rows)
		}
	}
	return nil
}

// describe makes the columns of what the driver says of them, or of what is kept of that. They are
// not what is kept itself, since the options of a result change them.
func (s *driverSource) describe(kept *any) error {
	if kept != nil {
		if cols, ok := (*kept).([]Column); ok {
			s.cols = slices.Clone(cols)
			return nil
		}
	}
	names := s.rows.Columns()
	typeNames, _ := s.rows.(driver.RowsColumnTypeDatabaseTypeName)
	scanTypes, _ := s.rows.(driver.RowsColumnTypeScanType)
	s.cols = make([]Column, len(names))
	for i, name := range names {
		var typeName string
		if typeNames != nil {
			typeName = typeNames.ColumnTypeDatabaseTypeName(i)
		}
		s.cols[i] = columnOf(name, typeName, func() reflect.Type {
			if scanTypes == nil {
				return reflect.TypeFor[any]()
			}
			return scanTypes.ColumnTypeScanType(i)
		})
		if s.raw != nil {
			s.cols[i].raw = rawFormatOf(s.cols[i].DatabaseType, s.raw.Binary(i))
		}
	}
	err := refine(s.cols, s.rows)
	if err == nil && kept != nil {
		*kept = slices.Clone(s.cols)
	}
	return err
}

func (s *driverSource) next() (Row, error) {
	if s.passed == s.filled && s.err == nil {
		if err := s.do((*driverSource).fill); err != nil {
			s.err = err
		}
	}
	select {
	case <-s.done: // rows that have been read before are not wanted any more
		if s.err == nil || s.err == io.EOF && s.passed < s.filled {
			s.err = s.ctx.Err()
		}
		s.passed = s.filled
	default:
	}
	if s.passed == s.filled {
		return Row{}, s.err
	}
	s.passed++
	return Row{s.batch[s.passed-1]}, nil
}

func (s *driverSource) keeps() bool { return s.passed < s.filled || s.err != nil }

// fill reads the next batch.
func (s *driverSource) fill() error {
	s.filled, s.passed, s.scan.made = 0, 0, s.scan.made[:0]
	most := 1
	if s.batches {
		most = batchRows
	}
	for size := 0; s.filled < most && size < batchSize; s.filled++ {
		if s.step() != nil {
			break
		}
		if s.filled == len(s.batch) {
			s.grow()
		}
		values := s.batch[s.filled].values
		s.scan.lent = false
		made := len(s.scan.made)
		if size += s.read(values); s.err != nil {
			return nil
		}
		s.batch[s.filled].stays = !s.scan.lent && len(s.scan.made) == made
		if size >= batchSize {
			clear(s.dest) // the driver's memory is free when the row is
		}
	}
	if s.err == io.EOF && s.following() == nil {
		s.closed = true
		s.err = cmp.Or(s.rows.Close(), s.err)
	}
	return nil
}

// read makes the values of the driver's row, and returns how many bytes of text they have.
func (s *driverSource) read(values []Value) (size int) {
	if s.raw != nil {
		return s.readRaw(values)
	}
	for i := range values {
		v := s.scan.value(s.dest[i], &s.cols[i])
		if s.scan.err != nil {
			s.err = fmt.Errorf("column %q: %w", s.cols[i].Name, s.scan.err)
			return size
		}
		size += len(v.data)
		values[i] = v
	}
	return size
}

// following returns the driver's rows if there is a set after the current one, which must have been
// read to its end; otherwise nil.
func (s *driverSource) following() driver.RowsNextResultSet {
	if sets, ok := s.rows.(driver.RowsNextResultSet); ok && sets.HasNextResultSet() {
		return sets
	}
	return nil
}

// grow doubles the batch. It begins with one row, since most results have few.
func (s *driverSource) grow() {
	n, width := len(s.batch), len(s.cols)
	if n == 0 {
		s.first = record{columns: s.cols, values: few(s.fewValues[:], width)}
		s.batch = append(s.only[:0], &s.first)
		return
	}
	records, values := make([]record, n), make([]Value, n*width)
	for i := range records {
		records[i] = record{columns: s.cols, values: values[i*width : (i+1)*width : (i+1)*width]}
		s.batch = append(s.batch, &records[i])
	}
}

// step reads the next row of the set into dest, unless the context is done.
func (s *driverSource) step() error {
	if s.err == nil {
		select {
		case <-s.done:
			s.err = s.ctx.Err()
		default:
			s.err = s.advance()
		}
	}
	return s.err
}

// advance has the driver go on to the next row.
func (s *driverSource) advance() (err error) {
	if s.raw == nil {
		err = s.rows.Next(s.dest)
	} else if s.sent, err = s.raw.NextRaw(); err == nil && len(s.sent) != len(s.dest) {
		err = fmt.Errorf("the driver returned %d values for %d columns", len(s.sent), len(s.dest))
	}
	s.ended = err == io.EOF
	return err
}

func (s *driverSource) nextSet() (bool, error) {
	if s.closed {
		return false, nil
	}
	s.filled, s.passed, s.more = 0, 0, false
	err := s.do((*driverSource).skip)
	return s.more, err
}

// skip reads the current set to its end, and goes on to the next one if there is more.
func (s *driverSource) skip() error {
	for s.step() == nil {
	}
	if s.err != io.EOF {
		return s.err
	}
	sets := s.following()
	if sets == nil {
		return nil
	}
	if err := sets.NextResultSet(); err == io.EOF {
		return nil
	} else if err != nil {
		s.err = err
		return err
	}
	s.more, s.ended, s.err = true, false, nil
	s.dest = few(s.fewDest[:], len(s.rows.Columns())) // also for a set that is skipped
	return nil
}

func (s *driverSource) close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	s.filled, s.passed = 0, 0
	if s.err == nil {
		s.err = io.EOF
	}
	return s.do(func(s *driverSource) error {
		quirk.Drain(s.rows, s.ended)
		return s.rows.Close()
	})
}
