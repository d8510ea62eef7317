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
		WillReturnRows(result("status headers", []any{"202", `{"X-A": "1"}`}))
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

// A MySQL procedure with an OUT parameter is several statements on one connection, also where a
// catalog describes it.
func TestRoutinesOfMySQL(t *testing.T) {
	divide := catalog.Routine{Schema: "api", Name: "divide", Kind: catalog.Procedure,
		Params: []catalog.Param{{Name: "a"}, {Name: "b"}, {Name: "q", Mode: catalog.Out}}}
	db, expect := mock(t)
	expect.ExpectBegin()
	expect.ExpectQuery("CALL api.divide(?, ?, @moresql_2)").
		WithArgs("17", "5").WillReturnRows(sqlmock.NewRows(nil))
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
