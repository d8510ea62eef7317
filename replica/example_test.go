package replica_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/replica"
)

// open returns a database that expects statements, as sql.Open would return one of a real server.
func open() (*sql.DB, sqlmock.Sqlmock) {
	db, expect, err := sqlmock.New()
	if err != nil {
		panic(err)
	}
	return db, expect
}

// A call that only reads is answered by the replica, one that may write by the primary.
func ExampleNew() {
	primary, onPrimary := open()
	standby, onReplica := open()
	onReplica.ExpectQuery("pg_last_xact_replay_timestamp"). // the lag, in seconds
								WillReturnRows(sqlmock.NewRows([]string{"lag"}).AddRow(0.2))
	onReplica.ExpectBegin()
	onReplica.ExpectQuery("get_cars").
		WillReturnRows(sqlmock.NewRows([]string{"name", "server"}).AddRow("2CV", "replica"))
	onReplica.ExpectRollback()
	onPrimary.ExpectQuery("add_car").
		WillReturnRows(sqlmock.NewRows([]string{"name", "server"}).AddRow("DS", "primary"))

	m := moresql.New(replica.New(primary, standby, time.Second))
	mux := http.NewServeMux()
	mux.Handle("GET /cars", m.Handler("get_cars", moresql.ReadOnly()))
	mux.Handle("POST /cars", m.Handler("add_car"))

	for _, method := range []string{"GET", "POST"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, "/cars", nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 [{"name":"2CV","server":"replica"}]
	// 200 [{"name":"DS","server":"primary"}]
}
