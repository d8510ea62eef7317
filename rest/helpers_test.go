package rest_test

import (
	"database/sql"
	"database/sql/driver"
	"log/slog"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/handlertest"
	"github.com/moresql/moresql/internal/leaktest"
)

// mock returns a database that expects exactly the statements that the test declares, in their
// order. When the test ends all of them must have come, and all connections been given back.
func mock(t testing.TB) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	leaktest.Check(t)
	db, expect := open()
	t.Cleanup(func() {
		if err := expect.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections were not given back", n)
		}
		db.Close()
	})
	return db, expect
}

// open returns such a database for examples, as sql.Open would one of a real server.
func open() (*sql.DB, sqlmock.Sqlmock) {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		panic(err)
	}
	return db, expect
}

// result returns rows of columns whose names are separated by spaces.
func result(columns string, rows ...[]any) *sqlmock.Rows {
	r := sqlmock.NewRows(strings.Fields(columns))
	for _, values := range rows {
		r.AddRow(toDriver(values)...)
	}
	return r
}

func cars() *sqlmock.Rows { return result("name price", []any{"2CV", 4000}, []any{"DS", 9000}) }

// toDriver gives values the types that drivers have.
func toDriver(values []any) []driver.Value {
	list := make([]driver.Value, len(values))
	for i, v := range values {
		list[i] = v
		if n, ok := v.(int); ok {
			list[i] = int64(n)
		}
	}
	return list
}

// Requests and responses of the tests.
var (
	get     = handlertest.Get
	post    = handlertest.Post
	serve   = handlertest.Serve
	show    = handlertest.Show
	panicOf = handlertest.PanicOf
)

// quiet keeps errors that a test provokes out of the log.
var quiet = moresql.Hooks{Logger: slog.New(slog.DiscardHandler)}

// setTwo is what a session sends that has one setting.
const setTwo = "SELECT 1, set_config($1, $2, true), set_config($3, $4, true)"

// expectClean expects what a session sends last.
func expectClean(expect sqlmock.Sqlmock) {
	expect.ExpectExec("CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; " +
		"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES").
		WillReturnResult(sqlmock.NewResult(0, 0))
}
