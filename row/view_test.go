package row_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/moresql/moresql/row"
)

var errStop = errors.New("stop")

// numbered returns n rows of a number and a text.
func numbered(n int) *row.Rows {
	var rows [][]any
	for i := range n {
		rows = append(rows, []any{int64(i), fmt.Sprint("row ", i)})
	}
	return row.Of([]row.Column{{Name: "n", Kind: row.Int}, {Name: "text", Kind: row.Text}}, rows...)
}

// texts reads rows to their end and returns each as text.
func texts(rows *row.Rows) (list []string, err error) {
	for r, err := range rows.All() {
		if err != nil {
			return list, err
		}
		text := ""
		for name, v := range r.All() {
			text += name + "=" + v.String() + " "
		}
		list = append(list, text)
	}
	return list, rows.Finish()
}

func TestEachSeesEveryRowInTurn(t *testing.T) {
	rows := numbered(4)
	rows.Each(func(r *row.Row) error {
		if r.Get("n").Int() == 1 {
			return row.ErrSkip
		}
		return nil
	})
	rows.Each(func(r *row.Row) error { // sees what the first has left
		if r.Get("n").Int() == 1 {
			t.Error("a row that was left out is seen")
		}
		v, err := row.ValueOf("changed " + r.Get("text").String())
		r.Set(1, v)
		return err
	})
	if n, err := rows.ReadAhead(2); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	got, err := texts(rows)
	want := []string{"n=0 text=changed row 0 ", "n=2 text=changed row 2 ", "n=3 text=changed row 3 "}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if rows.Passed() != 3 {
		t.Errorf("%d rows were passed on", rows.Passed())
	}
}

// TestEachErrorEndsTheRows reads some rows ahead, all of them, or none.
func TestEachErrorEndsTheRows(t *testing.T) {
	for _, ahead := range []int{0, 1, 3} {
		rows := numbered(4)
		rows.Each(func(r *row.Row) error {
			if r.Get("n").Int() == 2 {
				return errStop
			}
			return nil
		})
		n, err := rows.ReadAhead(ahead)
		if ahead > 2 != (err == errStop) {
			t.Errorf("ReadAhead(%d) = %d, %v", ahead, n, err)
		}
		if got, err := texts(rows); len(got) != 2 || err != errStop || rows.Err() != errStop {
			t.Errorf("%q, %v, %v", got, err, rows.Err())
		}
	}
}

// TestAsCountsRowsAfterEach leaves one row of three.
func TestAsCountsRowsAfterEach(t *testing.T) {
	rows := numbered(3)
	rows.Each(func(r *row.Row) error {
		if r.Get("n").Int() != 1 {
			return row.ErrSkip
		}
		return nil
	})
	if err := rows.As(row.One); err != nil {
		t.Fatal(err)
	}
	if got, err := texts(rows); err != nil || !slices.Equal(got, []string{"n=1 text=row 1 "}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestMetaTakesLeadingColumnsOff(t *testing.T) {
	columns := []row.Column{
		{Name: "count", Kind: row.Int}, {Name: "here", Kind: row.Bool}, {Name: "a", Kind: row.Int},
	}
	for _, test := range []struct {
		reason string
		rows   [][]any
		meta   []string
		want   []string
	}{
		{reason: "rows",
			rows: [][]any{{int64(9), true, int64(1)}, {int64(9), true, int64(2)}, {int64(9), true, nil}},
			meta: []string{"9", "true"}, want: []string{"A=1 ", "A=2 ", "A= "}},
		{reason: "metadata without a row", rows: [][]any{{int64(0), nil, nil}}, meta: []string{"0", ""}},
		{reason: "no row at all"},
	} {
		for _, ahead := range []int{0, 1, 2} {
			rows := row.Options{Meta: 2, Columns: []row.Column{{Name: "A"}}}.Of(columns, test.rows...)
			values, err := rows.Meta()
			if err != nil {
				t.Fatal(err)
			}
			var meta []string
			for _, v := range values {
				meta = append(meta, v.String())
			}
			if _, err := rows.ReadAhead(ahead); err != nil {
				t.Fatal(err)
			}
			got, err := texts(rows)
			if err != nil || !slices.Equal(got, test.want) || !slices.Equal(meta, test.meta) {
				t.Errorf("%s: %q, metadata %q, %v", test.reason, got, meta, err)
			}
		}
	}
}

func TestMetaReturnsTheErrorOfTheFirstRow(t *testing.T) {
	columns := []row.Column{{Name: "here"}, {Name: "a"}}
	rows := row.Options{Meta: 1}.Of(columns, []any{true, make(chan int)})
	if _, err := rows.Meta(); err == nil || rows.Err() == nil {
		t.Error("no error")
	}
}

func TestMetaIsKnownAfterTheRowsToo(t *testing.T) {
	columns := []row.Column{{Name: "count", Kind: row.Int}, {Name: "a", Kind: row.Int}}
	rows := row.Options{Meta: 1}.Of(columns, []any{int64(2), int64(7)}, []any{int64(2), int64(8)})
	if got, err := texts(rows); err != nil || !slices.Equal(got, []string{"a=7 ", "a=8 "}) {
		t.Errorf("%q, %v", got, err)
	}
	if meta, err := rows.Meta(); err != nil || len(meta) != 1 || meta[0].Int() != 2 {
		t.Errorf("metadata %v, %v", meta, err)
	}
}

func TestMetaNeedsItsColumns(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Of took one column for two metadata columns")
		}
	}()
	row.Options{Meta: 2}.Of([]row.Column{{Name: "a"}})
}

func TestFinishKeepsTheShape(t *testing.T) {
	rows := numbered(2)
	rows.Shape = row.Sets
	if _, err := texts(rows); err != nil || rows.Shape != row.Sets || !rows.Ended() {
		t.Errorf("shape %d, ended %v, %v", rows.Shape, rows.Ended(), err)
	}
}

func TestValueOfTakesGoValues(t *testing.T) {
	for _, test := range []struct {
		in   any
		kind row.Kind
		text string
	}{
		{nil, row.Null, ""}, {true, row.Bool, "true"}, {int64(-5), row.Int, "-5"}, {7, row.Int, "7"},
		{uint64(1 << 63), row.Uint, "9223372036854775808"},
		{1.5, row.Float64, "1.5"}, {"x", row.Text, "x"}, {[]byte{0xff}, row.Bytes, `\xff`},
		{time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), row.TimestampTZ, "2024-01-02T03:04:05+00:00"},
	} {
		v, err := row.ValueOf(test.in)
		if err != nil || v.Kind() != test.kind || v.String() != test.text {
			t.Errorf("%v: %v %q, %v", test.in, v.Kind(), v, err)
		}
	}
	if _, err := row.ValueOf(make(chan int)); err == nil {
		t.Error("no error for a channel")
	}
}

// TestOptionsColumnsGoByPosition has two columns of the same name.
func TestOptionsColumnsGoByPosition(t *testing.T) {
	options := row.Options{Columns: []row.Column{{Name: "a"}, {Name: "a", Kind: row.JSON}}}
	columns := []row.Column{{Name: "a", Kind: row.Text}, {Name: "a", Kind: row.Text}}
	rows := options.Of(columns, []any{"[1]", "[1]"})
	for r, err := range rows.All() {
		if err != nil || r.Value(0).Kind() != row.Text || r.Value(1).Kind() != row.JSON {
			t.Errorf("%v, %v, %v", r.Value(0).Kind(), r.Value(1).Kind(), err)
		}
	}
}
