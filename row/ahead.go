package row

import "io"

// ahead holds rows that have been read before All passes them on.
type ahead struct {
	rows  []Row
	array [2]Row // the memory of rows, as long as no more are needed: As reads two
}

// readAhead reads until n rows are held, and returns how many are: fewer where the rows end.
func (r *Rows) readAhead(n int) (int, error) {
	a := &r.ahead
	if a.rows == nil {
		a.rows = a.array[:0]
	}
	for len(a.rows) < n {
		if !r.source.keeps() || r.view.active() {
			a.clone()
		}
		row, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return len(a.rows), err
		}
		a.rows = append(a.rows, row)
	}
	return len(a.rows), nil
}

// clone moves the rows to memory of their own, before the next step of the source ends their life.
func (a *ahead) clone() {
	for i, row := range a.rows {
		a.rows[i] = row.Clone()
	}
}

// pop returns the first row, if there is one, and removes it.
func (a *ahead) pop() (Row, bool) {
	if len(a.rows) == 0 {
		return Row{}, false
	}
	row := a.rows[0]
	a.rows = a.rows[1:]
	return row, true
}

func (a *ahead) drop() { a.rows = nil }
