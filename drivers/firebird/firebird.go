// Package firebird connects to Firebird 3 through github.com/nakagami/firebirdsql:
//
//	connector, err := firebird.NewConnector("user:password@host:3050//srv/cars.fdb")
//	…
//	procedures := moresql.CallBy(moresql.Function{Dialect: firebird.Dialect})
//	m := moresql.New(sql.OpenDB(connector), procedures)
//	mux.Handle("GET /cars", m.Handler("get_cars", moresql.Fields("color")))
//
// The driver reads a time as one in the program's zone, in which some do not exist, and has the
// server keep each statement that fails as long as the connection is open. Here times are those of
// UTC, and statements are closed.
package firebird

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/nakagami/firebirdsql" // registers the driver
)

// Dialect is Firebird's number among the values of moresql.Dialect. It has no type, so that a
// program which does not use moresql need not fetch it.
const Dialect = 5

// NewConnector returns a connector for a data source name of the driver, a URI that may begin with
// firebird://. The option timezone is UTC unless it is set. It is safe for concurrent use.
func NewConnector(dsn string) (driver.Connector, error) {
	place, query, _ := strings.Cut(dsn, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("firebird: the options are malformed: %w", err)
	}
	if options.Get("timezone") == "" {
		options.Set("timezone", "UTC")
	}
	dsn = place + "?" + options.Encode()
	db, err := sql.Open("firebirdsql", dsn) // opens no connection
	if err != nil {
		return nil, err
	}
	defer db.Close()
	opener, ok := db.Driver().(driver.DriverContext)
	if !ok {
		return nil, fmt.Errorf("firebird: the driver %T has no connectors", db.Driver())
	}
	base, err := opener.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return &connector{base}, nil
}

type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	base, ok := made.(base)
	if !ok {
		return nil, fmt.Errorf("firebird: the driver returned a %T", made)
	}
	return &conn{base}, nil
}

// A base is what the driver's connections can.
type base interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.Validator
	driver.NamedValueChecker
}

// A conn is a connection of the driver without its QueryContext and ExecContext, in whose place
// database/sql prepares a statement, and closes it whatever comes of it.
type conn struct{ base }

// Unwrap returns the driver's connection, for functions of the driver that need it.
func (c *conn) Unwrap() driver.Conn { return c.base }
