package moresql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// exactly chooses the media type that Accept names, for tests: the package negotiate knows the rest of RFC 9110.
func exactly(accept, offered []string) (int, bool) {
	if len(accept) == 0 {
		return 0, true
	}
	i := slices.IndexFunc(offered, func(mediaType string) bool { return strings.HasPrefix(mediaType, accept[0]) })
	return max(i, 0), i >= 0
}

func cars() *sqlmock.Rows {
	return sqlmock.NewRows([]string{"name", "price"}).AddRow("2CV", 4000).AddRow("DS", 9000)
}

// ask makes a GET request; header are names and values in turns.
func ask(target string, header ...string) *http.Request {
	r := httptest.NewRequest("GET", target, nil)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// In a program choose is negotiate.Accept, of the module github.com/moresql/moresql/negotiate.
func ExampleOffer() {
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()), moresql.Encoders(encoder.JSON(), encoder.CSV()))
	w := serve(m.Handler("get_cars"), ask("/", "Accept", "text/csv"))
	fmt.Printf("%s\n%q\n", w.Header().Get("Content-Type"), w.Body)
	print(m.Handler("get_cars"), ask("/", "Accept", "image/png"))
	// Output:
	// text/csv; charset=utf-8; header=present
	// "name,price\r\n2CV,4000\r\nDS,9000\r\n"
	// 406 application/problem+json
	// {"title":"Not Acceptable","status":406,"code":"PGRST107","message":"there is no answer of a media type that the request accepts","hint":"accept one of application/json, text/csv; charset=utf-8; header=present"}
}

func ExampleBind() {
	m := moresql.New(answering("SELECT * FROM create_car($1, $2)", cars()))
	h := m.Handler("create_car", moresql.Bind(binder.Int("doors").Min(1).Max(9), binder.Header("tenant", "X-Tenant")))
	print(h, ask("/?doors=12"))
	// Output:
	// 400 application/problem+json
	// {"title":"Bad Request","status":400,"message":"missing parameter: tenant (header X-Tenant); doors is greater than 9","errors":[{"field":"doors","message":"doors is greater than 9"},{"field":"tenant","message":"missing parameter: tenant (header X-Tenant)"}]}
}

func ExampleDownload() {
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()))
	w := serve(m.Handler("get_cars", moresql.Encoders(encoder.CSV()), moresql.Download("cars.csv")), ask("/"))
	fmt.Println(w.Header().Get("Content-Disposition"))
	// Output: attachment; filename=cars.csv
}

func ExampleRedirect() {
	m := moresql.New(answering("SELECT * FROM create_car($1)", sqlmock.NewRows([]string{"id"}).AddRow(7)))
	h := m.Handler("create_car", moresql.Fields("name"), moresql.Redirect("/cars/{id}"))
	r := httptest.NewRequest("POST", "/", strings.NewReader("name=2CV"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := serve(h, r)
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /cars/7
}

func ExampleQuery() {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		fmt.Println(err)
		return
	}
	// The columns are asked for once, by a statement that returns no rows.
	expect.ExpectQuery("SELECT t.* FROM (SELECT * FROM get_cars()) AS t LIMIT $1::bigint").WithArgs(0).WillReturnRows(sqlmock.NewRows([]string{"name", "price"}))
	expect.ExpectQuery(`SELECT t."name" FROM (SELECT * FROM get_cars()) AS t WHERE t."price" > $1 ORDER BY t."name" DESC LIMIT $2::bigint`).
		WithArgs("3000", 1).WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("DS"))
	print(moresql.New(db).Handler("get_cars", rest.Query()), ask("/?select=car:name&price=gt.3000&order=name.desc&limit=1"))
	print(moresql.New(db).Handler("get_cars", rest.Query()), ask("/?price=more.3000"))
	// Output:
	// 200 application/json
	// [{"car":"DS"}]
	// 400 application/problem+json
	// {"title":"Bad Request","status":400,"code":"PGRST100","message":"\"price\", character 1: there is no such operator","hint":"the operators are eq neq gt gte lt lte like ilike match imatch in is isdistinct cs cd ov sl sr nxr nxl adj fts plfts phfts wfts: write age=gte.18, name=in.(Ann,Ben) or city=not.is.null"}
}

