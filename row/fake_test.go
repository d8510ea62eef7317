package row

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/internal/leaktest"
)

// The sets of tests count numbers or have texts.
var ints, texts = fakedb.Ints, fakedb.Texts

// A database is where the rows of a test come from.
type database interface {
	query(context.Context, Options) (*Rows, error)
	inUse() int // number of results that still have their connection
}

// A pool reads rows through database/sql.
type pool struct{ *sql.DB }

func (p pool) query(ctx context.Context, o Options) (*Rows, error) {
	rows, err := p.QueryContext(ctx, "")
	if err != nil {
		return nil, err
	}
	return o.Scan(rows)
}

func (p pool) inUse() int { return p.Stats().InUse }

// A lender reads rows from the driver, with ScanDriver.
type lender struct {
	rows func() driver.Rows
	open *int
}

func (l lender) query(ctx context.Context, o Options) (*Rows, error) {
	rows := l.rows()
	*l.open++
	rows.(interface{ OnClose(func()) }).OnClose(func() { *l.open-- })
	return o.ScanDriver(ctx, rows, func(f func() error) error { return f() })
}

func (l lender) inUse() int { return *l.open }

// everywhere runs a test once with rows of database/sql and once with those of the driver.
func everywhere(t *testing.T, test func(*testing.T, func(*testing.T, ...fakedb.Set) database)) {
	t.Run("Scan", func(t *testing.T) { test(t, openFake) })
	t.Run("ScanDriver", func(t *testing.T) { test(t, lendFake) })
}

// openFake returns a database/sql database whose queries return the sets.
func openFake(t *testing.T, sets ...fakedb.Set) database {
	return openRows(t, func() driver.Rows { return fakedb.NewRows(sets...) })
}

func openRows(t *testing.T, rows func() driver.Rows) database {
	t.Helper()
	leaktest.Check(t)
	db := sql.OpenDB(fakedb.Connector(rows))
	t.Cleanup(func() {
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
		db.Close()
	})
	return pool{db}
}

// lendFake returns a database without database/sql whose queries return the sets.
func lendFake(t *testing.T, sets ...fakedb.Set) database {
	return lendRows(t, func() driver.Rows { return fakedb.NewRows(sets...) })
}

func lendRows(t *testing.T, rows func() driver.Rows) database {
	t.Helper()
	leaktest.Check(t)
	db := lender{rows, new(int)}
	t.Cleanup(func() {
		if n := db.inUse(); n != 0 {
			t.Errorf("%d results have not been closed", n)
		}
	})
	return db
}

// query runs a query.
func query(t *testing.T, db database) *Rows {
	t.Helper()
	return queryContext(t, t.Context(), db)
}

func queryContext(t *testing.T, ctx context.Context, db database) *Rows {
	t.Helper()
	return opened(t)(db.query(ctx, Options{}))
}

func queryWith(t *testing.T, db database, o Options) *Rows {
	t.Helper()
	return opened(t)(db.query(t.Context(), o))
}

// opened returns the rows of a query, which the test closes at its end.
func opened(t *testing.T) func(*Rows, error) *Rows {
	t.Helper()
	return func(rows *Rows, err error) *Rows {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { rows.Close() })
		return rows
	}
}

// read returns the text of the first column of each row, and the error at the end.
func read(rows *Rows) (got []string, err error) {
	for row, e := range rows.All() {
		if e != nil {
			if row.Len() != 0 || err != nil {
				return got, errors.New("an error must come last, with a zero Row")
			}
			err = e
			continue
		}
		got = append(got, row.Value(0).String())
	}
	return got, err
}
