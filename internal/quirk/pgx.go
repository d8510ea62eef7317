package quirk

import (
	"context"
	"database/sql/driver"
	"reflect"
	"strings"
	"sync"
	"time"
)

// isPGX recognizes the types of pgx's package stdlib, and those of the connector around it that
// moresql has. pgx too sends a request to cancel as soon as the context is done, which PostgreSQL
// forgets if it comes before the statement. It gives up by itself on a server that has gone silent.
func isPGX(v any) bool {
	path := driverOf(v)
	return strings.HasPrefix(path, "github.com/jackc/pgx/") && strings.HasSuffix(path, "/stdlib") ||
		path == "github.com/moresql/moresql/drivers/pgx"
}

// Probe returns a function that fails with driver.ErrBadConn if the connection is lost. It returns
// nil where the driver has a driver.Validator, which the pool consults by itself.
//
// pgx has none. It closes a connection whose context ends while it waits for the server, and the
// pool keeps that connection: pgx reports the loss only when the pool hands it on. The pool gives
// up after three such connections, so that in a full pool the call of another client fails.
func Probe(conn driver.Conn) func(context.Context) error {
	resetter, ok := conn.(driver.SessionResetter)
	if _, validates := conn.(driver.Validator); validates || !ok {
		return nil
	}
	return resetter.ResetSession
}

// SessionZone returns the time zone of the session in which pgx has run a query. It is nil for any
// other driver, and if Go does not have the zone.
//
// The server sends an instant, and pgx returns it in the program's zone. lib/pq returns it in the
// session's, as the server itself writes it. pgx knows that zone, since the server reports each
// change of it, but not with a result. The connection must not be in use meanwhile.
func SessionZone(rows driver.Rows) *time.Location {
	for ; rows != nil; rows = unwrapped(rows) {
		if r, ok := rows.(interface{ TimeZone() string }); ok { // row.RawRows
			return zones.load(r.TimeZone())
		}
		if !isPGX(rows) {
			continue
		}
		settings := fieldOf(reflect.ValueOf(rows), "conn", "conn", "pgConn", "parameterStatuses")
		if settings.Kind() != reflect.Map || settings.Type().Key().Kind() != reflect.String {
			return nil
		}
		name := settings.MapIndex(reflect.ValueOf("TimeZone"))
		if name.Kind() != reflect.String {
			return nil
		}
		return zones.load(name.String())
	}
	return nil
}

// zones are the time zones that have been in use.
var zones zoneCache

type zoneCache struct{ sync.Map }

// load returns the zone with a name, nil if there is none, such as for <+02>-02.
func (z *zoneCache) load(name string) *time.Location {
	if zone, ok := z.Load(name); ok {
		return zone.(*time.Location)
	}
	if name == "" || name == "Local" || strings.ContainsAny(name, "<>") {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	z.Store(name, zone)
	return zone
}
