// Package duckdb connects to DuckDB through github.com/duckdb/duckdb-go, which needs cgo, and
// returns values as DuckDB itself writes them:
//
//	connector, err := duckdb.NewConnector("cars.duckdb?access_mode=read_only")
//	…
//	macros := moresql.CallBy(moresql.Function{Dialect: duckdb.Dialect})
//	m := moresql.New(sql.OpenDB(connector), macros)
//	mux.Handle("GET /cars", m.Handler("cheap_cars", moresql.Fields("price")))
//
// The driver makes Go values of nested ones and of JSON, in which the order of fields and digits of
// numbers are lost, and dates of the year 5881580 of infinity. Here DuckDB's to_json makes JSON of
// a LIST, ARRAY, STRUCT, MAP, UNION and VARIANT, a JSON is its text, an INTERVAL and a time of day
// are the text that DuckDB prints, and HUGEINT, BIGNUM and DECIMAL have all their digits. Errors
// have the SQLSTATE of PostgreSQL for the same fault, by a method SQLState.
//
// A query is one statement. One whose columns need it is sent as a subquery of another one that has
// them converted. What cannot be a subquery, such as an INSERT with RETURNING, is refused if it
// returns such columns.
package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/duckdb/duckdb-go/v2"
)

// Dialect is DuckDB's number among the values of moresql.Dialect. It has no type, so that a program
// which does not use moresql need not fetch it.
const Dialect = 4

// NewConnector returns a connector for a data source name of the driver: a file, ":memory:" or "",
// with DuckDB's settings as a query after it: cars.duckdb?access_mode=read_only. The database is
// open until the connector is closed, as sql.DB.Close does. It is safe for concurrent use.
func NewConnector(dsn string) (driver.Connector, error) {
	base, err := duckdb.NewConnector(dsn, nil)
	if err != nil {
		return nil, explained(err, false)
	}
	return Wrap(base), nil
}

// Wrap returns a connector for the connections of one of the driver's, which may have a function
// that initializes them. Closing it closes the other one.
func Wrap(base *duckdb.Connector) driver.Connector { return &connector{base} }

type connector struct{ *duckdb.Connector }

var _ io.Closer = (*connector)(nil)

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, explained(err, false)
	}
	base, ok := made.(*duckdb.Conn)
	if !ok {
		return nil, fmt.Errorf("duckdb: the driver returned a %T", made)
	}
	return &conn{base}, nil
}
