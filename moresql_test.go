package moresql_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/row"
	"github.com/moresql/moresql/sqlfile"
)

// The program's mistakes show when a handler is made. Execute, which is called too late for that,
// sends a 500 that does not show them.
func TestHandlerRefusesTheProgramsMistakes(t *testing.T) {
	files, err := sqlfile.Load(fstest.MapFS{"get.sql": {Data: []byte("SELECT :id")}}, moresql.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	by := moresql.CallBy
	named := by(moresql.Function{Named: true})
	for _, test := range []struct {
		reason  string
		proc    string // f if it is empty
		options []moresql.Option
		message string
	}{{
		reason: "a name without its last part", proc: "api.", message: `"api."`,
	}, {
		reason:  "an empty field name",
		options: []moresql.Option{named, moresql.Fields("")}, message: "without a name",
	}, {
		reason:  "a field twice",
		options: []moresql.Option{moresql.Fields("a"), moresql.Bind(binder.Any("a").Optional())},
		message: `"a" is declared twice`,
	}, {
		reason:  "a value without a field",
		options: []moresql.Option{moresql.Values{"b": 1}}, message: `a value for "b"`,
	}, {
		reason:  "named notation in a database without it",
		options: []moresql.Option{by(moresql.Function{Dialect: moresql.MySQL, Named: true})},
		message: "MySQL has no named notation",
	}, {
		reason:  "the status of an error",
		options: []moresql.Option{moresql.Status(500)}, message: "Status(500)",
	}, {
		reason:  "no status",
		options: []moresql.Option{moresql.Status(-1)}, message: "Status(-1)",
	}, {
		reason:  "an OUT parameter of a function",
		options: []moresql.Option{moresql.Bind(binder.Out("a"))}, message: "leave Out",
	}, {
		reason: "an OUT parameter of a statement", proc: "get",
		options: []moresql.Option{by(files), moresql.Bind(binder.Any("id").InOut())},
		message: "leave Out",
	}, {
		reason: "a missing statement", proc: "put",
		options: []moresql.Option{by(files)}, message: "put.sql",
	}, {
		reason: "a parameter without a field", proc: "get",
		options: []moresql.Option{by(files)}, message: ":id",
	}, {
		reason: "a field without a parameter", proc: "get",
		options: []moresql.Option{by(files), moresql.Fields("id", "b")}, message: ":id",
	}, {
		reason: "a field of another name", proc: "get",
		options: []moresql.Option{by(files), moresql.Fields("di")}, message: ":id",
	}, {
		reason:  "a procedure of a database without procedures",
		options: []moresql.Option{by(moresql.Procedure{Dialect: moresql.SQLite})},
		message: "SQLite has no procedures",
	}, {
		reason:  "a function of a database without functions that return rows",
		options: []moresql.Option{by(moresql.Function{Dialect: moresql.MySQL})},
		message: "MySQL has no functions that return rows",
	}, {
		reason:  "a dialect that does not exist",
		options: []moresql.Option{by(moresql.Function{Dialect: 99})},
		message: "not a database that moresql knows",
	}, {
		reason:  "no encoder",
		options: []moresql.Option{moresql.Encoders()}, message: "no encoder",
	}, {
		reason:  "a constraint that the type of a field lacks",
		options: []moresql.Option{moresql.Bind(binder.Bool("a").Min(1))}, message: `"a"`,
	}} {
		t.Run(test.reason, func(t *testing.T) {
			db, _ := mock(t) // which no statement reaches
			m := moresql.New(db, quiet)
			proc := test.proc
			if proc == "" {
				proc = "f"
			}
			text := panicOf(func() { m.Handler(proc, test.options...) })
			if !strings.Contains(text, test.message) {
				t.Errorf("Handler panicked with %s, want an error about %s", text, test.message)
			}
			w := httptest.NewRecorder()
			m.Execute(w, get("/"), proc, test.options...)
			if w.Code != 500 || strings.Contains(w.Body.String(), test.message) {
				t.Errorf("Execute sent %d %s, want 500 and no word of the mistake", w.Code, w.Body)
			}
		})
	}
}

func TestHandlerPanicsWithAnError(t *testing.T) {
	defer func() {
		var e *moresql.Error
		if err, ok := recover().(error); !ok || !errors.As(err, &e) || e.Proc != "api." {
			t.Errorf("Handler panicked with %#v, want an *Error that names the procedure", err)
		}
	}()
	moresql.New(nil).Handler("api.")
}

func TestRowsEndWithTheError(t *testing.T) {
	three := func() *sqlmock.Rows { return result("n", []any{1}, []any{2}, []any{3}) }
	broken := errors.New("broken")
	for _, test := range []struct {
		reason string
		rows   *sqlmock.Rows
		stop   int // break after this number of rows
		want   string
		err    error
	}{
		{reason: "to the end", rows: three(), stop: 9, want: "1 2 3"},
		{reason: "stopping early gives the connection back", rows: three(), stop: 1, want: "1"},
		{
			reason: "an error comes last", rows: three().RowError(2, broken), stop: 9,
			want: "1 2", err: broken,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect := mock(t)
			expect.ExpectQuery("SELECT * FROM f($1)").WithArgs("x").WillReturnRows(test.rows)
			var got []string
			var err error
			var last row.Row
			for last, err = range moresql.New(db).Rows(context.Background(), "f", "x") {
				if err != nil {
					break
				}
				if got = append(got, last.Get("n").String()); len(got) == test.stop {
					break
				}
			}
			if strings.Join(got, " ") != test.want || !errors.Is(err, test.err) {
				t.Errorf("rows = %v, %v; want %s, %v", got, err, test.want, test.err)
			}
			var e *moresql.Error
			if err != nil && (!errors.As(err, &e) || e.Proc != "f" || last.Len() != 0) {
				t.Errorf("the error is %#v with %d columns, want an *Error that names f, "+
					"and a zero Row", err, last.Len())
			}
		})
	}
}

