//go:build duckdb && cgo

package database

import (
	"context"
	"database/sql/driver"
	"io"
	"sync"

	"github.com/moresql/moresql/drivers/duckdb"
)

// A duckConnector opens the database at the first connection, as others do: a file that is missing
// is reported then.
type duckConnector struct {
	dsn  string
	open func() (driver.Connector, error)
}

// The dialect has the same number there and here, or this does not compile.
var _ [0]struct{} = [duckDB - duckdb.Dialect]struct{}{}

func init() {
	newDuckConnector = func(dsn string) (driver.Connector, error) {
		return &duckConnector{dsn, sync.OnceValues(func() (driver.Connector, error) {
			return duckdb.NewConnector(dsn)
		})}, nil
	}
}

// Connect implements driver.Connector.
func (c *duckConnector) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := c.open()
	if err != nil {
		return nil, err
	}
	return connector.Connect(ctx)
}

// Driver implements driver.Connector.
func (c *duckConnector) Driver() driver.Driver {
	connector, err := c.open()
	if err != nil {
		return nil
	}
	return connector.Driver()
}

// Close closes the database.
func (c *duckConnector) Close() error {
	connector, err := c.open()
	if err != nil {
		return nil
	}
	return connector.(io.Closer).Close()
}
