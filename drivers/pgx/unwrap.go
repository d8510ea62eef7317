package pgx

import "database/sql/driver"

// Unwrap returns pgx's own connection, a *stdlib.Conn.
func (c *conn) Unwrap() driver.Conn { return c.Conn }
