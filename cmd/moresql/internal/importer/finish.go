package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// finish merges what is staged and ends the transaction after a chunk.
func (w *writer) finish(ctx context.Context, c *chunk) error {
	var identical int64
	if w.merge != nil {
		there, err := w.mergeStaged(ctx)
		if err != nil {
			return err
		}
		identical = there
	}
	var has int64
	if err := w.countReplaceable(ctx, &has); err != nil {
		return err
	}
	if w.DryRun {
		if err := w.checkDeferred(ctx); err != nil {
			return err
		}
	} else if err := w.keepPosition(ctx, c); err != nil {
		return err
	}
	end := "COMMIT"
	if w.DryRun {
		end = "ROLLBACK"
	}
	if err := exec(ctx, w.conn, end); err != nil {
		text := "the transaction cannot be committed: " + reasonOf(err)
		if w.rejects.open != nil && isRowFault(err) {
			text += ": what is checked only then names no row for -rejects, and all of them are undone"
		}
		return errors.New(text)
	}
	w.inside = false
	r := w.result
	r.New += w.tally.added
	r.Changed += w.tally.changed
	r.Again += w.tally.again
	if w.merge == nil {
		w.tally.left = w.tally.loaded - w.tally.added
	}
	r.LeftOut += w.tally.left
	r.Identical += identical
	if w.mayReplace {
		r.Replaced += w.had + w.tally.added - has
	}
	w.position = c.last
	if w.merge != nil && w.system.sweep != "" {
		return exec(ctx, w.conn, w.system.sweep)
	}
	return nil
}

// checkDeferred checks in a dry run what a commit checks.
func (w *writer) checkDeferred(ctx context.Context) error {
	if w.system.judges {
		if err := exec(ctx, w.conn, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return errors.New(reasonOf(err))
		}
	}
	var broken int64
	if err := w.countBroken(ctx, &broken); err != nil {
		return err
	}
	if broken > w.broken {
		return fmt.Errorf("the transaction could not be committed: %d rows of %s would refer to rows "+
			"that are not there", broken-w.broken, w.target.name)
	}
	return nil
}

// countBroken counts in a dry run the rows that refer to none, where a deferred constraint may have
// let them.
func (w *writer) countBroken(ctx context.Context, n *int64) error {
	if !w.DryRun || w.system.broken == "" || w.relation == nil {
		return nil
	}
	return w.conn.QueryRowContext(ctx, w.system.broken, w.relation.Name).Scan(n)
}

// countReplaceable counts the rows of a table whose conflict clauses may replace some.
func (w *writer) countReplaceable(ctx context.Context, n *int64) error {
	if !w.mayReplace {
		return nil
	}
	return w.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+w.table).Scan(n)
}

// mergeStaged brings the staged rows into the table, and returns how many of them it has already
// with the same values.
func (w *writer) mergeStaged(ctx context.Context) (identical int64, err error) {
	m, t := w.merge, &w.tally
	if t.loaded == 0 {
		return 0, nil
	}
	if len(m.keys) == 0 {
		err := w.apply(ctx, step{m.insertNew(), &t.added})
		t.left = t.loaded - t.refused - t.added
		return 0, err
	}
	if m.fresh != "" {
		if done, err := w.insertFirst(ctx); done || err != nil {
			return 0, err
		}
	}
	if t.loaded > 1000 {
		if err := exec(ctx, w.conn, m.analyze); err != nil {
			return 0, err
		}
	}
	if err := w.dedupe(ctx); err != nil {
		return 0, err
	}
	update := w.Existing == Update
	count := !update || w.DryRun
	if !count {
		if count, err = w.isMeddled(ctx); err != nil {
			return 0, err
		}
	}
	var there int64
	if count {
		if there, t.changed, err = m.count(ctx, w.conn); err != nil {
			return 0, err
		}
		identical = there - t.changed
	}
	if !update || w.DryRun {
		if err := w.showDifferences(ctx); err != nil {
			return 0, err
		}
	}
	if w.Existing == Fail && !w.DryRun && there+t.again > 0 {
		return 0, w.conflict(there)
	}
	var together []step // that are checked as a whole
	if update && len(m.others) > 0 {
		t.changed = 0
		if together = []step{{m.update(m), &t.changed}}; w.checkNow == nil {
			if err := w.apply(ctx, together...); err != nil {
				return 0, err
			}
			together = nil
		}
	}
	if err := w.apply(ctx, append(together, step{m.insertNew(), &t.added})...); err != nil {
		return 0, err
	}
	rest := t.loaded - t.again - t.refused - t.added - t.changed
	if !count {
		return rest, nil
	}
	identical = max(0, min(identical, rest)) // the others have been replaced, and are new
	t.left = rest - identical
	return identical, nil
}

// isMeddled reports whether a row that differs from the table's may stay as it is.
func (w *writer) isMeddled(ctx context.Context) (meddled bool, err error) {
	err = w.conn.QueryRowContext(ctx, w.system.meddled, w.relation.Schema,
		w.relation.Name).Scan(&meddled)
	return meddled, err
}

// dedupe leaves one of the staged rows with the same key.
func (w *writer) dedupe(ctx context.Context) (err error) {
	w.tally.again, err = w.changed(ctx, w.winning(w.merge.dedupe(w.merge)))
	return err
}

