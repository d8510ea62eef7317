package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

// A mistake in how a handler is put together shows when it is made.
func TestOptionsRefuseWhatTheyCannotServe(t *testing.T) {
	files := fstest.MapFS{"sell.sql": {Data: []byte("UPDATE cars SET sold = true")}}
	statements, err := sqlfile.Load(files, moresql.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	by := moresql.CallBy
	for _, test := range []struct {
		reason  string
		options []moresql.Option
		message string
	}{{
		reason:  "filters of a CALL",
		options: []moresql.Option{by(moresql.Procedure{}), rest.Query()}, message: "neither",
	}, {
		reason:  "pages of a CALL",
		options: []moresql.Option{by(moresql.Procedure{}), rest.MaxPage(9)}, message: "neither",
	}, {
		reason:  "filters of a statement that is no query",
		options: []moresql.Option{by(statements), rest.Query()}, message: "neither",
	}, {
		reason:  "filters of a Caller that does not describe its calls",
		options: []moresql.Option{by(cached{}), rest.Query()}, message: "neither",
	}, {
		reason: "settings of a database without them",
		options: []moresql.Option{
			by(moresql.Procedure{Dialect: moresql.MySQL}), rest.HTTPSettings(),
		},
		message: "PostgreSQL",
	}, {
		reason:  "settings of a Caller that does not describe its calls",
		options: []moresql.Option{by(cached{}), rest.HTTPSettings()}, message: "Describe",
	}, {
		reason: "claims in a database without settings",
		options: []moresql.Option{by(moresql.Procedure{Dialect: moresql.MySQL}),
			rest.Session(func(*http.Request) (rest.Identity, error) { return rest.Identity{}, nil })},
		message: "PostgreSQL",
	}} {
		text := panicOf(func() { moresql.New(nil).Handler("sell", test.options...) })
		if !strings.Contains(text, test.message) {
			t.Errorf("%s: Handler panicked with %s", test.reason, text)
		}
	}
}

// A Resource that says nothing of its statements is served, and refused only per request.
func TestQueryOfAResourceThatSaysNothing(t *testing.T) {
	own := resourceFunc(func(*http.Request) (*moresql.Operation, error) {
		return nil, &moresql.Error{Status: http.StatusTeapot}
	})
	h := moresql.New(nil, quiet).Serve(own, rest.Query(), rest.HTTPSettings())
	if w := serve(h, get("/")); w.Code != http.StatusTeapot {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A wrapped Function keeps all its abilities.
func TestQueryTakesWrappedFunctions(t *testing.T) {
	for how, caller := range wrapped {
		t.Run(how, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery(columnsOfF).WithArgs(0).WillReturnRows(result("n"))
			expect.ExpectQuery(`SELECT t."n" ` + fromF + ` WHERE t."n" > $1`).
				WithArgs("1").WillReturnRows(result("n", []any{2}))
			h := moresql.New(db, quiet, moresql.CallBy(caller)).Handler("f", rest.Query())
			if w := serve(h, get("/?n=gt.1")); w.Code != 200 || w.Body.String() != `[{"n":2}]` {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// A request is refused with the code that clients of PostgREST look for (its documentation,
// "Errors").
func TestCodesOfRefusals(t *testing.T) {
	single := []string{"Accept", "application/vnd.pgrst.object+json"}
	for _, test := range []struct {
		reason, query string
		header        []string
		option        moresql.Option
		rows          *sqlmock.Rows // of the call, nil if nothing is sent
		status        int
		code          string
	}{{
		reason: "no operator", query: "n=1", status: 400, code: "PGRST100",
	}, {
		reason: "no such column", query: "m=eq.1", status: 400, code: "42703",
	}, {
		reason: "limit twice", query: "limit=1&limit=2", status: 400, code: "PGRST100",
	}, {
		reason: "a media type that is not offered", header: []string{"Accept", "image/png"},
		option: moresql.Encoders(encoder.JSON(), encoder.CSV()), status: 406, code: "PGRST107",
	}, {
		reason: "a single object of no rows", header: single, rows: result("n"),
		status: 406, code: "PGRST116",
	}, {
		reason: "a single object of two rows", header: single,
		rows: result("n", []any{1}, []any{2}), status: 406, code: "PGRST116",
	}, {
		reason: "one row is the program's demand", option: moresql.Shape(row.One),
		rows: result("n"), status: 404,
	}} {
		db, expect := open()
		switch {
		case test.rows == nil:
			expect.ExpectQuery(columnsOfF).WillReturnRows(result("n"))
		case test.header != nil: // what it may have done is undone
			expect.ExpectBegin()
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(test.rows)
			expect.ExpectRollback()
		default:
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(test.rows)
		}
		if test.option == nil {
			test.option = quiet
		}
		h := moresql.New(db, quiet, test.option).Handler("f", rest.Query())
		w := serve(h, get("/?"+test.query, test.header...))
		var problem struct{ Code, Message, Details string }
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
			t.Fatal(err)
		}
		if w.Code != test.status || problem.Code != test.code {
			t.Errorf("%s: %d %s, want %d %s", test.reason, w.Code, w.Body, test.status, test.code)
		}
		if test.rows != nil {
			if err := expect.ExpectationsWereMet(); err != nil {
				t.Errorf("%s: %v", test.reason, err)
			}
		}
	}
}

// An offset after the last row can be known only by a count.
func TestOffsetAfterTheLastRowIs416(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	expect.ExpectQuery("SELECT").WillReturnRows(result("n"))
	expect.ExpectBegin()
	expect.ExpectQuery("count").WillReturnRows(result("count here n", []any{3, nil, nil}))
	expect.ExpectRollback()
	h := moresql.New(db, quiet).Handler("f", rest.Query())
	w := serve(h, get("/?offset=9", "Prefer", "count=exact"))
	if err := expect.ExpectationsWereMet(); err != nil {
		t.Error(err)
	}
	if w.Code != 416 || w.Header().Get("Content-Range") != "*/3" ||
		!strings.Contains(w.Body.String(), `"code":"PGRST103"`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestCountedPageIs206(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	expect.ExpectQuery("SELECT").WillReturnRows(result("n"))
	expect.ExpectQuery("count").WillReturnRows(
		result("count here n", []any{3, true, 1}, []any{3, true, 2}))
	h := moresql.New(db, quiet).Handler("f", rest.Query())
	w := serve(h, get("/?limit=2", "Prefer", "count=exact"))
	header := w.Header()
	if w.Code != 206 || w.Body.String() != `[{"n":1},{"n":2}]` ||
		header.Get("Content-Range") != "0-1/3" ||
		header.Get("Preference-Applied") != "count=exact" ||
		header.Get("Link") != `<?limit=2&offset=2>; rel="next"` {
		t.Errorf("%d %v %s", w.Code, header, w.Body)
	}
}

// The database's error is the request's doing if it is about what the request has added.
func TestErrorsOfFiltersBlameTheRequest(t *testing.T) {
	for _, test := range []struct {
		code   pqerror.Code
		query  string
		status int
	}{
		{code: "42883", query: "n=fts.x", status: 400},
		{code: "42804", query: "n=is.true", status: 400},
		{code: "42501", query: "n=eq.1", status: 401},
		{code: "42703", query: "", status: 500},
	} {
		db, expect, err := sqlmock.New()
		if err != nil {
			t.Fatal(err)
		}
		if test.query != "" {
			expect.ExpectQuery("SELECT").WillReturnRows(result("n"))
		}
		expect.ExpectQuery("SELECT").WillReturnError(&pq.Error{Code: test.code, Message: "secret"})
		h := moresql.New(db, quiet).Handler("f", rest.Query())
		w := serve(h, get("/?"+test.query))
		if w.Code != test.status || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s, %q: %d %s, want %d", test.code, test.query, w.Code, w.Body, test.status)
		}
	}
}

// An error that lib/pq cannot read, since it is longer than its buffer, is about a value of the
// request if that is long.
func TestUnreadableErrorIsAboutALongValue(t *testing.T) {
	for length, want := range map[int]int{1: 500, 9000: 400} {
		for _, target := range []string{"/?v=", "/?limit=1&v="} { // which queries columns first
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			expect.ExpectQuery("SELECT").WillReturnError(errors.New("pq: server error: SERROR"))
			h := moresql.New(db, quiet).Handler("f", moresql.Fields("v"), rest.Query())
			w := serve(h, get(target+strings.Repeat("x", length)))
			if w.Code != want {
				t.Errorf("%s and %d bytes: %d, want %d", target, length, w.Code, want)
			}
		}
	}
}

// begin has a mock expect the transaction that settings need.
func begin(expect sqlmock.Sqlmock) {
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config").WillReturnRows(result("1 2 3 4 5"))
}

// A function that logs in sets a cookie, and Redirect leads on: both are in the response.
func TestRedirectKeepsWhatAFunctionSets(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	begin(expect)
	expect.ExpectQuery("login").WillReturnRows(result("status headers here id",
		[]any{nil, `[{"Set-Cookie": "session=1"}]`, true, 7}))
	expect.ExpectCommit()
	m := moresql.New(db, quiet, rest.HTTPSettings(), moresql.Response{Redirect: "/users/{id}"})
	w := serve(m.Handler("login"), post("/", "{}"))
	if w.Code != 303 || w.Header().Get("Location") != "/users/7" ||
		w.Header().Get("Set-Cookie") != "session=1" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if err := expect.ExpectationsWereMet(); err != nil {
		t.Error(err)
	}
}

// HEAD has the effects, the status and the header of GET, with what a function sets.
func TestHeadUnderSettingsIsAsGet(t *testing.T) {
	for _, values := range [][]any{
		{"201", `[{"X-Pot": "short"}]`, true, 1},
		{"201", `[{"X-Pot": "short"}]`, nil, nil}, // there are no rows
	} {
		var headers []string
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			expect.ExpectBegin()
			expect.ExpectQuery("SELECT 1, set_config").WillReturnRows(result("1"))
			expect.ExpectQuery("SELECT t").WillReturnRows(result("n"))
			expect.ExpectRollback()
			expect.ExpectExec("CLOSE ALL").WillReturnResult(sqlmock.NewResult(0, 0))
			begin(expect)
			expect.ExpectQuery("LIMIT").WillReturnRows(result("status headers here n", values))
			expect.ExpectCommit()
			h := moresql.New(db, quiet).Handler("tea", rest.HTTPSettings(), rest.MaxPage(1))
			w := serve(h, httptest.NewRequest(method, "/", nil))
			w.Header().Del("Content-Length") // which HEAD may leave out
			headers = append(headers, fmt.Sprint(w.Code, w.Header()))
			if err := expect.ExpectationsWereMet(); err != nil {
				t.Error(err)
			}
			if (method == http.MethodHead) != (w.Body.Len() == 0) {
				t.Errorf("%s: %s", method, w.Body)
			}
		}
		if headers[0] != headers[1] || !strings.Contains(headers[0], "short") {
			t.Errorf("GET: %s, HEAD: %s", headers[0], headers[1])
		}
	}
}

// What a function sets wrongly is its mistake, and rolls back.
func TestInvalidSettingsAreErrors(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	begin(expect)
	expect.ExpectQuery("tea").WillReturnRows(result("status headers here tea",
		[]any{"teapot", nil, true, "stout"}))
	expect.ExpectRollback()
	w := serve(moresql.New(db, quiet).Handler("tea", rest.HTTPSettings()), get("/"))
	if err := expect.ExpectationsWereMet(); w.Code != 500 || err != nil {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
}

// Query is on under Routines, by the columns of the catalog.
func TestRoutinesAreFilterable(t *testing.T) {
	cars := catalog.Routine{Schema: "api", Name: "cars", Volatility: catalog.Stable,
		Result: catalog.Result{
			Type: &catalog.Type{Name: "record"}, Set: true,
			Columns: []catalog.Column{{Name: "n", Type: integer}},
		}}
	db, expect := mock(t)
	expect.ExpectBegin()
	expect.ExpectQuery(`SELECT t."n" FROM (SELECT * FROM "api"."cars"()) AS t `+
		`WHERE t."n" > $1 LIMIT $2::bigint`).
		WithArgs("1", 2).WillReturnRows(result("n", []any{2}))
	expect.ExpectRollback()
	h := rest.Routines(moresql.New(db, quiet), catalog.Of(cars), rest.MaxPage(2))
	w := serve(h, get("/cars?n=gt.1"))
	if w.Code != 200 || w.Body.String() != `[{"n":2}]` ||
		w.Header().Get("Content-Range") != "0-0/*" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// A procedure's result cannot be filtered, and says so.
func TestCallsAreNotFilterable(t *testing.T) {
	p := catalog.Routine{Schema: "api", Name: "p", Kind: catalog.Procedure, Params: params("a")}
	h := rest.Routines(moresql.New(nil, quiet), catalog.Of(p))
	w := serve(h, post("/p?limit=1", `{"a":1}`))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "cannot be filtered") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The columns are queried once, by a statement that returns no rows.
func ExampleQuery() {
	db, expect := open()
	expect.ExpectQuery("SELECT t.* FROM (SELECT * FROM get_cars()) AS t LIMIT $1::bigint").
		WithArgs(0).WillReturnRows(result("name price"))
	expect.ExpectQuery(`SELECT t."name" FROM (SELECT * FROM get_cars()) AS t `+
		`WHERE t."price" > $1 ORDER BY t."name" DESC LIMIT $2::bigint`).
		WithArgs("3000", 1).WillReturnRows(result("name", []any{"DS"}))
	h := moresql.New(db).Handler("get_cars", rest.Query())
	show(h, get("/?select=car:name&price=gt.3000&order=name.desc&limit=1"))
	show(h, get("/?limit=many"))
	// Output:
	// 200 application/json
	// [{"car":"DS"}]
	// 400 application/problem+json
	// {
	//   "title": "Bad Request",
	//   "status": 400,
	//   "code": "PGRST100",
	//   "message": "\"limit\", character 1: it has to be a whole number, not less than 0"
	// }
}

// The hint of an operator that does not exist lists those that do.
func TestHintListsTheOperators(t *testing.T) {
	w := serve(moresql.New(nil).Handler("get_cars", rest.Query()), get("/?price=more.3000"))
	want := `{"title":"Bad Request","status":400,"code":"PGRST100",` +
		`"message":"\"price\", character 1: there is no such operator",` +
		`"hint":"the operators are eq neq gt gte lt lte like ilike match imatch in is ` +
		`isdistinct cs cd ov sl sr nxr nxl adj fts plfts phfts wfts: ` +
		`write age=gte.18, name=in.(Ann,Ben) or city=not.is.null"}`
	if w.Code != 400 || w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func ExampleMaxPage() {
	db, expect := open()
	expect.ExpectQuery("SELECT t.* FROM (SELECT * FROM get_cars()) AS t LIMIT $1::bigint").
		WithArgs(0).WillReturnRows(result("name price"))
	expect.ExpectQuery(`SELECT t."name", t."price" FROM (SELECT * FROM get_cars()) AS t ` +
		`LIMIT $1::bigint`).WithArgs(2).WillReturnRows(cars())
	h := moresql.New(db).Handler("get_cars", rest.MaxPage(2))
	w := serve(h, get("/?limit=1000"))
	fmt.Println(w.Code, w.Header().Get("Content-Range"), w.Header().Get("Link"))
	// Output: 200 0-1/* <?limit=2&offset=2>; rel="next"
}

// What the function has set of the response stands in columns before its own.
func ExampleHTTPSettings() {
	db, expect, err := sqlmock.New() // by regular expressions
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config").WithArgs(
		"request.method", "GET", "request.path", "/tea",
		"request.headers", `{"host":"example.com"}`, "request.cookies", "{}",
		"response.status", "", "response.headers", "",
	).WillReturnRows(result("1 2 3 4 5 6 7"))
	expect.ExpectQuery(`response.status.*response.headers.*tea\(\)`).WillReturnRows(
		result("status headers here tea", []any{"418", `[{"X-Pot": "short"}]`, true, "stout"}))
	expect.ExpectCommit()
	h := moresql.New(db).Handler("tea", rest.HTTPSettings(), moresql.Shape(row.Scalar))
	w := serve(h, get("/tea"))
	fmt.Println(w.Code, w.Header().Get("X-Pot"), w.Body)
	// Output: 418 short "stout"
}

// What Redirect sends has nothing of rows: no page of them, and no file to save.
func TestRedirectHasNoHeaderOfRows(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	expect.ExpectQuery("LIMIT").WillReturnRows(result("id"))
	expect.ExpectQuery("count").WillReturnRows(result("total here id", []any{9, true, 7}))
	m := moresql.New(db, quiet, rest.Query(),
		moresql.Response{Redirect: "/users/{id}", Download: "users.json"})
	w := serve(m.Handler("login"), get("/?limit=1", "Prefer", "count=exact"))
	h := w.Header()
	if w.Code != 303 || h.Get("Location") != "/users/7" || h.Get("Link") != "" ||
		h.Get("Content-Range") != "" || h.Get("Content-Disposition") != "" {
		t.Errorf("%d %v %s", w.Code, h, w.Body)
	}
}

// Overloads have columns of their own: what one returns does not become the other's.
func TestOverloadsHaveColumnsOfTheirOwn(t *testing.T) {
	db, expect := mock(t)
	one, two := `f("a" => $1)`, `f("a" => $1, "b" => $2)`
	expect.ExpectQuery(`SELECT t.* FROM (SELECT * FROM `+one+`) AS t LIMIT $2::bigint`).
		WithArgs("1", 0).WillReturnRows(result("x"))
	expect.ExpectQuery(`SELECT t.* FROM (SELECT * FROM `+two+`) AS t LIMIT $3::bigint`).
		WithArgs("1", "2", 0).WillReturnRows(result("y"))
	h := moresql.New(db, quiet, named).Handler("f", fields("a"), rest.Query(),
		moresql.Bind(binder.Any("b").Optional()))
	for range 2 { // each is queried for its columns once
		expect.ExpectQuery(`SELECT t."x" FROM (SELECT * FROM ` + one + `) AS t ORDER BY t."x"`).
			WithArgs("1").WillReturnRows(result("x", []any{1}))
		expect.ExpectQuery(`SELECT t."y" FROM (SELECT * FROM `+two+`) AS t ORDER BY t."y"`).
			WithArgs("1", "2").WillReturnRows(result("y", []any{2}))
	}
	expect.MatchExpectationsInOrder(false)
	for range 2 {
		for target, column := range map[string]string{"/?a=1&order=x": "x", "/?a=1&b=2&order=y": "y"} {
			w := serve(h, get(target))
			if w.Code != 200 || !strings.Contains(w.Body.String(), `{"`+column+`":`) {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
		}
	}
}
