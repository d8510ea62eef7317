// This program serves a function through pgx, with the module got alone, from a
// server that does not exist, which the response has to report.
package main

import (
	"database/sql"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/drivers/pgx"
)

func main() {
	connector, err := pgx.NewConnector("postgres://127.0.0.1:1/moresql?sslmode=disable")
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	w := httptest.NewRecorder()
	m := moresql.New(db)
	m.Handler("get_user").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusServiceUnavailable {
		log.Fatal(w.Code, " ", w.Body)
	}
}
