package duckdbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/drivers/duckdb"
	"github.com/moresql/moresql/internal/handlertest"
	"github.com/moresql/moresql/rest"
)

// open returns a database in memory in which statements have run.
func open(t testing.TB, statements ...string) *sql.DB {
	t.Helper()
	connector, err := duckdb.NewConnector("")
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	run(t, db, statements...)
	return db
}

// run runs statements.
func run(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// textOf returns the only value of a query as DuckDB prints it.
func textOf(t testing.TB, db *sql.DB, query string, args ...any) (text string) {
	t.Helper()
	if err := db.QueryRow(query, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// library returns a MoreSQL that calls macros of tables.
func library(db *sql.DB, options ...moresql.Option) *moresql.MoreSQL {
	caller := moresql.CallBy(moresql.Function{Dialect: duckdb.Dialect})
	return moresql.New(db, append([]moresql.Option{caller}, options...)...)
}

// api returns the handler of the macros of a database.
func api(t testing.TB, db *sql.DB, schemas ...string) (http.Handler, *catalog.Catalog) {
	t.Helper()
	cat, err := catalog.LoadDuckDB(t.Context(), db, schemas...)
	if err != nil {
		t.Fatal(err)
	}
	return rest.Routines(moresql.New(db), cat), cat
}

// get returns the status and the body of the response to GET.
func get(h http.Handler, target string, header ...string) (int, string) {
	return show(handlertest.Serve(h, handlertest.Get(target, header...)))
}

func post(h http.Handler, target, body string) (int, string) {
	return show(handlertest.Serve(h, handlertest.Post(target, body)))
}

func show(w *httptest.ResponseRecorder) (int, string) {
	return w.Code, strings.TrimSpace(w.Body.String())
}

// want fails the test unless a response is as it should be.
func want(t testing.TB, what string, code int, body string, wantCode int, wantBody string) {
	t.Helper()
	if code != wantCode || body != wantBody {
		t.Errorf("%s: %d %s\nwant %d %s", what, code, body, wantCode, wantBody)
	}
}

// fileIn returns the name of a file in a folder of the test, as SQL and Go have it.
func fileIn(t testing.TB, name string) (quoted, file string) {
	file = filepath.Join(t.TempDir(), name)
	return fmt.Sprintf("'%s'", strings.ReplaceAll(file, "'", "''")), file
}

func escape(text string) string { return url.QueryEscape(text) }
