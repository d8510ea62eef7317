package row

import (
	"io"
	"iter"
)

// Rows is a result on its way from the database: its columns, then each row once. It is not safe
// for concurrent use.
type Rows struct {
	// Shape is the form that an encoder writes: List, or what As has verified.
	Shape Shape

	source   source
	columns  []Column
	kinds    map[string]Kind
	decision *decision // nil where the columns say what they hold
	ahead    ahead
	view     view
	passed   int   // rows that All has passed on
	skipped  int   // result sets; see Skipped
	err      error // what ended the rows of the set: io.EOF, or what went wrong
	ended    bool  // the source is closed after its last set, or by Close
}

// Columns returns the columns of the result, none for a statement that returns nothing. NextSet
// replaces them. They must not be modified.
func (r *Rows) Columns() []Column { return r.columns }

// All ranges over the rows, each once: a second range goes on where the first has stopped. A row is
// valid until the next step. An error comes last, with a zero Row. Without one the result has been
// read to its end, and the database has reported no error after the last row either.
func (r *Rows) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, ok := r.ahead.pop()
			if !ok {
				var err error
				if row, err = r.next(); err == io.EOF {
					return
				} else if err != nil {
					yield(Row{}, err)
					return
				}
			}
			r.passed++
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Passed returns how many rows All has passed on so far, those of all result sets together.
func (r *Rows) Passed() int { return r.passed }

// Skipped returns how many result sets there have been that only the shape Sets passes on, once the
// result has been read to its end, and those of Options.Skipped.
func (r *Rows) Skipped() int { return r.skipped }

// next returns the next row as it is passed on, or io.EOF.
func (r *Rows) next() (Row, error) {
	for {
		row, err := r.read()
		if err != nil || !r.view.active() {
			return row, err
		}
		switch row, err = r.view.pass(row, r.columns); err {
		case nil:
			return row, nil
		case ErrSkip:
		default:
			r.err = err
			return Row{}, err
		}
	}
}

// read returns the next row of the source, or io.EOF. Unless the shape is Sets, the end of the rows
// is that of everything the database sends: an encoder must learn of an error in a later result set
// before it writes its last byte.
func (r *Rows) read() (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	row, err := r.step()
	if err == nil {
		return row, nil
	}
	if err == io.EOF && r.Shape != Sets {
		err = r.end()
	}
	r.err = err
	return Row{}, err
}

// end skips the result sets that are left and closes the source. It returns io.EOF if all went
// well.
func (r *Rows) end() error {
	for {
		more, err := r.source.nextSet()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		columns, err := r.source.columns()
		if err != nil {
			return err
		}
		if len(columns) > 0 {
			r.skipped++
		}
	}
	r.ended = true
	if err := r.source.close(); err != nil {
		return err
	}
	return io.EOF
}

// NextSet goes on to the next result set that has columns, and reports whether there is one. It
// skips the rows of the current set that All has not passed on. An error in them, or one that All
// has returned already, is its error too.
func (r *Rows) NextSet() (bool, error) {
	more, err := r.nextSet()
	if more {
		r.decide()
	}
	return more, err
}

func (r *Rows) nextSet() (bool, error) {
	if r.err != nil && r.err != io.EOF {
		return false, r.err
	}
	r.ahead.drop()
	r.view.meta = 0
	if err := r.decision.failed(); err != nil {
		r.err = err
		return false, err
	}
	r.decision = nil
	for {
		more, err := r.source.nextSet()
		if more && err == nil {
			r.columns, err = r.source.columns()
		}
		if err != nil {
			r.err = err
			return false, err
		}
		if !more {
			return false, nil
		}
		if len(r.columns) > 0 {
			r.err = nil
			r.declare()
			return true, nil
		}
	}
}

// Finish skips what is left of the result, all sets included, and returns the error that ended it,
// also one that All has returned before. A result counts as complete only after a Finish without an
// error: an encoder may have stopped early. What it skips is not passed to the functions of Each.
func (r *Rows) Finish() error {
	r.ahead.drop()
	for r.err == nil {
		_, r.err = r.step()
	}
	if r.err == io.EOF && !r.ended {
		r.err = r.end()
	}
	return r.Err()
}

// Err returns the error that ended the rows, or nil.
func (r *Rows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Ended reports whether the result has been read to its end, or closed: Close has nothing to do
// then. It is false after an error.
func (r *Rows) Ended() bool { return r.ended && r.err == io.EOF }

// Close ends the result and gives its connection back. What is left of the result may be read from
// the connection for that, by the driver. Close may be called at any time, also more than once.
func (r *Rows) Close() error {
	if r.err == nil {
		r.err = io.EOF
	}
	r.ended = true
	return r.source.close()
}
