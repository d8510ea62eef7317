package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// cacheable is a Resource of the program's own, whose responses may be cached: the rows of a table.
type cacheable struct {
	columns  []catalog.Column // nil if they are not known
	relation bool             // the statement may stand in a FROM
}

func (c cacheable) Match(*http.Request) (*moresql.Operation, error) {
	return &moresql.Operation{
		Name: "cars", Bind: c.bind,
		Explain: func(e *moresql.Error) { e.Hint += "!" },
	}, nil
}

func (c cacheable) bind(r *http.Request) (*moresql.Call, error) {
	_, err := binder.QueryArgs(r)
	return &moresql.Call{Name: "cars", Plan: c.plan}, err
}

func (c cacheable) plan(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
	p := &moresql.Plan{
		Statement: moresql.Statement{Query: "SELECT * FROM cars"}, Columns: c.columns,
		Reply: func(status int, _, _ []row.Value, _ int64) (int, http.Header, error) {
			return status, http.Header{"Cache-Control": {"max-age=60"}}, nil
		},
		Row: func(r *row.Row) error {
			if r.Value(0).String() == "DS" {
				return row.ErrSkip
			}
			return nil
		},
	}
	if c.relation {
		p.Relation = &p.Statement
	}
	return p, nil
}

// What a Resource of the program's own says of its response is kept by the options of rest.
func TestOptionsDecorateResourcesOfTheProgramsOwn(t *testing.T) {
	known := []catalog.Column{{Name: "name"}, {Name: "price"}}
	for _, columns := range [][]catalog.Column{nil, known} {
		db, expect := mock(t)
		if columns == nil {
			expect.ExpectQuery("SELECT t.* FROM (SELECT * FROM cars) AS t LIMIT $1::bigint").
				WithArgs(0).WillReturnRows(result("name price"))
		}
		expect.ExpectQuery(`SELECT t."name", t."price" FROM (SELECT * FROM cars) AS t ` +
			`WHERE t."price" > $1`).WithArgs("1").WillReturnRows(cars())
		h := moresql.New(db, quiet).Serve(cacheable{columns, true}, rest.Query())
		w := serve(h, get("/?price=gt.1"))
		if w.Code != 200 || w.Body.String() != `[{"name":"2CV","price":4000}]` ||
			w.Header().Get("Cache-Control") != "max-age=60" ||
			w.Header().Get("Content-Range") != "0-0/*" {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}
}

// One whose statement cannot stand in a FROM has its settings read after the rows, and cannot be
// filtered.
func TestOptionsOfAResourceThatIsNoRelation(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	begin(expect)
	expect.ExpectQuery("cars").WillReturnRows(cars())
	expect.ExpectQuery("response.status").
		WillReturnRows(result("status headers", []any{"202", `[{"X-A": "1"}]`}))
	expect.ExpectCommit()
	h := moresql.New(db, quiet).Serve(cacheable{}, rest.HTTPSettings(), rest.Query())
	w := serve(h, get("/"))
	if w.Code != 202 || w.Header().Get("X-A") != "1" ||
		w.Header().Get("Cache-Control") != "max-age=60" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = serve(h, get("/?price=gt.1"))
	if w.Code != 400 || !strings.Contains(w.Body.String(), `of the query!"`) ||
		!strings.Contains(w.Body.String(), `"code":"PGRST100"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A Resource with columns that are no result's cannot be filtered.
func TestQueryOfAResultWithoutColumns(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery(columnsOfF).WillReturnRows(sqlmock.NewRows(nil))
	w := serve(moresql.New(db, quiet).Handler("f", rest.Query()), get("/?limit=1"))
	if w.Code != 500 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A counted Resource has metadata columns and a trailer of its own.
type counted struct{}

func (counted) Match(*http.Request) (*moresql.Operation, error) {
	plan := func(context.Context, *moresql.Call, string) (*moresql.Plan, error) {
		return &moresql.Plan{
			Statement: moresql.Statement{Query: "SELECT counted cars"}, Meta: 1,
			Trailer: &moresql.Statement{Query: "SELECT 'last' -- of all", Bind: []int{}},
			Reply: func(
				status int, meta, trailer []row.Value, _ int64,
			) (int, http.Header, error) {
				return status, http.Header{"X-Own": {fmt.Sprint(meta, trailer)}}, nil
			},
		}, nil
	}
	bind := func(*http.Request) (*moresql.Call, error) {
		return &moresql.Call{Name: "cars", Plan: plan}, nil
	}
	return &moresql.Operation{Name: "cars", Bind: bind}, nil
}

// The metadata columns and the trailer of a Resource are its own, whatever the options of rest add,
// and also if there is no row.
func TestOptionsKeepMetadataAndTrailer(t *testing.T) {
	for _, n := range []int{0, 1} {
		for name, options := range map[string][]moresql.Option{
			"no option":     nil,
			"Query":         {rest.Query()},
			"MaxPage":       {rest.MaxPage(9)},
			"HTTPSettings":  {rest.HTTPSettings()},
			"all":           {rest.HTTPSettings(), rest.MaxPage(9)},
			"a decorator":   {rest.HTTPSettings(), decorate(hiding), rest.MaxPage(9)},
			"settings last": {rest.Query(), decorate(hiding), rest.HTTPSettings()},
		} {
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			settings := strings.Contains(name, "ettings") || name == "all" || name == "a decorator"
			rows, trailer := result("count name"), result("last", []any{"last"})
			if n > 0 {
				rows = result("count name", []any{2, "2CV"})
			}
			if settings {
				begin(expect)
				trailer = result("status headers last", []any{nil, `[{"X-A": "1"}]`, "last"})
			}
			expect.ExpectQuery("SELECT counted cars").WillReturnRows(rows)
			expect.ExpectQuery("SELECT 'last' -- of all").WillReturnRows(trailer)
			if settings {
				expect.ExpectCommit()
			}
			w := serve(moresql.New(db, append(options, quiet)...).Serve(counted{}), get("/"))
			want := "[] [last]"
			if n > 0 {
				want = "[2] [last]"
			}
			if w.Code != 200 || w.Header().Get("X-Own") != want ||
				settings != (w.Header().Get("X-A") == "1") {
				t.Errorf("%s, %d rows: %d %v %s", name, n, w.Code, w.Header(), w.Body)
			}
			db.Close()
		}
	}
}

// A database without settings is refused when the handler is made or, where a decorator hides which
// one it is, with an error of each request.
func TestSettingsWithoutSupportAreErrors(t *testing.T) {
	for name, own := range map[string]func(moresql.Resource) moresql.Resource{
		"Match only": hiding, "Unwrap": unwrapping, "Traits and Validate": passingOn,
	} {
		for order, options := range map[string][]moresql.Option{
			"after":  {rest.HTTPSettings(), decorate(own)},
			"before": {decorate(own), rest.HTTPSettings()},
		} {
			m := moresql.New(nil, append(options, quiet,
				moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}))...)
			for kind, make := range map[string]func() http.Handler{
				"Handler":  func() http.Handler { return m.Handler("add") },
				"Routines": func() http.Handler { return rest.Routines(m, catalog.Of(add)) },
			} {
				var h http.Handler
				if text := panicOf(func() { h = make() }); text != "<nil>" {
					if !strings.Contains(text, "PostgreSQL") {
						t.Errorf("%s, %s, %s: %s", name, order, kind, text)
					}
					continue
				}
				if w := serve(h, get("/add?a=1&b=2")); w.Code != 500 {
					t.Errorf("%s, %s, %s: %d %s", name, order, kind, w.Code, w.Body)
				}
			}
		}
	}
}

// What a Resource leaves out is an error, and no panic of the options that decorate it.
func TestOptionsOfAnIncompleteResource(t *testing.T) {
	call := func(c *moresql.Call) *moresql.Operation {
		bind := func(*http.Request) (*moresql.Call, error) { return c, nil }
		return &moresql.Operation{Bind: bind}
	}
	none := func(context.Context, *moresql.Call, string) (*moresql.Plan, error) { return nil, nil }
	for reason, operation := range map[string]*moresql.Operation{
		"no Operation": nil, "no Bind": {}, "no Call": call(nil),
		"no function Plan": call(&moresql.Call{}), "no Plan": call(&moresql.Call{Plan: none}),
	} {
		own := resourceFunc(func(*http.Request) (*moresql.Operation, error) {
			return operation, nil
		})
		for _, o := range []moresql.Option{rest.Query(), rest.HTTPSettings(), decorate(hiding)} {
			h := moresql.New(nil, quiet).Serve(own, o, rest.MaxPage(1), decorate(unwrapping))
			if w := serve(h, get("/")); w.Code != 500 {
				t.Errorf("%s: %d %s", reason, w.Code, w.Body)
			}
		}
	}
}

// What Validate and Traits of a Resource say is passed on.
func TestOptionsPassOnWhatTheResourceSays(t *testing.T) {
	for message, resource := range map[string]moresql.Resource{
		"the program's mistake": mistaken{},
		"neither":               ofPostgreSQL{},
	} {
		text := panicOf(func() { moresql.New(nil).Serve(resource, rest.Query()) })
		if !strings.Contains(text, message) {
			t.Errorf("Serve panicked with %s", text)
		}
	}
}

type mistaken struct{ cacheable }

func (mistaken) Validate() error { return fmt.Errorf("the program's mistake") }

type ofPostgreSQL struct{ cacheable }

func (ofPostgreSQL) Traits() (moresql.Traits, bool) { return moresql.Traits{}, true }

// A hidden Resource is decorated by one that has the method Match only; unwrapped and passed on are
// those whose decorators have the methods that the documentation of moresql.Resource names.
type (
	hidden    struct{ moresql.Resource }
	unwrapped struct{ hidden }
	passedOn  struct{ unwrapped }
)

func (d unwrapped) Unwrap() moresql.Resource { return d.Resource }

func (d passedOn) Traits() (moresql.Traits, bool) {
	return d.Resource.(interface{ Traits() (moresql.Traits, bool) }).Traits()
}

func (d passedOn) Validate() error {
	if v, ok := d.Resource.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

func hiding(r moresql.Resource) moresql.Resource     { return hidden{r} }
func unwrapping(r moresql.Resource) moresql.Resource { return unwrapped{hidden{r}} }
func passingOn(r moresql.Resource) moresql.Resource  { return passedOn{unwrapped{hidden{r}}} }

func decorate(how func(moresql.Resource) moresql.Resource) moresql.Option {
	return moresql.Use(how)
}

// The routines of a catalog can be filtered, in whatever order decorators and the options of rest
// come.
func TestRoutinesAreFilteredThroughDecorators(t *testing.T) {
	list := add
	list.Name, list.Result = "list", catalog.Result{
		Set: true, Type: integer, Columns: []catalog.Column{{Name: "n", Type: integer}},
	}
	list.Params = nil
	for name, own := range map[string]func(moresql.Resource) moresql.Resource{
		"Match only": hiding, "Unwrap": unwrapping, "Traits and Validate": passingOn,
	} {
		for order, options := range map[string][]moresql.Option{
			"one":                  {decorate(own)},
			"two":                  {decorate(own), decorate(own)},
			"after MaxPage":        {rest.MaxPage(9), decorate(own)},
			"after Query":          {rest.Query(), decorate(own)},
			"between two of rest":  {rest.Query(), decorate(own), rest.MaxPage(9)},
			"before those of rest": {decorate(own), rest.Query(), rest.MaxPage(9)},
		} {
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			reads(expect, func() {
				expect.ExpectQuery(`WHERE .*"n" > `).WillReturnRows(result("n", []any{2}))
			})
			var h http.Handler
			text := panicOf(func() {
				h = rest.Routines(moresql.New(db, append(options, quiet)...), catalog.Of(list))
			})
			if text != "<nil>" {
				t.Errorf("%s, %s: Routines panicked with %s", name, order, text)
				continue
			}
			if w := serve(h, get("/list?n=gt.1")); w.Code != 200 || w.Body.String() != `[{"n":2}]` {
				t.Errorf("%s, %s: %d %s", name, order, w.Code, w.Body)
			}
			db.Close()
		}
	}
}

// One statement does what all options of rest want, also if a decorator is between them.
func TestOptionsFindEachOtherThroughDecorators(t *testing.T) {
	for name, own := range map[string]func(moresql.Resource) moresql.Resource{
		"Match only": hiding, "Unwrap": unwrapping, "Traits and Validate": passingOn,
	} {
		for order, options := range map[string][]moresql.Option{
			"between":  {rest.HTTPSettings(), decorate(own), rest.Query()},
			"before":   {decorate(own), rest.HTTPSettings(), rest.Query()},
			"after":    {rest.Query(), rest.HTTPSettings(), decorate(own)},
			"in turn":  {decorate(own), rest.Query(), decorate(own), rest.HTTPSettings()},
			"reversed": {rest.Query(), decorate(own), rest.HTTPSettings()},
		} {
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			begin(expect)
			expect.ExpectQuery("LIMIT").WillReturnRows(result("n")) // for the columns
			expect.ExpectRollback()
			expect.ExpectExec("CLOSE ALL").WillReturnResult(sqlmock.NewResult(0, 0))
			begin(expect)
			expect.ExpectQuery(`WHERE t."n" > .*response.status.*count`).WillReturnRows(
				result("total status headers p n", []any{3, "203", `[{"X-A": "1"}]`, true, 2}))
			expect.ExpectCommit()
			expect.ExpectExec("CLOSE ALL").WillReturnResult(sqlmock.NewResult(0, 0))
			h := moresql.New(db, append(options, quiet)...).Handler("f")
			w := serve(h, get("/?n=gt.1&limit=1", "Prefer", "count=exact"))
			if w.Code != 203 || w.Body.String() != `[{"n":2}]` ||
				w.Header().Get("Content-Range") != "0-0/3" || w.Header().Get("X-A") != "1" {
				t.Errorf("%s, %s: %d %v %s", name, order, w.Code, w.Header(), w.Body)
			}
			if err := expect.ExpectationsWereMet(); err != nil {
				t.Errorf("%s, %s: %v", name, order, err)
			}
			db.Close()
		}
	}
}

// A MySQL procedure with an OUT parameter is several statements on one connection, also where a
// catalog describes it.
func TestRoutinesOfMySQL(t *testing.T) {
	divide := catalog.Routine{Schema: "api", Name: "divide", Kind: catalog.Procedure,
		Params: []catalog.Param{{Name: "a"}, {Name: "b"}, {Name: "q", Mode: catalog.Out}}}
	db, expect := mock(t)
	expect.ExpectBegin()
	expect.ExpectQuery("CALL api.divide(?, ?, @moresql_2)").
		WithArgs(17, 5).WillReturnRows(sqlmock.NewRows(nil))
	expect.ExpectQuery("SELECT @moresql_2 AS `q`").WillReturnRows(result("q", []any{3}))
	expect.ExpectCommit()
	caller := moresql.CallBy(wrapping{moresql.Procedure{Dialect: moresql.MySQL}})
	h := rest.Routines(moresql.New(db, quiet, caller), catalog.Of(divide))
	w := serve(h, post("/divide", `{"a": 17, "b": 5}`))
	if w.Code != 200 || w.Body.String() != `[{"q":3}]` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := serve(h, httptest.NewRequest("GET", "/divide", nil)); w.Code != 405 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
