package exec

import (
	"database/sql/driver"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestRowsAreQueriedRaw where a driver has that, also after a BEGIN; a program's own statements are
// not.
func TestRowsAreQueriedRaw(t *testing.T) {
	f := &fakedb.DB{
		Can:   fakedb.Modern | fakedb.Checks | fakedb.QueriesRaw,
		Check: func(*driver.NamedValue) error { return nil },
	}
	db := f.Open(t)
	for _, test := range []struct {
		options Options
		log     string
	}{
		{Options{}, "query raw a, query raw b"},
		{Options{Tx: true}, "begin read only false, query raw a, query raw b, commit"},
	} {
		if err := complete(t.Context(), db, "a b", test.options, ""); err != nil {
			t.Fatal(err)
		}
		if log := f.Log(); log != test.log {
			t.Errorf("the database saw %s; want %s", log, test.log)
		}
	}
	rows, err := db.QueryContext(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
	if log := f.Log(); log != "query a" {
		t.Errorf("of the program the database saw %s", log)
	}
	f.Args()
}
