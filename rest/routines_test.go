package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/lib/pq"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

var integer = &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}

// params returns integer parameters.
func params(names ...string) (list []catalog.Param) {
	for _, name := range names {
		list = append(list, catalog.Param{Name: name, Type: integer})
	}
	return list
}

// add is a function that only reads.
var add = catalog.Routine{
	Schema: "api", Name: "add", Volatility: catalog.Immutable,
	Result: catalog.Result{Type: integer}, Params: params("a", "b"),
}

// count is a function that writes.
var count = catalog.Routine{
	Schema: "api", Name: "count", Result: catalog.Result{Type: integer}, Params: params("by"),
}

const (
	addQuery   = `SELECT * FROM "api"."add"("a" => $1::integer, "b" => $2::integer)`
	countQuery = `SELECT * FROM "api"."count"("by" => $1::integer)`
)

// did is a procedure.
var did = catalog.Routine{Schema: "api", Name: "did", Kind: catalog.Procedure}

// GET and HEAD call every function in a READ ONLY transaction, whatever its volatility, and no
// procedure, which can end that. POST calls so what is declared to read, as add is. A refusal says
// which methods there are (RFC 9110, 15.5.6).
func TestMethodsOfRoutines(t *testing.T) {
	const functions, procedures = "GET, HEAD, POST, OPTIONS", "POST, OPTIONS"
	for _, test := range []struct {
		method, target string
		body           string
		query          string // "" if nothing reaches the database
		status         int
		allow          string
	}{
		{method: "GET", target: "/add?a=1&b=2", query: addQuery, status: 200},
		{method: "HEAD", target: "/add?a=1&b=2", query: addQuery, status: 200},
		{method: "POST", target: "/add", body: `{"a":1,"b":2}`, query: addQuery, status: 200},
		{method: "OPTIONS", target: "/add", status: 204, allow: functions},
		{method: "PUT", target: "/add", status: 405, allow: functions},
		{method: "GET", target: "/count?by=1", query: countQuery, status: 200},
		{method: "HEAD", target: "/count?by=1", query: countQuery, status: 200},
		{method: "POST", target: "/count", body: `{"by":1}`, query: countQuery, status: 200},
		{method: "OPTIONS", target: "/count", status: 204, allow: functions},
		{method: "DELETE", target: "/count", status: 405, allow: functions},
		{method: "GET", target: "/did", status: 405, allow: procedures},
		{method: "HEAD", target: "/did", status: 405, allow: procedures},
		{method: "OPTIONS", target: "/did", status: 204, allow: procedures},
		{method: "PATCH", target: "/did", status: 405, allow: procedures},
		{method: "GET", target: "/none", status: 404},
		{method: "OPTIONS", target: "/none", status: 404},
	} {
		db, expect := mock(t)
		rows := result("n", []any{42})
		switch writes := test.method == "POST" && test.query == countQuery; {
		case writes:
			expect.ExpectBegin()
			expect.ExpectQuery(test.query).WillReturnRows(rows)
			expect.ExpectCommit()
		case test.query != "":
			reads(expect, func() { expect.ExpectQuery(test.query).WillReturnRows(rows) })
		}
		r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
		if test.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := serve(rest.Routines(moresql.New(db, quiet), catalog.Of(add, count, did)), r)
		if w.Code != test.status || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q, %s",
				test.method, test.target, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
}

// reads expects the READ ONLY transaction of a GET around what declare expects.
func reads(expect sqlmock.Sqlmock, declare func()) {
	expect.ExpectBegin()
	declare()
	expect.ExpectRollback()
}

// What a function would write, the transaction refuses: 405 that names the method that may.
func TestWritesOfGetAre405(t *testing.T) {
	for _, test := range []struct {
		reason  string
		err     error
		status  int
		allow   string
		message string
	}{
		{
			reason: "the database refuses a write",
			err:    &pq.Error{Code: "25006", Message: "cannot execute INSERT in a read-only transaction"},
			status: 405,
			allow:  "POST, OPTIONS",
			message: `"message":"cannot execute INSERT in a read-only transaction",` +
				`"hint":"call it with POST: GET only reads"`,
		},
		{reason: "another error", err: &pq.Error{Code: "P0001", Message: "no"}, status: 400},
	} {
		db, expect := mock(t)
		reads(expect, func() { expect.ExpectQuery(countQuery).WillReturnError(test.err) })
		h := rest.Routines(moresql.New(db, quiet), catalog.Of(count))
		w := serve(h, get("/count?by=1"))
		if w.Code != test.status || w.Header().Get("Allow") != test.allow ||
			!strings.Contains(w.Body.String(), test.message) {
			t.Errorf("%s: %d %v %s", test.reason, w.Code, w.Header(), w.Body)
		}
	}
}

// Where a transaction cannot be READ ONLY, GET goes by the declaration: on SQLite, and with a
// Caller that does not say which database its statements are for.
func TestGetGoesByTheDeclarationWithoutReadOnly(t *testing.T) {
	writes := add
	writes.Volatility, writes.Params = catalog.Volatile, params("c")
	m := moresql.New(nil, quiet, moresql.CallBy(plain{}))
	w := serve(rest.Routines(m, catalog.Of(add, writes)), get("/add?c=1"))
	if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Body.String(),
		"api.add(c integer) may change the database: call it with POST") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = serve(rest.Routines(m, catalog.Of(writes)), get("/add?c=1"))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST, OPTIONS" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// A path is the name of one routine as it stands, without schema or quotes.
func TestUnknownRoutinesAre404(t *testing.T) {
	h := rest.Routines(moresql.New(nil, quiet), catalog.Of(add))
	const hint = `"hint":"perhaps you mean api.add(a integer, b integer)"`
	for target, hint := range map[string]string{
		"/add/x": "", "/adds": hint, "/api.add": "", "/%22add%22": "",
	} {
		w := serve(h, get(target))
		body := w.Body.String()
		if w.Code != 404 || !strings.Contains(body, `"code":"PGRST202"`) ||
			!strings.Contains(body, hint) || hint == "" && strings.Contains(body, "hint") {
			t.Errorf("%s: %d %s", target, w.Code, body)
		}
	}
}

// Hooks, errors and logs name a routine with its schema, also if the request fails before the
// overload is known.
func TestHooksSeeTheQualifiedName(t *testing.T) {
	db, expect := mock(t)
	reads(expect, func() {
		expect.ExpectQuery(addQuery).WillReturnError(&pq.Error{Code: "P0001", Message: "no"})
	})
	var seen []string
	m := moresql.New(db, quiet, moresql.Hooks{
		Before: func(_ *http.Request, c *moresql.Call) error {
			seen = append(seen, fmt.Sprint("before ", c.Name, c.Names, c.Values))
			return nil
		},
		Error: func(e *moresql.Error) { seen = append(seen, "error of "+e.Proc) },
		After: func(_ *http.Request, c *moresql.Call, err error) {
			seen = append(seen, fmt.Sprint("after ", c.Name, c.Names))
		},
	})
	h := rest.Routines(m, catalog.Of(add))
	serve(h, get("/add?a=1&b=2"))
	serve(h, get("/add?a=1"))
	serve(h, get("/none"))
	want := []string{
		"before api.add[a b] [1 2]", "error of api.add", "after api.add[a b]",
		"error of api.add", "after api.add[]",
		"error of /none", "after /none[]",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%q", seen)
	}
}

// A name that could not be split otherwise is quoted, so that Callers read it.
func TestNamesWithDotsAreQuotedForCallers(t *testing.T) {
	r := catalog.Routine{Schema: "a.b", Name: "c", Volatility: catalog.Stable}
	db, expect := mock(t)
	expect.ExpectQuery(`SELECT * FROM "a.b".c()`).WillReturnRows(result("n"))
	name := ""
	m := moresql.New(db, quiet, moresql.CallBy(plain{}), moresql.Hooks{
		After: func(_ *http.Request, c *moresql.Call, _ error) { name = c.Name },
	})
	if w := serve(rest.Routines(m, catalog.Of(r)), get("/c")); w.Code != 200 || name != `"a.b".c` {
		t.Errorf("%d %s, of %s", w.Code, w.Body, name)
	}
}

// plain is a Caller that writes the calls of routines itself, as it does not describe them.
type plain struct{}

func (plain) Statement(proc string, params []moresql.Param) (moresql.Statement, error) {
	return moresql.Function{}.Statement(proc, params)
}

// cached is a Caller that returns the same statement for every call.
type cached struct{ s moresql.Statement }

func (c cached) Statement(string, []moresql.Param) (moresql.Statement, error) { return c.s, nil }

// A statement that a Caller of the program's own keeps is left as it is, and what is absent is
// NULL.
func TestStatementsOfCallersAreRebound(t *testing.T) {
	cat := catalog.Of(catalog.Routine{
		Name: "f", Volatility: catalog.Stable,
		Params: []catalog.Param{{Name: "a", Default: true}, {Name: "b", Default: true}},
	})
	for _, test := range []struct {
		bind   []int
		target string
		want   []any
	}{
		{bind: []int{1, 0}, target: "/f?b=B&a=A", want: []any{"B", "A"}},
		{bind: nil, target: "/f?b=B&a=A", want: []any{"A", "B"}},
		{bind: []int{0, 1, 0}, target: "/f?b=B&a=A", want: []any{"A", "B", "A"}},
		{bind: nil, target: "/f?b=B", want: []any{nil, "B"}},
	} {
		db, expect := mock(t)
		caller := cached{moresql.Statement{Query: "CALLED", Bind: test.bind}}
		h := rest.Routines(moresql.New(db, quiet, moresql.CallBy(caller)), cat)
		for range 2 {
			expect.ExpectQuery("CALLED").
				WithArgs(toDriver(test.want)...).WillReturnRows(result("n"))
			if w := serve(h, get(test.target)); w.Code != http.StatusOK {
				t.Errorf("%v: %d %s", test.bind, w.Code, w.Body)
			}
		}
	}
}

// shouting embeds Function, and changes what it writes.
type shouting struct{ moresql.Function }

func (s shouting) Statement(p string, params []moresql.Param) (moresql.Statement, error) {
	statement, err := s.Function.Statement(p, params)
	statement.Query += " /*!*/"
	return statement, err
}

// A Caller that changes what another writes has its say in the calls of routines, and can do what
// that one can: its calls are filtered, and run in a session.
func TestRoutinesOfWrappedCallers(t *testing.T) {
	cars := catalog.Routine{Schema: "api", Name: "cars", Volatility: catalog.Stable}
	db, expect := mock(t)
	expect.ExpectBegin()
	expect.ExpectQuery(setTwo).
		WithArgs("request.jwt.claims", "1", "role", "none").WillReturnRows(result("1 2 3"))
	expect.ExpectQuery("SELECT t.* FROM (SELECT * FROM api.cars() /*!*/) AS t LIMIT $1::bigint").
		WithArgs(0).WillReturnRows(result("n"))
	expect.ExpectRollback()
	expectClean(expect)
	expect.ExpectBegin()
	expect.ExpectQuery(setTwo).
		WithArgs("request.jwt.claims", "1", "role", "none").WillReturnRows(result("1 2 3"))
	expect.ExpectQuery(`SELECT t."n" FROM (SELECT * FROM api.cars() /*!*/) AS t LIMIT $1::bigint`).
		WithArgs(1).WillReturnRows(result("n", []any{2}))
	expect.ExpectRollback()
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Claims: 1}, nil
	})
	m := moresql.New(db, quiet, session, moresql.CallBy(shouting{}))
	w := serve(rest.Routines(m, catalog.Of(cars)), get("/cars?limit=1"))
	if w.Code != 200 || w.Body.String() != `[{"n":2}]` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A catalog may know less than PostgreSQL's.
