package pgx

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rows are the result of the last statement of a pipeline, with the same values as the Rows of
// stdlib.
type rows struct {
	result   *pgconn.ResultReader
	columns  []pgconn.FieldDescription
	pipeline *pgconn.Pipeline
	types    *pgtype.Map
}

func (r *rows) Columns() []string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.Name
	}
	return names
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	oid := r.columns[i].DataTypeOID
	if t, ok := r.types.TypeForOID(oid); ok {
		return strings.ToUpper(t.Name)
	}
	return strconv.FormatUint(uint64(oid), 10)
}

func (r *rows) Next(dest []driver.Value) error {
	if !r.result.NextRow() {
		if err := r.Close(); err != nil {
			return err
		}
		return io.EOF
	}
	for i, src := range r.result.Values() {
		var err error
		if dest[i], err = r.value(&r.columns[i], src); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *rows) value(c *pgconn.FieldDescription, src []byte) (driver.Value, error) {
	if src == nil {
		return nil, nil
	}
	switch oid := c.DataTypeOID; {
	case c.Format == pgtype.BinaryFormatCode,
		oid == pgtype.JSONOID, oid == pgtype.JSONBOID, oid == pgtype.XMLOID:
		if t, ok := r.types.TypeForOID(oid); ok {
			return t.Codec.DecodeDatabaseSQLValue(r.types, oid, c.Format, src)
		}
	}
	return string(src), nil
}

// Close reads the rest of the result and the end of the pipeline.
func (r *rows) Close() error {
	_, err := r.result.Close()
	if closing := r.pipeline.Close(); err == nil {
		err = closing
	}
	return err
}
