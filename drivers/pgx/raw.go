package pgx

import (
	"context"
	"database/sql/driver"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// RawQueryer is an optional interface of a driver.Conn, for a driver whose rows can be read as they
// have come from the server, see row.RawRows. moresql uses it in place of QueryContext on the
// connections of every driver that implements it, so that QueryContext can go on to return to a
// program what the driver has always returned.
type RawQueryer interface {
	// QueryRaw is QueryContext of driver.QueryerContext with other rows.
	QueryRaw(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error)
}

var _ RawQueryer = (*conn)(nil)

// QueryRaw implements RawQueryer. The statement runs in the mode of the connection, and its tracers
// see it. In the modes that have no binary results the rows are those of stdlib.
func (c *conn) QueryRaw(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	switch {
	case c.textOnly:
		return c.QueryContext(ctx, text, args)
	case c.Conn.Conn().IsClosed():
		return nil, driver.ErrBadConn
	case c.keeps && !c.traced:
		return c.queryKept(ctx, text, args)
	}
	return c.queryPGX(ctx, text, args)
}

// queryKept runs a statement that is kept, or is kept from now on. One that no longer holds has not
// run, and is made anew.
func (c *conn) queryKept(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	known := c.find(text)
	for isNew := false; ; {
		if known == nil {
			var err error
			if known, err = c.describe(ctx, text); err != nil {
				return nil, err
			}
			isNew = true
		}
		if len(known.Fields) == 0 && copies.MatchString(text) {
			return c.queryPGX(ctx, text, args)
		}
		r, err := c.query(ctx, known, args)
		if err == nil || !isStale(err) || isNew {
			return r, err
		}
		known = nil
	}
}

// describe prepares a statement.
func (c *conn) describe(ctx context.Context, text string) (*statement, error) {
	p := c.start(ctx)
	p.prepare(text)
	p.sync()
	p.closed()
	known := p.described()
	p.Close()
	return known, badConn(p.err)
}

// copies matches every COPY, whose protocol is pgx's business.
var copies = regexp.MustCompile(`(?i)\bcopy\b`)

// query runs a statement. Its rows are there if there is no error so far.
func (c *conn) query(
	ctx context.Context, known *statement, args []driver.NamedValue,
) (driver.Rows, error) {
	f := flight{texts: []string{known.text}, args: [][]driver.NamedValue{args}}
	if all := c.prepared(&f); all != nil && ctx.Err() == nil {
		r, t := c.travel(ctx, &f, all, nil)
		return r, badConn(t.err)
	}
	if err := c.encode(known, args); err != nil {
		return nil, err
	}
	r := c.Conn.Conn().PgConn().ExecStatement(ctx, known.StatementDescription,
		c.params.ParamValues, c.params.ParamFormats, known.formats)
	if r.FieldDescriptions() == nil {
		if _, err := r.Close(); err != nil {
			c.failed(known, err)
			return nil, badConn(err)
		}
	}
	return newRows(r, r.FieldDescriptions(), c.Conn.Conn()), nil
}

// badConn returns driver.ErrBadConn, as stdlib does, for an error from before anything was sent.
func badConn(err error) error {
	if pgconn.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}

// queryPGX runs a statement as pgx does.
func (c *conn) queryPGX(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	under := c.Conn.Conn()
	args = c.inMode(args)
	values := make([]any, 1+len(args))
	values[0] = formats
	for i, arg := range args {
		values[i+1] = arg.Value
	}
	made, err := under.Query(ctx, text, values...)
	if err != nil {
		return nil, badConn(err)
	}
	return newRows(queried{made}, made.FieldDescriptions(), under), nil
}

// queried is the result of pgx's own Query.
type queried struct{ pgx.Rows }

func (q queried) NextRow() bool    { return q.Next() }
func (q queried) Values() [][]byte { return q.RawValues() }

func (q queried) Close() (pgconn.CommandTag, error) {
	q.Rows.Close()
	return q.CommandTag(), q.Err()
}

// rawRows are rows in formats that package row reads, a row.RawRows.
type rawRows struct{ rows }

// Binary implements row.RawRows.
func (r *rawRows) Binary(i int) bool { return r.fields[i].Format == pgtype.BinaryFormatCode }

// NextRaw implements row.RawRows.
func (r *rawRows) NextRaw() ([][]byte, error) { return r.next() }

// formats are those that stdlib requests: binary for the types that its Rows return as another type
// than string. Nearly all of them are smaller so, or have a text that depends on settings.
var formats = pgx.QueryResultFormatsByOID{
	pgtype.BoolOID:        pgtype.BinaryFormatCode,
	pgtype.ByteaOID:       pgtype.BinaryFormatCode,
	pgtype.CIDOID:         pgtype.BinaryFormatCode,
	pgtype.DateOID:        pgtype.BinaryFormatCode,
	pgtype.Float4OID:      pgtype.BinaryFormatCode,
	pgtype.Float8OID:      pgtype.BinaryFormatCode,
	pgtype.Int2OID:        pgtype.BinaryFormatCode,
	pgtype.Int4OID:        pgtype.BinaryFormatCode,
	pgtype.Int8OID:        pgtype.BinaryFormatCode,
	pgtype.OIDOID:         pgtype.BinaryFormatCode,
	pgtype.TimestampOID:   pgtype.BinaryFormatCode,
	pgtype.TimestamptzOID: pgtype.BinaryFormatCode,
	pgtype.XIDOID:         pgtype.BinaryFormatCode,
}
