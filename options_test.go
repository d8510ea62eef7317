package moresql_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// xUser is a source of the program's own: the header X-User.
var xUser = binder.SourceFunc(func(r *http.Request) (binder.Lookup, error) {
	return func(name string) (any, bool, error) {
		return r.Header.Get(name), r.Header.Get(name) != "", nil
	}, nil
})

func TestFieldsBecomeArguments(t *testing.T) {
	fields := func(names ...string) moresql.Option { return moresql.Fields(names...) }
	optional := moresql.Bind(binder.Any("a").Optional())
	for _, test := range []struct {
		reason  string
		options []moresql.Option
		query   string // of the request
		call    string
		args    []any
	}{{
		reason:  "a value is passed on as the text that came",
		options: []moresql.Option{fields("id")}, query: "id=007",
		call: "SELECT * FROM f($1)", args: []any{"007"},
	}, {
		reason:  "the order is that of the fields",
		options: []moresql.Option{fields("b", "a")}, query: "a=1&b=2",
		call: "SELECT * FROM f($1, $2)", args: []any{"2", "1"},
	}, {
		reason:  "Values win, and keep their type",
		options: []moresql.Option{fields("id"), moresql.Values{"id": int64(3)}}, query: "id=1",
		call: "SELECT * FROM f($1)", args: []any{int64(3)},
	}, {
		reason:  "nil is NULL",
		options: []moresql.Option{fields("id"), moresql.Values{"id": nil}}, query: "id=1",
		call: "SELECT * FROM f($1)", args: []any{nil},
	}, {
		reason:  "an absent field is NULL by place",
		options: []moresql.Option{optional, fields("b")}, query: "b=2",
		call: "SELECT * FROM f($1, $2)", args: []any{nil, "2"},
	}, {
		reason: "an absent field is left out by name",
		options: []moresql.Option{
			optional, fields("b"), moresql.CallBy(moresql.Function{Named: true}),
		},
		query: "b=2", call: `SELECT * FROM f("b" => $1)`, args: []any{"2"},
	}, {
		reason:  "SQL in a value is a value",
		options: []moresql.Option{fields("id")}, query: "id=1)%3BDROP+TABLE+users%3B--",
		call: "SELECT * FROM f($1)", args: []any{"1);DROP TABLE users;--"},
	}, {
		reason:  "a source of the program's own",
		options: []moresql.Option{moresql.Bind(binder.Any("X-User").From(xUser))},
		call:    "SELECT * FROM f($1)", args: []any{"ann"},
	}} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery(test.call).
				WithArgs(toDriver(test.args)...).WillReturnRows(result("n"))
			h := moresql.New(db).Handler("f", test.options...)
			w := serve(h, get("/?"+test.query, "X-User", "ann"))
			if w.Code != 200 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// Options of one handler leave the others alone.
func TestOptionsAreCopied(t *testing.T) {
	db, expect := mock(t)
	m := moresql.New(db, moresql.Fields("a"), moresql.Values{"a": "default"})
	first := m.Handler("f", moresql.Fields("b"), moresql.Values{"a": "mine", "b": "x"})
	second := m.Handler("f", moresql.Fields("c"), moresql.Values{"c": "y"})
	for h, args := range map[http.Handler][]any{first: {"mine", "x"}, second: {"default", "y"}} {
		expect.ExpectQuery("SELECT * FROM f($1, $2)").
			WithArgs(toDriver(args)...).WillReturnRows(result(""))
		if w := serve(h, get("/")); w.Code != http.StatusNoContent {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// Hooks of one handler do not become those of another that is made of the same defaults.
func TestHooksAreCopied(t *testing.T) {
	db, expect := mock(t)
	calls := 0
	count := moresql.Hooks{Row: func(*row.Row) error { calls++; return nil }}
	m := moresql.New(db, quiet, count)
	m.Handler("f", moresql.Hooks{Row: func(*row.Row) error {
		t.Error("the hook of another handler is called")
		return nil
	}})
	h := m.Handler("f", count)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	serve(h, get("/"))
	if calls != 4 {
		t.Errorf("%d calls for two rows and two hooks", calls)
	}
}

// Before may refuse, and change values: those that it leaves are bound. After sees every request,
// also one that fails when its fields are bound, of which the Call has only the name.
func TestBeforeAndAfterSeeTheCall(t *testing.T) {
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
				return &moresql.Error{
					Status: http.StatusForbidden, Message: "not you", Public: true,
				}
			}
			return nil
		}},
		moresql.Hooks{After: func(r *http.Request, c *moresql.Call, err error) {
			var e *moresql.Error
			if errors.As(err, &e) {
				note("after %s %v %d", c.Name, c.Names, e.Status)
			} else {
				note("after %s %v %v", c.Name, c.Names, err)
			}
		}})
	password := moresql.Bind(binder.Any("password").Optional())
	h := m.Handler("f", moresql.Fields("name"), password)
	expect.ExpectQuery("SELECT * FROM f($1, $2)").
		WithArgs("ann", "secret").WillReturnRows(cars())
	for target, status := range map[string]int{"/?name=ann": 200, "/?name=eve": 403, "/": 400} {
		seen = nil
		if w := serve(h, get(target)); w.Code != status {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
		want := map[int][]string{
			200: {
				"before [name password] [ann <nil>]", "second [ann secret]",
				"after f [name password] <nil>",
			},
			403: {
				"before [name password] [eve <nil>]", "second [eve secret]",
				"after f [name password] 403",
			},
			400: {"after f [] 400"},
		}[status]
		if !slices.Equal(seen, want) {
			t.Errorf("%s: %q, want %q", target, seen, want)
		}
	}
}

// An error of a hook on a row is that of the call.
func TestErrorOfARowHookIsThatOfTheCall(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery("SELECT * FROM f()").WillReturnRows(cars())
	h := moresql.New(db, quiet).Handler("f", moresql.Hooks{Row: func(r *row.Row) error {
		if r.Get("name").String() == "DS" {
			return &moresql.Error{Status: http.StatusConflict, Message: "sold", Public: true}
		}
		return nil
	}})
	w := serve(h, get("/"))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "sold") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Each field must be in the request: in the path, the query or the body.
func ExampleFields() {
	m := moresql.New(returning("SELECT * FROM get_car($1, $2)", result("name", []any{"2CV"})))
	mux := http.NewServeMux()
	mux.Handle("/cars/{id}", m.Handler("get_car", moresql.Fields("id", "lang")))
	show(mux, get("/cars/7?lang=fr"))
	show(mux, get("/cars/7"))
	// Output:
	// 200 application/json
	// [{"name":"2CV"}]
	// 400 application/problem+json
	// {
	//   "title": "Bad Request",
	//   "status": 400,
	//   "message": "missing parameter: lang",
	//   "errors": [
	//     {
	//       "field": "lang",
	//       "message": "missing parameter: lang"
	//     }
	//   ]
	// }
}

// All that is wrong with the fields of a request is reported together.
func ExampleBind() {
	h := moresql.New(nil).Handler("create_car", moresql.Bind(
		binder.Int("doors").Min(1).Max(9), binder.Header("tenant", "X-Tenant")))
	show(h, get("/?doors=12"))
	// Output:
	// 400 application/problem+json
	// {
	//   "title": "Bad Request",
	//   "status": 400,
	//   "message": "missing parameter: tenant (header X-Tenant); doors is greater than 9",
	//   "errors": [
	//     {
	//       "field": "doors",
	//       "message": "doors is greater than 9"
	//     },
	//     {
	//       "field": "tenant",
	//       "message": "missing parameter: tenant (header X-Tenant)"
	//     }
	//   ]
	// }
}

// Under named notation the function's own default stands for what the request leaves out.
func ExampleBind_optional() {
	db := returning(`SELECT * FROM get_films("title" => $1)`, result("title", []any{"Heat"}))
	m := moresql.New(db, moresql.CallBy(moresql.Function{Named: true}))
	h := m.Handler("get_films", moresql.Fields("title"), moresql.Bind(binder.Any("year").Optional()))
	show(h, get("/?title=heat"))
	// Output:
	// 200 application/json
	// [{"title":"Heat"}]
}

// An OUT parameter takes nothing from the request, and comes back as a column.
func ExampleBind_out() {
	db := returning("CALL divide($1, $2, $3)", result("quotient", []any{3}))
	h := moresql.New(db, moresql.CallBy(moresql.Procedure{})).Handler("divide",
		moresql.Fields("a", "b"), moresql.Bind(binder.Out("quotient")), moresql.Shape(row.One))
	show(h, get("/?a=17&b=5"))
	// Output:
	// 200 application/json
	// {"quotient":3}
}

// A source of the program's own says where the value of a field comes from.
func ExampleBind_from() {
	db, expect := open()
	expect.ExpectQuery("SELECT * FROM whoami($1)").
		WithArgs("ann").WillReturnRows(result("whoami", []any{"ann"}))
	field := binder.Any("X-User").From(xUser)
	h := moresql.New(db).Handler("whoami", moresql.Bind(field), moresql.Shape(row.Scalar))
	show(h, get("/", "X-User", "ann"))
	// Output:
	// 200 application/json
	// "ann"
}

// The program's value wins, whatever the request says.
func ExampleValues() {
	db, expect := open()
	expect.ExpectQuery("SELECT * FROM greet($1)").
		WithArgs("ann").WillReturnRows(result("greet", []any{"hello ann"}))
	h := moresql.New(db).Handler("greet", moresql.Fields("name"),
		moresql.Values{"name": "ann"}, moresql.Shape(row.Scalar))
	show(h, get("/?name=eve"))
	// Output:
	// 200 application/json
	// "hello ann"
}

// MariaDB's JSON is a LONGTEXT to the driver, and would be a string without Kinds.
func ExampleKinds() {
	for _, kinds := range []moresql.Kinds{nil, {"features": row.JSON}} {
		db := returning("CALL get_car()", result("features", []any{[]byte(`["targa"]`)}))
		m := moresql.New(db, moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}), kinds)
		fmt.Println(serve(m.Handler("get_car"), get("/")).Body)
	}
	// Output:
	// [{"features":"[\"targa\"]"}]
	// [{"features":["targa"]}]
}

