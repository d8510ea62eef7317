package exec

import (
	"context"
	"slices"

	"github.com/moresql/moresql/internal/quirk"
	"github.com/moresql/moresql/row"
)

// A Result is a call under way, from the first row of its last statement to the end of its
// transaction. It is not for concurrent use, and must be closed.
type Result struct {
	ctx     context.Context // of the call; Close cancels it
	conn    executor
	rows    *row.Rows
	skipped int       // result sets of the rows before these
	outs    bool      // Dialect.ReadsOuts
	last    Statement // whose rows these are
	commits bool      // Options.Tx
	failed  bool
	closed  bool
	replica Replicated                     // where the call runs on its replica, else nil
	mark    func(role, text string) string // Options.mark, for steps
	role    string
	reset   string      // what comes before each step but the first, or ""
	before  []Statement // what comes next; the first changes settings
}

// An executor runs statements, in one of the ways that there are.
type executor interface {
	// begin begins a transaction. It returns the statements that are still to be run: a driver may
	// have sent some together with its beginning.
	begin(statements []Statement, o Options) ([]Statement, error)

	// query runs a statement and reads its rows by the options.
	query(Statement, row.Options) (*row.Rows, error)

	// finish closes the rows of a statement.
	finish(*row.Rows)

	// affected returns how many rows the last statement has changed, if the driver says that, and
	// else whether a query for it would run on the same connection.
	affected() (n int64, known, same bool)

	// explain returns the error of a statement, marked as the connection's loss if it is that.
	explain(error) error

	// commit ends the transaction, if there is one of the call's own.
	commit() error

	// end gives everything back: it rolls a transaction back that has not ended. failed says that
	// something went wrong, after which the connection may be lost.
	end(failed bool)
}

// start runs the statements until the last one has rows. When it fails everything is given back.
func (r *Result) start(statements []Statement, o Options) (err error) {
	started := false
	defer func() {
		if !started { // also where a driver panics
			r.Close()
		}
	}()
	r.commits, r.mark, r.role = o.Tx, o.mark, o.role
	r.outs = o.Dialect != nil && o.Dialect.ReadsOuts
	last := statements[len(statements)-1]
	if o.Settings > 0 {
		r.before = statements[:len(statements)-1]
		if i, ok := r.conn.(*indirect); !ok || i.conn != nil { // not one of the program's own
			r.reset = o.reset
		}
	}
	outs := newOutputs(o.Outs, o.Rows.Kinds)
	if outs != nil {
		last.Args = outs.appendTo(last.Args)
		statements = append(slices.Clip(statements[:len(statements)-1]), last)
	}
	if o.inTx() {
		if statements, err = r.conn.begin(statements, o); err != nil {
			return r.fail(last, err)
		}
	}
	if o.Rows.Skipped, err = r.runAll(statements[:len(statements)-1]); err != nil {
		return err
	}
	if o.First != nil {
		if last.Text, last.Args, err = o.First(r.Run); err != nil {
			r.failed = true
			return err
		}
	}
	rows, err := r.queryLast(last, outs, o.Rows)
	if err != nil {
		return r.fail(last, err)
	}
	r.rows, r.last, started = rows, last, true
	return nil
}

// runAll runs statements whose rows are not those of the call, and returns how many result sets it
// leaves out: those of a call whose OUT parameters are read by the last statement. The rows of
// settings mean nothing.
func (r *Result) runAll(statements []Statement) (skipped int, err error) {
	for _, s := range statements {
		sets, err := r.drop(s)
		if err != nil {
			return 0, r.fail(s, err)
		}
		if r.outs {
			skipped += sets
		}
	}
	return skipped, nil
}

// drop runs a statement, and returns how many result sets it had.
func (r *Result) drop(s Statement) (sets int, err error) {
	rows, err := r.conn.query(s, row.Options{})
	if err != nil {
		return 0, err
	}
	if len(rows.Columns()) > 0 {
		sets++
	}
	err = rows.Finish()
	r.conn.finish(rows)
	return sets + rows.Skipped(), err
}

// queryLast runs the last statement and returns its rows, or the row of its outputs.
func (r *Result) queryLast(s Statement, outs *outputs, o row.Options) (*row.Rows, error) {
	if outs == nil {
		return r.conn.query(s, o)
	}
	sets, err := r.drop(s)
	if err != nil {
		return nil, err
	}
	o.Skipped += sets
	return outs.rows(o)
}

// fail notes and explains the error of a statement.
func (r *Result) fail(s Statement, err error) error {
	r.failed = true
	return r.report(quirk.Explain(r.conn.explain(err), s.Args))
}

