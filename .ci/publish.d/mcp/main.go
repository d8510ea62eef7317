// This program lists a statement as a tool, of a database that it makes up, with
// the module got alone.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/mcp"
	"github.com/moresql/moresql/sqlfile"
)

func main() {
	files := fstest.MapFS{"stock.sql": {Data: []byte("-- How many there are\nSELECT 1 AS n")}}
	statements, err := sqlfile.Load(files, moresql.SQLite)
	if err != nil {
		log.Fatal(err)
	}
	m := moresql.New(sql.OpenDB(database{}), moresql.CallBy(statements))
	server := mcp.New(m, statements.Catalog(), mcp.Options{})

	r := httptest.NewRequest("POST", "/", strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"title":"How many there are"`) {
		log.Fatal(w.Code, " ", w.Body)
	}
}

// A database has one row.
type database struct{}

func (d database) Connect(context.Context) (driver.Conn, error) { return d, nil }
func (d database) Driver() driver.Driver                        { return d }
func (d database) Open(string) (driver.Conn, error)             { return d, nil }
func (d database) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (d database) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (d database) Close() error                                 { return nil }

func (d database) QueryContext(
	context.Context, string, []driver.NamedValue,
) (driver.Rows, error) {
	return &rows{}, nil
}

type rows struct{ done bool }

func (r *rows) Columns() []string { return []string{"n"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.done {
		return io.EOF
	}
	r.done, dest[0] = true, ""
	return nil
}
