package row

import (
	"database/sql/driver"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// tinySets returns the result of a driver of MySQL whose sets have one column, a TINYINT(1), and
// with a text another one.
func tinySets(sets ...fakedb.Set) func() driver.Rows {
	for i := range sets {
		sets[i].Columns = []fakedb.Column{
			{Name: "b", DatabaseType: "TINYINT"}, {Name: "t", DatabaseType: "VARCHAR"},
		}
	}
	return func() driver.Rows {
		r := &mysqlRows{Rows: fakedb.NewRows(sets...)}
		r.rs.columns = []struct{ length uint32 }{{1}, {40}}
		return r
	}
}

// tiny returns a set of n rows of 1, followed by the given numbers.
func tiny(text string, n int, numbers ...int64) (s fakedb.Set) {
	for range n {
		s.Rows = append(s.Rows, []driver.Value{int64(1), text})
	}
	for _, i := range numbers {
		s.Rows = append(s.Rows, []driver.Value{i, text})
	}
	return s
}

// TestFirstRowsDecideABoolean has the kinds of the first and the last value, and of the column.
func TestFirstRowsDecideABoolean(t *testing.T) {
	failure := errors.New("lost")
	for _, test := range []struct {
		reason              string
		set                 fakedb.Set
		options             Options
		rows                int
		first, last, column Kind
		err                 error
	}{
		{"truth values", tiny("", 2000), Options{}, 2000, Bool, Bool, Bool, nil},
		{"a number among the first", tiny("", 40, 2, 1), Options{}, 42, Int, Int, Int, nil},
		{"in batches", tiny("", 40, 2, 1), Options{Batches: true}, 42, Int, Int, Int, nil},
		{"a number at the very end of what is read ahead", tiny("", decideRows-1, 2, 1), Options{},
			decideRows + 1, Int, Int, Int, nil},
		{"a number after that", tiny("", decideRows, 2), Options{}, decideRows + 1, Bool, Int, Bool, nil},
		{"a number after much text", tiny(strings.Repeat("x", decideSize/10+1), 10, 2), Options{}, 11,
			Bool, Int, Bool, nil},
		{"an error after the rows", tiny("", 3, 2).Failing(failure), Options{}, 4,
			Int, Int, Int, failure},
		{"a kind that is declared", tiny("", 3, 2), Options{Kinds: map[string]Kind{"b": Bool}}, 4,
			Bool, Int, Bool, nil},
		{"an integer that is declared", tiny("", 3), Options{Kinds: map[string]Kind{"b": Int}}, 3,
			Int, Int, Int, nil},
		{"another name", tiny("", 3, 2), Options{Columns: []Column{{Name: "B"}}}, 4, Int, Int, Int, nil},
	} {
		for _, db := range []database{openRows(t, tinySets(test.set)), lendRows(t, tinySets(test.set))} {
			rows := queryWith(t, db, test.options)
			column := rows.Columns()[0].Kind
			var kinds []Kind
			var failed error
			for r, err := range rows.All() {
				if failed = err; err == nil {
					kinds = append(kinds, r.Value(0).Kind())
				}
			}
			if len(kinds) != test.rows || kinds[0] != test.first || kinds[len(kinds)-1] != test.last ||
				column != test.column || !errors.Is(failed, test.err) || rows.Finish() != failed {
				t.Errorf("%s: %T: %d rows, %v to %v, column %v, %v", test.reason, db, len(kinds), kinds[0],
					kinds[len(kinds)-1], column, failed)
			}
		}
	}
}

// TestEachSetDecidesItsBooleans has sets that are read, and sets that are skipped.
func TestEachSetDecidesItsBooleans(t *testing.T) {
	sets := []fakedb.Set{tiny("", 2, 5), tiny("", 2), tiny("", 1, 0, 7)}
	for _, db := range []database{openRows(t, tinySets(sets...)), lendRows(t, tinySets(sets...))} {
		for read := range 4 { // rows of each set
			rows := queryWith(t, db, Options{})
			rows.Shape = Sets
			var kinds []Kind
			for more := true; more; {
				kinds = append(kinds, rows.Columns()[0].Kind)
				n := 0
				for r, err := range rows.All() {
					if err != nil {
						t.Fatal(err)
					}
					if n++; r.Value(0).Kind() != rows.Columns()[0].Kind {
						t.Errorf("%v in a column of kind %v", r.Value(0).Kind(), rows.Columns()[0].Kind)
					}
					if n == read {
						break
					}
				}
				var err error
				if more, err = rows.NextSet(); err != nil {
					t.Fatal(err)
				}
			}
			if err := rows.Finish(); err != nil || !reflect.DeepEqual(kinds, []Kind{Int, Bool, Int}) {
				t.Errorf("%d rows of each set: %v, %v", read, kinds, err)
			}
			rows.Close()
		}
	}
}

// TestErrorsOfRowsReadAheadAreNotLost skips the rows that an error comes after.
func TestErrorsOfRowsReadAheadAreNotLost(t *testing.T) {
	failure := errors.New("lost")
	sets := tinySets(tiny("", 3).Failing(failure), tiny("", 1))
	for _, db := range []database{openRows(t, sets), lendRows(t, sets)} {
		rows := queryWith(t, db, Options{})
		if more, err := rows.NextSet(); more || !errors.Is(err, failure) {
			t.Errorf("%T: %v, %v", db, more, err)
		}
		rows = queryWith(t, db, Options{})
		if err := rows.Finish(); !errors.Is(err, failure) {
			t.Errorf("%T: %v", db, err)
		}
		rows.Close()
	}
}
