package pgx

import (
	"context"
	"database/sql/driver"

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

// QueryRaw implements RawQueryer. The statement runs in the mode of the connection, is kept as pgx
// keeps it, and its tracers see it. In the modes that have no binary results the rows are those of
// stdlib.
func (c *conn) QueryRaw(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	if c.textOnly {
		return c.QueryContext(ctx, text, args)
	}
	under := c.Conn.Conn()
	if under.IsClosed() {
		return nil, driver.ErrBadConn
	}
	values := make([]any, 1+len(args))
	values[0] = formats
	for i, arg := range args {
		values[i+1] = arg.Value
	}
	made, err := under.Query(ctx, text, values...)
	if err != nil {
		if pgconn.SafeToRetry(err) {
			return nil, driver.ErrBadConn
		}
		return nil, err
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
func (r *rawRows) Binary(i int) bool { return r.columns[i].Format == pgtype.BinaryFormatCode }

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