func TestStreamPassesNamedArguments(t *testing.T) {
	db, expect := mock(t)
	expect.ExpectQuery(`SELECT * FROM f("id" => $1)`).
		WithArgs(int64(7)).WillReturnRows(result("n", []any{1}))
	m := moresql.New(db).With(moresql.CallBy(moresql.Function{Named: true}))
	var out bytes.Buffer
	err := m.Stream(context.Background(), &out, gojson.JSON(), "f", sql.Named("id", 7))
	if err != nil || out.String() != `[{"n":1}]` {
		t.Errorf("wrote %s, %v", &out, err)
	}
	var e *moresql.Error
	if err := m.Stream(context.Background(), &out, gojson.JSON(), "f."); !errors.As(err, &e) {
		t.Errorf("an invalid name: %v, want an *Error", err)
	}
}

// garage is a database with the functions get_cars and get_user, each for one call.
func garage() *sql.DB {
	db, expect := open()
	expect.MatchExpectationsInOrder(false)
	added := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	expect.ExpectQuery("SELECT * FROM get_cars()").WillReturnRows(
		sqlmock.NewRowsWithColumnDefinition(
			sqlmock.NewColumn("name").OfType("TEXT", ""),
			sqlmock.NewColumn("price").OfType("NUMERIC", ""),
			sqlmock.NewColumn("tags").OfType("_TEXT", ""),
			sqlmock.NewColumn("added").OfType("TIMESTAMP", added),
		).
			AddRow("2CV", []byte("1999.90"), []byte(`{slow,"very cheap"}`), added).
			AddRow("DS", []byte("25000.00"), nil, added))
	expect.ExpectQuery("SELECT * FROM get_user($1, $2)").
		WithArgs("ann", "secret").WillReturnRows(result("id username", []any{1, "ann"}))
	return db
}

func Example() {
	m := moresql.New(garage()) // a *sql.DB, *sql.Conn or *sql.Tx
	mux := http.NewServeMux()
	mux.Handle("GET /cars", m.Handler("get_cars"))
	show(mux, get("/cars"))
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":1999.90,"tags":["slow","very cheap"],"added":"2024-01-02T03:04:05"},
	// {"name":"DS","price":25000.00,"tags":null,"added":"2024-01-02T03:04:05"}]
}

// The options of New are the defaults of every call.
func ExampleNew() {
	m := moresql.New(garage(), moresql.Shape(row.Auto))
	h := m.Handler("get_user", moresql.Fields("username", "password"))
	show(h, get("/?username=ann&password=secret"))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
}

// One MoreSQL serves requests, and the calls of the program.
func ExampleMoreSQL() {
	m := moresql.New(garage())
	fmt.Println(serve(m.Handler("get_user", moresql.Fields("username", "password")),
		get("/?username=ann&password=secret")).Body)
	for car, err := range m.Rows(context.Background(), "get_cars") {
		fmt.Println(car.Get("name"), car.Get("added"), err)
	}
	// Output:
	// [{"id":1,"username":"ann"}]
	// 2CV 2024-01-02T03:04:05 <nil>
	// DS 2024-01-02T03:04:05 <nil>
}

