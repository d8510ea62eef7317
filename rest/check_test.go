package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/sqlfile"
)

// named calls functions by the names of their arguments, procedure procedures.
var (
	named     = moresql.CallBy(moresql.Function{Named: true})
	procedure = moresql.CallBy(moresql.Procedure{})
)

func fields(names ...string) moresql.Option { return moresql.Fields(names...) }

// checked is a catalog with overloads, defaults, OUT and VARIADIC parameters.
var checked = catalog.Of(
	catalog.Routine{Schema: "api", Name: "get_cars"},
	catalog.Routine{Schema: "api", Name: "find", Params: []catalog.Param{
		{Name: "a"}, {Name: "b", Default: true},
	}},
	catalog.Routine{Schema: "api", Name: "over", Params: []catalog.Param{{Name: "a"}}},
	catalog.Routine{Schema: "api", Name: "over", Params: []catalog.Param{{Name: "b"}}},
	catalog.Routine{Schema: "api", Name: "sum", Params: []catalog.Param{
		{Name: "first"}, {Name: "rest", Mode: catalog.Variadic},
	}},
	catalog.Routine{Schema: "api", Name: "divide", Kind: catalog.Procedure,
		Params: []catalog.Param{{Name: "a"}, {Name: "b"}, {Name: "q", Mode: catalog.Out}}},
	catalog.Routine{Schema: "other", Name: "get_cars", Params: []catalog.Param{{Name: "x"}}},
)

func TestCheckComparesDeclarationsWithTheCatalog(t *testing.T) {
	options := func(list ...moresql.Option) []moresql.Option { return list }
	for _, test := range []struct {
		reason, proc string
		options      []moresql.Option
		want         string // of the error, "" for none
	}{{
		reason: "it is there", proc: "api.get_cars",
	}, {
		reason: "without the schema the search path decides", proc: "get_cars",
	}, {
		reason: "another schema", proc: "none.get_cars",
		want: "the catalog has no such function: perhaps you mean api.get_cars()",
	}, {
		reason: "it is missing", proc: "api.get_car",
		want: "the catalog has no such function: perhaps you mean api.get_cars()",
	}, {
		reason: "a procedure is no function", proc: "api.divide",
		want: "the catalog has no such function: perhaps you mean api.divide(a, b, OUT q)",
	}, {
		reason: "too many parameters", proc: "api.get_cars", options: options(fields("a")),
		want: "no routine has the declared parameters (a): there is api.get_cars()",
	}, {
		reason: "too few", proc: "api.find",
		want: "no routine has the declared parameters (): there is api.find(a, b DEFAULT …)",
	}, {
		reason: "the default is left out", proc: "api.find", options: options(fields("a")),
	}, {
		reason: "by place names do not matter", proc: "api.find", options: options(fields("x", "y")),
	}, {
		reason: "by name they do", proc: "api.find", options: options(named, fields("x")),
		want: "no routine has the declared parameters (x): there is api.find(a, b DEFAULT …)",
	}, {
		reason: "by name", proc: "api.find", options: options(named, fields("b", "a")),
	}, {
		reason: "an optional field needs a default", proc: "api.find",
		options: options(named, moresql.Bind(binder.Any("a").Optional())),
		want:    "no routine has the declared parameters (a): there is api.find(a, b DEFAULT …)",
	}, {
		reason: "an optional field has one", proc: "api.find",
		options: options(named, fields("a"), moresql.Bind(binder.Any("b").Optional())),
	}, {
		reason: "by place overloads of one length are the same", proc: "api.over",
		options: options(fields("a")),
		want:    "the parameters (a) match more than one routine: api.over(a); api.over(b)",
	}, {
		reason: "by name they are not", proc: "api.over", options: options(named, fields("b")),
	}, {
		reason: "a VARIADIC parameter takes any number", proc: "api.sum",
		options: options(fields("a", "b", "c")),
	}, {
		reason: "but at least one", proc: "api.sum", options: options(fields("a")),
		want: "no routine has the declared parameters (a): there is api.sum(first, VARIADIC rest)",
	}, {
		reason: "by name it cannot be given", proc: "api.sum",
		options: options(named, fields("first", "rest")),
		want: "no routine has the declared parameters (first, rest): " +
			"there is api.sum(first, VARIADIC rest)",
	}, {
		reason: "an OUT parameter has its place in CALL", proc: "api.divide",
		options: options(procedure, fields("a", "b"), moresql.Bind(binder.Out("q"))),
	}, {
		reason: "and is no value", proc: "api.divide",
		options: options(procedure, fields("a", "b", "q")),
		want: "no routine has the declared parameters (a, b, q): " +
			"there is api.divide(a, b, OUT q)",
	}} {
		h := moresql.New(nil).Handler(test.proc, test.options...)
		want := ""
		if test.want != "" {
			want = "moresql: handler 1, " + test.proc + ": " + test.want
		}
		got := ""
		if err := rest.Check(context.Background(), checked, h); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", test.reason, got, want)
		}
	}
}

