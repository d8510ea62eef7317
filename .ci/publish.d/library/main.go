// This program serves a function of a database that it makes up, through the
// library and nothing else.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/row"
)

func main() {
	const want = `[{"id":7,"name":"Ada"}]`
	m := moresql.New(sql.OpenDB(database{}))
	w := httptest.NewRecorder()
	getUser := m.Handler("get_user", moresql.Fields("id"))
	getUser.ServeHTTP(w, httptest.NewRequest("GET", "/?id=7", nil))
	if w.Code != http.StatusOK || w.Body.String() != want {
		log.Fatal(w.Code, " ", w.Body)
	}

	columns := []row.Column{{Name: "id", Kind: row.Int}, {Name: "name", Kind: row.Text}}
	var b bytes.Buffer
	err := gojson.JSON().Encode(&b, row.Of(columns, []any{int64(7), "Ada"}))
	if err != nil || b.String() != want {
		log.Fatal(err, " ", b.String())
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
