package importer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// A writer writes the rows of a job on one connection.
type writer struct {
	*job
	conn  *sql.Conn
	names []string // of the columns, as SQL
	merge *merge   // nil if rows are written to the table at once
	kept  map[string]*sql.Stmt

	inside      bool  // a transaction
	tally       tally // of the transaction
	ascent      ascent
	parts       parts
	sorter      *sorter // nil unless rows are sorted before they are written
	first, last int64   // lines that are staged
	position    int64   // the line up to which all is committed
	broken      int64   // rows of the table that referred to none before the transaction
	mayReplace  bool    // the table may remove rows for others
	had         int64   // rows of the table before the transaction, if it may
}

// A tally counts the rows of a transaction.
type tally struct{ loaded, staged, added, changed, again, left, refused int64 }

// write reads the input after a line and writes its rows.
func (j *job) write(ctx context.Context, position int64) error {
	conn, err := j.Database.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	w := &writer{job: j, conn: conn, position: position, kept: map[string]*sql.Stmt{},
		parts: newParts()}
	defer w.close(context.WithoutCancel(ctx))
	if err := w.prepare(ctx); err != nil {
		return err
	}
	in, err := j.open(j.rejects.add)
	if err != nil {
		return err
	}
	defer in.close()
	in.from, in.batch = position, j.Batch
	if j.DryRun {
		in.batch = 0
	}
	j.Progress.Begin("importing", in.size)
	defer j.Progress.End()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	full, ended := readAhead(ctx, in.next)
	defer func() { // the reader must not outlive its input
		cancel()
		<-ended
	}()
	return w.all(ctx, full)
}

// all writes the chunks that arrive.
func (w *writer) all(ctx context.Context, full <-chan filled) error {
	for f := range full {
		if f.err != nil {
			return f.err
		}
		w.result.Read = f.c.count
		if err := w.chunk(ctx, f.c); err != nil {
			return err
		}
		done := f.c.done
		w.Progress.At(f.c.read, f.c.count)
		f.free <- f.c
		if done {
			w.result.Refused = w.rejects.count
			return w.rejects.close()
		}
	}
	return ctx.Err()
}

// A filled is a chunk that has been read, and where it goes when it has been written.
type filled struct {
	c    *chunk
	free chan<- *chunk
	err  error
}

// readAhead reads a chunk while another is written.
func readAhead(ctx context.Context, next func(*chunk) error) (
	full <-chan filled, ended <-chan struct{},
) {
	free, out, end := make(chan *chunk, 2), make(chan filled), make(chan struct{})
	free <- new(chunk)
	free <- new(chunk)
	go func() {
		defer close(end)
		defer close(out)
		for {
			select {
			case c := <-free:
				err := next(c)
				select {
				case out <- filled{c, free, err}:
				case <-ctx.Done():
					return
				}
				if err != nil || c.done {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, end
}

// prepare readies the connection, and the table of staged rows if they are needed.
func (w *writer) prepare(ctx context.Context) error {
	var keys, others []string
	for _, c := range w.columns {
		name := w.system.ident(c.name)
		w.names = append(w.names, name)
		if c.key {
			keys = append(keys, name)
		} else {
			others = append(others, name)
		}
	}
	if err := exec(ctx, w.conn, w.system.setup...); err != nil {
		return err
	}
	if w.relation != nil && w.system.replaces != "" {
		err := w.conn.QueryRowContext(ctx, w.system.replaces, w.relation.Name).Scan(&w.mayReplace)
		if err != nil {
			return err
		}
	}
	if len(keys) == 0 && !w.target.staged {
		return nil
	}
	w.merge = &merge{
		system: w.system, table: w.table, keys: keys, others: others, names: w.names,
	}
	if err := w.merge.collate(ctx, w.conn, w.relation.Name); err != nil {
		return err
	}
	return exec(ctx, w.conn, fmt.Sprintf(w.system.stage, strings.Join(w.names, ", "), w.table))
}

// close undoes what has not been committed.
func (w *writer) close(ctx context.Context) {
	for _, s := range w.kept {
		s.Close()
	}
	if w.sorter != nil {
		w.sorter.close()
	}
	if w.inside {
		w.conn.ExecContext(ctx, "ROLLBACK")
	}
	if w.merge != nil {
		w.conn.ExecContext(ctx, "DROP TABLE "+staged)
	}
}

// prepared returns a statement that inserts n rows, and keeps it.
func (w *writer) prepared(ctx context.Context, table string, n int, numbered bool) (
	*sql.Stmt, error,
) {
	names := w.names
	if numbered {
		names = append([]string{number}, names...)
	}
	text := insertText(table, names, n)
	if s := w.kept[text]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, text)
	if err == nil && n > 1 { // the last rows of chunks are of any number
		if len(w.kept) > 20 {
			for other, s := range w.kept {
				s.Close()
				delete(w.kept, other)
			}
		}
	}
	if err == nil {
		w.kept[text] = s
	}
	return s, err
}

// chunk writes a chunk, and ends the transaction if that ends with it.
func (w *writer) chunk(ctx context.Context, c *chunk) error {
	if !w.inside {
		if err := exec(ctx, w.conn, w.system.begin); err != nil {
			return err
		}
		w.inside, w.tally, w.first = true, tally{}, 0
		if err := w.countBroken(ctx, &w.broken); err != nil {
			return err
		}
		if err := w.countReplaceable(ctx, &w.had); err != nil {
			return err
		}
		if err := w.ascend(ctx); err != nil {
			return err
		}
	}
	if n := c.rows(); n > 0 {
		if w.first == 0 {
			w.first = c.lines[0]
		}
		w.last = c.lines[n-1]
		if sorted, err := w.sort(ctx, c); err != nil {
			return err
		} else if !sorted {
			if err := w.put(ctx, c); err != nil {
				return err
			}
		}
	}
	if !c.cut {
		return nil
	}
	if err := w.putSorted(ctx); err != nil {
		return err
	}
	return w.finish(ctx, c)
}

// put writes the rows of a chunk, to the table at once or to be merged.
func (w *writer) put(ctx context.Context, c *chunk) error {
	if done, err := w.ascent.write(ctx, w, c); done || err != nil {
		return err
	}
	return w.rows(ctx, c, c.all())
}

// load writes some rows of a chunk.
func (w *writer) load(ctx context.Context, c *chunk, rows []int) (written int64, err error) {
	switch {
	case w.routine != nil:
		return int64(len(rows)), w.call(ctx, c, rows)
	case w.merge != nil:
		return w.system.load(ctx, w, staged, c, rows, true)
	}
	return w.system.load(ctx, w, w.table, c, rows, false)
}

// refuse hands on a row that the database refuses.
func (w *writer) refuse(c *chunk, at int, fault *atRow) error {
	row := &refused{RowError: RowError{
		Unit: w.unit, Line: c.lines[at], Reason: reasonOf(fault.err), Err: fault.err,
	}}
	if i := indexOf(w.columns, fault.column); i >= 0 {
		row.Column = w.columns[i].source
	}
	for i := range c.width {
		text, null := c.value(at, i)
		row.values, row.nulls = append(row.values, field{text: text}), append(row.nulls, null)
	}
	return w.rejects.add(row)
}
