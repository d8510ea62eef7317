package row

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestScanDriverCancelled says when the context counts: a row that the driver is not asked for is not there.
func TestScanDriverCancelled(t *testing.T) {
	tests := []struct {
		why  string
		sets []fakeSet
		read int // rows, before it is done
		want error
	}{
		{"before the first row", []fakeSet{ints(1, 5)}, 0, context.Canceled},
		{"before the last", []fakeSet{ints(1, 5)}, 4, context.Canceled},
		{"when the last row is there the end is not", []fakeSet{ints(1, 5)}, 5, context.Canceled},
		{"while sets are passed over that nobody wants", []fakeSet{ints(1, 5), ints(1, 5)}, 5, context.Canceled},
		{"at the end it is too late", []fakeSet{ints(1, 5)}, 6, nil},
	}
	for _, tt := range tests {
		ctx, cancel := context.WithCancel(t.Context())
		rows := queryContext(t, ctx, lendFake(t, tt.sets...))
		for range tt.read {
			rows.readAhead(len(rows.ahead) + 1)
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

// bareRows are rows of a driver that tells nothing of its columns, and has one result set.
type bareRows struct{ driver.Rows }

func (r bareRows) count(open *int) { r.Rows.(*fakeRows).count(open) }

// TestBareDriver: what a driver does not tell is not known, and the rest of its result not asked for.
func TestBareDriver(t *testing.T) {
	rows := func() driver.Rows { return bareRows{newFakeRows(texts("a", "b"), ints(1, 2).failing(errFake))} }
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

// TestBatches reads ahead over the ends of batches: no row may be in memory that a later batch takes.
func TestBatches(t *testing.T) {
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
