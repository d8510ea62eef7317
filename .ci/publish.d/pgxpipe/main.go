// This program makes a connector, with the module got alone.
package main

import (
	"database/sql"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/pgxpipe"
)

func main() {
	config, err := pgx.ParseConfig("postgres://localhost/moresql")
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(pgxpipe.Connector(stdlib.GetConnector(*config)))
	defer db.Close()
	if moresql.New(db).Handler("get_user") == nil {
		log.Fatal("no handler")
	}
}