func ExampleCallBy() {
	db := returning("CALL close_month($1)", result(""))
	m := moresql.New(db, moresql.CallBy(moresql.Procedure{}))
	w := serve(m.Handler("close_month", moresql.Fields("month")), post("/", `{"month": 11}`))
	fmt.Println(w.Code)
	// Output: 204
}

// The same rows in every shape.
func ExampleShape() {
	for _, shape := range []row.Shape{row.List, row.One, row.Scalar, row.Auto, row.Sets} {
		m := moresql.New(returning("SELECT * FROM count_cars()", result("count", []any{42})))
		fmt.Println(serve(m.Handler("count_cars", moresql.Shape(shape)), get("/")).Body)
	}
	// Output:
	// [{"count":42}]
	// {"count":42}
	// 42
	// 42
	// [[{"count":42}]]
}

// Auto goes by what comes: a value, an object or a list.
func ExampleShape_auto() {
	for _, rows := range [][][]any{{{7, "2CV"}}, {{7, "2CV"}, {8, "DS"}}, {}} {
		m := moresql.New(returning("SELECT * FROM find_cars()", result("id name", rows...)))
		fmt.Println(serve(m.Handler("find_cars", moresql.Shape(row.Auto)), get("/")).Body)
	}
	// Output:
	// {"id":7,"name":"2CV"}
	// [{"id":7,"name":"2CV"},{"id":8,"name":"DS"}]
	// []
}

