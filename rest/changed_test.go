package rest_test

import (
	"fmt"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/sqlfile"
)

// SQLite counts by a query after the statement, on its connection.
func ExampleCount() {
	db, expect := open()
	expect.ExpectQuery("DELETE FROM cars WHERE year < ?").WithArgs("1960").
		WillReturnRows(result(""))
	expect.ExpectQuery("SELECT changes()").WillReturnRows(result("n", []any{2}))
	statements, err := sqlfile.Load(fstest.MapFS{
		"scrap.sql": {Data: []byte("DELETE FROM cars WHERE year < :year")},
	}, moresql.SQLite)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := moresql.New(db, moresql.CallBy(statements))
	h := m.Handler("scrap", moresql.Fields("year"), rest.Count())
	r := get("/?year=1960")
	r.Header.Set("Prefer", "count=exact")
	w := serve(h, r)
	fmt.Println(w.Code, w.Header().Get("Content-Range"), w.Header().Get("Preference-Applied"))
	// Output: 204 */2 count=exact
}
