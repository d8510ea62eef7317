package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"net/http"

	"github.com/go-sql-driver/mysql"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/check"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

//go:embed sample
var sample embed.FS

// A system is a database system, and how the sample runs on it.
type system struct {
	name   string
	folder string // of the sample, "" if it cannot be installed
	schema string // an SQL expression for the connection's schema

	// superuser reports whether the user may do everything, or become who may. It is nil for SQLite,
	// which has no users.
	superuser func(context.Context, *sql.DB) (bool, error)

	filterable bool // requests may filter, order and page a list
	settings   bool // a call may read settings of the request and set those of the response

	caller  func() (moresql.Caller, error)
	kinds   moresql.Kinds        // of columns whose type the driver does not report
	onError func(*moresql.Error) // finds client errors that the SQLSTATE does not show

	dialect  moresql.Dialect // of .sql files
	explains bool            // EXPLAIN reads a statement, which the driver does not before it runs
	check    check.System    // nil if the database's own catalog shows no more to find

	// routines reports whether a file of the user's own has routines, those of schemas are served.
	routines bool

	// schemas are those to serve tables of, or the routines of a file, if none are named.
	schemas []string

	// load reads the routines and relations of schemas. It is nil for SQLite's sample.
	load func(context.Context, catalog.Querier, ...string) (*catalog.Catalog, error)
}

var (
	postgreSQL = system{
		name:       "PostgreSQL",
		folder:     "postgres",
		schema:     "current_schema()",
		filterable: true,
		settings:   true,
		superuser:  isPostgreSQLSuperuser,
		caller:     func() (moresql.Caller, error) { return moresql.Function{}, nil },
		onError:    onPostgreSQLError,
		load:       catalog.Load,
		dialect:    moresql.PostgreSQL,
		check:      check.PostgreSQL,
	}

	mySQL = system{
		name:      "MySQL",
		folder:    "mysql",
		schema:    "DATABASE()",
		superuser: isMySQLSuperuser,
		caller: func() (moresql.Caller, error) {
			return moresql.Procedure{Dialect: moresql.MySQL}, nil
		},
		kinds:   moresql.Kinds{"features": row.JSON}, // MariaDB's JSON is a LONGTEXT
		onError: onMySQLError,
		load:    catalog.LoadMySQL,
		dialect: moresql.MySQL,
		check:   check.MySQL,
	}

	// fileSQLite is a file of the user's own. It has tables alone, and never the sample.
	fileSQLite = system{
		name:       "SQLite",
		filterable: true,
		schemas:    []string{"main"},
		caller: func() (moresql.Caller, error) {
			return moresql.Function{Dialect: moresql.SQLite}, nil
		},
		onError:  onSQLiteError,
		load:     catalog.LoadSQLite,
		dialect:  moresql.SQLite,
		explains: true,
		check:    check.SQLite,
	}

	embedded = system{
		name:       "SQLite",
		folder:     "sqlite",
		filterable: true,
		caller:     statements,
		dialect:    moresql.SQLite,
		explains:   true,
		kinds: moresql.Kinds{
			"price": row.Numeric, "electric": row.Bool,
			"added": row.Timestamp, "features": row.JSON,
		},
	}
)

// statements returns the named statements that stand in for procedures on SQLite.
func statements() (moresql.Caller, error) {
	folder, err := fs.Sub(sample, "sample/sqlite/procedures")
	if err != nil {
		return nil, err
	}
	return sqlfile.Load(folder, moresql.SQLite)
}

func (s system) options() ([]moresql.Option, error) {
	caller, err := s.caller()
	return []moresql.Option{moresql.CallBy(caller), s.kinds, moresql.Hooks{Error: s.onError}}, err
}

// onMySQLError tells errors about a value from errors about other rows: MySQL reports both with the
// SQLSTATE 23000, or without one of their own.
func onMySQLError(e *moresql.Error) {
	var driver *mysql.MySQLError
	if !errors.As(e.Err, &driver) {
		return
	}
	switch driver.Number {
	case 1048, // ER_BAD_NULL_ERROR
		1265, 1366, // a value does not match the type of its column
		3819, 4025: // a CHECK constraint fails: MySQL's number and MariaDB's
		e.Status, e.Message, e.Public = http.StatusBadRequest, driver.Message, true
	}
}
