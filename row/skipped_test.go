package row

import (
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// Skipped counts the result sets after the first one that have columns, wherever they come from and
// whoever skips them.
func TestSkippedSetsAreCounted(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
		for _, test := range []struct {
			reason string
			shape  Shape
			sets   []fakedb.Set
			want   int
		}{
			{"one", List, []fakedb.Set{ints(1, 2)}, 0},
			{"the end of a procedure of MySQL has no columns", List, []fakedb.Set{ints(1, 1), noColumns}, 0},
			{"two more", List, []fakedb.Set{ints(1, 1), texts("a"), noColumns, ints(2, 1), noColumns}, 2},
			{"the shape has room for all", Sets, []fakedb.Set{ints(1, 1), texts("a")}, 0},
		} {
			rows := queryWith(t, open(t, test.sets...), Options{})
			rows.Shape = test.shape
			for more := true; more; {
				for _, err := range rows.All() {
					if err != nil {
						t.Fatal(err)
					}
				}
				var err error
				if more, err = rows.NextSet(); err != nil {
					t.Fatal(err)
				}
			}
			if err := rows.Finish(); err != nil || rows.Skipped() != test.want {
				t.Errorf("%s: %d, %v, want %d", test.reason, rows.Skipped(), err, test.want)
			}
			rows.Close()
		}
	})
}
