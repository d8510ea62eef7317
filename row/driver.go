package row

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"

	"github.com/moresql/moresql/internal/quirk"
)

const (
	batchRows = 32       // of a batch, at most, where batches are wanted
	batchSize = 16 << 10 // bytes of text after which a batch takes no further row
)

// A driverSource reads a driver's Rows as database/sql does, without its conversions, and where batches are wanted without locking the
// connection for each row.
type driverSource struct {
	rows driver.Rows
	hold func(func() error) error // runs a function that uses rows, while nobody else has the connection
	ctx  context.Context
	done <-chan struct{} // of ctx

	cols   []Column
	dest   []driver.Value
	most   int // rows of a batch
	batch  []*record
	first  record       // of the batch, and
	only   [1]*record   // the batch, where there is no need for more
	filled int          // how many of the batch are rows of the result
	passed int          // how many of these have been passed on
	refill func() error // fill, made a value once
	scan   scanner      // whose memory is the batch's
	err    error        // what comes after the batch

	closed   bool
	closeErr error // of when it was closed at its end, which nobody has been told yet
}

func newDriverSource(ctx context.Context, rows driver.Rows) *driverSource {
	s := &driverSource{rows: rows, ctx: ctx, done: ctx.Done(), most: 1}
	s.hold = func(f func() error) error { return f() } // as long as whoever calls has it
	s.refill = s.fill
	return s
}

func (s *driverSource) columns() ([]Column, error) {
	err := s.hold(s.plan)
	return s.cols, err
}

func (s *driverSource) plan() error {
	names := s.rows.Columns()
	typeNames, _ := s.rows.(driver.RowsColumnTypeDatabaseTypeName)
	scanTypes, _ := s.rows.(driver.RowsColumnTypeScanType)
	postgreSQL := quirk.IsPostgreSQL(s.rows)
	s.cols, s.dest = make([]Column, len(names)), make([]driver.Value, len(names))
	s.batch, s.filled, s.passed = nil, 0, 0
	for i, name := range names {
		var typeName string
		if typeNames != nil {
			typeName = typeNames.ColumnTypeDatabaseTypeName(i)
		}
		c := columnOf(name, typeName, func() reflect.Type {
			if scanTypes == nil {
				return reflect.TypeFor[any]()
			}
			return scanTypes.ColumnTypeScanType(i)
		})
		switch c.DatabaseType {
		case "NUMERIC", "JSON", "JSONB":
			c.checked = postgreSQL
		case "TINYINT":
			if quirk.IsMySQLBoolean(s.rows, i) {
				c.Kind = Bool
			}
		}
		s.cols[i] = c
	}
	return nil
}

func (s *driverSource) next() (Row, error) {
	if s.passed == s.filled && s.err == nil {
		if err := s.hold(s.refill); err != nil {
			s.err = err
		}
	}
	select {
	case <-s.done: // what has been read ahead is not wanted any more
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
	for size := 0; s.filled < s.most && size < batchSize; s.filled++ {
		if s.step() != nil {
			break
		}
		if s.filled == len(s.batch) {
			s.grow()
		}
		values := s.batch[s.filled].values
		for i := range values {
			v := s.scan.value(s.dest[i], &s.cols[i])
			if s.scan.err != nil {
				s.err = fmt.Errorf("column %q: %w", s.cols[i].Name, s.scan.err)
				return nil
			}
			size += len(v.data)
			values[i] = v
		}
	}
	if s.err == io.EOF && s.following() == nil {
		s.closed, s.closeErr = true, s.rows.Close()
	}
	return nil
}

// following returns the rows if there is a set after this one, which has been read.
func (s *driverSource) following() driver.RowsNextResultSet {
	if sets, ok := s.rows.(driver.RowsNextResultSet); ok && sets.HasNextResultSet() {
		return sets
	}
	return nil
}

// grow makes room for twice as many rows: most results have few.
func (s *driverSource) grow() {
	n, width := len(s.batch), len(s.cols)
	if n == 0 {
		s.first = record{s.cols, make([]Value, width)}
		s.batch = append(s.only[:0], &s.first)
		return
	}
	records, values := make([]record, n), make([]Value, n*width)
	for i := range records {
		records[i] = record{s.cols, values[i*width : (i+1)*width : (i+1)*width]}
		s.batch = append(s.batch, &records[i])
	}
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

func (s *driverSource) nextSet() (more bool, err error) {
	if s.closed {
		return false, nil
	}
	s.filled, s.passed = 0, 0
	err = s.hold(func() error {
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
		more, s.err = true, nil
		s.dest = make([]driver.Value, len(s.rows.Columns())) // also for a set that is only passed over
		return nil
	})
	return more, err
}

func (s *driverSource) close() error {
	if s.closed {
		err := s.closeErr
		s.closeErr = nil
		return err
	}
	s.closed = true
	s.filled, s.passed = 0, 0
	if s.err == nil {
		s.err = io.EOF
	}
	return s.hold(s.rows.Close)
}
