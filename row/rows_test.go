package row

import (
	"context"
	"database/sql/driver"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/internal/fakedb"
)

var errFake = errors.New("division by zero")

// noColumns is what MySQL sends for a statement of a procedure that returns nothing.
var noColumns = fakedb.Set{}

// TestAllReadsToTheEnd has a driver that overwrites its bytes after every step.
func TestAllReadsToTheEnd(t *testing.T) { everywhere(t, testAllReadsToTheEnd) }

func testAllReadsToTheEnd(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	tests := []struct {
		why  string
		sets []fakedb.Set
		want []string
		err  error
	}{
		{why: "rows in order, longer and shorter ones in the same memory",
			sets: []fakedb.Set{texts("a", "bb", "", "ccc", "d")}, want: []string{"a", "bb", "", "ccc", "d"}},
		{why: "no rows", sets: []fakedb.Set{texts()}},
		{why: "an error instead of the first row",
			sets: []fakedb.Set{texts().Failing(errFake)}, err: errFake},
		{why: "an error after valid rows",
			sets: []fakedb.Set{texts("a", "b").Failing(errFake)}, want: []string{"a", "b"}, err: errFake},
		{why: "the first of several sets",
			sets: []fakedb.Set{texts("a"), texts("b"), ints(1, 3)}, want: []string{"a"}},
		{why: "an error in the second set",
			sets: []fakedb.Set{texts("a"), texts().Failing(errFake)}, want: []string{"a"}, err: errFake},
		{why: "an error in the second set after its rows",
			sets: []fakedb.Set{texts("a"), texts("b", "c").Failing(errFake)}, want: []string{"a"},
			err: errFake},
		{why: "an error in a later set",
			sets: []fakedb.Set{texts("a"), ints(1, 9), noColumns, ints(1, 2).Failing(errFake)},
			want: []string{"a"}, err: errFake},
		{why: "an error between two sets",
			sets: []fakedb.Set{texts("a"), {NextErr: errFake}, ints(1, 2)}, want: []string{"a"},
			err: errFake},
		{why: "sets without columns before the rows",
			sets: []fakedb.Set{noColumns, noColumns, texts("a", "b")}, want: []string{"a", "b"}},
		{why: "an error in the rows after a set without columns",
			sets: []fakedb.Set{noColumns, texts("a").Failing(errFake)}, want: []string{"a"}, err: errFake},
		{why: "only sets without columns", sets: []fakedb.Set{noColumns, noColumns}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			db := open(t, tt.sets...)
			rows := query(t, db)
			got, err := read(rows)
			if !slices.Equal(got, tt.want) || err != tt.err {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
			if again, err := read(rows); len(again) != 0 || err != tt.err {
				t.Errorf("a second time: %q, %v; want no row and the same error", again, err)
			}
			if tt.err == nil && db.inUse() != 0 {
				t.Error("a result read to its end still has its connection")
			}
			if err := rows.Close(); err != nil {
				t.Error("Close:", err)
			}
		})
	}
}

// TestReadAheadChangesNothing checks that All returns the same rows however many have been read
// ahead.
func TestReadAheadChangesNothing(t *testing.T) { everywhere(t, testReadAheadChangesNothing) }

func testReadAheadChangesNothing(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	want := []string{"one", "three", "four", "", "five"}
	for n := range len(want) + 3 {
		for _, end := range []error{nil, errFake} {
			rows := query(t, open(t, texts(want...).Failing(end)))
			wantN, wantErr := n, error(nil)
			if n > len(want) {
				wantN, wantErr = len(want), end
			}
			for range 2 { // the second call reads nothing
				if got, err := rows.readAhead(n); got != wantN || err != wantErr {
					t.Errorf("readAhead(%d) with %v at the end = %d, %v; want %d, %v",
						n, end, got, err, wantN, wantErr)
				}
			}
			if got, err := read(rows); !slices.Equal(got, want) || err != end {
				t.Errorf("after readAhead(%d): %q, %v; want %q, %v", n, got, err, want, end)
			}
		}
	}
}

// TestReadAheadWithinALoop checks that no row is lost when reading ahead and ranging alternate.
func TestReadAheadWithinALoop(t *testing.T) { everywhere(t, testReadAheadWithinALoop) }