func ExampleMaxPage() {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectQuery("SELECT t.* FROM (SELECT * FROM get_cars()) AS t LIMIT $1::bigint").WithArgs(0).WillReturnRows(sqlmock.NewRows([]string{"name", "price"}))
	expect.ExpectQuery(`SELECT t."name", t."price" FROM (SELECT * FROM get_cars()) AS t LIMIT $1::bigint`).WithArgs(2).WillReturnRows(cars())
	w := serve(moresql.New(db).Handler("get_cars", rest.MaxPage(2)), ask("/?limit=1000"))
	fmt.Println(w.Code, w.Header().Get("Content-Range"), w.Header().Get("Link"))
	// Output: 200 0-1/* <?limit=2&offset=2>; rel="next"
}

func ExampleEach() {
	m := moresql.New(answering("SELECT * FROM get_cars()", cars()))
	cheap := moresql.Hooks{Row: func(r *row.Row) error {
		if r.Get("price").Int() > 5000 {
			return row.ErrSkip
		}
		return nil
	}}
	print(m.Handler("get_cars", cheap), ask("/"))
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":4000}]
}

func ExampleBefore() {
	m := moresql.New(answering("SELECT * FROM get_cars($1)", cars()),
		moresql.Hooks{Before: func(r *http.Request, c *moresql.Call) error {
			if r.Header.Get("X-Key") == "" {
				return &moresql.Error{Status: http.StatusUnauthorized, Message: "no key", Public: true}
			}
			c.Values[0] = "changed"
			return nil
		}})
	print(m.Handler("get_cars", moresql.Fields("owner")), ask("/?owner=ann"))
	// Output:
	// 401 application/problem+json
	// {"title":"Unauthorized","status":401,"message":"no key"}
}

func ExampleAfter() {
	m := moresql.New(answering("SELECT * FROM get_cars($1)", cars()),
		moresql.Hooks{After: func(r *http.Request, c *moresql.Call, err error) {
			fmt.Println(c.Name, c.Names, err)
		}})
	serve(m.Handler("get_cars", moresql.Fields("owner")), ask("/?owner=ann"))
	// Output: get_cars [owner] <nil>
}

// failing returns a database whose call fails.
func failing(err error) *sql.DB {
	db, expect, mockErr := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if mockErr != nil {
		panic(mockErr)
	}
	expect.ExpectQuery("SELECT * FROM f()").WillReturnError(err)
	return db
}

func ExampleStatuses() {
	m := moresql.New(failing(&pq.Error{Code: "23514", Message: "doors must be positive"}), moresql.Hooks{Error: func(e *moresql.Error) {
		if e.Code == "23514" {
			e.Status = http.StatusUnprocessableEntity
		}
	}})
	print(m.Handler("f"), ask("/"))
	// Output:
	// 422 application/problem+json
	// {"title":"Unprocessable Entity","status":422,"code":"23514","message":"doors must be positive"}
}

func ExampleShowDetails() {
	m := moresql.New(failing(&pq.Error{Code: "23505", Message: "duplicate key", Detail: "Key (name)=(2CV) already exists."}), moresql.Hooks{Error: func(e *moresql.Error) { e.Verbose = true }})
	print(m.Handler("f"), ask("/"))
	// Output:
	// 409 application/problem+json
	// {"title":"Conflict","status":409,"code":"23505","message":"duplicate key","details":"Key (name)=(2CV) already exists."}
}

