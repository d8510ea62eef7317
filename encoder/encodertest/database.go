package encodertest

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// A result is what the fake database returns for a query. Like a real driver it returns memory that
// it uses again for the next row.
type result struct {
	shape   row.Shape
	columns []column
	rows    int
	value   func(row, column int, b []byte) driver.Value // b is memory that it may use
	err     error                                        // after the rows, instead of their end
	next    *result                                      // the next result set

	pad    int       // bytes that texts are made longer by
	before func(int) // called before each row is read, with its number, and before the end
}

// A column has a name and a type as a driver reports them.
type column struct{ name, databaseType string }

// table returns a result of a single row.
func table(columns []column, values ...driver.Value) *result {
	return &result{columns: columns, rows: 1, value: func(_, column int, b []byte) driver.Value {
		if v, ok := values[column].([]byte); ok {
			return append(b, v...)
		}
		return values[column]
	}}
}

// numbered returns n rows that contain their number.
func numbered(n int) *result {
	r := &result{columns: []column{{"id", "INT8"}, {"name", "TEXT"}, {"note", "TEXT"}}, rows: n}
	r.value = func(row, column int, b []byte) driver.Value {
		switch {
		case column == 0:
			return int64(row)
		case column == 1:
			return fmt.Appendf(b, "name of row %d%s", row, strings.Repeat(".", r.pad))
		case row%3 == 0:
			return nil
		}
		return fmt.Appendf(b, "%d, \"noted\"", row)
	}
	return r
}

// numberedFields returns the fields of row i of numbered.
func numberedFields(i int) []Field {
	note := Field{Name: "note", Text: fmt.Sprintf("%d, \"noted\"", i)}
	if i%3 == 0 {
		note = Field{Name: "note", Null: true}
	}
	return []Field{
		{Name: "id", Text: fmt.Sprint(i)},
		{Name: "name", Text: fmt.Sprintf("name of row %d", i)},
		note,
	}
}

// encode queries the fake database and encodes the result.
func (r *result) encode(e encoder.Encoder, w io.Writer) error {
	db := sql.OpenDB(fakedb.Connector(func() driver.Rows { return fakedb.NewRows(r.sets()...) }))
	defer db.Close()
	query, err := db.Query("")
	if err != nil {
		return err
	}
	rows, err := row.Scan(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Shape = r.shape
	return e.Encode(w, rows)
}

// sets returns the result and those after it as the database returns them.
func (r *result) sets() (sets []fakedb.Set) {
	for ; r != nil; r = r.next {
		set := fakedb.Set{Count: r.rows, Value: r.value, Err: r.err, Before: r.before}
		for _, c := range r.columns {
			set.Columns = append(set.Columns, fakedb.Column{
				Name: c.name, DatabaseType: c.databaseType, ScanType: reflect.TypeFor[any](),
			})
		}
		sets = append(sets, set)
	}
	return sets
}