// Handlers that declare no call of a routine pass: there is nothing to compare.
func TestCheckPassesWhatItCannotCompare(t *testing.T) {
	files := fstest.MapFS{"get.sql": {Data: []byte("SELECT 1")}}
	statements, err := sqlfile.Load(files, moresql.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(nil)
	own := resourceFunc(func(*http.Request) (*moresql.Operation, error) { return nil, nil })
	err = rest.Check(context.Background(), checked,
		rest.Routines(m, checked),
		m.Handler("get", moresql.CallBy(statements)),
		m.Handler("none", moresql.CallBy(cached{})),
		m.Serve(own),
	)
	if err != nil {
		t.Error(err)
	}
}

type resourceFunc func(*http.Request) (*moresql.Operation, error)

func (f resourceFunc) Match(r *http.Request) (*moresql.Operation, error) { return f(r) }

// A handler that hides what it declares is a mistake, and not ignored.
func TestCheckRefusesOtherHandlers(t *testing.T) {
	h := http.StripPrefix("/x", moresql.New(nil).Handler("none"))
	err := rest.Check(context.Background(), checked, h)
	want := "moresql: handler 1, a http.HandlerFunc: it is not a handler that MoreSQL has made"
	if fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// Decorators and wrapped Callers do not hide what a handler declares.
func TestCheckLooksThroughWrappers(t *testing.T) {
	for how, options := range map[string][]moresql.Option{
		"a decorator":      {decorate(hiding)},
		"several":          {decorate(hiding), rest.Query(), decorate(hiding)},
		"with Unwrap":      {decorate(unwrapping)},
		"Query":            {rest.Query()},
		"several options":  {rest.Query(), rest.MaxPage(1), rest.HTTPSettings()},
		"embedding":        {moresql.CallBy(embedding{})},
		"Unwrap":           {moresql.CallBy(wrapping{moresql.Function{}})},
		"Describe":         {moresql.CallBy(describing{})},
		"Unwrap and Query": {moresql.CallBy(wrapping{wrapping{embedding{}}}), rest.Query()},
	} {
		h := moresql.New(nil).Handler("api.none", options...)
		err := rest.Check(context.Background(), checked, h)
		if err == nil || !strings.Contains(err.Error(), "api.none: the catalog has no such") {
			t.Errorf("%s: %v", how, err)
		}
		h = moresql.New(nil).Handler("api.get_cars", options...)
		if err := rest.Check(context.Background(), checked, h); err != nil {
			t.Errorf("%s: %v", how, err)
		}
	}
}

func TestCheckReloadsTheCatalog(t *testing.T) {
	var fails error
	cat, err := catalog.LoadFunc(context.Background(),
		func(context.Context) ([]catalog.Routine, error) { return nil, fails })
	if err != nil {
		t.Fatal(err)
	}
	fails = errors.New("broken")
	if err := rest.Check(context.Background(), cat); !errors.Is(err, fails) {
		t.Errorf("%v, want %v", err, fails)
	}
}

// Check finds calls that the database would refuse before a client does. catalog.Load reads the
// catalog from the database.
func ExampleCheck() {
	cat := catalog.Of(catalog.Routine{Schema: "api", Name: "get_cars"})
	m := moresql.New(nil)
	getCars := m.Handler("get_cars")
	getCar := m.Handler("get_car", moresql.Fields("id"))
	fmt.Println(rest.Check(context.Background(), cat, getCars, getCar))
	// Output:
	// moresql: handler 2, get_car: the catalog has no such function: perhaps you mean api.get_cars()
}
