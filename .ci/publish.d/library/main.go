// This program serves a function of a database that it makes up, through the
// library and nothing else.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder/gojson"
)

func main() {
	m := moresql.New(sql.OpenDB(database{}))
	for _, h := range []http.Handler{
		m.Handler("get_user", moresql.Fields("id")),
		m.Handler("get_user", moresql.Fields("id"), moresql.WithEncoder(gojson.JSON())),
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/?id=7", nil))
		if w.Code != http.StatusOK || w.Body.String() != `[{"id":7,"name":"Ada"}]` {
			log.Fatal(w.Code, " ", w.Body)
		}
	}
}

// A database has one statement and one row.
type database struct{}

func (d database) Connect(context.Context) (driver.Conn, error) { return d, nil }
func (d database) Driver() driver.Driver                        { return d }
func (d database) Open(string) (driver.Conn, error)             { return d, nil }
func (d database) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (d database) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (d database) Close() error                                 { return nil }

func (d database) QueryContext(
	_ context.Context, query string, args []driver.NamedValue,
) (driver.Rows, error) {
	if query != "SELECT * FROM get_user($1)" || len(args) != 1 || args[0].Value != "7" {
		log.Fatal(query, args)
	}
	return &rows{}, nil
}

type rows struct{ done bool }

func (r *rows) Columns() []string { return []string{"id", "name"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(values []driver.Value) error {
	if r.done {
		return io.EOF
	}
	values[0], values[1] = int64(7), "Ada"
	r.done = true
	return nil
}
