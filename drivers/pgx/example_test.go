package pgx_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/moresql/moresql"
	morepgx "github.com/moresql/moresql/drivers/pgx"
)

func ExampleNewConnector() {
	server, err := listen() // stands for PostgreSQL, and counts round trips
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	connector, err := morepgx.NewConnector("postgres://api@" + server.Addr().String() + "/app")
	if err != nil {
		fmt.Println(err)
		return
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
		return moresql.Settings{Role: "web_anon"}, nil
	})
	db.Ping() // connects
	m := moresql.New(db, session)
	for _, getCars := range []http.Handler{
		m.Handler("get_cars"), m.Handler("get_cars", moresql.ReadOnly()),
	} {
		for range 2 {
			before := server.rounds.Load()
			w := httptest.NewRecorder()
			getCars.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			fmt.Println(w.Body, "after", server.rounds.Load()-before, "round trips")
		}
	}
	// The first call on a connection has the types of the result described.

	// Output:
	// [{"name":"2CV"}] after 3 round trips
	// [{"name":"2CV"}] after 2 round trips
	// [{"name":"2CV"}] after 1 round trips
	// [{"name":"2CV"}] after 1 round trips
}

// A configuration of pgx's own, such as one with a tracer, is kept.
func ExampleWrap() {
	server, err := listen() // stands for PostgreSQL
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	config, err := pgx.ParseConfig("postgres://api@" + server.Addr().String() + "/app")
	if err != nil {
		fmt.Println(err)
		return
	}
	config.RuntimeParams["application_name"] = "cars"
	db := sql.OpenDB(morepgx.Wrap(stdlib.GetConnector(*config)))
	defer db.Close()
	w := httptest.NewRecorder()
	moresql.New(db).Handler("get_cars").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 [{"name":"2CV"}]
}
