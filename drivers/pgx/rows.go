package pgx

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A result is what a statement returns, as *pgconn.ResultReader is.
type result interface {
	NextRow() bool
	Values() [][]byte // until the connection is used again
	Close() (pgconn.CommandTag, error)
}

// columns are those of a result, with what every reader of it wants to know. A statement that is
// kept has them once for all its results.
type columns struct {
	fields []pgconn.FieldDescription
	names  []string // nil until they are wanted
	types  []string
	kept   any // by package row
}

// rows are a result with the same values as the Rows of stdlib.
type rows struct {
	result
	*columns
	conn *pgx.Conn
}

// newRows returns the rows of a result. They can be read raw unless a function has changed, and
// returns another type in the binary format than the one that was described.
func newRows(r result, fields []pgconn.FieldDescription, conn *pgx.Conn) driver.Rows {
	made := &rawRows{rows{r, &columns{fields: fields}, conn}}
	for i, c := range fields {
		if made.Binary(i) && formats[c.DataTypeOID] != pgtype.BinaryFormatCode {
			return &made.rows
		}
	}
	return made
}

func (r *rows) Columns() []string {
	if r.names == nil {
		r.names = make([]string, len(r.fields))
		for i, c := range r.fields {
			r.names[i] = c.Name
		}
	}
	return r.names
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	if r.types == nil {
		r.types = make([]string, len(r.fields))
	}
	if r.types[i] == "" {
		r.types[i] = typeName(r.conn.TypeMap(), r.fields[i].DataTypeOID)
	}
	return r.types[i]
}

// typeName returns the name of a type as stdlib has it.
func typeName(types *pgtype.Map, oid uint32) string {
	if t, ok := types.TypeForOID(oid); ok {
		return strings.ToUpper(t.Name)
	}
	return strconv.FormatUint(uint64(oid), 10)
}

// CommandTag returns what the server says at the end of the result, such as UPDATE 3. It reads the
// rest of the result.
func (r *rows) CommandTag() string {
	tag, _ := r.result.Close()
	return tag.String()
}

// TimeZone implements row.RawRows. Package row takes the zone of all rows from it.
func (r *rows) TimeZone() string { return r.conn.PgConn().ParameterStatus("TimeZone") }

// Kept implements row.KeptRows.
func (r *rows) Kept() *any { return &r.kept }

func (r *rows) Next(dest []driver.Value) error {
	values, err := r.next()
	if err != nil {
		return err
	}
	for i, src := range values {
		if dest[i], err = r.value(&r.fields[i], src); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// next returns the next row as it has come.
func (r *rows) next() ([][]byte, error) {
	if !r.NextRow() {
		if err := r.Close(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	return r.Values(), nil
}

func (r *rows) value(c *pgconn.FieldDescription, src []byte) (driver.Value, error) {
	if src == nil {
		return nil, nil
	}
	switch oid := c.DataTypeOID; {
	case c.Format == pgtype.BinaryFormatCode,
		oid == pgtype.JSONOID, oid == pgtype.JSONBOID, oid == pgtype.XMLOID:
		types := r.conn.TypeMap()
		if t, ok := types.TypeForOID(oid); ok {
			return t.Codec.DecodeDatabaseSQLValue(types, oid, c.Format, src)
		}
	}
	return string(src), nil
}

// Close reads the rest of the result.
func (r *rows) Close() error {
	_, err := r.result.Close()
	return err
}
