package pgx

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

var (
	_ Pipeliner = (*conn)(nil)
	_ Reader    = (*conn)(nil)
)

// A conn is a connection of pgx that implements Pipeliner, Reader and RawQueryer.
type conn struct {
	*stdlib.Conn
	statements
	textOnly bool // statements by themselves have results in the text format
	traced   bool // pgx has a tracer, which sees what runs by itself
	pooled   bool // in the default mode they would be kept, and a pooler does not
	params   pgx.ExtendedQueryBuilder
	values   []any               // of params
	pipeline pipeline            // the last
	known    []*statement        // of the last trip
	fresh    map[*statement]bool // described in this transaction, of a batch
	watcher  *watcher
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, text, c.inMode(args))
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, text, c.inMode(args))
}

// inMode adds the mode to arguments that pgx itself runs a statement with behind a pooler.
func (c *conn) inMode(args []driver.NamedValue) []driver.NamedValue {
	if !c.pooled {
		return args
	}
	mode := driver.NamedValue{Value: pgx.QueryExecModeCacheDescribe}
	return append([]driver.NamedValue{mode}, args...)
}

// encode has params encode the arguments of a statement, nil for one that is not known.
func (c *conn) encode(known *statement, args []driver.NamedValue) error {
	c.values = c.values[:0]
	for _, arg := range args {
		c.values = append(c.values, arg.Value)
	}
	defer clear(c.values)
	types := c.Conn.Conn().TypeMap()
	if known == nil {
		return c.params.Build(types, nil, c.values)
	}
	err := c.params.Build(types, known.StatementDescription, c.values)
	if err != nil {
		c.drop(known) // its parameters may have changed
	}
	return err
}

// BeginQuery implements Pipeliner. A last statement that is new to the connection takes one round
// trip more: its types are described first, after the statements before it have run, on which they
// may depend.
func (c *conn) BeginQuery(
	ctx context.Context, readOnly bool, settings int, texts []string, args [][]driver.NamedValue,
) (driver.Tx, driver.Rows, error) {
	f := flight{begin: begin, settings: settings, texts: texts, args: args}
	if readOnly {
		f.begin = beginReadOnly
	}
	return c.run(ctx, f)
}

// ReadQuery implements Reader.
func (c *conn) ReadQuery(
	ctx context.Context, texts []string, args [][]driver.NamedValue, clean string,
) (driver.Tx, driver.Rows, error) {
	return c.run(ctx, flight{
		begin: beginReadOnly, settings: len(texts), texts: texts, args: args, ends: true, clean: clean,
	})
}

const (
	begin         = "BEGIN"
	beginReadOnly = "BEGIN READ ONLY"
	rollback      = "ROLLBACK"
)

// A flight is what is sent together.
type flight struct {
	begin    string // begins a transaction, or ""
	settings int    // how many of texts may be sent again if none of the others has run
	texts    []string
	args     [][]driver.NamedValue
	ends     bool // it runs clean, if there is any, and rolls back after the last of texts
	clean    string
}

// count returns how many statements a flight has.
func (f *flight) count() int {
	n := f.wanted() + 1
	if f.clean != "" {
		n++
	}
	if f.ends {
		n++
	}
	return n
}

// wanted returns the place of the statement whose rows are wanted.
func (f *flight) wanted() int {
	if f.begin == "" {
		return len(f.texts) - 1
	}
	return len(f.texts)
}

// statement returns the statement at a place.
func (f *flight) statement(i int) (text string, args []driver.NamedValue) {
	if f.begin != "" {
		if i == 0 {
			return f.begin, nil
		}
		i--
	}
	switch {
	case i < len(f.texts):
		return f.texts[i], f.args[i]
	case i == len(f.texts) && f.clean != "":
		return f.clean, nil
	}
	return rollback, nil
}

// run sends a flight. It does so again, once, if a statement that was kept no longer holds and
// nothing has run but settings, which the rollback takes back.
func (c *conn) run(ctx context.Context, f flight) (driver.Tx, driver.Rows, error) {
	under := c.Conn.Conn()
	if under.IsClosed() {
		return nil, nil, driver.ErrBadConn
	}
	clear(c.fresh)
	tx := &tx{ctx: ctx, conn: under}
	r, stale, err := c.try(ctx, f, tx)
	if stale && tx.Rollback() == nil {
		r, _, err = c.try(ctx, f, tx)
	}
	return tx, r, err
}

// try sends a flight. An error is stale if only settings have run.
func (c *conn) try(ctx context.Context, f flight, tx *tx) (r driver.Rows, stale bool, err error) {
	if !f.ends {
		tx = nil
	}
	if known := c.prepared(&f); known != nil && ctx.Err() == nil {
		r, t := c.travel(ctx, &f, known, tx)
		return r, isStale(t.err) && t.failed <= 1+f.settings, t.err
	}
	last := len(f.texts) - 1
	p := c.start(ctx)
	p.send(f.begin, nil)
	for i, text := range f.texts[:last] {
		p.send(text, f.args[i])
	}
	finish := func() {
		p.send(f.texts[last], f.args[last])
		if f.clean != "" {
			p.send(f.clean, nil)
		}
		if f.ends {
			p.send(rollback, nil)
		}
		p.sync()
	}
	known := c.find(f.texts[last]) != nil
	if known {
		finish()
	} else {
		p.prepare(f.texts[last])
		p.sync()
	}
	p.closed()
	for range f.texts { // begin, and all but the last
		p.discard()
	}
	if !known {
		p.described()
		finish()
	}
	r, err = p.rows(tx)
	return r, isStale(err) && p.done <= 1+f.settings, err
}
