// This program queries DuckDB, with the module got alone, for values that the driver
// would change.
package main

import (
	"database/sql"
	"log"

	"github.com/moresql/moresql/drivers/duckdb"
)

func main() {
	connector, err := duckdb.NewConnector("")
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	var text string
	const want = `{"b":12345678901234567890,"a":[1]}`
	err = db.QueryRow("SELECT {'b': 12345678901234567890::HUGEINT, 'a': [?::INTEGER]}", 1).Scan(&text)
	if err != nil || text != want {
		log.Fatal(text, " ", err)
	}
}
