package moresql_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/row"
)

// Every call runs as the role of its request. The settings are bound, and end with the transaction.
// The comment has the database plan the statement for each role anew. What the function may have
// left on the connection is removed.
func ExampleSession() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery("SELECT 1, set_config($1, $2, true), set_config($3, $4, true)").
		WithArgs("app.user", "ann", "role", "web_user").WillReturnRows(result("1 2 3"))
	expect.ExpectQuery("/* e73cd03376fd7673 */ SELECT * FROM my_cars()").WillReturnRows(cars())
	expect.ExpectCommit()
	expect.ExpectExec("CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; " +
		"SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES").
		WillReturnResult(sqlmock.NewResult(0, 0))
	m := moresql.New(db, moresql.Session(func(r *http.Request) (moresql.Settings, error) {
		user, password, ok := r.BasicAuth()
		if !ok || password != "secret" {
			return moresql.Settings{}, &moresql.Error{
				Status: http.StatusUnauthorized, Message: "wrong password", Public: true,
			}
		}
		return moresql.Settings{
			Role: "web_user", Authenticated: true, Values: map[string]string{"app.user": user},
		}, nil
	}))
	h := m.Handler("my_cars")
	r := get("/")
	r.SetBasicAuth("ann", "secret")
	fmt.Println(serve(h, r).Body, expect.ExpectationsWereMet())
	fmt.Println(serve(h, get("/")).Code)
	// Output:
	// [{"name":"2CV","price":4000},{"name":"DS","price":9000}] <nil>
	// 401
}

// Settings are what the call finds, the role set last: none is the role that is connected.
func ExampleSettings() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery(setTwo).WithArgs("app.tenant", "acme", "role", "none").
		WillReturnRows(result("1 2 3"))
	expect.ExpectQuery("SELECT * FROM my_tenant()").WillReturnRows(result("t", []any{"acme"}))
	expect.ExpectCommit()
	expectClean(expect)
	m := moresql.New(db, moresql.Session(func(r *http.Request) (moresql.Settings, error) {
		tenant := r.Header.Get("X-Tenant")
		return moresql.Settings{Values: map[string]string{"app.tenant": tenant}}, nil
	}))
	show(m.Handler("my_tenant", moresql.Shape(row.Scalar)), get("/", "X-Tenant", "acme"))
	fmt.Println(expect.ExpectationsWereMet())
	// Output:
	// 200 application/json
	// "acme"
	// <nil>
}

// A Go program's own call has the settings of its context.
func ExampleSettings_Context() {
	db, expect := open()
	expect.ExpectBegin()
	expect.ExpectQuery(setTwo).WithArgs("app.tenant", "acme", "role", "web_user").
		WillReturnRows(result("1 2 3"))
	expect.ExpectQuery("/* e73cd03376fd7673 */ SELECT * FROM my_cars($1)").WithArgs("red").
		WillReturnRows(cars())
	expect.ExpectCommit()
	expectClean(expect)
	m := moresql.New(db, quiet)
	ctx := moresql.Settings{
		Role: "web_user", Values: map[string]string{"app.tenant": "acme"},
	}.Context(context.Background())
	for r, err := range m.Rows(ctx, "my_cars", "red") {
		fmt.Println(r.Value(0), err)
	}
	fmt.Println(expect.ExpectationsWereMet())
	// Output:
	// 2CV <nil>
	// DS <nil>
	// <nil>
}

// A program that has lost its way to authenticate, by a variable that is nil, serves nobody.
func TestSessionWithoutFunctionLetsNobodyIn(t *testing.T) {
	fake := &fakedb.DB{Can: fakedb.Modern}
	m := moresql.New(fake.Open(t), quiet, moresql.Session(nil))
	w := serve(m.Handler("f"), get("/"))
	if log := fake.Log(); w.Code != 500 || log != "" {
		t.Errorf("%d %s, the database has received %q", w.Code, w.Body, log)
	}
}