// A MySQL procedure may return several result sets.
func ExampleShape_sets() {
	db, expect := open()
	expect.ExpectQuery("CALL dashboard()").WillReturnRows(
		result("name", []any{"2CV"}, []any{"DS"}), result("count", []any{2}))
	m := moresql.New(db, moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}))
	fmt.Println(serve(m.Handler("dashboard", moresql.Shape(row.Sets)), get("/")).Body)
	// Output: [[{"name":"2CV"},{"name":"DS"}],[{"count":2}]]
}

func ExampleStatus() {
	db := returning("SELECT * FROM create_car($1)", result("id name", []any{7, "2CV"}))
	h := moresql.New(db).Handler("create_car", moresql.Fields("name"),
		moresql.Shape(row.One), moresql.Status(http.StatusCreated))
	show(h, post("/", `{"name": "2CV"}`))
	// Output:
	// 201 application/json
	// {"id":7,"name":"2CV"}
}

// The call runs in a transaction that is READ ONLY to the database, and rolled back.
func ExampleReadOnly() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT * FROM get_cars()").WillReturnRows(result("name", []any{"2CV"}))
	expect.ExpectRollback()
	show(moresql.New(db).Handler("get_cars", moresql.ReadOnly()), get("/"))
	fmt.Println(expect.ExpectationsWereMet())
	// Output:
	// 200 application/json
	// [{"name":"2CV"}]
	// <nil>
}