// winning has the first of several rows with the same key win where that is what is to be done.
func (w *writer) winning(dedupe string) string {
	if w.Existing == Update {
		return dedupe
	}
	return firstWins(dedupe)
}

// A step is a statement on staged rows, which counts those that it has changed.
type step struct {
	text  string
	count *int64
}

// apply runs statements on the staged rows. If the database refuses one, it runs them on those of
// some lines after those of others. What they do is checked as a whole where constraints are.
func (w *writer) apply(ctx context.Context, steps ...step) error {
	s := savepoint{w: w}
	run := func(lines string) error {
		counts := make([]int64, len(steps))
		err := s.try(ctx, func() (err error) {
			for i := 0; i < len(steps) && err == nil; i++ {
				counts[i], err = w.applied(ctx, steps[i].text+lines)
			}
			if err != nil {
				return err
			}
			return w.check(ctx)
		})
		for i := 0; i < len(steps) && err == nil; i++ {
			*steps[i].count += counts[i]
		}
		return err
	}
	err := run("")
	switch {
	case err == nil:
		return nil
	case stateOf(err) == "428C9": // generated_always
		return fmt.Errorf("%s: leave it out by -map COLUMN=", reasonOf(err))
	case !isRowFault(err):
		return err
	}
	if err := s.release(ctx); err != nil { // or the index would be undone
		return err
	}
	if err := exec(ctx, w.conn, w.system.index); err != nil {
		return err
	}
	var p parts
	p.failed(int(w.last-w.first)+1, -1)
	for line := w.first - 1; line < w.last; {
		n := min(p.size, int(w.last-line))
		switch err := run(between(line, line+int64(n))); {
		case err == nil:
			p.took(n)
			line += int64(n)
		case !isRowFault(err):
			return err
		case n > 1:
			p.failed(n, -1)
		default:
			line++
			if err := w.refuseStaged(ctx, line, err); err != nil {
				return err
			}
			p.refused()
		}
	}
	return s.release(ctx)
}

// check has constraints checked that would be at the commit, where the rows that one refuses are
// to be found, and what follows at the commit again.
func (w *writer) check(ctx context.Context) error {
	return exec(ctx, w.conn, w.checkNow...)
}

// applied runs a statement on the table and returns how many rows it has changed.
func (w *writer) applied(ctx context.Context, text string) (n int64, err error) {
	if w.relation.Kind != catalog.View || w.system.returned == "" {
		return w.changed(ctx, text)
	}
	rows, err := w.conn.QueryContext(ctx, text+w.system.returned)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

// refuseStaged hands on a staged row that the database refuses.
func (w *writer) refuseStaged(ctx context.Context, line int64, cause error) error {
	values := make([]sql.NullString, len(w.names))
	into := make([]any, len(values))
	list := make([]string, len(values))
	for i, name := range w.names {
		into[i], list[i] = &values[i], w.system.textOf(w.columns[i], name)
	}
	err := w.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s = %d",
		strings.Join(list, ", "), staged, number, line)).Scan(into...)
	if err != nil {
		return err
	}
	w.tally.refused++
	return w.rejects.add(refusedValues(w.unit, line, reasonOf(cause), cause, values))
}

func refusedValues(unit string, line int64, reason string, err error, values []sql.NullString,
) *refused {
	row := &refused{stored: true}
	row.RowError = RowError{Unit: unit, Line: line, Reason: reason, Err: err}
	for _, v := range values {
		row.values = append(row.values, field{text: []byte(v.String)})
		row.nulls = append(row.nulls, !v.Valid)
	}
	return row
}

// showDifferences keeps the first rows that differ from the table's, and writes all of them to the
// file of rejects if they are to be reported.
func (w *writer) showDifferences(ctx context.Context) error {
	most := shown - len(w.result.Differences)
	report := w.Existing == Report && w.rejects.open != nil
	if report {
		most = -1
	}
	return w.merge.differences(ctx, w.conn, w.columns, most, func(d Difference) error {
		if len(w.result.Differences) < shown {
			w.result.Differences = append(w.result.Differences, d)
		}
		if !report {
			return nil
		}
		return w.rejects.add(refusedValues(w.unit, d.Line, "the table has other values: "+d.changes(),
			nil, d.values))
	})
}

// conflict says what the table has already.
func (w *writer) conflict(there int64) error {
	text := fmt.Sprintf("%d rows of the input are in %s already, %d of them with other values, "+
		"and %d repeat the key of another row", there, w.target.name, w.tally.changed, w.tally.again)
	for _, d := range w.result.Differences {
		text += fmt.Sprintf("; %s %s", w.unit, d)
	}
	return errors.New(text + "; nothing is imported: choose -existing skip, update or report")
}

// String returns the line, the key and what differs.
func (d Difference) String() string {
	return fmt.Sprintf("%d, key %s: %s", d.Line, strings.Join(d.Key, ", "), d.changes())
}

func (d Difference) changes() string {
	list := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		list[i] = fmt.Sprintf("%s %s → %s", c.Column, shownValue(c.Old), shownValue(c.New))
	}
	return strings.Join(list, ", ")
}

func shownValue(v sql.NullString) string {
	if !v.Valid {
		return "NULL"
	}
	return quote([]byte(v.String))
}
