package binder_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/binder"
)

func ExampleOut() {
	fields := []binder.Field{binder.Int("id"), binder.Out("total"), binder.Int("count").InOut()}
	r := httptest.NewRequest("GET", "/?id=7&total=99&count=3", nil)
	values, _, err := binder.Bind(r, fields, nil, binder.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, f := range fields {
		fmt.Printf("%s: input %t, output %t, value %v\n", f.Name, f.IsInput(), f.IsOutput(), values[i])
	}
	// Output:
	// id: input true, output false, value 7
	// total: input false, output true, value <nil>
	// count: input true, output true, value 3
}

func TestOutHoldsItsPlaceWithoutOpeningASource(t *testing.T) {
	r := newRequest("POST", "/", "text/unknown", "a body that no source reads")
	values, present, err := binder.Bind(r, []binder.Field{binder.Out("a")}, nil, binder.Defaults())
	checkValues(t, values, err, nil)
	if !present[0] {
		t.Error("the OUT parameter counts as absent")
	}
}

func TestOutRefusesWhatIsForInputs(t *testing.T) {
	given := map[string]any{"a": 1}
	for _, test := range []struct {
		field binder.Field
		given map[string]any
		want  string // "" if the declaration is right
	}{
		{binder.Out("a"), nil, ""},
		{binder.Any("a").InOut().Optional(), given, ""},
		{binder.Out("a"), given, `a value for the OUT parameter "a"`},
		{binder.Out("a").Optional(), nil, `the OUT parameter "a" has rules`},
		{binder.Out("a").Default(1), nil, `the OUT parameter "a" has rules`},
		{binder.Out("a").From(binder.Query()), nil, `the OUT parameter "a" has rules`},
		{binder.Out("a").InOut(), nil, `InOut is for a field that takes a value`},
		{binder.Out("a").MaxLen(1), nil, `MaxLen is for Text only`},
	} {
		err := binder.Check([]binder.Field{test.field}, test.given)
		if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
}
