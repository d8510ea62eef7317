package quirk

import (
	"context"
	"database/sql/driver"
	"strings"
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