// report reports an error to the replica that the call runs on, unless the caller has gone.
func (r *Result) report(err error) error {
	if r.replica != nil && r.ctx.Err() == nil {
		r.replica.Report(err)
	}
	return err
}

// Rows returns the rows of the last statement. They live until Close.
func (r *Result) Rows() *row.Rows { return r.rows }

// Skipped returns how many result sets have been left out, those of all steps together.
func (r *Result) Skipped() int { return r.skipped + r.rows.Skipped() }

// Trailer reads the rows to their end, runs s on the same connection, and so in the same
// transaction if there is one, and returns a copy of its first row, or nil if there is none. Its
// error has been explained.
func (r *Result) Trailer(s Statement) ([]row.Value, error) {
	if err := r.rows.Finish(); err != nil {
		return nil, r.Explain(err)
	}
	var values []row.Value
	err := r.Run(s.Text, s.Args, func(first row.Row) error {
		if values != nil {
			return nil
		}
		first = first.Clone()
		values = make([]row.Value, first.Len())
		for i := range values {
			values[i] = first.Value(i)
		}
		return nil
	})
	return values, err
}

// Run runs a statement on the same connection, before the rows of the last one or after their end,
// and has each see its rows, each good until the next; it may be nil. Errors of the database have
// been explained.
func (r *Result) Run(text string, args []any, each func(row.Row) error) error {
	s := Statement{Text: text, Args: args}
	rows, err := r.conn.query(s, row.Options{})
	if err != nil {
		return r.fail(s, err)
	}
	defer r.conn.finish(rows)
	for row, err := range rows.All() {
		switch {
		case err != nil:
			return r.fail(s, err)
		case each == nil:
			continue
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if err := rows.Finish(); err != nil {
		return r.fail(s, err)
	}
	return nil
}

// Affected reads the rows to their end and returns how many the statement has inserted, updated or
// deleted: by what the driver has of it, or else by query, which is run like a trailer and returns
// the number, negative for none; "" for no query. Its error has been explained.
func (r *Result) Affected(query string) (n int64, known bool, err error) {
	if err := r.rows.Finish(); err != nil {
		return 0, false, r.Explain(err)
	}
	n, known, same := r.conn.affected()
	if known || !same || query == "" {
		return n, known, nil
	}
	values, err := r.Trailer(Statement{Text: query})
	if err != nil || len(values) == 0 {
		return 0, false, err
	}
	n = values[0].Int()
	return n, n >= 0, nil
}

// Commit reads the rows to their end and then commits the transaction of Options.Tx, or rolls it
// back if it is ReadOnly. If the rows fail nothing is committed. Without that transaction, or in
// one of the program's own, Commit only reads the rows. Its error has been explained.
func (r *Result) Commit() error {
	if err := r.rows.Finish(); err != nil {
		return r.Explain(err)
	}
	if !r.commits {
		return nil
	}
	if err := r.conn.commit(); err != nil {
		return r.fail(r.last, err)
	}
	return nil
}

// Each passes each row to use, and then commits, unless use returns false. Its error has been
// explained.
func (r *Result) Each(use func(row.Row) bool) error {
	for one, err := range r.rows.All() {
		if err != nil {
			return r.Explain(err)
		}
		if !use(one) {
			return nil
		}
	}
	return r.Commit()
}

// Explain returns an error of reading the rows as one that is driver.ErrBadConn as well if the
// driver says that the connection is lost, and a *quirk.LongValueError if it is about a long
// argument. Other errors, such as that of an encoder, and nil come back as they are. Every error
// that ends the reading of the rows must be passed to Explain, since Close goes by it; more than
// once is harmless.
func (r *Result) Explain(err error) error {
	switch {
	case err == nil:
		return nil
	case r.rows.Err() != nil:
		r.conn.finish(r.rows) // with unread rows a driver may call its connection lost
		return r.fail(r.last, err)
	}
	r.failed = true
	return r.report(err)
}

// Close gives everything back. Rows that have not been read have 100 ms to arrive; then the
// statement is cancelled. A transaction that has not been committed is rolled back, and the pool
// drops the connection if it is lost. Close may be called more than once, and while the goroutine
// panics.
func (r *Result) Close() {
	if r.closed {
		return
	}
	r.closed = true
	defer func() { r.conn.end(r.failed) }() // also where a driver panics
	if r.rows != nil {
		r.failed = r.failed || r.rows.Err() != nil
		r.conn.finish(r.rows)
	}
}
