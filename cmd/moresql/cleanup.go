package main

import (
	"context"
	"database/sql/driver"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// A cleanup is a connector of a process that ends soon. pgx closes a connection whose call has been
// interrupted in the background, and cancels the query there: await waits for that, or the query
// would run on for nobody.
type cleanup struct {
	driver.Connector
	mu    sync.Mutex
	conns []*pgx.Conn
}

// Connect implements driver.Connector. The connection is the connector's own.
func (c *cleanup) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if own, ok := conn.(interface{ Conn() *pgx.Conn }); ok && err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.conns = append(c.conns, own.Conn())
	}
	return conn, err
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
