package pgx

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5/pgconn"
)

// Batcher is an optional interface of a driver.Conn that can send statements of a transaction
// without waiting for the response to those before. moresql uses it for the calls of a batch on the
// connections of every driver that implements it.
type Batcher interface {
	// QueryBatch sends the first n of one or more statements, texts[i] with the arguments args[i],
	// within the transaction that has begun, and returns their results. None is run after one that
	// has failed. A driver sends no more than the network takes while nobody reads what comes back.
	//
	// Without results and error the caller runs the first statement by QueryContext or QueryRaw.
	QueryBatch(
		ctx context.Context, texts []string, args [][]driver.NamedValue,
	) (n int, results BatchResults, err error)
}

// BatchResults are the results of statements that have been sent together.
type BatchResults = interface {
	// Next returns the rows of the next statement. The caller closes them before it calls Next again.
	Next() (driver.Rows, error)

	// Close reads what has not been read. The caller does nothing else on the connection before.
	Close() error
}

var _ Batcher = (*conn)(nil)

// overhead is what a statement takes on the wire besides its arguments, in bytes, and more.
const overhead = 64

// QueryBatch implements Batcher: Bind and Execute for each statement, and one Sync. A statement
// that the transaction has not used yet is described anew, one round trip more, since one that no
// longer holds would end the transaction. It does so only when those before it have run, on which
// it may depend.
func (c *conn) QueryBatch(
	ctx context.Context, texts []string, args [][]driver.NamedValue,
) (n int, results BatchResults, err error) {
	switch {
	case !c.keeps || c.traced || c.textOnly:
		return 0, nil, nil
	case c.Conn.Conn().IsClosed():
		return 0, nil, driver.ErrBadConn
	}
	if known := c.find(texts[0]); known == nil || !c.fresh[known] {
		if known, err = c.describe(ctx, texts[0]); err != nil {
			return 0, nil, err
		}
		if c.fresh == nil {
			c.fresh = map[*statement]bool{}
		}
		c.fresh[known] = true
	}
	if n = c.sendable(texts, args); n == 0 || ctx.Err() != nil {
		return 0, nil, ctx.Err()
	}
	b := &batch{trip{conn: c, ctx: ctx, count: n, wanted: -1}, c.known}
	b.send(&flight{texts: texts[:n], args: args[:n]}, c.known)
	if b.err != nil && (b.ended || b.count == 0) {
		b.finish()
		return 0, nil, b.err
	}
	b.err = nil // an argument that cannot be encoded, which the next batch begins with
	return b.count, b, nil
}

// sendable has the statements ready that can be sent together, and returns how many: none if the
// first is a COPY, or has arguments too large for a trip.
func (c *conn) sendable(texts []string, args [][]driver.NamedValue) int {
	c.known = c.known[:0]
	size := 0
	for n := range texts {
		s := c.find(texts[n])
		if s == nil || !c.fresh[s] || len(s.Fields) == 0 && copies.MatchString(texts[n]) {
			break
		}
		size += overhead
		for _, arg := range args[n] {
			size += overhead/4 + sizeOf(arg.Value)
		}
		if size > maxTrip {
			break
		}
		c.known = append(c.known, s)
	}
	return len(c.known)
}

// A batch is a trip whose rows are wanted of all its statements, one after the other.
type batch struct {
	trip
	known []*statement
}

// Next implements BatchResults.
func (b *batch) Next() (driver.Rows, error) {
	b.wanted++
	b.read()
	if b.err != nil {
		b.finish()
		if b.failed < len(b.known) {
			b.conn.failed(b.known[b.failed], b.err)
		}
		return nil, b.err
	}
	known := &b.known[b.wanted].columns
	return &rawRows{rows{&batched{&b.trip, b.wanted}, known, b.conn.Conn.Conn()}}, nil
}

// Close implements BatchResults.
func (b *batch) Close() error {
	b.finish()
	return b.err
}

// A batched result is that of one statement of a batch.
type batched struct {
	*trip
	place int
}

// Close implements result: it reads the rest of the rows of the statement.
func (b *batched) Close() (tag pgconn.CommandTag, err error) {
	for b.at == b.place && b.err == nil && !b.ended {
		b.receive()
	}
	b.unread = false
	return tag, b.err
}