func ExampleSession() {
	db, expect, err := sqlmock.New(sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config($1, $2, true), set_config($3, $4, true)").
		WithArgs("request.jwt.claims", `{"sub":"ann"}`, "role", "web_user").WillReturnRows(sqlmock.NewRows([]string{"1", "2", "3"}))
	expect.ExpectQuery("/* e73cd03376fd7673 */ SELECT * FROM my_cars()").WillReturnRows(cars()) // each role has its own plan
	expect.ExpectCommit()
	m := moresql.New(db, rest.Session(func(r *http.Request) (rest.Identity, error) {
		user, password, ok := r.BasicAuth()
		if !ok || password != "secret" {
			return rest.Identity{}, &moresql.Error{Status: http.StatusUnauthorized, Message: "wrong password", Public: true}
		}
		return rest.Identity{Role: "web_user", Claims: map[string]string{"sub": user}}, nil
	}))
	r := ask("/")
	r.SetBasicAuth("ann", "secret")
	print(m.Handler("my_cars"), r)
	fmt.Println(expect.ExpectationsWereMet())
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":4000},{"name":"DS","price":9000}]
	// <nil>
}

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
	).WillReturnRows(sqlmock.NewRows([]string{"1", "2", "3", "4", "5"}))
	// What the function has set of the answer stands in front of its columns.
	expect.ExpectQuery(`response.status.*response.headers.*tea\(\)`).
		WillReturnRows(sqlmock.NewRows([]string{"status", "headers", "here", "tea"}).AddRow("418", `[{"X-Pot": "short"}]`, true, "stout"))
	expect.ExpectCommit()
	w := serve(moresql.New(db).Handler("tea", rest.HTTPSettings(), moresql.Shape(row.Scalar)), ask("/tea"))
	fmt.Println(w.Code, w.Header().Get("X-Pot"), w.Body)
	// Output: 418 short "stout"
}

// A mistake in how a handler is put together shows when it is made.
func TestOptionMistakes(t *testing.T) {
	db, _ := mock(t)
	for _, test := range []struct {
		reason  string
		options []moresql.Option
		message string
	}{
		{"nothing to choose with", []moresql.Option{moresql.Encoders(encoder.JSON(), encoder.CSV())}, "negotiate.Accept"},
		{"nothing to choose from", []moresql.Option{moresql.Encoders()}, "no encoder"},
		{"asking of a CALL", []moresql.Option{moresql.CallBy(moresql.Procedure{}), rest.Query()}, "neither"},
		{"settings of another database", []moresql.Option{moresql.CallBy(moresql.Function{Dialect: moresql.MySQL}), rest.HTTPSettings()}, "PostgreSQL"},
		{"a constraint that a type has not", []moresql.Option{moresql.Bind(binder.Bool("a").Min(1))}, `"a"`},
	} {
		func() {
			defer func() {
				if message := fmt.Sprint(recover()); !strings.Contains(message, test.message) {
					t.Errorf("%s: %s", test.reason, message)
				}
			}()
			moresql.New(db).Handler("f", test.options...)
		}()
	}
}

// What a client may choose is the choice of each handler; an encoder of its own ends it.
func TestOffer(t *testing.T) {
	db, expect := mock(t)
	m := moresql.New(db, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV()))
	for _, test := range []struct {
		accept  string
		options []moresql.Option
		status  int
		vary    string
		body    string
	}{
		{"", nil, 200, "Accept", `[{"name":"2CV","price":4000},{"name":"DS","price":9000}]`},
		{"text/csv", nil, 200, "Accept", "name,price\r\n2CV,4000\r\nDS,9000\r\n"},
		{"image/png", nil, 406, "Accept", ""},
		{"text/csv", []moresql.Option{moresql.Encoders(encoder.NDJSON())}, 200, "", "{\"name\":\"2CV\",\"price\":4000}\n{\"name\":\"DS\",\"price\":9000}\n"},
	} {
		if test.status == 200 {
			expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
		}
		header := []string{"Accept", test.accept}
		if test.accept == "" {
			header = nil
		}
		w := serve(m.Handler("f", test.options...), ask("/", header...))
		if w.Code != test.status || w.Header().Get("Vary") != test.vary || test.body != "" && w.Body.String() != test.body {
			t.Errorf("%s: %d %v %s", test.accept, w.Code, w.Header(), w.Body)
		}
	}
}