func testReadAheadWithinALoop(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	rows := query(t, open(t, texts("a", "b", "c", "d", "e")))
	var got []string
	for range 10 {
		if _, err := rows.readAhead(2); err != nil {
			t.Fatal(err)
		}
		for row := range rows.All() {
			got = append(got, row.Value(0).String())
			break
		}
	}
	if want := []string{"a", "b", "c", "d", "e"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAllGoesOnAfterABreak(t *testing.T) { everywhere(t, testAllGoesOnAfterABreak) }

func testAllGoesOnAfterABreak(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	rows := query(t, open(t, ints(1, 4)))
	for range rows.All() {
		break
	}
	if got, err := read(rows); err != nil || !slices.Equal(got, []string{"2", "3", "4"}) {
		t.Errorf("got %q, %v; want the rows after the first", got, err)
	}
}

func TestCloseReturnsTheConnection(t *testing.T) {
	everywhere(t, testCloseReturnsTheConnection)
}

func testCloseReturnsTheConnection(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	tests := []struct {
		why string
		use func(*Rows)
	}{
		{"before the first row", func(*Rows) {}},
		{"after an early break", func(r *Rows) {
			for range r.All() {
				break
			}
		}},
		{"after rows read ahead", func(r *Rows) { r.readAhead(3) }},
		{"between two sets", func(r *Rows) {
			r.Shape = Sets
			read(r)
		}},
		{"in the second set", func(r *Rows) { r.NextSet() }},
		{"after the end", func(r *Rows) { read(r) }},
	}
	for _, tt := range tests {
		db := open(t, ints(1, 5), ints(1, 5))
		rows := query(t, db)
		tt.use(rows)
		for range 2 {
			if err := rows.Close(); err != nil {
				t.Errorf("%s: Close: %v", tt.why, err)
			}
		}
		if n := db.inUse(); n != 0 {
			t.Errorf("%s: %d connections in use after Close", tt.why, n)
		}
		if more, err := rows.NextSet(); more || err != nil {
			t.Errorf("%s: NextSet after Close = %v, %v; want false", tt.why, more, err)
		}
	}
}

// TestCloseErrorIsNotLost has a driver that reports an error while it closes: drivers read the rest
// of a result there.
func TestCloseErrorIsNotLost(t *testing.T) {
	rows := func() driver.Rows {
		r := fakedb.NewRows(ints(1, 2))
		r.CloseErr = errFake
		return r
	}
	for name, open := range map[string]func(*testing.T, func() driver.Rows) database{
		"Scan": openRows, "ScanDriver": lendRows,
	} {
		if got, err := read(query(t, open(t, rows))); len(got) != 2 || err != errFake {
			t.Errorf("%s: at the end: %q, %v; want two rows and the error", name, got, err)
		}
		if err := query(t, open(t, rows)).Close(); err != errFake {
			t.Errorf("%s: Close = %v, want the error", name, err)
		}
	}
}

// TestNextSetWalksSeveralSets has sets with columns of their own.
func TestNextSetWalksSeveralSets(t *testing.T) { everywhere(t, testNextSetWalksSeveralSets) }

func testNextSetWalksSeveralSets(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	rows := query(t, open(t, ints(1, 2), noColumns, texts("a"), texts(), ints(7, 9)))
	if err := rows.As(Sets); err != nil {
		t.Fatal(err)
	}
	var got []string
	for more := true; more; {
		values, err := read(rows)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rows.Columns()[0].Name+": "+strings.Join(values, " "))
		if more, err = rows.NextSet(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"n: 1 2", "s: a", "s: ", "n: 7 8 9"} // the set without columns is skipped
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNextSetSkipsTheRest(t *testing.T) { everywhere(t, testNextSetSkipsTheRest) }

func testNextSetSkipsTheRest(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	tests := []struct {
		why    string
		sets   []fakedb.Set
		before func(*Rows)
		want   []string // nil if there is no next set
		err    error
	}{
		{why: "rows that have not been read",
			sets: []fakedb.Set{ints(1, 9), texts("a")}, before: func(*Rows) {}, want: []string{"a"}},
		{why: "rows that have been read ahead",
			sets: []fakedb.Set{ints(1, 9), texts("a")}, before: func(r *Rows) { r.readAhead(2) },
			want: []string{"a"}},
		{why: "after an early break", sets: []fakedb.Set{ints(1, 9), texts("a")}, before: func(r *Rows) {
			for range r.All() {
				break
			}
		}, want: []string{"a"}},
		{why: "no next set", sets: []fakedb.Set{ints(1, 9)}, before: func(*Rows) {}},
		{why: "only next sets without columns",
			sets: []fakedb.Set{ints(1, 9), noColumns, noColumns}, before: func(r *Rows) { read(r) }},
		{why: "an error in rows that are skipped",
			sets: []fakedb.Set{ints(1, 9).Failing(errFake), texts("a")}, before: func(*Rows) {},
			err: errFake},
		{why: "an error that All has returned",
			sets: []fakedb.Set{ints(1, 9).Failing(errFake), texts("a")}, before: func(r *Rows) { read(r) },
			err: errFake},
		{why: "an error of the step to the next set",
			sets:   []fakedb.Set{{Columns: ints(1, 1).Columns, NextErr: errFake}, texts("a")},
			before: func(r *Rows) { read(r) }, err: errFake},
		{why: "an error after a set without columns",
			sets: []fakedb.Set{ints(1, 1), noColumns.Failing(errFake)}, before: func(r *Rows) { read(r) },
			err: errFake},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			rows := query(t, open(t, tt.sets...))
			rows.Shape = Sets
			tt.before(rows)
			more, err := rows.NextSet()
			if more != (tt.want != nil) || err != tt.err {
				t.Fatalf("NextSet = %v, %v; want %v, %v", more, err, tt.want != nil, tt.err)
			}
			if got, err := read(rows); !slices.Equal(got, tt.want) || err != tt.err {
				t.Errorf("then %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestScanClosesWhatItCannotRead(t *testing.T) { everywhere(t, testScanClosesWhatItCannotRead) }

func testScanClosesWhatItCannotRead(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	for _, sets := range [][]fakedb.Set{
		{noColumns.Failing(errFake)},
		{{NextErr: errFake}, ints(1, 2)},
	} {
		db := open(t, sets...) // whose cleanup looks for open results
		if rows, err := db.query(t.Context(), Options{}); rows != nil || !errors.Is(err, errFake) {
			t.Errorf("got %v, %v; want the error", rows, err)
		}
	}
	if db, ok := open(t, ints(1, 2)).(pool); ok {
		source, err := db.Query("")
		if err != nil {
			t.Fatal(err)
		}
		source.Close()
		if _, err := Scan(source); err == nil {
			t.Error("Scan returned no error for closed rows")
		}
	}
}

// TestCancelKeepsTheCurrentRow cancels in the middle of the rows. database/sql then closes the
// driver's rows from another goroutine, and the driver overwrites its bytes: the current row must
// be in memory of its own. Without database/sql nobody closes the rows meanwhile. It is of use with
// -race.
func TestCancelKeepsTheCurrentRow(t *testing.T) { everywhere(t, testCancelKeepsTheCurrentRow) }

func testCancelKeepsTheCurrentRow(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	db := open(t, texts(strings.Split(strings.Repeat("some text,", 1000), ",")...))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows := queryContext(t, ctx, db)
	n := 0
	var end error
	for row, err := range rows.All() {
		if end = err; err != nil {
			break
		}
		if n++; n == 10 {
			cancel()
			for _, isPool := db.(pool); isPool && db.inUse() > 0; {
				runtime.Gosched() // until the other goroutine has closed them
			}
			if got := row.Value(0).String(); got != "some text" {
				t.Errorf("the current row became %q", got)
			}
		}
	}
	if n != 10 || !errors.Is(end, context.Canceled) {
		t.Errorf("%d rows, then %v; want 10 and context.Canceled", n, end)
	}
	if more, err := rows.NextSet(); more || !errors.Is(err, context.Canceled) {
		t.Errorf("NextSet = %v, %v; want the same error", more, err)
	}
}

func TestKindsHoldForAllSets(t *testing.T) { everywhere(t, testKindsHoldForAllSets) }

func testKindsHoldForAllSets(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	json := fakedb.Set{
		Columns: []fakedb.Column{{Name: "j"}, {Name: "s"}, {Name: "j"}},
		Rows:    [][]driver.Value{{`{"a":1}`, "x", "[]"}},
	}
	rows := queryWith(t, open(t, json, json), Options{Kinds: map[string]Kind{"j": JSON, "none": Bool}})
	rows.Shape = Sets
	for set := range 2 {
		if got, want := kinds(rows.Columns()), []Kind{JSON, Null, JSON}; !slices.Equal(got, want) {
			t.Errorf("set %d: columns are %v, want %v", set, got, want)
		}
		for row, err := range rows.All() {
			if err != nil || row.Value(0).Kind() != JSON || row.Value(1).Kind() != Text ||
				row.Value(2).Kind() != JSON {
				t.Errorf("set %d: got %v, %v", set, row.Map(), err)
			}
		}
		if _, err := rows.NextSet(); err != nil {
			t.Fatal(err)
		}
	}
}

func kinds(columns []Column) (kinds []Kind) {
	for _, c := range columns {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

func TestOfReadsValuesAsADriverReturnsThem(t *testing.T) {
	columns := []Column{{Name: "a", Kind: Int}, {Name: "boxes", DatabaseType: "_BOX", Kind: Array}}
	options := Options{Kinds: map[string]Kind{"a": Text}}
	rows := options.Of(columns, []any{int64(1), "{(1,1),(0,0);(3,4),(1,1)}"}, []any{nil, nil})
	if columns[0].Kind != Int {
		t.Error("Of changed the columns of its caller")
	}
	var got []map[string]any
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Map())
	}
	want := []map[string]any{
		// An array of box has ; between its elements.
		{"a": "1", "boxes": []any{"(1,1),(0,0)", "(3,4),(1,1)"}},
		{"a": nil, "boxes": nil},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if more, err := rows.NextSet(); more || err != nil {
		t.Errorf("NextSet = %v, %v", more, err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

// TestValueWithoutATextFormEndsTheRows checks that the error names the type and the column.
func TestValueWithoutATextFormEndsTheRows(t *testing.T) {
	type point struct{ x, y int }
	bad := fakedb.Set{
		Columns: []fakedb.Column{
			{Name: "id", DatabaseType: "INT4"}, {Name: "where", DatabaseType: "POINT"},
		},
		Rows: [][]driver.Value{{int64(1), "1 2"}, {int64(2), point{1, 2}}, {int64(3), "3 4"}},
	}
	for name, rows := range map[string]*Rows{
		"Scan":       query(t, openFake(t, bad)),
		"ScanDriver": query(t, lendFake(t, bad)),
		"Of": Of([]Column{{Name: "id"}, {Name: "where"}},
			[]any{int64(1), "1 2"}, []any{int64(2), point{1, 2}}),
	} {
		got, err := read(rows)
		if !slices.Equal(got, []string{"1"}) || err == nil ||
			!strings.Contains(err.Error(), "row.point") || !strings.Contains(err.Error(), `"where"`) {
			t.Errorf("%s: %q, %v; want one row, then an error with row.point and \"where\"",
				name, got, err)
		}
	}
}

// TestRowsDoNotAllocate reads rows after the memory for them has been allocated.
func TestRowsDoNotAllocate(t *testing.T) {
	set := fakedb.Set{Columns: []fakedb.Column{
		{Name: "int", DatabaseType: "INT8"}, {Name: "float", DatabaseType: "FLOAT8"},
		{Name: "bool", DatabaseType: "BOOL"},
		{Name: "text", DatabaseType: "TEXT"}, {Name: "string", DatabaseType: "TEXT"},
		{Name: "numeric", DatabaseType: "NUMERIC"},
		{Name: "time", DatabaseType: "TIMESTAMPTZ"}, {Name: "time as text", DatabaseType: "TIMESTAMPTZ"},
		{Name: "null", DatabaseType: "TEXT"},
		{Name: "uuid", DatabaseType: "UUID"}, {Name: "uuid as bytes", DatabaseType: "UUID"},
		{Name: "int as text", DatabaseType: "INT8"},
		{Name: "float as text", DatabaseType: "FLOAT8"}, {Name: "bytes", DatabaseType: "BYTEA"},
		{Name: "array", DatabaseType: "_INT4"}, {Name: "oid", DatabaseType: "OID"},
	}}
	for range 1200 {
		set.Rows = append(set.Rows, []driver.Value{
			int64(1 << 40), 0.1, true,
			[]byte("some text"), "a string", []byte("12345678901234567890.10"),
			time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC), "2024-01-02 03:04:05.500+02", nil,
			[]byte("c0ffee00-1122-3344-5566-778899aabbcc"), []byte("0123456789abcdef"), "1234567890",
			"0.1", []byte{0, 1, 255}, []byte("{1,2,NULL}"), int64(1 << 30),
		})
	}
	var columns []Column
	var rows [][]any
	for _, c := range set.Columns {
		kind, elem := kindOf(c.DatabaseType)
		columns = append(columns, Column{Name: c.Name, Kind: kind, Elem: elem})
	}
	for _, r := range set.Rows {
		values := make([]any, len(r))
		for i, v := range r {
			values[i] = v
		}
		rows = append(rows, values)
	}
	// The fake driver itself allocates nothing.
	for name, rows := range map[string]*Rows{
		"Scan": query(t, openFake(t, set)), "ScanDriver": query(t, lendFake(t, set)),
		"Of": Of(columns, rows...),
	} {
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := rows.next(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a row, want 0", name, n)
		}
	}
}
