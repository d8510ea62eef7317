package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// A request without claims is not authenticated, whatever its role is.
func TestClaimsSayWhoIsAuthenticated(t *testing.T) {
	for _, test := range []struct {
		claims any
		status int
	}{
		{claims: nil, status: 401},
		{claims: map[string]string{}, status: 403},
	} {
		db, expect := open()
		expect.ExpectBegin()
		set := "SELECT 1, set_config($1, $2, true)"
		args := []any{"role", "web_user"}
		if test.claims != nil {
			set, args = set+", set_config($3, $4, true)",
				[]any{"request.jwt.claims", "{}", "role", "web_user"}
		}
		expect.ExpectQuery(set).WithArgs(toDriver(args)...).WillReturnRows(result("1"))
		expect.ExpectQuery("/* e73cd03376fd7673 */ SELECT * FROM f()").
			WillReturnError(&pq.Error{Code: "42501"})
		expect.ExpectRollback()
		session := rest.Session(func(*http.Request) (rest.Identity, error) {
			return rest.Identity{Role: "web_user", Claims: test.claims}, nil
		})
		w := serve(moresql.New(db, quiet, session).Handler("f"), get("/"))
		if err := expect.ExpectationsWereMet(); w.Code != test.status || err != nil {
			t.Errorf("%v: %d %s, %v", test.claims, w.Code, w.Body, err)
		}
	}
}

func TestClaimsThatAreNoJSON(t *testing.T) {
	session := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{Claims: func() {}}, nil
	})
	w := serve(moresql.New(nil, quiet, session).Handler("f"), get("/"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "claims") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A hint may name a function, and a method or parameter that does not match shows that it exists.
func TestStrangersLearnNothingOfRoutines(t *testing.T) {
	stranger := rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{}, &moresql.Error{Status: 401, Message: "who are you?", Public: true}
	})
	h := rest.Routines(moresql.New(nil, quiet, stranger), checked)
	want := serve(h, get("/find?a=1")).Body.String()
	if !strings.Contains(want, "who are you?") {
		t.Fatal(want)
	}
	for _, r := range []*http.Request{
		get("/find"), get("/find?b=1"), get("/fimd"), get("/nothing"), get("/"),
		post("/find", `{"x":1}`), httptest.NewRequest("PUT", "/find", nil),
		httptest.NewRequest("DELETE", "/nothing", nil),
	} {
		w := serve(h, r)
		if w.Code != 401 || w.Body.String() != want || w.Header().Get("Allow") != "" {
			t.Errorf("%s %s: %d %v %s", r.Method, r.URL, w.Code, w.Header(), w.Body)
		}
	}
}

// Each role has a plan of its own, since the comment differs from role to role.
func ExampleSession() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config($1, $2, true), set_config($3, $4, true)").
		WithArgs("request.jwt.claims", `{"sub":"ann"}`, "role", "web_user").
		WillReturnRows(result("1 2 3"))
	expect.ExpectQuery("/* e73cd03376fd7673 */ SELECT * FROM my_cars()").WillReturnRows(cars())
	expect.ExpectCommit()
	m := moresql.New(db, rest.Session(func(r *http.Request) (rest.Identity, error) {
		user, password, ok := r.BasicAuth()
		if !ok || password != "secret" {
			return rest.Identity{}, &moresql.Error{
				Status: http.StatusUnauthorized, Message: "wrong password", Public: true,
			}
		}
		return rest.Identity{Role: "web_user", Claims: map[string]string{"sub": user}}, nil
	}))
	r := get("/")
	r.SetBasicAuth("ann", "secret")
	show(m.Handler("my_cars"), r)
	fmt.Println(expect.ExpectationsWereMet())
	// Output:
	// 200 application/json
	// [{"name":"2CV","price":4000},
	// {"name":"DS","price":9000}]
	// <nil>
}

// Functions find the claims by current_setting('request.jwt.claims', true), and other values by
// their names.
func ExampleIdentity() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config($1, $2, true), set_config($3, $4, true), "+
		"set_config($5, $6, true)").
		WithArgs("app.tenant", "acme", "request.jwt.claims", `{"sub":"ann"}`, "role", "none").
		WillReturnRows(result("1 2 3 4"))
	expect.ExpectQuery("SELECT * FROM whoami()").WillReturnRows(result("who", []any{"ann"}))
	expect.ExpectCommit()
	m := moresql.New(db, rest.Session(func(*http.Request) (rest.Identity, error) {
		return rest.Identity{
			Claims: map[string]string{"sub": "ann"},
			Values: map[string]string{"app.tenant": "acme"},
		}, nil
	}))
	fmt.Println(serve(m.Handler("whoami"), get("/")).Body, expect.ExpectationsWereMet())
	// Output: [{"who":"ann"}] <nil>
}

// A Go program's own call has the settings of an identity.
func ExampleIdentity_Settings() {
	id := rest.Identity{Role: "web_user", Claims: map[string]string{"sub": "ann"}}
	settings, err := id.Settings()
	fmt.Println(settings.Role, settings.Authenticated, settings.Values, err)
	// then m.Rows(settings.Context(ctx), "my_cars")

	// Output: web_user true map[request.jwt.claims:{"sub":"ann"}] <nil>
}
