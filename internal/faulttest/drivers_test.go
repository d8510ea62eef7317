package faulttest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	morepgx "github.com/moresql/moresql/drivers/pgx"
	morepq "github.com/moresql/moresql/drivers/pq"
)

// bareDrivers are the names of PostgreSQL's drivers. drivers has those of the library's connectors
// too, which change how a call is sent: by statements that are kept prepared, and by pipelines.
var (
	bareDrivers = []string{"postgres", "pgx"}
	drivers     = append(bareDrivers, "drivers/pq", "drivers/pgx")
)

func init() {
	sql.Register("drivers/pq", connecting(morepq.NewConnector))
	sql.Register("drivers/pgx", connecting(morepgx.NewConnector))
}

// connecting is a driver whose connections are those of a connector.
type connecting func(dsn string) (driver.Connector, error)

var _ driver.DriverContext = connecting(nil)

func (c connecting) OpenConnector(dsn string) (driver.Connector, error) { return c(dsn) }

func (c connecting) Open(dsn string) (driver.Conn, error) {
	connector, err := c(dsn)
	if err != nil {
		return nil, err
	}
	return connector.Connect(context.Background())
}

// open opens a database and closes it when the test ends.
func open(t *testing.T, driver, uri string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// openSure opens a database whose idle connections are not pinged before they are used again, as
// pgx does after a second.
func openSure(t *testing.T, driver, uri string) *sql.DB {
	t.Helper()
	if driver != "pgx" && driver != "drivers/pgx" {
		return open(t, driver, uri)
	}
	config, err := pgx.ParseConfig(uri)
	if err != nil {
		t.Fatal(err)
	}
	never := func(context.Context, stdlib.ShouldPingParams) bool { return false }
	connector := stdlib.GetConnector(*config, stdlib.OptionShouldPing(never))
	if driver == "drivers/pgx" {
		connector = morepgx.Wrap(connector)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}
