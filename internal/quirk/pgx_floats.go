package quirk

import (
	"database/sql/driver"
	"math"
	"reflect"
	"strconv"
)

// pgx makes an integer of a float for a parameter of an integer type (pgtype/builtin_wrappers.go),
// whatever it was: 1.5 comes to be 1, and NaN the least bigint. For one of type real it makes an
// infinity of 1e300. PostgreSQL refuses each of these.

// Exact returns what the connection has to be given for an argument: of pgx, for a float that is no
// integer of 64 bits, its digits, which PostgreSQL itself converts to the type of the parameter. It
// leaves the elements of a slice to pgx, since those of one for JSON are written otherwise.
func Exact(conn driver.Conn, arg any) any {
	switch arg.(type) {
	case string, []byte, bool, int64, nil: // what requests have
		return arg
	}
	v := reflect.ValueOf(arg)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.CanFloat() && v.Kind() != reflect.Struct || !isPGX(Of(conn).conn) {
		return arg
	}
	if valuer, ok := arg.(driver.Valuer); ok { // such as sql.NullFloat64, which pgx takes as it is
		value, err := valuer.Value()
		if err != nil {
			return arg // pgx gets it, too
		}
		v = reflect.ValueOf(value)
	}
	if !v.CanFloat() || isInt64(v.Float()) {
		return arg
	}
	return strconv.FormatFloat(v.Float(), 'f', -1, 64) // money has no exponent
}

// isInt64 reports whether a float is an integer of 64 bits.
func isInt64(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<63 }
