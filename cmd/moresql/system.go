package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/sqlstate"
	"github.com/moresql/moresql/row"
)

//go:embed sample
var sample embed.FS

// A system is a kind of database, and how the sample runs on it.
type system struct {
	name   string
	folder string // of the sample
	schema string // SQL for the schema that the connection is in

	superuser string // a query whether the user is one, "" where there are no users

	parts    bool // a request may ask for a part of what is returned
	settings bool // a call has settings, through which it speaks HTTP

	caller  func() (moresql.Caller, error)
	kinds   moresql.Kinds        // what the driver does not tell of the columns
	onError func(*moresql.Error) // makes errors of the client's doing the client's, where the database's code does not

	load func(context.Context, catalog.Querier, ...string) (*catalog.Catalog, error) // the routines of schemas; SQLite has none
}

var (
	postgreSQL = system{name: "PostgreSQL", folder: "postgres", schema: "current_schema()", parts: true, settings: true,
		superuser: "SELECT bool_or(rolsuper) FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user)", // RESET ROLE leads to the latter
		caller:    func() (moresql.Caller, error) { return moresql.Function{}, nil },
		load:      catalog.Load}

	mySQL = system{name: "MySQL", folder: "mysql", schema: "DATABASE()",
		superuser: `SELECT count(*) > 0 FROM information_schema.user_privileges WHERE privilege_type = 'SUPER'
			AND replace(grantee, '''', '') = current_user()`, // its quotes are around user and host
		caller:  func() (moresql.Caller, error) { return moresql.Procedure{Dialect: moresql.MySQL}, nil },
		kinds:   moresql.Kinds{"features": row.JSON}, // MariaDB's JSON is a LONGTEXT
		onError: onMySQLError,
		load:    catalog.LoadMySQL}

	embedded = system{name: "SQLite", folder: "sqlite", parts: true,
		caller: statements,
		kinds:  moresql.Kinds{"price": row.Numeric, "electric": row.Bool, "added": row.Timestamp, "features": row.JSON}}
)

// statements are SQLite's stored procedures.
func statements() (moresql.Caller, error) {
	folder, err := fs.Sub(sample, "sample/sqlite/procedures")
	if err != nil {
		return nil, err
	}
	return moresql.LoadStatements(folder, moresql.SQLite)
}

func (s system) options() ([]moresql.Option, error) {
	caller, err := s.caller()
	return []moresql.Option{moresql.WithCaller(caller), s.kinds, moresql.OnError(s.onError)}, err
}

// onMySQLError tells the errors about a value from those about other rows: both have the SQLSTATE 23000, or none of
// their own.
func onMySQLError(e *moresql.Error) {
	var driver *mysql.MySQLError
	if !errors.As(e.Err, &driver) {
		return
	}
	switch driver.Number {
	case 1048, // a column cannot be NULL
		1265, 1366, // a value is not of the column's type
		3819, 4025: // a CHECK fails: MySQL's number and MariaDB's
		e.Status, e.Message, e.Public = http.StatusBadRequest, driver.Message, true
	}
}

// errNoSample says that the database is there, and the sample is not.
var errNoSample = errors.New("the sample is not installed")

// prepare makes sure that the database holds the sample, which it installs where it is asked to. It returns the id that the
// next car will have.
func (db *database) prepare(ctx context.Context, m *moresql.MoreSQL, install bool) (nextCar uint64, err error) {
	nextCar, err = db.nextCar(ctx, m)
	missing := errors.Is(err, errNoSample)
	if install || missing && db.connector == nil {
		if err := db.install(ctx, missing); err != nil {
			return 0, err
		}
		nextCar, err = db.nextCar(ctx, m)
	}
	switch {
	case errors.Is(err, errNoSample):
		return 0, fmt.Errorf("the sample is not installed in the database %q of %s: run moresql -init, which installs it", db.database, db.server)
	case err != nil:
		return 0, db.explain(err)
	}
	return nextCar, nil
}

// nextCar asks the procedure that tells whether the sample is there.
func (db *database) nextCar(ctx context.Context, m *moresql.MoreSQL) (uint64, error) {
	for r, err := range m.Rows(ctx, "next_car") {
		switch {
		case err == nil:
			return r.Get("id").Uint(), nil
		case isUndefined(err):
			return 0, errNoSample
		}
		return 0, err
	}
	return 0, errNoSample
}

// isUndefined reports whether a procedure or a table does not exist.
func isUndefined(err error) bool {
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code() == 1 // the statement cannot be compiled; there is no code for "no such table"
	}
	if e := (*mysql.MySQLError)(nil); errors.As(err, &e) {
		return e.Number == 1305
	}
	code := sqlstate.Of(err).Code
	return code == "42883" || code == "42P01"
}

// install runs the sample's schema.sql. The first time it makes sure that it takes no name that is somebody else's.
func (db *database) install(ctx context.Context, first bool) error {
	schema, err := fs.ReadFile(sample, "sample/"+db.system.folder+"/schema.sql")
	if err != nil {
		return err
	}
	pool := db.DB
	if db.installer != nil {
		pool = sql.OpenDB(db.installer)
		defer pool.Close()
	}
	if first && db.installer != nil {
		if err := db.checkNames(ctx); err != nil {
			return err
		}
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return db.explain(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, string(schema)); err != nil {
		return db.explain(err)
	}
	if err := tx.Commit(); err != nil {
		return db.explain(err)
	}
	return nil
}

// checkNames refuses a database without the sample that has tables or procedures of the same names, which the sample would
// fill or replace.
func (db *database) checkNames(ctx context.Context) error {
	rows, err := db.QueryContext(ctx, strings.ReplaceAll(`
		SELECT table_name AS name FROM information_schema.tables WHERE table_schema = SCHEMA
		UNION ALL
		SELECT routine_name FROM information_schema.routines WHERE routine_schema = SCHEMA`, "SCHEMA", db.system.schema))
	if err != nil {
		return db.explain(err)
	}
	defer rows.Close()
	taken := []string{"users", "cars", "films"}
	for _, r := range routes {
		taken = append(taken, r.procedure)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if slices.Contains(taken, name) {
			return fmt.Errorf("the database %q of %s has %s of its own, where the sample's would go: name an empty database in %s",
				db.database, db.server, name, db.variable)
		}
	}
	return rows.Err()
}