func TestRedirect(t *testing.T) {
	for _, test := range []struct {
		reason, to string
		columns    []string
		values     []any
		status     int
		location   string
	}{
		{"no columns", "/thanks", []string{"id"}, nil, 303, "/thanks"},
		{"in the path", "/cars/{name}/x", []string{"name"}, []any{"a b/c?d#e\r\n"}, 303, "/cars/a%20b%2Fc%3Fd%23e%0D%0A/x"},
		{"in the query", "/cars?name={name}&id={id}", []string{"id", "name"}, []any{7, "a&b=c d"}, 303, "/cars?name=a%26b%3Dc+d&id=7"},
		{"no row", "/cars/{id}", []string{"id"}, nil, 404, ""},
		{"no such column", "/cars/{nope}", []string{"id"}, []any{7}, 500, ""},
		{"no end", "/cars/{id", []string{"id"}, []any{7}, 500, ""},
	} {
		db, expect := mock(t)
		rows := sqlmock.NewRows(test.columns)
		if test.values != nil {
			rows.AddRow(toDriver(test.values)...)
		}
		expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(rows)
		w := serve(moresql.New(db, quiet).Handler("f", moresql.Redirect(test.to)), ask("/"))
		if w.Code != test.status || w.Header().Get("Location") != test.location || test.status == 303 && w.Body.Len() > 0 {
			t.Errorf("%s: %d %q %s", test.reason, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
}

// Before may refuse, and change values; what it has changed and not the request's is bound.
func TestBeforeAndAfter(t *testing.T) {
	db, expect := mock(t)
	var seen []string
	note := func(text string, args ...any) { seen = append(seen, fmt.Sprintf(text, args...)) }
	m := moresql.New(db, quiet,
		moresql.Hooks{Before: func(r *http.Request, c *moresql.Call) error {
			note("before %s %v", c.Names, c.Values)
			c.Values[1] = "secret"
			return nil
		}},
		moresql.Hooks{Before: func(r *http.Request, c *moresql.Call) error {
			note("second %v", c.Values)
			if c.Values[0] == "eve" {
				return &moresql.Error{Status: http.StatusForbidden, Message: "not you", Public: true}
			}
			return nil
		}},
		moresql.Hooks{After: func(r *http.Request, c *moresql.Call, err error) {
			var e *moresql.Error
			if errors.As(err, &e) {
				note("after %d", e.Status)
			} else {
				note("after %v", err)
			}
		}})
	h := m.Handler("f", moresql.Fields("name"), moresql.Bind(binder.Any("password").Optional()))
	expect.ExpectQuery("SELECT * FROM f($1, $2)").WithArgs("ann", "secret").WillReturnRows(cars())
	if w := serve(h, ask("/?name=ann")); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := serve(h, ask("/?name=eve")); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := serve(h, ask("/")); w.Code != 400 { // there is no call yet
		t.Errorf("%d %s", w.Code, w.Body)
	}
	want := []string{
		"before [name password] [ann <nil>]", "second [ann secret]", "after <nil>",
		"before [name password] [eve <nil>]", "second [eve secret]", "after 403",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%q", seen)
	}
}

// Hooks of one handler do not become those of another that is made of the same defaults.
func TestHooksAreCopied(t *testing.T) {
	db, expect := mock(t)
	calls := 0
	count := func(*row.Row) error { calls++; return nil }
	m := moresql.New(db, quiet, moresql.Hooks{Row: count})
	m.Handler("f", moresql.Hooks{Row: func(*row.Row) error { t.Error("another handler's"); return nil }})
	h := m.Handler("f", moresql.Hooks{Row: count})
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	serve(h, ask("/"))
	if calls != 4 {
		t.Errorf("%d calls for two rows and two hooks", calls)
	}
}

// An error of a hook on a row is that of the call, and answers as it says.
func TestEachFails(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	h := moresql.New(db, quiet).Handler("f", moresql.Hooks{Row: func(r *row.Row) error {
		if r.Get("name").String() == "DS" {
			return &moresql.Error{Status: http.StatusConflict, Message: "sold", Public: true}
		}
		return nil
	}})
	if w := serve(h, ask("/")); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "sold") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A connection that cannot be had is the program's own trouble, whatever the code of the error.
func TestConnectError(t *testing.T) {
	w := serve(moresql.New(refusing{}, quiet).Handler("f"), ask("/"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// refusing is a Querier that says what exec.Run says when there is no connection.
type refusing struct{}

func (refusing) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, &exec.ConnectError{Err: &pq.Error{Code: "28P01", Message: "password authentication failed for user secret"}}
}

// The id of a request that a proxy has given is kept unless a log would suffer from it.
func TestRequestID(t *testing.T) {
	for _, test := range []struct {
		id   string
		kept bool
	}{{"abc-123", true}, {"", false}, {"a b", false}, {"a\nb", false}, {strings.Repeat("x", 129), false}} {
		r := ask("/")
		r.Header["X-Request-Id"] = []string{test.id}
		w := serve(moresql.New(failing(errors.New("broken")), quiet).Handler("f"), r)
		got := w.Header().Get("X-Request-Id")
		if got == "" || (got == test.id) != test.kept || !strings.Contains(w.Body.String(), `"request_id":"`+got+`"`) {
			t.Errorf("%q: %q %s", test.id, got, w.Body)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		err  *pq.Error
		want string
	}{{&pq.Error{Code: "40001"}, "1"}, {&pq.Error{Code: "40P01"}, "1"}, {&pq.Error{Code: "08006"}, ""}, {&pq.Error{Code: "23505"}, ""}} {
		w := serve(moresql.New(failing(test.err), quiet).Handler("f"), ask("/"))
		if got := w.Header().Get("Retry-After"); got != test.want {
			t.Errorf("%s: %d, Retry-After %q, want %q", test.err.Code, w.Code, got, test.want)
		}
	}
}

func TestUnauthorized(t *testing.T) {
	for _, test := range []struct {
		header    []string
		status    int
		challenge string
	}{{nil, 401, "Bearer"}, {[]string{"Authorization", "Bearer x"}, 403, ""}} {
		w := serve(moresql.New(failing(&pq.Error{Code: "42501"}), quiet).Handler("f"), ask("/", test.header...))
		if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge {
			t.Errorf("%v: %d %v", test.header, w.Code, w.Header())
		}
	}
}

// TestUnfit has a format that cannot hold the result: to who has chosen it that is 406, and where there is no other it is the program's mistake.
func TestUnfit(t *testing.T) {
	picky := encoder.Func("application/picky", func(io.Writer, *row.Rows) error { return &encoder.UnsupportedError{Err: errors.New("no room")} })
	for _, test := range []struct {
		option moresql.Option
		status int
	}{{moresql.Encoders(encoder.JSON(), picky), 406}, {moresql.Encoders(picky), 500}} {
		w := serve(moresql.New(answering("SELECT * FROM f()", cars()), quiet, test.option).Handler("f"), ask("/", "Accept", "application/picky"))
		if w.Code != test.status || strings.Contains(w.Body.String(), "no room") != (test.status == 406) {
			t.Errorf("%d %s, want %d", w.Code, w.Body, test.status)
		}
	}
}

// TestUnreadError has lib/pq lose an error that is longer than it reads: with a value of the request that long it is about that.
func TestUnreadError(t *testing.T) {
	for length, want := range map[int]int{1: 500, 9000: 400} {
		for _, target := range []string{"/?v=", "/?limit=1&v="} { // for which the columns are asked for first
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			expect.ExpectQuery("SELECT").WillReturnError(errors.New("pq: server error: SERROR"))
			h := moresql.New(db, quiet).Handler("f", moresql.Fields("v"), rest.Query())
			if w := serve(h, ask(target+strings.Repeat("x", length))); w.Code != want {
				t.Errorf("%s and a value of %d bytes: %d, want %d", target, length, w.Code, want)
			}
		}
	}
}

// What is wrong with a JSON argument of RPC is told of its field too.
func TestRPCProblem(t *testing.T) {
	db, _ := mock(t)
	number := &catalog.Type{Name: "int4", OID: 23, SQL: "integer"}
	list := &catalog.Type{Name: "_int4", OID: 1007, Kind: catalog.Array, Elem: number, SQL: "integer[]", Delim: ','}
	cat := catalog.Of(catalog.Routine{Name: "f", Result: catalog.Result{Type: number}, Params: []catalog.Param{{Name: "list", Type: list}}})
	r := httptest.NewRequest("POST", "/f", strings.NewReader(`{"list": {"a": 1}}`))
	r.Header.Set("Content-Type", "application/json")
	w := serve(rest.Routines(moresql.New(db, quiet), cat), r)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"errors":[{"field":"list","message":"list: `) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A format that has no room for what a handler answers is 406 to a client that chose it, and no fault of the program's.
func TestUnfitSets(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars(), cars())
	m := moresql.New(db, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV()))
	w := serve(m.Handler("f", moresql.Shape(row.Sets)), ask("/", "Accept", "text/csv"))
	if w.Code != http.StatusNotAcceptable || !strings.Contains(w.Body.String(), "holds one result set") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
