package pq

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// underlying is what a connection of lib/pq implements. A conn implements all of it too, since
// database/sql does less, or does it differently, for a connection that lacks an interface.
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

// errBusy is the error of lib/pq for a connection whose rows have not been read to their end.
// lib/pq does not check for it when it runs a prepared statement, and would then mix up the
// responses.
var errBusy = errors.New("pq: there is already a query being processed on this connection")

// A conn is a connection of lib/pq with its kept statements, which live and die with it. Close may
// be called while another method waits for the network, as with lib/pq. All other methods are for
// one goroutine at a time, which database/sql ensures.
type conn struct {
	underlying
	kept    *statements
	dsn     string // "" if it is not known
	refusal error  // if not nil, statements cannot be kept
	reading *rows  // the rows that are open, or nil
	copying bool   // a COPY was prepared, and only lib/pq knows when it is over
}

var _ underlying = (*conn)(nil)

// Unwrap returns the connection of lib/pq, for callers that need to know which driver this is. It
// must not be used to send anything while rows are open.
func (c *conn) Unwrap() driver.Conn { return c.underlying }

// QueryContext runs a statement, and prepares it first if it is new to the connection. A statement
// without arguments is kept too: it saves no round trip, but the server need not parse it again.
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
		kept := statementOf(entry)
		made, err = kept.QueryContext(ctx, hexBytes(kept.preparedStmt, args))
	}
	if err != nil {
		c.kept.failed(entry, err)
		return nil, err
	}
	c.reading = &rows{Rows: made, conn: c, entry: entry}
	return c.reading, nil
}

// ExecContext runs a statement, and prepares it first if it is new to the connection. A text
// without arguments may hold several statements, which cannot be prepared as one, so it is sent
// as it is.
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
	kept := statementOf(entry)
	result, err := kept.ExecContext(ctx, hexBytes(kept.preparedStmt, args))
	if err != nil {
		c.kept.failed(entry, err)
	}
	return result, err
}

// PrepareContext prepares a statement for the program, which is not kept.
func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.copying = c.copying || isCopy(text)
	return c.underlying.PrepareContext(ctx, text)
}

// ResetSession is called by database/sql before it hands the connection to another caller.
func (c *conn) ResetSession(ctx context.Context) error {
	c.copying = false
	return c.underlying.ResetSession(ctx)
}

// prepared returns the kept statement with the given text, or nil if the text is to be sent as it
// is.
func (c *conn) prepared(ctx context.Context, text string, hasArgs bool) (*list.Element, error) {
	if c.copying {
		return nil, nil
	}
	if entry := c.kept.find(text); entry != nil {
		return entry, nil
	}
	// A semicolon that does not separate statements costs nothing but the server's parsing.
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
	return entry, ctx.Err() // what nobody waits for any more is not run
}

// isCopy reports whether lib/pq takes a text for a COPY, which it starts when it prepares it.
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
