package dbtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/rest"
)

// TestCheckFindsDifferencesToDatabase checks handlers against the catalog.
func TestCheckFindsDifferencesToDatabase(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, rpcSchema...)
	cat := load(t, db, "rpc")
	named := moresql.CallBy(moresql.Function{Named: true})
	procedure := moresql.CallBy(moresql.Procedure{})
	wrapped := moresql.CallBy(wrapping{moresql.Function{}})
	for _, test := range []struct {
		reason  string
		proc    string
		options []moresql.Option
		want    string // a part of the error, or "" if there is none
	}{
		{reason: "arguments by position", proc: "rpc.add",
			options: []moresql.Option{moresql.Fields("x", "y")}},
		{reason: "without a schema", proc: "one"},
		{reason: "a default is left out", proc: "rpc.greet",
			options: []moresql.Option{moresql.Fields("Name")}},
		{reason: "arguments by name", proc: "rpc.greet",
			options: []moresql.Option{named,
				moresql.Bind(binder.Any("Name"), binder.Any("greeting").Optional())}},
		{reason: "OUT parameters", proc: "rpc.divide",
			options: []moresql.Option{procedure, moresql.Fields("a", "b"),
				moresql.Bind(binder.Out("quotient"), binder.Out("rest"))}},
		{reason: "any number of arguments for VARIADIC", proc: "rpc.sum_all",
			options: []moresql.Option{moresql.Fields("a", "b", "c")}},
		{reason: "no argument for VARIADIC", proc: "rpc.sum_all", want: "no routine has"},
		{reason: "VARIADIC by name", proc: "rpc.sum_all",
			options: []moresql.Option{named, moresql.Fields("list")}, want: "no routine has"},
		{reason: "an OUT parameter as a field", proc: "rpc.divide",
			options: []moresql.Option{procedure, moresql.Fields("a", "b", "quotient", "rest")},
			want:    "no routine has"},
		{reason: "a misspelt name", proc: "rpc.get_car",
			want: "get_car: the catalog has no such function: perhaps you mean rpc.get_cars()"},
		{reason: "a wrapped function", proc: "rpc.add",
			options: []moresql.Option{wrapped, moresql.Fields("x", "y")}},
		{reason: "a misspelt name of a wrapped function", proc: "rpc.get_car",
			options: []moresql.Option{wrapped}, want: "perhaps you mean rpc.get_cars()"},
		{reason: "another schema", proc: "api.one", want: "one: the catalog has no such function"},
		{reason: "a procedure as a function", proc: "rpc.quiet",
			want: "quiet: the catalog has no such function"},
		{reason: "too few arguments", proc: "rpc.add", options: []moresql.Option{moresql.Fields("a")},
			want: "rpc.add(a integer, b integer)"},
		{reason: "an unknown parameter", proc: "rpc.greet",
			options: []moresql.Option{named, moresql.Fields("name")},
			want:    "no routine has the declared parameters (name)"},
		{reason: "an optional argument without a default", proc: "rpc.greet",
			options: []moresql.Option{named, moresql.Bind(binder.Any("Name").Optional())},
			want:    "no routine has"},
		{reason: "an ambiguous call", proc: "rpc.twins", options: []moresql.Option{moresql.Fields("a")},
			want: "match more than one routine: rpc.twins(a integer); rpc.twins(a text)"},
	} {
		h := moresql.New(db).Handler(test.proc, test.options...)
		err := rest.Check(t.Context(), cat, h)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
	m := moresql.New(db)
	err := rest.Check(t.Context(), cat, m.Handler("no1"), m.With(procedure).Handler("no2"))
	if err == nil || !strings.Contains(err.Error(), "no1") || !strings.Contains(err.Error(), "no2") {
		t.Errorf("the error does not name all handlers: %v", err)
	}
}
