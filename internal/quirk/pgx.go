package quirk

import (
	"context"
	"database/sql/driver"
	"strings"
)

// isPGX recognizes the types of pgx's package stdlib, and those of the connectors around it that
// moresql has. pgx too sends a request to cancel as soon as the context is done, which PostgreSQL
// forgets if it comes before the statement. It gives up by itself on a server that has gone silent.
func isPGX(v any) bool {
	path := driverOf(v)
	return strings.HasPrefix(path, "github.com/jackc/pgx/") && strings.HasSuffix(path, "/stdlib") ||
		path == "github.com/moresql/moresql/drivers/pgx" || path == "github.com/moresql/moresql/pgxpipe"
}

// Probe returns a function that reports whether a connection is lost, by an error that is
// driver.ErrBadConn, or nil where the driver has a driver.Validator that tells.
//
// pgx has none. It closes a connection whose context is done while it waits, and the pool would hand
// that on: it looks only when it gives the connection to somebody, and gives up when that has been in
// vain three times, which in a full pool fails a call of somebody else's.
func Probe(conn driver.Conn) func(context.Context) error {
	resetter, ok := conn.(driver.SessionResetter)
	if _, validates := conn.(driver.Validator); validates || !ok {
		return nil
	}
	return resetter.ResetSession
}
