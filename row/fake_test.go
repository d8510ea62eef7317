package row

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"

	"github.com/moresql/moresql/internal/leaktest"
)

// A fakeColumn is what a driver reports of a column. The zero scanType is the nil that SQLite's
// drivers return.
type fakeColumn struct {
	name, databaseType string
	scanType           reflect.Type
}

// A fakeSet is one result set. err ends its rows in place of io.EOF, and nextErr is the error of
// the step to the next set.
type fakeSet struct {
	columns      []fakeColumn
	rows         [][]driver.Value
	err, nextErr error
}

// fakeRows is a driver.Rows that does what others only may do: it overwrites the bytes that it has
// returned as soon as it is called again, from any goroutine, and like lib/pq it knows of a next
// set only after the last row of the current one.
type fakeRows struct {
	sets     []fakeSet
	closeErr error

	next   int // index of the next row of sets[0]
	ended  bool
	closed bool
	lent   [][]byte // bytes that the last row has returned
	open   *int     // number of results that have not been closed, or nil
}

var (
	_ driver.RowsNextResultSet              = (*fakeRows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*fakeRows)(nil)
	_ driver.RowsColumnTypeScanType         = (*fakeRows)(nil)
)

func (r *fakeRows) takeBack() {
	for _, b := range r.lent {
		for i := range b {
			b[i] = '#'
		}
	}
	r.lent = r.lent[:0]
}

func (r *fakeRows) Columns() []string {
	names := []string{}
	for _, c := range r.sets[0].columns {
		names = append(names, c.name)
	}
	return names
}

func (r *fakeRows) ColumnTypeDatabaseTypeName(i int) string {
	return r.sets[0].columns[i].databaseType
}
func (r *fakeRows) ColumnTypeScanType(i int) (t reflect.Type) {
	return r.sets[0].columns[i].scanType
}

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.lent) > 0 {
		r.takeBack()
	}
	if r.closed {
		return errors.New("the rows are closed")
	}
	set := &r.sets[0]
	if len(dest) != len(set.columns) { // drivers use one as an index of the other
		return fmt.Errorf("the set has %d columns, and dest has %d", len(set.columns), len(dest))
	}
	if r.next == len(set.rows) {
		if r.ended = true; set.err != nil {
			return set.err
		}
		return io.EOF
	}
	copy(dest, set.rows[r.next]) // values that are boxed already: the driver does not allocate
	for _, v := range dest {
		if b, ok := v.([]byte); ok {
			r.lent = append(r.lent, b)
		}
	}
	r.next++
	return nil
}

func (r *fakeRows) HasNextResultSet() bool { return r.ended && len(r.sets) > 1 }

func (r *fakeRows) NextResultSet() error {
	r.takeBack()
	if err := r.sets[0].nextErr; err != nil {
		return err
	}
	if !r.HasNextResultSet() {
		return io.EOF
	}
	r.sets, r.next, r.ended = r.sets[1:], 0, false
	return nil
}

// count counts the rows in open until they are closed.
func (r *fakeRows) count(open *int) {
	r.open = open
	*open++
}

func (r *fakeRows) Close() error {
	if r.open != nil {
		*r.open--
	}
	r.closed = true
	r.takeBack()
	return r.closeErr
}

// A fakeDB is a connector and its connections. Every query returns the same result.
type fakeDB struct{ rows func() driver.Rows }

func (db fakeDB) Connect(context.Context) (driver.Conn, error) { return db, nil }
func (db fakeDB) Driver() driver.Driver                        { return nil }
func (db fakeDB) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (db fakeDB) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (db fakeDB) Close() error                                 { return nil }
func (db fakeDB) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return db.rows(), nil
}

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
	rows.(interface{ count(*int) }).count(l.open)
	return o.ScanDriver(ctx, rows, func(f func() error) error { return f() })
}

func (l lender) inUse() int { return *l.open }

// everywhere runs a test once with rows of database/sql and once with those of the driver.
func everywhere(t *testing.T, test func(*testing.T, func(*testing.T, ...fakeSet) database)) {
	t.Run("Scan", func(t *testing.T) { test(t, openFake) })
	t.Run("ScanDriver", func(t *testing.T) { test(t, lendFake) })
}

// openFake returns a database/sql database whose queries return the sets.
func openFake(t *testing.T, sets ...fakeSet) database {
	return openRows(t, func() driver.Rows { return newFakeRows(sets...) })
}

func openRows(t *testing.T, rows func() driver.Rows) database {
	t.Helper()
	leaktest.Check(t)
	db := sql.OpenDB(fakeDB{rows})
	t.Cleanup(func() {
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
		db.Close()
	})
	return pool{db}
}

// lendFake returns a database without database/sql whose queries return the sets.
func lendFake(t *testing.T, sets ...fakeSet) database {
	return lendRows(t, func() driver.Rows { return newFakeRows(sets...) })
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

// newFakeRows copies the sets, since it overwrites their bytes.
func newFakeRows(sets ...fakeSet) *fakeRows {
	sets = slices.Clone(sets)
	for i := range sets {
		sets[i].rows = slices.Clone(sets[i].rows)
		for j, values := range sets[i].rows {
			values = slices.Clone(values)
			for k, v := range values {
				if b, ok := v.([]byte); ok {
					values[k] = bytes.Clone(b)
				}
			}
			sets[i].rows[j] = values
		}
	}
	return &fakeRows{sets: sets}
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

// ints returns a set of one column n, which counts from first to last.
func ints(first, last int64) fakeSet {
	set := fakeSet{columns: []fakeColumn{{name: "n", databaseType: "INT8"}}}
	for n := first; n <= last; n++ {
		set.rows = append(set.rows, []driver.Value{n})
	}
	return set
}

// texts returns a set of one column s, whose values the driver returns as bytes.
func texts(values ...string) fakeSet {
	set := fakeSet{columns: []fakeColumn{{name: "s", databaseType: "TEXT"}}}
	for _, s := range values {
		set.rows = append(set.rows, []driver.Value{[]byte(s)})
	}
	return set
}

// failing returns the set with an error after its rows.
func (s fakeSet) failing(err error) fakeSet {
	s.err = err
	return s
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
