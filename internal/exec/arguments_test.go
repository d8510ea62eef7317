package exec

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/moresql/moresql/row"
)

// Arguments as programs have them.
type (
	named     int
	namedText string
	rawText   []byte
	valued    struct{ v driver.Value }
	failing   struct{}
	pointed   struct{}
	removed   struct{} // the checkers take it away
	list      []string // the checkers know it
)

func (v valued) Value() (driver.Value, error)   { return v.v, nil }
func (failing) Value() (driver.Value, error)    { return nil, errFake }
func (p *pointed) Value() (driver.Value, error) { return fmt.Sprint(p == nil), nil }

var seven, sevenText, noInt = 7, "7", (*int)(nil)

var arguments = []any{
	nil, true, false, "", "text", []byte("bytes"), []byte{}, []byte(nil), 1.5, float32(0.1), math.NaN(),
	1, int8(-8), int16(-16), int32(-32), int64(math.MinInt64),
	uint(1), uint8(8), uint16(16), uint32(math.MaxUint32), uint64(math.MaxInt64), uint64(math.MaxInt64) + 1, uint64(math.MaxUint64), uintptr(1),
	time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC), 90 * time.Second,
	named(7), namedText("named"), rawText("raw"), rawText(nil),
	&seven, &sevenText, noInt, &noInt, (*string)(nil), (*time.Time)(nil), &time.Time{},
	valued{"value"}, valued{nil}, valued{int64(1)}, valued{1}, valued{valued{"twice"}}, valued{[]string{"none"}}, &valued{"value"}, (*valued)(nil),
	failing{}, &failing{}, (*failing)(nil), &pointed{}, (*pointed)(nil), pointed{},
	sql.NullString{}, sql.NullString{String: "x", Valid: true}, sql.Null[int64]{V: 7, Valid: true}, &sql.NullInt64{},
	[]string{"none"}, []int(nil), [2]byte{1, 2}, [16]byte{}, map[string]any{}, struct{}{}, &struct{}{}, complex(1, 2), make(chan int), func() {}, error(nil), errFake,
	sql.Out{Dest: &seven}, removed{}, list{"a", "b"},
}

// TestArguments has database/sql pass the same arguments to the same driver: what arrives has to be the same.
func TestArguments(t *testing.T) {
	knows := func(v *driver.NamedValue) error {
		switch value := v.Value.(type) {
		case removed:
			return driver.ErrRemoveArgument
		case list:
			v.Value = strings.Join(value, ",")
			return nil
		case named: // half a way, and the rest as usual
			v.Value = int32(value) + 1
		case chan int:
			return errFake
		case map[string]any: // some drivers take what driver.Value does not list
			return nil
		case bool:
			v.Name, v.Ordinal = "b", 7
			return nil
		}
		return driver.ErrSkip
	}
	other := func(v *driver.NamedValue) error {
		if s, ok := v.Value.(string); ok {
			v.Value = "statement's " + s
			return nil
		}
		return driver.ErrSkip
	}
	skip := map[string]answer{"a": {err: driver.ErrSkip, rows: 1}}
	n := func(n int) func(string) int { return func(string) int { return n } }
	tests := []struct {
		why    string
		driver func() *fakeDB
	}{
		{"by default", func() *fakeDB { return &fakeDB{able: modern} }},
		{"the connection has a say", func() *fakeDB { return &fakeDB{able: modern | checks, check: knows} }},
		{"prepared", func() *fakeDB { return &fakeDB{able: prepares | runs} }},
		{"prepared after ErrSkip, the connection has a say both times", func() *fakeDB { return &fakeDB{able: modern | checks, check: knows, answers: skip} }},
		{"the statement has a say", func() *fakeDB { return &fakeDB{able: prepares | runs | refuses, refuse: knows} }},
		{"the statement has the say, and not the connection", func() *fakeDB { return &fakeDB{able: prepares | runs | checks | refuses, check: knows, refuse: other} }},
		{"the statement has one placeholder", func() *fakeDB { return &fakeDB{able: prepares | runs | refuses, refuse: knows, inputs: n(1)} }},
		{"none", func() *fakeDB { return &fakeDB{able: prepares | runs | refuses, refuse: knows, inputs: n(0)} }},
		{"two", func() *fakeDB { return &fakeDB{able: prepares | runs | refuses, refuse: knows, inputs: n(2)} }},
		{"three", func() *fakeDB { return &fakeDB{able: prepares | runs, inputs: n(3)} }},
	}
	lists := [][]any{{}, {1, "a", nil}, {removed{}, 1, removed{}, "a"}, {1, failing{}, 2}, {list{"a"}, true, list{"b"}}}
	for _, v := range arguments {
		lists = append(lists, []any{v}, []any{"before", v})
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			theirs, ours := tt.driver(), tt.driver()
			theirDB, ourDB := theirs.open(t), ours.open(t)
			statements := texts("a")
			for _, args := range lists {
				rows, want := theirDB.QueryContext(t.Context(), "a", args...)
				if want == nil {
					rows.Close()
				}
				statements[0].Args = args
				compare := func(how string, f *fakeDB, err error) {
					if (err == nil) != (want == nil) || reason(err) != reason(want) {
						t.Errorf("%s: %#v: %v; database/sql: %v", how, args, err, want)
					}
					// fmt, as NaN is not itself, and with types
					if got, want := fmt.Sprintf("%#v", f.args), fmt.Sprintf("%#v", theirs.args); got != want || !sameNil(f.args, theirs.args) {
						t.Errorf("%s: %#v arrived as %s; from database/sql as %s", how, args, got, want)
					}
					f.args = nil
				}
				compare("Run", ours, call(t.Context(), ourDB, statements, Options{}, (*row.Rows).Finish))
				theirs.args = nil
			}
		})
	}
}

// reason is the text of the error behind what database/sql or a session say of an argument, "" for one of their own.
func reason(err error) string {
	if err = errors.Unwrap(err); err == nil {
		return ""
	}
	return err.Error()
}

// sameNil reports whether the values that are nil, or bytes that are, are the same.
func sameNil(a, b [][]driver.NamedValue) bool {
	for i := range a {
		for j := range a[i] {
			x, y := reflect.ValueOf(a[i][j].Value), reflect.ValueOf(b[i][j].Value)
			if x.IsValid() != y.IsValid() || x.IsValid() && x.Kind() == reflect.Slice && x.IsNil() != y.IsNil() {
				return false
			}
		}
	}
	return true
}

// TestNamed passes sql.Named on, which a program may have in moresql.Values.
func TestNamed(t *testing.T) {
	f := &fakeDB{able: modern}
	if err := call(t.Context(), f.open(t), []Statement{{"a", []any{sql.Named("x", 1)}}}, Options{}, (*row.Rows).Finish); err != nil {
		t.Error(err)
	}
	if arg := f.args[0][0]; arg.Name != "x" || arg.Value != int64(1) {
		t.Errorf("the driver has got %+v", arg)
	}
}
