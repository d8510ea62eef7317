package row

import (
	"database/sql"
	"errors"
	"html/template"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// first returns the first row of a result.
func first(t *testing.T, rows *Rows) Row {
	t.Helper()
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	t.Fatal("no row")
	return Row{}
}

func TestRowIsAnOrderedMap(t *testing.T) {
	columns := []Column{
		{Name: "id"}, {Name: "name"}, {Name: "id"}, {Name: "Name"}, {Name: "?column?"},
	}
	row := first(t, Of(columns, []any{int64(1), "x", int64(2), "y", nil}))

	var names []string
	var values []any
	for name, v := range row.All() {
		names, values = append(names, name), append(values, v.Any())
	}
	if want := []string{"id", "name", "id", "Name", "?column?"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q: all, in order", names, want)
	}
	if want := []any{int64(1), "x", int64(2), "y", nil}; !reflect.DeepEqual(values, want) {
		t.Errorf("values %v, want %v", values, want)
	}
	for range row.All() {
		break // is allowed
	}
	if row.Len() != 5 || len(row.Columns()) != 5 || row.Value(2).Int() != 2 {
		t.Errorf("Len %d, %d columns, value 2 is %v", row.Len(), len(row.Columns()), row.Value(2))
	}
	if v, ok := row.Lookup("id"); !ok || v.Int() != 1 {
		t.Errorf("Lookup of a name that is twice there = %v, %v; want the first", v, ok)
	}
	if v, ok := row.Lookup("ID"); ok || !v.IsNull() {
		t.Errorf("Lookup of a name in other letters = %v, %v; want none", v, ok)
	}
	if v, ok := row.Lookup("?column?"); !ok || !v.IsNull() {
		t.Errorf("Lookup of a NULL = %v, %v; want it to be there", v, ok)
	}
	if !row.Get("none").IsNull() || row.Get("Name").String() != "y" {
		t.Error("Get gives NULL for a name that is not there, and the value for one that is")
	}
	asMap := map[string]any{"id": int64(1), "name": "x", "Name": "y", "?column?": nil}
	if got := row.Map(); !reflect.DeepEqual(got, asMap) {
		t.Errorf("Map = %v, want %v", got, asMap)
	}
	var zero Row
	if zero.Len() != 0 || !zero.Get("a").IsNull() || len(zero.Map()) != 0 || zero.Clone().Len() != 0 {
		t.Error("the zero Row has no columns")
	}
}

// TestRowIsValidUntilTheNextStep checks what stays valid for how long, with a driver that
// overwrites its bytes at every step.
func TestRowIsValidUntilTheNextStep(t *testing.T) { everywhere(t, testRowIsValidUntilTheNextStep) }

func testRowIsValidUntilTheNextStep(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	set := texts("first", "second", "3")
	set.Columns = append(set.Columns,
		fakedb.Column{Name: "tags", DatabaseType: "_TEXT"},
		fakedb.Column{Name: "b", DatabaseType: "BYTEA"})
	for i := range set.Rows {
		set.Rows[i] = append(set.Rows[i], []byte(`{"a b",c}`), []byte{0, byte(i)})
	}
	var rows, clones, twice []Row
	var maps []map[string]any
	for row, err := range query(t, open(t, set)).All() {
		if err != nil {
			t.Fatal(err)
		}
		rows, clones = append(rows, row), append(clones, row.Clone())
		twice, maps = append(twice, row.Clone().Clone()), append(maps, row.Map())
	}
	for i, s := range []string{"first", "second", "3"} {
		want := map[string]any{"s": s, "tags": []any{"a b", "c"}, "b": []byte{0, byte(i)}}
		for what, got := range map[string]map[string]any{
			"a clone": clones[i].Map(), "a clone's clone": twice[i].Map(), "a map": maps[i],
		} {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("row %d: %s is %v, want %v", i, what, got, want)
			}
		}
		// The row may be in memory that a later one has used, but not in the driver's.
		if got := rows[i].Get("s").String(); got != s && got != "3" {
			t.Errorf("row %d itself has become %q", i, got)
		}
	}

	// The values of a clone are adjacent in memory: appending to one must not change the next.
	clone := clones[0]
	_ = append(clone.Get("s").Raw(), "overflow"...)
	if got := clone.Get("tags").String(); got != `{"a b",c}` {
		t.Errorf("appending to a value changed its neighbour to %s", got)
	}
}

