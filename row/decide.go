package row

import "io"

// How many rows, and bytes of their text, are read ahead at most to decide what columns hold.
const decideRows, decideSize = 1000, 64 << 10

// A decision is what has been read ahead of a result to know the kinds of its columns.
type decision struct {
	rows    []Row
	err     error // comes after the rows; nil if the source goes on
	numbers []int // columns that are declared as BOOLEAN and hold numbers
}

// decide finds out what columns hold of which the declared type is no more than a hint.
//
// BOOLEAN is another name of a small integer in MySQL, and one is stored in SQLite: if a column
// holds other integers than 0 and 1 all of them are numbers, so that one column has one type. A
// column in which they come later than what is read ahead has both. SQLite has no type for times:
// the first one decides whether a column has times with an offset, or days, so that encoders whose
// schema comes first know.
func (r *Rows) decide() {
	r.decision = nil
	undecided := 0
	for i := range r.columns {
		if r.columns[i].hint {
			undecided++
		}
	}
	if undecided == 0 {
		return
	}
	d := new(decision)
	r.decision = d
	for size := 0; undecided > 0 && len(d.rows) < decideRows && size < decideSize; {
		row, err := r.source.next()
		if err != nil {
			d.err = err
			break
		}
		values := r.own(row)
		for i := range r.columns {
			size += len(values[i].data)
			c, kind := &r.columns[i], values[i].Kind()
			if !c.hint || kind == Null || c.Kind == Bool && kind != Int {
				continue
			}
			switch c.hint, undecided = false, undecided-1; {
			case c.Kind == Bool:
				c.Kind = Int
				d.numbers = append(d.numbers, i)
			case kind == TimestampTZ, kind == Timestamp:
				c.Kind = kind
			}
		}
		d.rows = append(d.rows, row.Clone())
	}
}

// own returns the values of a row of the source after its metadata columns.
func (r *Rows) own(row Row) []Value { return row.values[len(row.values)-len(r.columns):] }

// step returns the next row of the source, or io.EOF at the end of the set.
func (r *Rows) step() (row Row, err error) {
	d := r.decision
	switch {
	case d == nil:
		return r.source.next()
	case len(d.rows) > 0:
		row, d.rows = d.rows[0], d.rows[1:]
	case d.err != nil:
		return Row{}, d.err
	default:
		if row, err = r.source.next(); err != nil {
			return row, err
		}
	}
	for _, i := range d.numbers {
		if v := &r.own(row)[i]; v.Kind() == Bool { // read before the column was decided
			*v = intValue(int64(v.num))
		}
	}
	return row, nil
}

// failed returns the error of what has been read ahead and is skipped.
func (d *decision) failed() error {
	if d == nil || d.err == io.EOF {
		return nil
	}
	return d.err
}