func TestRoutinesOfUnknownTypes(t *testing.T) {
	unknown := []catalog.Param{{Name: "a"}}
	cat := catalog.Of(
		catalog.Routine{Schema: "s", Name: "p", Kind: catalog.Procedure, Params: unknown},
		catalog.Routine{Name: "f", Result: catalog.Result{Type: integer}, Params: unknown},
		catalog.Routine{Name: "c", Result: catalog.Result{
			Type: &catalog.Type{Name: "record"}, Columns: []catalog.Column{{Name: "x"}},
		}},
	)
	for _, test := range []struct {
		target, body, query string
		commits             bool // it may end its transaction itself
	}{
		{target: "/p", body: `{"a": 1}`, query: `CALL "s"."p"("a" => $1)`, commits: true},
		{target: "/f", body: `{"a": 1}`, query: `SELECT * FROM "f"("a" => $1)`},
		{target: "/c", body: `{}`, query: `SELECT * FROM "c"()`},
	} {
		db, expect := mock(t)
		if !test.commits {
			expect.ExpectBegin()
		}
		expect.ExpectQuery(test.query).WillReturnRows(result("x", []any{1}))
		if !test.commits {
			expect.ExpectCommit()
		}
		h := rest.Routines(moresql.New(db, quiet), cat)
		if w := serve(h, post(test.target, test.body)); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", test.target, w.Code, w.Body)
		}
	}
}

