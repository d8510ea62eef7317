package importer

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
)

// rows writes some rows of a chunk in parts, and hands on those that the database refuses.
func (w *writer) rows(ctx context.Context, c *chunk, rows []int) error {
	s := savepoint{w: w}
	var fault *atRow // for which the rows before it are written again
	for len(rows) > 0 {
		n := min(w.parts.size, len(rows))
		var written int64
		err := s.try(ctx, func() (err error) {
			if written, err = w.load(ctx, c, rows[:n]); err == nil && w.routine != nil {
				err = w.check(ctx)
			}
			return err
		})
		switch {
		case err == nil:
			w.took(written, n)
			rows = rows[n:]
		case !isRowFault(err):
			return err
		default:
			fault = w.rowOf(err, n)
			if fault.sure && w.rejects.open == nil {
				return w.refuse(c, rows[fault.row], fault)
			}
			if !fault.sure || fault.row > 0 {
				w.parts.failed(n, fault.row)
				continue
			}
		}
		if fault != nil && fault.sure {
			if err := w.refuse(c, rows[0], fault); err != nil {
				return err
			}
			w.parts.refused()
			rows = rows[1:]
		}
		fault = nil
	}
	return s.release(ctx)
}

// took counts rows that have been written.
func (w *writer) took(written int64, n int) {
	if w.merge == nil {
		w.tally.added += written
	}
	w.tally.loaded += int64(n)
	w.tally.staged += int64(n)
	w.parts.took(n)
}

// A parts says how many of the next rows to write at once. Of a part that is refused smaller ones
// are tried, until the row is found. After that a part has about as many rows as have been written
// since the row before that was refused, and twice as many whenever none is: so what is written in
// vain is in proportion to what is not, whether the refused rows are few, all, or come in bursts.
type parts struct {
	size     int // of the next part
	suspects int // how many of the next rows have one that is refused, 0 if that is not known
	written  int // rows since one was refused
}

func newParts() parts { return parts{size: chunkRows} }

// took is for a part that has been written.
func (p *parts) took(n int) {
	p.written += n
	if p.suspects -= n; p.suspects > 0 {
		p.size = max(p.suspects/2, 1)
		return
	}
	p.suspects, p.size = 0, min(max(p.size, 2*n), chunkRows)
}

// failed is for a part that is refused for the row at an index, or for one that is not known if it
// is negative.
func (p *parts) failed(n, at int) {
	if at < 0 {
		p.suspects, p.size = n, max(n/2, 1)
		return
	}
	p.suspects, p.size = at+1, max(at, 1)
}

// refused is for a row that is refused. Powers of two are few statements where each number of rows
// has its own.
func (p *parts) refused() {
	*p = parts{size: 1 << max(bits.Len(uint(p.written))-1, 0)}
}

// errRefused says that a table has refused a row of those that were to be written at once.
var errRefused = errors.New("a row is refused")

// attempt runs f, and undoes what it has done if it fails.
func (w *writer) attempt(ctx context.Context, f func() error) error {
	s := savepoint{w: w}
	err := s.try(ctx, f)
	if released := s.release(ctx); released != nil && err == nil {
		return released
	}
	return err
}

// A savepoint is where what has failed is undone to. It is set again only after what has not.
type savepoint struct {
	w   *writer
	set bool
}

const part = "moresql_part"

// try runs f, and undoes what it has done if it fails.
func (s *savepoint) try(ctx context.Context, f func() error) error {
	if !s.set {
		if err := exec(ctx, s.w.conn, "SAVEPOINT "+part); err != nil {
			return err
		}
	}
	s.set = true
	err := f()
	switch {
	case err == nil:
		return s.release(ctx)
	case isRowFault(err) || err == errRefused:
		undo := exec(ctx, s.w.conn, "ROLLBACK TO SAVEPOINT "+part)
		if s.set = undo == nil; s.set {
			return err
		}
		if ctx.Err() != nil || isLost(undo) {
			return undo
		}
		return fmt.Errorf("%s: that has ended the transaction, so that nothing more is imported (%s)",
			reasonOf(err), reasonOf(undo)) // no fault of a row, or others would be written without it
	default:
		s.set = false
	}
	return err
}

// release ends it.
func (s *savepoint) release(ctx context.Context) error {
	if !s.set {
		return nil
	}
	s.set = false
	return exec(ctx, s.w.conn, "RELEASE SAVEPOINT "+part)
}
