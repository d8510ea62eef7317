package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/rest"
)

func ExampleFront() {
	db, expect := open() // in a program: sql.Open("postgres", …)
	expect.ExpectQuery("SELECT * FROM cars()").WillReturnRows(cars())
	m := moresql.New(db, moresql.Encoders(encoder.JSON(), encoder.CSV()))
	mux := http.NewServeMux()
	mux.Handle("GET /cars", m.Handler("cars"))
	front := rest.Front{Mux: mux, Paths: func() []string { return []string{"/cars"} }}

	w := httptest.NewRecorder()
	front.ServeHTTP(w, httptest.NewRequest("GET", "/cars.csv", nil))
	fmt.Println(w.Code, strings.Fields(w.Body.String()))

	w = httptest.NewRecorder()
	front.ServeHTTP(w, httptest.NewRequest("GET", "/card", nil)) // a mistake
	var problem struct{ Message, Hint string }
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%d %s: %s\n", w.Code, problem.Message, problem.Hint)
	// Output:
	// 200 [name,price 2CV,4000 DS,9000]
	// 404 nothing is served at this path: perhaps you mean /cars
}

// Handlers of the mux see in a request what the mux itself would have them see.
func TestFrontServesAsTheMuxDoes(t *testing.T) {
	mux := http.NewServeMux()
	served := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Pattern, " ", r.PathValue("name"))
	}
	for _, pattern := range []string{"/", "GET /cars", "/rpc/", "/cars/{name}", "/all/{name...}"} {
		mux.HandleFunc(pattern, served)
	}
	for _, target := range []string{
		"/", "/cars", "/cars/2cv", "/cars/a%2Fb", "/rpc/f", "/rpc", "/all/a/b", "/all//b", "//cars",
		"/rpc/../cars", "*",
	} {
		var results [2]string
		for i, h := range []http.Handler{mux, rest.Front{Mux: mux}} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
			results[i] = fmt.Sprint(w.Code, w.Header(), w.Body)
		}
		if results[0] != results[1] {
			t.Errorf("%s: %s, by the mux %s", target, results[1], results[0])
		}
	}
}

// A path that no relation has may be one of the program's own for another method, or nearly so.
func TestFrontKnowsWhatIsServedNextToRelations(t *testing.T) {
	db, _ := mock(t)
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "served")
	})
	mux := http.NewServeMux()
	mux.Handle("GET /{relation}", rest.Tables(moresql.New(db, quiet), films()))
	mux.Handle("POST /health", served)
	mux.Handle("POST /{$}", served)
	mux.Handle("/", served)
	front := rest.Front{Mux: mux, Paths: func() []string { return []string{"/health"} }, Hint: "read"}
	for _, test := range []struct {
		method, target string
		status         int
		want, allow    string
	}{
		{"POST", "/health", 200, "served", ""},
		{"GET", "/health", 405, "it is served for POST", "POST"},
		{"GET", "/helth", 404, "perhaps you mean /health; read", ""},
		{"GET", "/film", 404, "Perhaps you meant the table", ""},
		{"GET", "/nothing", 404, `"hint":"read"`, ""},
		{"POST", "/nothing", 200, "served", ""},
		{"GET", "/", 200, "served", ""},
	} {
		w := serve(front, httptest.NewRequest(test.method, test.target, nil))
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) ||
			w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d %v %s", test.method, test.target, w.Code, w.Header(), w.Body)
		}
	}
}

func ExampleFail() {
	w := httptest.NewRecorder()
	rest.Fail(w, httptest.NewRequest("GET", "/", nil), &moresql.Error{
		Status: http.StatusTeapot, Message: "it is a teapot", Public: true,
	})
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	fmt.Println(w.Body)
	// Output:
	// 418 application/problem+json
	// {"title":"I'm a teapot","status":418,"message":"it is a teapot"}
}

func ExampleHealth() {
	db, _ := open() // in a program: sql.Open("postgres", …)
	h := &rest.Health{Check: db.PingContext, Stats: db.Stats}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/ready", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 It works.
}

// What is wrong with the database is for those who may know it; others learn that something is.
func TestHealthShowsTheCauseToThoseWhoMayKnow(t *testing.T) {
	leaktest.Check(t)
	h := &rest.Health{
		Check:  func(context.Context) error { return errors.New("10.0.0.7: connection refused") },
		Shows:  func(r *http.Request) bool { return r.Header.Get("X-Admin") == "yes" },
		Logger: quiet.Logger,
	}
	for admin, shows := range map[string]bool{"yes": true, "": false} {
		w := serve(h, get("/", "X-Admin", admin))
		if w.Code != 503 || strings.Contains(w.Body.String(), "10.0.0.7") != shows ||
			!strings.Contains(w.Body.String(), "the database cannot be used") {
			t.Errorf("%q: %d %s", admin, w.Code, w.Body)
		}
	}
}

