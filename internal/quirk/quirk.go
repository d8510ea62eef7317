// Package quirk holds what makes up for the faults and gaps of single drivers, one file a driver.
// It imports none of them: a driver is recognized by the package that its types are from.
//
// Each repair has a test, here or where it takes a server in internal/dbtest and
// internal/faulttest, that fails once the driver no longer needs it, or keeps elsewhere what the
// repair goes by.
package quirk

import (
	"context"
	"database/sql/driver"
	"reflect"
)

// A Driver is what the connection of one driver needs beyond what database/sql does. The zero
// Driver needs nothing.
type Driver struct {
	conn         driver.Conn // as the driver has made it
	cancelsEarly bool        // its request to cancel may arrive before the statement
	stalls       bool        // it waits without end for a server that has gone silent
}

// Of returns what a connection needs. It looks through the connections of connectors that have the
// method Unwrap() driver.Conn.
func Of(conn driver.Conn) Driver {
	for {
		switch {
		case isPQ(conn):
			return Driver{conn: conn, cancelsEarly: true, stalls: true}
		case isPGX(conn):
			return Driver{conn: conn, cancelsEarly: true}
		}
		wrapper, ok := conn.(interface{ Unwrap() driver.Conn })
		if !ok {
			return Driver{}
		}
		conn = wrapper.Unwrap()
	}
}

// Watch returns a Watch over a call on the connection, nil where the driver needs none.
func (d Driver) Watch(ctx context.Context) *Watch {
	if !d.cancelsEarly {
		return nil
	}
	return newWatch(ctx, d.conn, d.stalls)
}

// IsPostgreSQL reports whether a result comes from PostgreSQL, or a server that speaks like it, by
// the driver: what it writes as numeric and JSON is that, and need not be checked again. It looks
// through rows that have the method Unwrap() driver.Rows. A result in another wrapper is not
// recognized, and checked as any other.
func IsPostgreSQL(rows driver.Rows) bool {
	for ; rows != nil; rows = unwrapped(rows) {
		if isPQ(rows) || isPGX(rows) {
			return true
		}
	}
	return false
}

// driverOf returns the path of the package that the type of a connection or a result is from.
func driverOf(v any) string {
	t := reflect.TypeOf(v)
	if t == nil {
		return ""
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}
