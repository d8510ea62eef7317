package database

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/http"

	"github.com/go-sql-driver/mysql"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/check"
	"github.com/moresql/moresql/cmd/moresql/internal/sample"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

// A system is a database system, and how the sample runs on it.
type system struct {
	Name   string
	Folder string // of the sample, "" if it cannot be installed
	schema string // an SQL expression for the connection's schema

	// superuser reports whether the user may do everything, or become who may. It is nil for SQLite,
	// which has no users.
	Superuser func(context.Context, *sql.DB) (bool, error)

	Filterable bool // requests may filter, order and page a list
	Settings   bool // a call may read settings of the request and set those of the response

	caller  func() (moresql.Caller, error)
	kinds   moresql.Kinds        // of columns whose type the driver does not report
	onError func(*moresql.Error) // finds client errors that the SQLSTATE does not show

	Dialect  moresql.Dialect // of .sql files
	Explains bool            // EXPLAIN reads a statement, which the driver does not before it runs
	Check    check.System    // nil if the database's own catalog shows no more to find

	// routines reports whether a file of the user's own has routines, those of schemas are served.
	Routines bool

	// schemas are those to serve tables of, or the routines of a file, if none are named.
	Schemas []string

	// load reads the routines and relations of schemas. It is nil for SQLite's sample.
	Load func(context.Context, catalog.Querier, ...string) (*catalog.Catalog, error)

	// loadNamed reads those alone that have a name. It is nil where all are read.
	loadNamed func(context.Context, catalog.Querier, string, ...string) (*catalog.Catalog, error)
}

// LoadOnly has Load read what has a name, or everything if that is not what is looked for: what is
// similar can be suggested then.
func (s *system) LoadOnly(name string, isThere func(*catalog.Snapshot) bool) {
	all, named := s.Load, s.loadNamed
	if named == nil {
		return
	}
	s.Load = func(
		ctx context.Context, db catalog.Querier, schemas ...string,
	) (*catalog.Catalog, error) {
		cat, err := named(ctx, db, name, schemas...)
		if err == nil && !isThere(cat.Current()) {
			return all(ctx, db, schemas...)
		}
		return cat, err
	}
}

var (
	postgreSQL = system{
		Name:       "PostgreSQL",
		Folder:     "postgres",
		schema:     "current_schema()",
		Filterable: true,
		Settings:   true,
		Superuser:  isPostgreSQLSuperuser,
		caller:     func() (moresql.Caller, error) { return moresql.Function{}, nil },
		onError:    onPostgreSQLError,
		Load:       catalog.Load,
		loadNamed:  catalog.LoadNamed,
		Dialect:    moresql.PostgreSQL,
		Check:      check.PostgreSQL,
	}

	mySQL = system{
		Name:      "MySQL",
		Folder:    "mysql",
		schema:    "DATABASE()",
		Superuser: isMySQLSuperuser,
		caller: func() (moresql.Caller, error) {
			return moresql.Procedure{Dialect: moresql.MySQL}, nil
		},
		kinds:   moresql.Kinds{"features": row.JSON}, // MariaDB's JSON is a LONGTEXT
		onError: onMySQLError,
		Load:    catalog.LoadMySQL,
		Dialect: moresql.MySQL,
		Check:   check.MySQL,
	}

	// fileSQLite is a file of the user's own. It has tables alone, and never the sample.
	fileSQLite = system{
		Name:       "SQLite",
		Filterable: true,
		Schemas:    []string{"main"},
		caller: func() (moresql.Caller, error) {
			return moresql.Function{Dialect: moresql.SQLite}, nil
		},
		onError:  onSQLiteError,
		Load:     catalog.LoadSQLite,
		Dialect:  moresql.SQLite,
		Explains: true,
		Check:    check.SQLite,
	}

	embedded = system{
		Name:       "SQLite",
		Folder:     "sqlite",
		Filterable: true,
		caller:     statements,
		Dialect:    moresql.SQLite,
		Explains:   true,
		kinds: moresql.Kinds{
			"price": row.Numeric, "electric": row.Bool,
			"added": row.Timestamp, "features": row.JSON,
		},
	}
)

// statements returns the named statements that stand in for procedures on SQLite.
func statements() (moresql.Caller, error) {
	folder, err := fs.Sub(sample.Files, "sqlite/procedures")
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
