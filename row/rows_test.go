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
)

var errFake = errors.New("division by zero")

// An empty set: what MySQL sends for a statement of a procedure that returns nothing.
var noColumns = fakeSet{}

// TestAll reads results to their end. The driver overwrites its bytes after every step.
func TestAll(t *testing.T) { everywhere(t, testAll) }

func testAll(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	tests := []struct {
		why  string
		sets []fakeSet
		want []string
		err  error
	}{
		{"rows in order, longer and shorter ones in the same memory", []fakeSet{texts("a", "bb", "", "ccc", "d")}, []string{"a", "bb", "", "ccc", "d"}, nil},
		{"no rows", []fakeSet{texts()}, nil, nil},
		{"an error instead of the first row", []fakeSet{texts().failing(errFake)}, nil, errFake},
		{"an error after rows that were good", []fakeSet{texts("a", "b").failing(errFake)}, []string{"a", "b"}, errFake},
		{"of several sets the first", []fakeSet{texts("a"), texts("b"), ints(1, 3)}, []string{"a"}, nil},
		{"an error in the second set is one of the call", []fakeSet{texts("a"), texts().failing(errFake)}, []string{"a"}, errFake},
		{"even after rows that nobody reads", []fakeSet{texts("a"), texts("b", "c").failing(errFake)}, []string{"a"}, errFake},
		{"or in the third", []fakeSet{texts("a"), ints(1, 9), noColumns, ints(1, 2).failing(errFake)}, []string{"a"}, errFake},
		{"or between two", []fakeSet{texts("a"), {nextErr: errFake}, ints(1, 2)}, []string{"a"}, errFake},
		{"sets without columns before the rows", []fakeSet{noColumns, noColumns, texts("a", "b")}, []string{"a", "b"}, nil},
		{"and an error in the rows behind them", []fakeSet{noColumns, texts("a").failing(errFake)}, []string{"a"}, errFake},
		{"nothing but sets without columns", []fakeSet{noColumns, noColumns}, nil, nil},
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

// TestAhead says that reading ahead changes nothing of what All gives, however far it goes.
func TestAhead(t *testing.T) { everywhere(t, testAhead) }

func testAhead(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	want := []string{"one", "three", "four", "", "five"}
	for n := range len(want) + 3 {
		for _, end := range []error{nil, errFake} {
			rows := query(t, open(t, texts(want...).failing(end)))
			wantN, wantErr := n, error(nil)
			if n > len(want) {
				wantN, wantErr = len(want), end
			}
			for range 2 { // asking again reads nothing more
				if got, err := rows.readAhead(n); got != wantN || err != wantErr {
					t.Errorf("Ahead(%d) with %v at the end = %d, %v; want %d, %v", n, end, got, err, wantN, wantErr)
				}
			}
			if got, err := read(rows); !slices.Equal(got, want) || err != end {
				t.Errorf("after Ahead(%d): %q, %v; want %q, %v", n, got, err, want, end)
			}
		}
	}
}

// TestAheadInSteps reads ahead from within the loop: a row in hand that Ahead has read stays, and no row is lost.
func TestAheadInSteps(t *testing.T) { everywhere(t, testAheadInSteps) }

func testAheadInSteps(t *testing.T, open func(*testing.T, ...fakeSet) database) {
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

func TestAllGoesOnAfterBreak(t *testing.T) { everywhere(t, testAllGoesOnAfterBreak) }

func testAllGoesOnAfterBreak(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	rows := query(t, open(t, ints(1, 4)))
	for range rows.All() {
		break
	}
	if got, err := read(rows); err != nil || !slices.Equal(got, []string{"2", "3", "4"}) {
		t.Errorf("got %q, %v; want the rows after the first", got, err)
	}
}

func TestCloseGivesBackTheConnection(t *testing.T) { everywhere(t, testCloseGivesBackTheConnection) }

func testCloseGivesBackTheConnection(t *testing.T, open func(*testing.T, ...fakeSet) database) {
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

// TestCloseError says that what the driver reports while it closes is not lost either: drivers read the rest there.
func TestCloseError(t *testing.T) {
	rows := func() driver.Rows {
		r := newFakeRows(ints(1, 2))
		r.closeErr = errFake
		return r
	}
	for name, open := range map[string]func(*testing.T, func() driver.Rows) database{"Scan": openRows, "ScanDriver": lendRows} {
		if got, err := read(query(t, open(t, rows))); len(got) != 2 || err != errFake {
			t.Errorf("%s: at the end: %q, %v; want two rows and the error", name, got, err)
		}
		if err := query(t, open(t, rows)).Close(); err != errFake {
			t.Errorf("%s: Close = %v, want the error", name, err)
		}
	}
}

// TestSets walks several results, each with its own columns.
func TestSets(t *testing.T) { everywhere(t, testSets) }

func testSets(t *testing.T, open func(*testing.T, ...fakeSet) database) {
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
	want := []string{"n: 1 2", "s: a", "s: ", "n: 7 8 9"} // the set without columns is passed over
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNextSet(t *testing.T) { everywhere(t, testNextSet) }

func testNextSet(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	tests := []struct {
		why    string
		sets   []fakeSet
		before func(*Rows)
		want   []string // nil: there is no next set
		err    error
	}{
		{"rows not read are passed over", []fakeSet{ints(1, 9), texts("a")}, func(*Rows) {}, []string{"a"}, nil},
		{"rows read ahead are not of the next set", []fakeSet{ints(1, 9), texts("a")}, func(r *Rows) { r.readAhead(2) }, []string{"a"}, nil},
		{"after an early break", []fakeSet{ints(1, 9), texts("a")}, func(r *Rows) {
			for range r.All() {
				break
			}
		}, []string{"a"}, nil},
		{"there is none", []fakeSet{ints(1, 9)}, func(*Rows) {}, nil, nil},
		{"only some without columns", []fakeSet{ints(1, 9), noColumns, noColumns}, func(r *Rows) { read(r) }, nil, nil},
		{"an error in the rows passed over", []fakeSet{ints(1, 9).failing(errFake), texts("a")}, func(*Rows) {}, nil, errFake},
		{"an error that All has given", []fakeSet{ints(1, 9).failing(errFake), texts("a")}, func(r *Rows) { read(r) }, nil, errFake},
		{"an error on the way", []fakeSet{{columns: ints(1, 1).columns, nextErr: errFake}, texts("a")}, func(r *Rows) { read(r) }, nil, errFake},
		{"an error behind a set without columns", []fakeSet{ints(1, 1), noColumns.failing(errFake)}, func(r *Rows) { read(r) }, nil, errFake},
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

// TestScanFails says who closes a result that Scan, or ScanDriver, does not take: it does.
func TestScanFails(t *testing.T) { everywhere(t, testScanFails) }

func testScanFails(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	for _, sets := range [][]fakeSet{
		{noColumns.failing(errFake)},
		{{nextErr: errFake}, ints(1, 2)},
	} {
		db := open(t, sets...) // its cleanup looks for connections in use
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
			t.Error("Scan takes rows that are closed")
		}
	}
}

// TestCancel cancels in the middle of the rows. database/sql then closes the driver's rows from another goroutine, and
// the driver overwrites its bytes there: the row in hand has to be ours. What is lent nobody closes while it is in hand. To be run with -race.
func TestCancel(t *testing.T) { everywhere(t, testCancel) }

func testCancel(t *testing.T, open func(*testing.T, ...fakeSet) database) {
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
			for _, isPool := db.(pool); isPool && db.inUse() > 0; { // until the other goroutine has done it
				runtime.Gosched()
			}
			if got := row.Value(0).String(); got != "some text" {
				t.Errorf("the row in hand became %q", got)
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

func testKindsHoldForAllSets(t *testing.T, open func(*testing.T, ...fakeSet) database) {
	json := fakeSet{
		columns: []fakeColumn{{name: "j"}, {name: "s"}, {name: "j"}},
		rows:    [][]driver.Value{{`{"a":1}`, "x", "[]"}},
	}
	rows := queryWith(t, open(t, json, json), Options{Kinds: map[string]Kind{"j": JSON, "none": Bool}})
	rows.Shape = Sets
	for set := range 2 {
		if got, want := kinds(rows.Columns()), []Kind{JSON, Null, JSON}; !slices.Equal(got, want) {
			t.Errorf("set %d: columns are %v, want %v", set, got, want)
		}
		for row, err := range rows.All() {
			if err != nil || row.Value(0).Kind() != JSON || row.Value(1).Kind() != Text || row.Value(2).Kind() != JSON {
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

func TestOf(t *testing.T) {
	columns := []Column{{Name: "a", Kind: Int}, {Name: "boxes", DatabaseType: "_BOX", Kind: Array}}
	options := Options{Kinds: map[string]Kind{"a": Text}}
	rows := options.Of(columns, []any{int64(1), "{(1,1),(0,0);(3,4),(1,1)}"}, []any{nil, nil})
	if columns[0].Kind != Int {
		t.Error("Of changed the columns that the caller keeps")
	}
	var got []map[string]any
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Map())
	}
	want := []map[string]any{
		{"a": "1", "boxes": []any{"(1,1),(0,0)", "(3,4),(1,1)"}}, // a box array has ; between its elements
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

// TestUnknownType says that a value that cannot be represented stops the rows, with an error that tells what and where.
func TestUnknownType(t *testing.T) {
	type point struct{ x, y int }
	bad := fakeSet{
		columns: []fakeColumn{{name: "id", databaseType: "INT4"}, {name: "where", databaseType: "POINT"}},
		rows:    [][]driver.Value{{int64(1), "1 2"}, {int64(2), point{1, 2}}, {int64(3), "3 4"}},
	}
	for name, rows := range map[string]*Rows{
		"Scan":       query(t, openFake(t, bad)),
		"ScanDriver": query(t, lendFake(t, bad)),
		"Of":         Of([]Column{{Name: "id"}, {Name: "where"}}, []any{int64(1), "1 2"}, []any{int64(2), point{1, 2}}),
	} {
		got, err := read(rows)
		if !slices.Equal(got, []string{"1"}) || err == nil || !strings.Contains(err.Error(), "row.point") || !strings.Contains(err.Error(), `"where"`) {
			t.Errorf("%s: %q, %v; want one row, then an error with the type row.point and the column where", name, got, err)
		}
	}
}

// TestAllocs states what a row costs in steady state.
func TestAllocs(t *testing.T) {
	set := fakeSet{columns: []fakeColumn{
		{name: "int", databaseType: "INT8"}, {name: "float", databaseType: "FLOAT8"}, {name: "bool", databaseType: "BOOL"},
		{name: "text", databaseType: "TEXT"}, {name: "string", databaseType: "TEXT"}, {name: "numeric", databaseType: "NUMERIC"},
		{name: "time", databaseType: "TIMESTAMPTZ"}, {name: "time as text", databaseType: "TIMESTAMPTZ"}, {name: "null", databaseType: "TEXT"},
		{name: "uuid", databaseType: "UUID"}, {name: "uuid as bytes", databaseType: "UUID"}, {name: "int as text", databaseType: "INT8"},
		{name: "float as text", databaseType: "FLOAT8"}, {name: "bytes", databaseType: "BYTEA"}, {name: "array", databaseType: "_INT4"}, {name: "oid", databaseType: "OID"},
	}}
	for range 1200 {
		set.rows = append(set.rows, []driver.Value{
			int64(1 << 40), 0.1, true,
			[]byte("some text"), "a string", []byte("12345678901234567890.10"),
			time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC), "2024-01-02 03:04:05.500+02", nil,
			[]byte("c0ffee00-1122-3344-5566-778899aabbcc"), []byte("0123456789abcdef"), "1234567890",
			"0.1", []byte{0, 1, 255}, []byte("{1,2,NULL}"), int64(1 << 30),
		})
	}
	var columns []Column
	var rows [][]any
	for _, c := range set.columns {
		kind, elem := kindOf(c.databaseType)
		columns = append(columns, Column{Name: c.name, Kind: kind, Elem: elem})
	}
	for _, r := range set.rows {
		values := make([]any, len(r))
		for i, v := range r {
			values[i] = v
		}
		rows = append(rows, values)
	}
	// The fake lends what it has, and boxes nothing.
	for name, rows := range map[string]*Rows{"Scan": query(t, openFake(t, set)), "ScanDriver": query(t, lendFake(t, set)), "Of": Of(columns, rows...)} {
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := rows.next(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a row, want 0", name, n)
		}
	}
}
