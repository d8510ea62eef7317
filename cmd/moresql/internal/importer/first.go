package importer

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// A table that has no rows needs no comparison with them. What is staged for it is inserted by one
// statement. Better than that, a row whose key is an integer above all before it is certainly new,
// and written to the table at once. Only the others are staged, to be merged at the end. If the
// first rows are in no order, all are sorted before any is written, in less time than the database
// takes for it.

// An ascent is the part of a transaction whose rows are written to the table at once.
type ascent struct {
	open    bool  // the next row may be such a one
	key     int   // the index of the column
	highest int64 // the key of the last that was written, if there is one
	written int64 // how many were

	// Of a chunk: rows with their keys, rows to stage, and those that have the key of another one in
	// rows, which counts.
	rows, others, repeated []int
	keys                   []int64
}

// ascend begins an ascent if the rows of a transaction may have one. With a file for the rows that
// are refused it cannot, since the row that counts may be one of these: then its key has none.
func (w *writer) ascend(ctx context.Context) error {
	w.ascent.open = false
	if w.merge == nil || w.merge.fresh == "" || w.target.staged || len(w.Key) != 1 ||
		w.rejects.open != nil ||
		w.Existing == Update && !w.relation.Rights.May(catalog.MayUpdate) {
		return nil
	}
	key := indexOf(w.columns, w.Key[0])
	if !w.columns[key].integer {
		return nil
	}
	fresh, err := w.isFresh(ctx)
	w.ascent = ascent{open: fresh, key: key}
	return err
}

// isFresh reports whether the table has no rows, and nothing that interferes with INSERT.
func (w *writer) isFresh(ctx context.Context) (fresh bool, err error) {
	err = w.conn.QueryRowContext(ctx, fmt.Sprintf(w.merge.fresh, w.table), w.table).Scan(&fresh)
	return fresh, err
}

// sort keeps a chunk to be sorted, if the rows may have an ascent and do not ascend by themselves.
// It reports false if the chunk is to be written as it is. Of batches only the first has an empty
// table.
func (w *writer) sort(ctx context.Context, c *chunk) (sorted bool, err error) {
	a := &w.ascent
	if w.sorter == nil {
		if !a.open || a.written > 0 || w.Batch > 0 || a.split(c, w.Existing == Update) {
			return false, nil
		}
		if w.sorter, err = newSorter(c.width, a.key); err != nil {
			return false, nil // the database can sort as well
		}
	}
	if w.sorter.add(c) == nil {
		return true, nil
	}
	a.open = false // all are staged, the sorted ones too
	return false, w.putSorted(ctx)
}

// putSorted writes the rows that have been sorted. If the table refuses one, all are staged, with
// their lines: which row is to blame depends on the order of the input.
func (w *writer) putSorted(ctx context.Context) error {
	s := w.sorter
	if s == nil {
		return nil
	}
	w.sorter = nil
	defer s.close()
	w.Progress.End()
	if a := &w.ascent; a.open {
		before := w.tally
		err := w.attempt(ctx, func() error {
			return w.drain(ctx, s, func(c *chunk) error {
				done, err := a.write(ctx, w, c)
				if err == nil && !done {
					err = errRefused
				}
				return err
			})
		})
		if err != errRefused {
			return err
		}
		a.open, a.written, w.tally = false, 0, before
	}
	return w.drain(ctx, s, func(c *chunk) error { return w.rows(ctx, c, c.all()) })
}