// Hooks.Error sees what the rules refuse, too.
func TestErrorHookSeesRefusals(t *testing.T) {
	seen := 0
	m := moresql.New(nil, quiet, moresql.Hooks{Error: func(*moresql.Error) { seen++ }})
	w := serve(rest.Routines(m, catalog.Of(add)), get("/none"))
	if w.Code != http.StatusNotFound || seen != 1 {
		t.Errorf("%d %s, the hook saw %d errors", w.Code, w.Body, seen)
	}
}

// What is wrong with a JSON argument is reported of its field, as for a declared one.
func TestInvalidArgumentIsReportedOfItsField(t *testing.T) {
	integers := &catalog.Type{
		Name: "_int4", OID: 1007, Kind: catalog.Array, Elem: integer, SQL: "integer[]", Delim: ',',
	}
	cat := catalog.Of(catalog.Routine{
		Name: "f", Result: catalog.Result{Type: integer},
		Params: []catalog.Param{{Name: "list", Type: integers}},
	})
	h := rest.Routines(moresql.New(nil, quiet), cat)
	w := serve(h, post("/f", `{"list": {"a": 1}}`))
	want := `"errors":[{"field":"list","message":"list: `
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// OPTIONS runs nothing and needs no credentials, as a browser's preflight has none.
func TestOptionsNeedNoSession(t *testing.T) {
	session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
		return moresql.Settings{}, &moresql.Error{Status: 401, Message: "who are you?"}
	})
	h := rest.Routines(moresql.New(nil, quiet, session), catalog.Of(add))
	if w := serve(h, httptest.NewRequest("OPTIONS", "/add", nil)); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := serve(h, get("/add?a=1&b=2")); w.Code != 401 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A single object is what clients of PostgREST may demand of any function.
