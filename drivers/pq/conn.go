package pq

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// underlying is what a connection of lib/pq's has. The conn around it has the same, since
// database/sql does less, or does it otherwise, for a connection that lacks an optional interface.
type underlying interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// errBusy is what lib/pq says of a connection whose rows have not been read to their end. It does
// not look for statements that were prepared, and would mix up the responses.
var errBusy = errors.New("pq: there is already a query being processed on this connection")

// A conn is a connection of lib/pq's with its kept statements, which live and die with it. Close
// may be called while another method waits for the network, as for one of lib/pq's. Everything else
// is for one goroutine at a time, which database/sql sees to.
type conn struct {
	underlying
	kept    *statements
	refusal error // of statements to keep, nil where they are safe
	reading *rows // not closed yet, or nil
	copying bool  // since a COPY was prepared: only lib/pq knows when it is over
}

var _ underlying = (*conn)(nil)

// Unwrap returns the connection of lib/pq's, for what is to be found out about it. What is sent
// through it while rows are open here mixes up the responses.
func (c *conn) Unwrap() driver.Conn { return c.underlying }

// QueryContext sends a statement, after preparing it if it is new to the connection. Statements are
// kept that have no arguments too: there the round trip is the same, but not the planning.
func (c *conn) QueryContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	if c.reading != nil {
		return nil, errBusy
	}
	var made driver.Rows
	entry, err := c.prepared(ctx, text, len(args) > 0)
	switch {
	case err != nil:
		return nil, err
	case entry == nil:
		made, err = c.underlying.QueryContext(ctx, text, args)
	default:
		made, err = statementOf(entry).QueryContext(ctx, args)
	}
	if err != nil {
		c.kept.failed(entry, err)
		return nil, err
	}
	c.reading = &rows{Rows: made, conn: c, entry: entry}
	return c.reading, nil
}

// ExecContext sends a statement, after preparing it if it is new to the connection. Without
// arguments it may be several in one text, which cannot be prepared.
func (c *conn) ExecContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Result, error) {
	if c.reading != nil {
		return nil, errBusy
	}
	if len(args) == 0 {
		return c.underlying.ExecContext(ctx, text, args)
	}
	entry, err := c.prepared(ctx, text, true)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return c.underlying.ExecContext(ctx, text, args)
	}
	result, err := statementOf(entry).ExecContext(ctx, args)
	if err != nil {
		c.kept.failed(entry, err)
	}
	return result, err
}

// PrepareContext prepares a statement of the program's own, which is not kept.
func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.copying = c.copying || isCopy(text)
	return c.underlying.PrepareContext(ctx, text)
}

// ResetSession is called before the connection is used again by another caller.
func (c *conn) ResetSession(ctx context.Context) error {
	c.copying = false
	return c.underlying.ResetSession(ctx)
}

// prepared returns the kept statement of a text, nil if that is to be sent as it is.
func (c *conn) prepared(ctx context.Context, text string, hasArgs bool) (*list.Element, error) {
	if c.copying {
		return nil, nil
	}
	if entry := c.kept.find(text); entry != nil {
		return entry, nil
	}
	// Several statements cannot be prepared as one. A semicolon elsewhere costs no round trip.
	if !hasArgs && strings.Contains(text, ";") || isCopy(text) {
		return nil, nil
	}
	if c.refusal != nil {
		return nil, c.refusal
	}
	entry, err := c.kept.prepare(ctx, c.underlying, text)
	if err != nil {
		return nil, err
	}
	return entry, ctx.Err() // nobody waits any more for what has not been sent
}

// isCopy reports whether lib/pq takes a text for a COPY, which it starts as soon as it prepares it.
func isCopy(text string) bool {
	for {
		text = strings.TrimLeft(text, " \t\r\n\f\v")
		switch {
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text, "*/")
		default:
			return len(text) >= 4 && strings.EqualFold(text[:4], "copy")
		}
	}
}