// The client chooses by Accept, and 406 lists what there is.
func ExampleEncoders() {
	m := moresql.New(returning("SELECT * FROM get_cars()", cars()),
		moresql.Encoders(encoder.JSON(), encoder.CSV()))
	h := m.Handler("get_cars")
	w := serve(h, get("/", "Accept", "text/csv"))
	fmt.Printf("%s\n%q\n", w.Header().Get("Content-Type"), w.Body)
	show(h, get("/", "Accept", "image/png"))
	// Output:
	// text/csv; charset=utf-8; header=present
	// "name,price\r\n2CV,4000\r\nDS,9000\r\n"
	// 406 application/problem+json
	// {
	//   "title": "Not Acceptable",
	//   "status": 406,
	//   "message": "no representation has a media type that the request accepts",
	//   "hint": "accept one of application/json, text/csv; charset=utf-8; header=present"
	// }
}

func ExampleResponse() {
	db := returning("SELECT * FROM create_car($1)", result("id", []any{7}))
	h := moresql.New(db).Handler("create_car",
		moresql.Fields("name"), moresql.Response{Redirect: "/cars/{id}"})
	w := serve(h, postForm("/", "name=2CV"))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /cars/7
}

func ExampleResponse_download() {
	m := moresql.New(returning("SELECT * FROM get_cars()", cars()), moresql.Encoders(encoder.CSV()))
	w := serve(m.Handler("get_cars", moresql.Response{Download: "cars.csv"}), get("/"))
	fmt.Println(w.Header().Get("Content-Disposition"))
	// Output: attachment; filename=cars.csv
}

func ExampleHooks_row() {
	cheap := moresql.Hooks{Row: func(r *row.Row) error {
		if r.Get("price").Int() > 5000 {
			return row.ErrSkip
		}
		return nil
	}}
	m := moresql.New(returning("SELECT * FROM get_cars()", cars()))
	fmt.Println(serve(m.Handler("get_cars", cheap), get("/")).Body)
	// Output: [{"name":"2CV","price":4000}]
}

func ExampleHooks_before() {
	m := moresql.New(returning("SELECT * FROM get_cars($1)", cars()),
		moresql.Hooks{Before: func(r *http.Request, c *moresql.Call) error {
			if r.Header.Get("X-Key") == "" {
				return &moresql.Error{
					Status: http.StatusUnauthorized, Message: "no key", Public: true,
				}
			}
			return nil
		}})
	h := m.Handler("get_cars", moresql.Fields("owner"))
	show(h, get("/?owner=ann"))
	fmt.Println(serve(h, get("/?owner=ann", "X-Key", "k")).Code)
	// Output:
	// 401 application/problem+json
	// {
	//   "title": "Unauthorized",
	//   "status": 401,
	//   "message": "no key"
	// }
	// 200
}

func ExampleHooks_after() {
	m := moresql.New(returning("SELECT * FROM get_cars($1)", cars()), quiet,
		moresql.Hooks{After: func(r *http.Request, c *moresql.Call, err error) {
			fmt.Println(c.Name, c.Names, err)
		}})
	h := m.Handler("get_cars", moresql.Fields("owner"))
	serve(h, get("/?owner=ann"))
	serve(h, get("/"))
	// Output:
	// get_cars [owner] <nil>
	// get_cars [] moresql: get_cars: missing parameter: owner
}
