package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"modernc.org/sqlite"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/sample"
)

// errNoSample reports a database in which the sample is not installed.
var errNoSample = errors.New("the sample is not installed")

// Prepare makes sure that the database holds the sample, which it installs if install is true or
// the database is the embedded one. It returns the id that the next car will get. The login does
// that, whatever role calls have later.
func (db *DB) Prepare(ctx context.Context, install bool) (nextCar uint64, err error) {
	m := moresql.New(db.Pool, db.Options...)
	nextCar, err = db.nextCar(ctx, m)
	missing := errors.Is(err, errNoSample)
	if install || missing && db.Connector == nil {
		if err := db.install(ctx, missing); err != nil {
			return 0, err
		}
		nextCar, err = db.nextCar(ctx, m)
	}
	switch {
	case errors.Is(err, errNoSample):
		return 0, fmt.Errorf("the sample is not installed in the database %q of %s: "+
			"run moresql -init, which installs it, or name a schema of your own with -schema",
			db.Database, db.Server)
	case err != nil:
		return 0, db.Explain(err)
	}
	return nextCar, nil
}

// nextCar returns the result of the procedure next_car, or errNoSample if it does not exist.
func (db *DB) nextCar(ctx context.Context, m *moresql.MoreSQL) (uint64, error) {
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

// isUndefined reports whether an error says that a procedure or a table does not exist.
func isUndefined(err error) bool {
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code() == 1 // SQLITE_ERROR: there is no code of its own for a missing table
	}
	if number := mysqlNumber(err); number != 0 {
		return number == 1305 // ER_SP_DOES_NOT_EXIST
	}
	state := sqlState(err)
	return state == "42883" || state == "42P01" // undefined_function, undefined_table
}

// install runs the sample's schema.sql. The first time it makes sure that the sample replaces
// nothing of the database's own.
func (db *DB) install(ctx context.Context, first bool) error {
	schema, err := fs.ReadFile(sample.Files, db.System.Folder+"/schema.sql")
	if err != nil {
		return err
	}
	pool := db.Pool
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
		return db.Explain(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, string(schema)); err != nil {
		return db.Explain(err)
	}
	if err := tx.Commit(); err != nil {
		return db.Explain(err)
	}
	return nil
}

// checkNames refuses a database without the sample that has tables or routines of the same names,
// which the sample would fill or replace.
func (db *DB) checkNames(ctx context.Context) error {
	rows, err := db.Pool.QueryContext(ctx, strings.ReplaceAll(`
		SELECT table_name AS name FROM information_schema.tables WHERE table_schema = SCHEMA
		UNION ALL
		SELECT routine_name FROM information_schema.routines WHERE routine_schema = SCHEMA`,
		"SCHEMA", db.System.schema))
	if err != nil {
		return db.Explain(err)
	}
	defer rows.Close()
	taken := []string{"users", "cars", "films"}
	for _, r := range sample.Routes {
		taken = append(taken, r.Procedure)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if slices.Contains(taken, name) {
			return fmt.Errorf("the database %q of %s has %s of its own, where the sample's "+
				"would go: name an empty database in %s", db.Database, db.Server, name, db.Variable)
		}
	}
	return rows.Err()
}
