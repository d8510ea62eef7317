package database

import (
	"context"
	"database/sql/driver"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// A cleanup is a connector of a process that may end soon. pgx closes a connection whose call has
// been interrupted in the background, and cancels the query there: await waits for that, or the
// query would run on for nobody.
type cleanup struct {
	driver.Connector
	mu    sync.Mutex
	conns []*pgx.Conn
}

// Connect implements driver.Connector. The connection is the connector's own.
func (c *cleanup) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	outer, ok := conn.(interface{ Unwrap() driver.Conn })
	if err != nil || !ok {
		return conn, err
	}
	if own, ok := outer.Unwrap().(interface{ Conn() *pgx.Conn }); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.conns = append(slices.DeleteFunc(c.conns, isDone), own.Conn())
	}
	return conn, nil
}

// Close closes the database of a connector that keeps one open, as that of DuckDB does.
func (c *cleanup) Close() error {
	if closer, ok := c.Connector.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// isDone reports whether a connection has been closed, in the background too.
func isDone(conn *pgx.Conn) bool {
	select {
	case <-conn.PgConn().CleanupDone():
		return true
	default:
		return false
	}
}

// await waits until connections that have been closed are done with, for a server that responds.
func (c *cleanup) await() {
	patience := time.After(3 * time.Second)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		select {
		case <-conn.PgConn().CleanupDone():
		case <-patience:
			return
		}
	}
}
