package moresql_test

import (
	"context"
	"database/sql/driver"
	"io"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/internal/handlertest"
)

// discard is a ResponseWriter that allocates nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }

// TestCallAllocatesLittle beyond what the driver and database/sql allocate for the same statement:
// a call with two fields that returns one row of two columns.
func TestCallAllocatesLittle(t *testing.T) {
	const most = 15
	f := &fakedb.DB{Can: fakedb.Modern, Results: map[string]fakedb.Result{
		"SELECT * FROM get_car($1, $2)": {Sets: []fakedb.Set{{
			Columns: []fakedb.Column{
				{Name: "name", DatabaseType: "TEXT"}, {Name: "doors", DatabaseType: "INT8"},
			},
			Rows: [][]driver.Value{{"Mini", int64(3)}},
		}}},
	}}
	db := f.Open(t)
	forget := func() {
		f.Log()
		f.Args()
	}
	ctx, cancel := context.WithCancel(t.Context()) // as that of a server is
	defer cancel()

	h := moresql.New(db).Handler("get_car", moresql.Fields("name", "doors"))
	r := handlertest.Get("/?name=Mini&doors=3").WithContext(ctx)
	w := discard{http.Header{}}
	calls := testing.AllocsPerRun(100, func() {
		h.ServeHTTP(w, r)
		forget()
	})

	args := []driver.NamedValue{{Ordinal: 1, Value: "Mini"}, {Ordinal: 2, Value: "3"}}
	dest := make([]driver.Value, 2)
	read := func(c any) error {
		rows, err := c.(driver.QueryerContext).QueryContext(ctx, "SELECT * FROM get_car($1, $2)", args)
		if err != nil {
			return err
		}
		for range len(rows.Columns()) - 1 { // one row
			if err := rows.Next(dest); err != nil {
				return err
			}
		}
		if err := rows.Next(dest); err != io.EOF {
			t.Errorf("after the last row: %v", err)
		}
		return rows.Close()
	}
	byHand := testing.AllocsPerRun(100, func() {
		conn, err := db.Conn(ctx)
		if err == nil {
			err = conn.Raw(read)
		}
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		forget()
	})

	if n := calls - byHand; n > most || byHand < 3 {
		t.Errorf("%v allocations a call, %v of which are not the library's: want at most %d of it",
			calls, byHand, most)
	} else {
		t.Logf("%v allocations a call, %v of which are not the library's", calls, byHand)
	}
}
