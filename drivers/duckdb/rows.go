package duckdb

import (
	"database/sql/driver"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/moresql/moresql/drivers/duckdb/internal/words"
)

// driverRows is what the driver's rows implement.
type driverRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeScanType
}

// rows are the driver's, with values that are exact.
type rows struct {
	driver.Rows
	stmt  *duckdb.Stmt
	names []string
	types []string
	exact []func(driver.Value) driver.Value // nil for a value that is exact by itself
}

// newRows returns the rows of a statement, which it closes with them. columns are those of the
// query whose columns the statement converts, nil if it does not.
func newRows(made driver.Rows, stmt *duckdb.Stmt, columns []column) *rows {
	r := &rows{Rows: made, stmt: stmt, names: made.Columns()}
	n := len(r.names)
	if columns != nil {
		r.names = make([]string, n)
	}
	r.types, r.exact = make([]string, n), make([]func(driver.Value) driver.Value, n)
	types, _ := made.(driverRows)
	for i := range n {
		if types != nil {
			r.types[i], r.exact[i] = exactly(types.ColumnTypeDatabaseTypeName(i))
		}
		if columns == nil {
			continue
		}
		r.names[i] = columns[i].name
		if c := columns[i].conversion; c != none {
			r.types[i] = c.typeName()
			if r.types[i] == "JSON" {
				r.exact[i] = exactJSON
			}
		}
	}
	return r
}

// Columns implements driver.Rows.
func (r *rows) Columns() []string { return r.names }

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	if err := r.Rows.Next(dest); err != nil {
		return explained(err, false)
	}
	for i, exact := range r.exact {
		if exact != nil && dest[i] != nil {
			dest[i] = exact(dest[i])
		}
	}
	return nil
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	if r.stmt == nil {
		return nil
	}
	err := r.Rows.Close()
	err = errors.Join(err, r.stmt.Close())
	r.stmt = nil
	return err
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName. The names are those
// that other databases have for a type of the same values.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.types[i] }

// ColumnTypeScanType implements driver.RowsColumnTypeScanType.
func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	if types, ok := r.Rows.(driverRows); ok && r.exact[i] == nil {
		return types.ColumnTypeScanType(i)
	}
	return reflect.TypeFor[any]()
}

// exactly returns the name of a type that the driver reports as others have it, and what makes its
// values exact.
func exactly(name string) (string, func(driver.Value) driver.Value) {
	switch name {
	case "HUGEINT", "UHUGEINT", "BIGNUM":
		return "NUMERIC", exactInteger
	case "FLOAT":
		return "FLOAT4", nil
	case "UTINYINT", "USMALLINT", "UINTEGER":
		return "BIGINT", nil
	case "UBIGINT":
		return "BIGINT UNSIGNED", nil
	case "DATE":
		return name, exactTime(time.Time.Unix, math.MaxInt32*24*60*60)
	case "TIMESTAMP", "TIMESTAMPTZ":
		return name, exactTime(time.Time.UnixMicro, math.MaxInt64)
	case "TIMESTAMP_S":
		return "TIMESTAMP", exactTime(time.Time.Unix, math.MaxInt64)
	case "TIMESTAMP_MS":
		return "TIMESTAMP", exactTime(time.Time.UnixMilli, math.MaxInt64)
	case "TIMESTAMP_NS":
		return "TIMESTAMP", exactTime(time.Time.UnixNano, math.MaxInt64)
	}
	if strings.HasPrefix(name, "DECIMAL(") {
		return name, exactDecimal
	}
	return name, nil
}

// exactTime returns what makes infinity of the largest number, and -infinity of its negative, as
// DuckDB stores them: of days, seconds or parts of a second (its source, date_t and timestamp_t).
func exactTime(number func(time.Time) int64, infinity int64) func(driver.Value) driver.Value {
	return func(v driver.Value) driver.Value {
		t, ok := v.(time.Time)
		if !ok {
			return v
		}
		switch number(t) {
		case infinity:
			return "infinity"
		case -infinity:
			return "-infinity"
		}
		return v
	}
}

// exactJSON returns JSON that all can read.
func exactJSON(v driver.Value) driver.Value {
	if text, ok := v.(string); ok {
		return words.Quote(text)
	}
	return v
}

func exactInteger(v driver.Value) driver.Value {
	if n, ok := v.(*big.Int); ok {
		return n.String()
	}
	return v
}

// exactDecimal keeps the zeros at the end of a fraction, as DuckDB prints them.
func exactDecimal(v driver.Value) driver.Value {
	d, ok := v.(duckdb.Decimal)
	if !ok || d.Scale == 0 {
		if ok {
			return d.Value.String()
		}
		return v
	}
	digits, sign := d.Value.String(), ""
	if digits[0] == '-' {
		digits, sign = digits[1:], "-"
	}
	scale := int(d.Scale)
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - scale
	return sign + digits[:point] + "." + digits[point:]
}
