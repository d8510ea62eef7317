package row

import (
	"io"
	"iter"
)

// Rows is a result on its way: its columns, then each row once. It is not for concurrent use.
type Rows struct {
	// Shape is what an encoder is to write: List, or what As has made sure of.
	Shape Shape

	source  source
	columns []Column
	kinds   map[string]Kind
	ahead   []Row  // rows read by readAhead that All has not passed on
	room    [2]Row // for these, as long as there are few
	cloned  int    // how many of these are in memory of their own
	err     error  // what ended the rows: io.EOF, or what went wrong
	view    view
	passed  int          // rows that All has passed on
	last    func() error // what Finish does at the end
}

// Columns returns the columns of the result, none for a statement that returns nothing. It must not be modified.
func (r *Rows) Columns() []Column { return r.columns }

// readAhead reads up to n rows before All passes them on, and returns how many there are. They stay
// in memory until then.
func (r *Rows) readAhead(n int) (int, error) {
	if r.ahead == nil {
		r.ahead = r.room[:0]
	}
	for len(r.ahead) < n {
		if !r.source.keeps() || r.view.active() {
			for i := range r.ahead[r.cloned:] {
				r.ahead[r.cloned+i] = r.ahead[r.cloned+i].Clone()
			}
			r.cloned = len(r.ahead)
		}
		row, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return len(r.ahead), err
		}
		r.ahead = append(r.ahead, row)
	}
	return len(r.ahead), nil
}

// All ranges over the rows, once. A row is good until the next step. An error comes last, with a zero Row; when there
// is none the result has been read to its end, and what the database had to say afterwards was no error.
func (r *Rows) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for len(r.ahead) > 0 {
			row := r.ahead[0]
			r.ahead, r.cloned = r.ahead[1:], max(r.cloned-1, 0)
			r.passed++
			if !yield(row, nil) {
				return
			}
		}
		for {
			row, err := r.next()
			if err == io.EOF {
				return
			}
			r.passed++
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Passed returns how many rows All has passed on so far.
func (r *Rows) Passed() int { return r.passed }

// next returns the next row, io.EOF at the end.
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

// read returns the next row of the source.
func (r *Rows) read() (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	row, err := r.source.next()
	if err == nil {
		return row, nil
	}
	return Row{}, r.end(err)
}

// end returns what ends the rows, when a set has ended with err. But for Sets, the end is that of everything the database sends: errors
// of later result sets are found before an encoder writes its last byte.
func (r *Rows) end(err error) error {
	for more := err == io.EOF && r.Shape != Sets; more; {
		var e error
		if more, e = r.source.nextSet(); e != nil {
			more, err = false, e
		}
	}
	if err == io.EOF && r.Shape != Sets {
		if e := r.source.close(); e != nil {
			err = e
		}
	}
	r.err = err
	return err
}

// NextSet goes on to the next result set that has columns, and reports whether there is one. What All has not
// passed on of the set before it is passed over.
func (r *Rows) NextSet() (bool, error) {
	if r.err != nil && r.err != io.EOF {
		return false, r.err
	}
	r.ahead, r.cloned, r.view.meta = nil, 0, 0
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

// Finish reads what is left of the result, to the end of everything the database sends, and returns the error that ended it, one
// that All has passed on already too. Then comes what AtEnd was given, if it is the first time.
func (r *Rows) Finish() error {
	if r.Shape == Sets && r.err == io.EOF { // of a set
		r.err = nil
	}
	r.Shape, r.ahead, r.cloned = List, nil, 0
	for {
		if _, err := r.read(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if last := r.last; last != nil {
		r.last = nil
		if err := last(); err != nil {
			r.err = err
			return err
		}
	}
	return nil
}

// AtEnd has Finish call f when everything has been read without an error, to commit a transaction for instance. An error of f is one of the
// rows.
func (r *Rows) AtEnd(f func() error) { r.last = f }

// Err returns the error that ended the rows, nil as long as there is none.
func (r *Rows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Ended reports whether nothing is left of the result.
func (r *Rows) Ended() bool { return r.err == io.EOF && r.Shape != Sets }

// Close ends the result and gives its connection back. It may be called at any time, and again.
func (r *Rows) Close() error {
	if r.err == nil {
		r.err = io.EOF
	}
	return r.source.close()
}
