// This program opens Firebird, with the module got alone, where there is no server.
package main

import (
	"database/sql"
	"log"

	"github.com/moresql/moresql/drivers/firebird"
)

func main() {
	connector, err := firebird.NewConnector("SYSDBA:masterkey@127.0.0.1:1//none.fdb")
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	if err := db.Ping(); err == nil {
		log.Fatal("there is a server at port 1")
	}
}