// The list of the routines is what the role may call, and a stranger does not get it.
func TestListOfRoutinesFollowsTheRights(t *testing.T) {
	db, expect := mock(t)
	integer := &catalog.Type{OID: 23, Name: "int4", SQL: "integer"}
	cat := catalog.OfRelations(nil,
		catalog.Routine{
			OID: 16385, Schema: "api", Name: "mine", Volatility: catalog.Stable, Comment: "Mine\nand more",
			Result: catalog.Result{Type: integer},
		},
		catalog.Routine{OID: 16386, Schema: "api", Name: "secret", Result: catalog.Result{Type: integer}},
		catalog.Routine{
			OID: 16387, Schema: "api", Name: "<b>", Result: catalog.Result{Type: integer},
			Kind: catalog.Procedure,
		},
	)
	refuses := moresql.Hooks{Before: func(r *http.Request, _ *moresql.Call) error {
		if r.Header.Get("Authorization") == "" {
			return &moresql.Error{Status: 401, Message: "who are you?", Public: true}
		}
		return nil
	}}
	h := rest.Routines(moresql.New(db, quiet), cat, refuses)
	if w := serve(h, get("/")); w.Code != 401 || strings.Contains(w.Body.String(), "mine") {
		t.Errorf("a stranger: %d %s", w.Code, w.Body)
	}
	for accept, want := range map[string]string{
		"*/*": `[{"name":"\u003cb\u003e","methods":"POST, OPTIONS"},` +
			`{"name":"mine","methods":"GET, HEAD, POST, OPTIONS","comment":"Mine"}]`,
		"text/html": `<li>&lt;b&gt; <span>(POST)</span></li>` + "\n" +
			`<li><a href="./mine">mine</a> <span>Mine</span></li>`,
	} {
		expect.ExpectBegin()
		expect.ExpectQuery(callable).WithArgs("{16387,16385,16386}").
			WillReturnRows(result("oids", []any{"16385,16387"}))
		expect.ExpectRollback()
		w := serve(h, get("/", "Accept", accept, "Authorization", "x"))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) ||
			strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s, want %s", accept, w.Code, w.Body, want)
		}
	}
	if w := serve(h, httptest.NewRequest("PUT", "/", nil)); w.Code != 405 ||
		w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("PUT: %d %v", w.Code, w.Header())
	}
}

// callable is the query for the rights.
const callable = "SELECT coalesce(pg_catalog.string_agg(oid::text, ',' ORDER BY oid), '')\n" +
	"FROM pg_catalog.pg_proc WHERE oid = ANY ($1::text::oid[])\n" +
	"AND pg_catalog.has_schema_privilege(pronamespace, 'USAGE')\n" +
	"AND pg_catalog.has_function_privilege(oid, 'EXECUTE')"

// A form that is refused comes back with what was typed and what is wrong at each field; a program
// gets problem+json.
func TestRefusedFormComesBackToABrowser(t *testing.T) {
	db, _ := mock(t)
	h := moresql.New(db, quiet).Handler("sign_up", moresql.Bind(
		binder.Text("name").MinLen(3), binder.Int("age").Min(18), binder.Text("password").MinLen(8),
		binder.Any("plan"),
	))
	const form = "name=%3Cb%3E&age=7&password=hunter2&note=a+%26+b"
	request := func(accept string) *http.Request {
		r := httptest.NewRequest("POST", "/", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", accept)
		return r
	}
	w := serve(h, request("text/html,application/xhtml+xml,*/*;q=0.8"))
	body := w.Body.String()
	for _, want := range []string{
		`name="name" type="text" value="&lt;b&gt;">`,
		`name="age" type="text" value="7" aria-invalid="true" aria-describedby="e1">`,
		`<span class="fault" id="e1">age is less than 18</span>`,
		`name="password" type="password" aria-invalid="true"`,
		`name="note" type="text" value="a &amp; b">`, `name="plan" type="text" value="" aria-invalid`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing: %s", want, body)
		}
	}
	if w.Code != 400 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" ||
		strings.Contains(body, "hunter2") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %s", w.Code, w.Header(), body)
	}
	w = serve(h, request("*/*"))
	if w.Code != 400 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a program: %d %v", w.Code, w.Header())
	}
}
