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

	"github.com/moresql/moresql/internal/fakedb"
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
	nil, true, false, "", "text", []byte("bytes"), []byte{}, []byte(nil),
	1.5, float32(0.1), math.NaN(),
	1, int8(-8), int16(-16), int32(-32), int64(math.MinInt64),
	uint(1), uint8(8), uint16(16), uint32(math.MaxUint32), uintptr(1),
	uint64(math.MaxInt64), uint64(math.MaxInt64) + 1, uint64(math.MaxUint64),
	time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC), 90 * time.Second,
	named(7), namedText("named"), rawText("raw"), rawText(nil),
	&seven, &sevenText, noInt, &noInt, (*string)(nil), (*time.Time)(nil), &time.Time{},
	valued{"value"}, valued{nil}, valued{int64(1)}, valued{1}, valued{valued{"twice"}},
	valued{[]string{"none"}}, &valued{"value"}, (*valued)(nil),
	failing{}, &failing{}, (*failing)(nil), &pointed{}, (*pointed)(nil), pointed{},
	sql.NullString{}, sql.NullString{String: "x", Valid: true},
	sql.Null[int64]{V: 7, Valid: true}, &sql.NullInt64{},
	[]string{"none"}, []int(nil), [2]byte{1, 2}, [16]byte{}, map[string]any{},
	struct{}{}, &struct{}{}, complex(1, 2), make(chan int), func() {}, error(nil), errFake,
	sql.Out{Dest: &seven}, removed{}, list{"a", "b"},
}

// TestArgumentsArriveAsFromDatabaseSQL passes the same arguments through database/sql to the same
// driver.
func TestArgumentsArriveAsFromDatabaseSQL(t *testing.T) {
	knows := func(v *driver.NamedValue) error {
		switch value := v.Value.(type) {
		case removed:
			return driver.ErrRemoveArgument
		case list:
			v.Value = strings.Join(value, ",")
			return nil
		case named: // half of the way, and the rest by default
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
	const prepared = fakedb.Prepares | fakedb.RunsPrepared
	skip := map[string]fakedb.Result{"a": {Err: driver.ErrSkip, Rows: 1}}
	takes := func(n int) func(string) int { return func(string) int { return n } }
	type db = fakedb.DB
	lists := [][]any{
		{},
		{1, "a", nil},
		{removed{}, 1, removed{}, "a"},
		{1, failing{}, 2},
		{list{"a"}, true, list{"b"}},
	}
	for _, v := range arguments {
		lists = append(lists, []any{v}, []any{"before", v})
	}
	for _, test := range []struct {
		reason string
		driver func() *db
	}{
		{
			reason: "arguments are converted by default",
			driver: func() *db { return &db{Can: fakedb.Modern} },
		},
		{
			reason: "the connection checks arguments",
			driver: func() *db { return &db{Can: fakedb.Modern | fakedb.Checks, Check: knows} },
		},
		{
			reason: "the statement is prepared",
			driver: func() *db { return &db{Can: prepared} },
		},
		{
			reason: "the connection checks arguments again for a statement that it skipped",
			driver: func() *db {
				return &db{Can: fakedb.Modern | fakedb.Checks, Check: knows, Results: skip}
			},
		},
		{
			reason: "the statement checks arguments",
			driver: func() *db {
				return &db{Can: prepared | fakedb.ChecksPrepared, CheckPrepared: knows}
			},
		},
		{
			reason: "the statement checks arguments, and not the connection",
			driver: func() *db {
				can := prepared | fakedb.Checks | fakedb.ChecksPrepared
				return &db{Can: can, Check: knows, CheckPrepared: other}
			},
		},
		{
			reason: "the statement has one placeholder",
			driver: func() *db {
				can := prepared | fakedb.ChecksPrepared
				return &db{Can: can, CheckPrepared: knows, Inputs: takes(1)}
			},
		},
		{
			reason: "the statement has no placeholder",
			driver: func() *db {
				can := prepared | fakedb.ChecksPrepared
				return &db{Can: can, CheckPrepared: knows, Inputs: takes(0)}
			},
		},
		{
			reason: "the statement has two placeholders",
			driver: func() *db {
				can := prepared | fakedb.ChecksPrepared
				return &db{Can: can, CheckPrepared: knows, Inputs: takes(2)}
			},
		},
		{
			reason: "the statement has three placeholders",
			driver: func() *db { return &db{Can: prepared, Inputs: takes(3)} },
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			theirs, ours := test.driver(), test.driver()
			theirDB, ourDB := theirs.Open(t), ours.Open(t)
			for _, args := range lists {
				rows, want := theirDB.QueryContext(t.Context(), "a", args...)
				if want == nil {
					rows.Close()
				}
				statements := []Statement{{Text: "a", Args: args}}
				err := call(t.Context(), ourDB, statements, Options{}, (*row.Rows).Finish)
				if (err == nil) != (want == nil) || cause(err) != cause(want) {
					t.Errorf("%#v: %v; database/sql: %v", args, err, want)
				}
				ourArgs, theirArgs := ours.Args(), theirs.Args()
				got, expected := fmt.Sprintf("%#v", ourArgs), fmt.Sprintf("%#v", theirArgs)
				// as texts, which have the types, since NaN is not equal to itself
				if got != expected || !sameNil(ourArgs, theirArgs) {
					t.Errorf("%#v arrived as %s; from database/sql as %s", args, got, expected)
				}
			}
		})
	}
}

// cause is the text of the error within what database/sql or a session say of an argument, "" for
// an error of their own.
func cause(err error) string {
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
			if x.IsValid() != y.IsValid() {
				return false
			}
			if x.IsValid() && x.Kind() == reflect.Slice && x.IsNil() != y.IsNil() {
				return false
			}
		}
	}
	return true
}

// TestNamedArgumentsKeepTheirNames, which a program may have in moresql.Values.
func TestNamedArgumentsKeepTheirNames(t *testing.T) {
	f := &fakedb.DB{Can: fakedb.Modern}
	statements := []Statement{{Text: "a", Args: []any{sql.Named("x", 1)}}}
	if err := call(t.Context(), f.Open(t), statements, Options{}, (*row.Rows).Finish); err != nil {
		t.Error(err)
	}
	if arg := f.Args()[0][0]; arg.Name != "x" || arg.Value != int64(1) {
		t.Errorf("the driver has got %+v", arg)
	}
}