func ExampleMoreSQL_Handler() {
	m := moresql.New(garage(), moresql.Shape(row.One))
	mux := http.NewServeMux()
	mux.Handle("GET /user", m.Handler("get_user", moresql.Fields("username", "password")))
	show(mux, get("/user?username=ann&password=secret"))
	show(mux, get("/user?username=ann"))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
	// 400 application/problem+json
	// {
	//   "title": "Bad Request",
	//   "status": 400,
	//   "message": "missing parameter: password",
	//   "errors": [
	//     {
	//       "field": "password",
	//       "message": "missing parameter: password"
	//     }
	//   ]
	// }
}

// A handler of the program's own decides on values before the call.
func ExampleMoreSQL_Execute() {
	m := moresql.New(garage(), moresql.Shape(row.Auto))
	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Execute(w, r, "get_user", moresql.Fields("username", "password"),
			moresql.Values{"username": strings.ToLower(r.FormValue("username"))})
	})
	show(login, postForm("/login", "username=ANN&password=secret"))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
}

func ExampleMoreSQL_Rows() {
	m := moresql.New(garage())
	for car, err := range m.Rows(context.Background(), "get_cars") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(car.Get("name"), "costs", car.Get("price"))
	}
	// Output:
	// 2CV costs 1999.90
	// DS costs 25000.00
}

func ExampleMoreSQL_Stream() {
	m := moresql.New(garage())
	err := m.Stream(context.Background(), os.Stdout, encoder.JSON(), "get_user", "ann", "secret")
	if err != nil {
		fmt.Println(err)
	}
	// Output: [{"id":1,"username":"ann"}]
}

// Both calls have happened, or neither has.
func ExampleMoreSQL_Batch() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1").WillReturnRows(result("one", []any{1}))
	expect.ExpectQuery("SELECT * FROM move($1, $2)").WithArgs("ann", -5).
		WillReturnRows(result("balance", []any{15}))
	expect.ExpectQuery("SELECT * FROM move($1, $2)").WithArgs("bob", 5).
		WillReturnRows(result("balance", []any{25}))
	expect.ExpectCommit()
	m := moresql.New(db)
	calls := func(yield func(string, []any) bool) {
		_ = yield("move", []any{"ann", -5}) && yield("move", []any{"bob", 5})
	}
	for rows, err := range m.Batch(context.Background(), calls) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for balance, err := range rows.All() {
			fmt.Println(balance.Get("balance"), err)
		}
	}
	// Output:
	// 15 <nil>
	// 25 <nil>
}

func ExampleMoreSQL_With() {
	m := moresql.New(garage()).With(moresql.Encoders(gojson.JSON()), moresql.Shape(row.One))
	h := m.Handler("get_user", moresql.Fields("username", "password"))
	show(h, get("/?username=ann&password=secret"))
	// Output:
	// 200 application/json
	// {"id":1,"username":"ann"}
}

func ExampleMoreSQL_Caller() {
	m := moresql.New(nil)
	fmt.Printf("%+v\n", m.Caller())
	m = m.With(moresql.CallBy(moresql.Procedure{Dialect: moresql.MySQL}))
	fmt.Printf("%+v\n", m.Caller())
	// Output:
	// {Dialect:PostgreSQL Named:false}
	// {Dialect:MySQL Named:false}
}

func ExampleMoreSQL_Encoders() {
	m := moresql.New(nil, moresql.Encoders(encoder.JSON(), encoder.NDJSON()))
	for _, e := range m.Encoders() {
		fmt.Println(e.MediaType())
	}
	// Output:
	// application/json
	// application/x-ndjson
}

func ExampleMoreSQL_Describe() {
	m := moresql.New(nil)
	traits, ok := m.Describe("get_cars")
	fmt.Println(traits.Dialect, traits.Kind, traits.Relation, ok)
	m = m.With(moresql.CallBy(moresql.Procedure{}))
	traits, ok = m.Describe("close_month")
	fmt.Println(traits.Dialect, traits.Kind, traits.Relation, ok)
	// Output:
	// PostgreSQL FUNCTION true true
	// PostgreSQL PROCEDURE false true
}