// drain passes the rows that have been sorted on.
func (w *writer) drain(ctx context.Context, s *sorter, put func(*chunk) error) error {
	if err := s.rewind(); err != nil {
		return unsorted(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	full, ended := readAhead(ctx, s.next)
	defer func() {
		cancel()
		<-ended
	}()
	w.Progress.Begin("writing", s.end)
	for f := range full {
		if f.err != nil {
			return unsorted(f.err)
		}
		if err := put(f.c); err != nil {
			return err
		}
		w.Progress.At(f.c.read, f.c.count)
		if f.c.done {
			return nil
		}
		f.free <- f.c
	}
	return ctx.Err()
}

func unsorted(err error) error {
	return fmt.Errorf("the temporary file of rows that are sorted cannot be read: %w", err)
}

// split finds the rows of a chunk whose keys ascend. It reports false for one of which it can say
// nothing, or in which most rows are in no order: one statement for all is the faster then.
func (a *ascent) split(c *chunk, last bool) bool {
	a.rows, a.others, a.repeated, a.keys = a.rows[:0], a.others[:0], a.repeated[:0], a.keys[:0]
	highest, any := a.highest, a.written > 0
	for row := range c.rows() {
		text, _ := c.value(row, a.key)
		key, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return false
		}
		if !any || key > highest {
			any, highest = true, key
			a.rows, a.keys = append(a.rows, row), append(a.keys, key)
			continue
		}
		at, found := slices.BinarySearch(a.keys, key)
		switch {
		case !found:
			a.others = append(a.others, row)
		case last:
			a.repeated = append(a.repeated, a.rows[at])
			a.rows[at] = row
		default:
			a.repeated = append(a.repeated, row)
		}
	}
	return len(a.rows) >= len(a.others)
}

// write writes a chunk of an ascent. It reports false, and has done nothing, if the table refuses a
// row: from there on all are staged.
func (a *ascent) write(ctx context.Context, w *writer, c *chunk) (done bool, err error) {
	if a.open = a.open && a.split(c, w.Existing == Update); !a.open {
		return false, nil
	}
	var written int64
	err = w.attempt(ctx, func() (err error) {
		if len(a.repeated) > 0 && w.system.judges {
			if err := w.valid(ctx, c, a.repeated); err != nil {
				return err
			}
		}
		if written, err = w.system.load(ctx, w, w.table, c, a.rows, false); err != nil {
			return err
		}
		if len(a.others) == 0 {
			return nil
		}
		_, err = w.system.load(ctx, w, staged, c, a.others, true)
		return err
	})
	switch {
	case err != nil && isRowFault(err):
		a.open = false
		return false, nil
	case err != nil:
		return false, err
	}
	a.written += written
	if n := len(a.keys); n > 0 {
		a.highest = a.keys[n-1]
	}
	w.tally.loaded += int64(c.rows())
	w.tally.staged += int64(len(a.others))
	return true, nil
}

// valid has the database read rows that do not count.
func (w *writer) valid(ctx context.Context, c *chunk, rows []int) error {
	const name = "moresql_valid"
	if err := exec(ctx, w.conn, "SAVEPOINT "+name); err != nil {
		return err
	}
	if _, err := w.system.load(ctx, w, staged, c, rows, true); err != nil {
		return err
	}
	return exec(ctx, w.conn, "ROLLBACK TO SAVEPOINT "+name, "RELEASE SAVEPOINT "+name)
}

// insertFirst inserts the rows that are staged into a table that had none before the transaction.
// It reports false if the table has some or refuses one: then all rows are staged.
func (w *writer) insertFirst(ctx context.Context) (done bool, err error) {
	m := w.merge
	if w.ascent.written > 0 {
		if done, err := w.mergeOthers(ctx); done || err != nil {
			return done, err
		}
	}
	fresh, err := w.isFresh(ctx)
	if err != nil || !fresh {
		return false, err
	}
	var added int64
	err = w.attempt(ctx, func() error {
		added, err = w.changed(ctx, m.insertFrom(m.distinct(m, w.Existing == Update)))
		if err != nil {
			return err
		}
		return w.check(ctx)
	})
	switch {
	case err != nil && isRowFault(err):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, w.countFirst(added)
}

// mergeOthers merges what is staged with what has been written to the table before. Where the table
// refuses that it stages all, since it may be the order of the statements that it refuses.
func (w *writer) mergeOthers(ctx context.Context) (done bool, err error) {
	m, t := w.merge, &w.tally
	added := w.ascent.written
	err = w.attempt(ctx, func() error {
		if t.staged == 0 {
			return nil
		}
		if err := exec(ctx, w.conn, m.analyze); err != nil { // they may be few
			return err
		}
		if _, err := w.changed(ctx, w.winning(m.dedupe(m))); err != nil {
			return err
		}
		if w.Existing == Update && len(m.others) > 0 {
			if _, err := w.changed(ctx, m.update(m)); err != nil {
				return err
			}
		}
		n, err := w.changed(ctx, m.insertNew())
		added += n
		return err
	})
	switch {
	case err != nil && isRowFault(err):
		w.first, w.ascent.written = 0, 0 // the lines of these are not known
		return false, exec(ctx, w.conn, fmt.Sprintf("INSERT INTO %s (%s, %[3]s) SELECT 0, %[3]s FROM %s",
			staged, number, strings.Join(w.names, ", "), w.table), "DELETE FROM "+w.table)
	case err != nil:
		return false, err
	}
	return true, w.countFirst(added)
}

// countFirst counts the rows of a table that had none.
func (w *writer) countFirst(added int64) error {
	t := &w.tally
	t.added, t.again = added, t.loaded-added
	if w.Existing == Fail && !w.DryRun && t.again > 0 {
		return w.conflict(0)
	}
	return nil
}

// changed runs a statement and returns how many rows it has changed.
func (w *writer) changed(ctx context.Context, text string) (int64, error) {
	done, err := w.conn.ExecContext(ctx, text)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