func TestClientsMayDemandASingleObject(t *testing.T) {
	cars := catalog.Routine{Schema: "api", Name: "cars", Volatility: catalog.Stable,
		Result: catalog.Result{
			Type: &catalog.Type{Name: "car", Kind: catalog.Composite, SQL: "api.car"}, Set: true,
			Columns: []catalog.Column{{Name: "n", Type: integer}},
		}}
	for rows, want := range map[int]string{1: `{"n":1}`, 0: "PGRST116", 2: "PGRST116"} {
		db, expect := mock(t)
		list := result("n")
		for i := range rows {
			list.AddRow(i + 1)
		}
		reads(expect, func() {
			expect.ExpectQuery(`SELECT * FROM "api"."cars"()`).WillReturnRows(list)
		})
		h := rest.Routines(moresql.New(db, quiet), catalog.Of(cars))
		w := serve(h, get("/cars", "Accept", "application/vnd.pgrst.object+json"))
		if (w.Code == 200) != (rows == 1) || w.Code != 200 && w.Code != 406 ||
			!strings.Contains(w.Body.String(), want) {
			t.Errorf("%d rows: %d %s", rows, w.Code, w.Body)
		}
	}
}

func TestMediaTypeThatIsNotOfferedIsPGRST107(t *testing.T) {
	m := moresql.New(nil, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV()))
	w := serve(rest.Routines(m, catalog.Of(add)), get("/add?a=1&b=2", "Accept", "image/png"))
	if w.Code != 406 || !strings.Contains(w.Body.String(), `"code":"PGRST107"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The catalog, which catalog.Load reads from the database, says what there is to call.
func ExampleRoutines() {
	db, expect := open()
	reads(expect, func() {
		expect.ExpectQuery(addQuery).WithArgs("40", "2").WillReturnRows(result("add", []any{42}))
	})
	h := http.StripPrefix("/rpc", rest.Routines(moresql.New(db), catalog.Of(add)))
	show(h, get("/rpc/add?b=2&a=40"))
	show(h, get("/rpc/add?a=40"))
	// Output:
	// 200 application/json
	// 42
	// 404 application/problem+json
	// {
	//   "title": "Not Found",
	//   "status": 404,
	//   "code": "PGRST202",
	//   "message": "add cannot be called with the parameters (a)",
	//   "hint": "there is api.add(a integer, b integer)"
	// }
}