func TestMapIsReadByTemplates(t *testing.T) {
	page := template.Must(template.New("").Parse(`{{range .}}<p title="{{.note}}">` +
		`{{.name}}, {{.price}}{{if .active}}, active{{end}}{{if .gone}}, gone{{end}}` +
		`{{range .tags}} #{{.}}{{else}} none{{end}} {{.at}} {{len .raw}}` +
		`{{with .missing}}!{{end}}</p>` + "\n" + `{{end}}`))
	columns := []Column{
		{Name: "name", Kind: Text},
		{Name: "price", Kind: Numeric},
		{Name: "active", Kind: Bool},
		{Name: "gone", Kind: TimestampTZ},
		{Name: "tags", Kind: Array, Elem: Text},
		{Name: "at", Kind: Timestamp},
		{Name: "raw", Kind: Bytes},
		{Name: "note", Kind: JSON},
		{Name: "name", Kind: Int},
	}
	var data []map[string]any
	for row, err := range Of(columns,
		[]any{
			"Mini <b>", "9.50", true, nil, `{red,"a & b"}`, instant, []byte("hi"), `{"a":"b"}`, int64(9),
		},
		[]any{"VW", "10.00", false, instant, `{}`, "infinity", []byte{}, nil, int64(9)},
	).All() {
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, row.Map())
	}
	var b strings.Builder
	if err := page.Execute(&b, data); err != nil {
		t.Fatal(err)
	}
	// The zone of instant has an offset but no name, so it is one of SQLite's and kept.
	want := `<p title="{&#34;a&#34;:&#34;b&#34;}">Mini &lt;b&gt;, 9.50, active #red #a &amp; b ` +
		`2024-01-02T03:04:05&#43;02:00 2</p>` + "\n" +
		`<p title="">VW, 10.00, gone none infinity 0</p>` + "\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAsVerifiesTheShape(t *testing.T) { everywhere(t, testAsVerifiesTheShape) }

func testAsVerifiesTheShape(t *testing.T, open func(*testing.T, ...fakedb.Set) database) {
	two := fakedb.Set{Columns: []fakedb.Column{{Name: "a"}, {Name: "b"}}}
	twoOne := two
	twoOne.Rows = append(twoOne.Rows, ints(1, 1).Rows[0])
	twoOne.Rows[0] = append(twoOne.Rows[0], "x")
	tests := []struct {
		why   string
		shape Shape
		set   fakedb.Set
		want  Shape
		err   string // part of the error
	}{
		{why: "no row is a list", shape: List, set: ints(1, 0), want: List},
		{why: "one row is a list of one", shape: List, set: ints(1, 1), want: List},
		{why: "many rows", shape: List, set: ints(1, 9), want: List},
		{why: "a list whose first row fails",
			shape: List, set: ints(1, 0).Failing(errFake), want: List, err: "division by zero"},
		{why: "a list whose second row fails, which is found later",
			shape: List, set: ints(1, 1).Failing(errFake), want: List},
		{why: "one", shape: One, set: ints(1, 1), want: One},
		{why: "one of two columns", shape: One, set: twoOne, want: One},
		{why: "no row for one", shape: One, set: ints(1, 0), want: One, err: sql.ErrNoRows.Error()},
		{why: "rows too many for one", shape: One, set: ints(1, 2), want: One, err: "more than one row"},
		{why: "one, and then an error",
			shape: One, set: ints(1, 1).Failing(errFake), want: One, err: "division by zero"},
		{why: "maybe one", shape: Maybe, set: ints(1, 1), want: Maybe},
		{why: "maybe none", shape: Maybe, set: ints(1, 0), want: Maybe},
		{why: "rows too many for maybe one",
			shape: Maybe, set: ints(1, 2), want: Maybe, err: "more than one row"},
		{why: "maybe one, and then an error",
			shape: Maybe, set: ints(1, 1).Failing(errFake), want: Maybe, err: "division by zero"},
		{why: "scalar", shape: Scalar, set: ints(1, 1), want: Scalar},
		{why: "no row for a scalar",
			shape: Scalar, set: ints(1, 0), want: Scalar, err: sql.ErrNoRows.Error()},
		{why: "rows too many for a scalar",
			shape: Scalar, set: ints(1, 2), want: Scalar, err: "more than one row"},
		{why: "columns too many for a scalar",
			shape: Scalar, set: twoOne, want: Scalar, err: "2 columns"},
		{why: "auto: one row of one column", shape: Auto, set: ints(1, 1), want: Scalar},
		{why: "auto: one row of two columns", shape: Auto, set: twoOne, want: One},
		{why: "auto: no row", shape: Auto, set: ints(1, 0), want: List},
		{why: "auto: two rows", shape: Auto, set: ints(1, 2), want: List},
		{why: "auto: an error",
			shape: Auto, set: ints(1, 1).Failing(errFake), want: Auto, err: "division by zero"},
		{why: "sets", shape: Sets, set: ints(1, 2), want: Sets},
		{why: "sets without a row", shape: Sets, set: ints(1, 0), want: Sets},
		{why: "sets whose first row fails",
			shape: Sets, set: ints(1, 0).Failing(errFake), want: Sets, err: "division by zero"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			rows := query(t, open(t, tt.set))
			err := rows.As(tt.shape)
			if rows.Shape != tt.want || (err == nil) != (tt.err == "") ||
				err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("As = %v, shape %d; want %q, %d", err, rows.Shape, tt.err, tt.want)
			}
			if tt.err == sql.ErrNoRows.Error() && !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%v is not sql.ErrNoRows", err)
			}
			var count *CountError
			wrongCount := tt.err == sql.ErrNoRows.Error() || tt.err == "more than one row"
			if errors.As(err, &count) != wrongCount || wrongCount && count.Many != (len(tt.set.Rows) > 1) {
				t.Errorf("%v reports another number of rows", err)
			}
			// Whatever As returned, all rows are still there, and the error after them.
			if got, err := read(rows); len(got) != len(tt.set.Rows) || err != tt.set.Err {
				t.Errorf("then %q, %v; want %d rows, %v", got, err, len(tt.set.Rows), tt.set.Err)
			}
		})
	}
}
