package row

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// TestScanDriverStopsWhenCancelled checks that the context counts until the end has been read.
func TestScanDriverStopsWhenCancelled(t *testing.T) {
	tests := []struct {
		why  string
		sets []fakedb.Set
		read int // rows, before the context is done
		want error
	}{
		{why: "before the first row", sets: []fakedb.Set{ints(1, 5)}, read: 0, want: context.Canceled},
		{why: "before the last row", sets: []fakedb.Set{ints(1, 5)}, read: 4, want: context.Canceled},
		{why: "after the last row, before the end",
			sets: []fakedb.Set{ints(1, 5)}, read: 5, want: context.Canceled},
		{why: "while later sets are skipped",
			sets: []fakedb.Set{ints(1, 5), ints(1, 5)}, read: 5, want: context.Canceled},
		{why: "after the end", sets: []fakedb.Set{ints(1, 5)}, read: 6},
	}
	for _, tt := range tests {
		ctx, cancel := context.WithCancel(t.Context())
		rows := queryContext(t, ctx, lendFake(t, tt.sets...))
		for range tt.read {
			rows.readAhead(len(rows.ahead.rows) + 1)
		}
		cancel()
		if _, err := read(rows); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.why, err, tt.want)
		}
		if err := rows.Close(); err != nil {
			t.Errorf("%s: Close: %v", tt.why, err)
		}
	}
}

// bareRows are rows of a driver that implements nothing optional: it reports no types and has one
// result set.
type bareRows struct{ driver.Rows }

func (r bareRows) OnClose(f func()) { r.Rows.(*fakedb.Rows).OnClose(f) }

// TestDriverWithoutOptionalMethods has columns of unknown types, and a second result set that must
// not be read.
func TestDriverWithoutOptionalMethods(t *testing.T) {
	rows := func() driver.Rows {
		return bareRows{fakedb.NewRows(texts("a", "b"), ints(1, 2).Failing(errFake))}
	}
	for _, db := range []database{openRows(t, rows), lendRows(t, rows)} {
		result := query(t, db)
		if c := result.Columns()[0]; c.Name != "s" || c.DatabaseType != "" || c.Kind != Null {
			t.Errorf("%T: the column is %+v", db, c)
		}
		if got, err := read(result); !slices.Equal(got, []string{"a", "b"}) || err != nil {
			t.Errorf("%T: %q, %v", db, got, err)
		}
	}
}

// TestBatchesKeepRowsThatAreReadAhead reads ahead over the ends of batches: no row may be in memory
// that a later batch uses again.
func TestBatchesKeepRowsThatAreReadAhead(t *testing.T) {
	var want []string
	for i := range 3 * batchRows {
		want = append(want, strings.Repeat("x", i))
	}
	for n := range len(want) + 2 {
		rows := queryWith(t, lendFake(t, texts(want...)), Options{Batches: true})
		if _, err := rows.readAhead(n); err != nil {
			t.Fatal(err)
		}
		if got, err := read(rows); err != nil || !slices.Equal(got, want) {
			t.Fatalf("after readAhead(%d): %q, %v", n, got, err)
		}
	}
}
