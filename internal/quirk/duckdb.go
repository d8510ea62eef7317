package quirk

import (
	"database/sql/driver"
	"errors"
)

// CheckExact returns an error for a result whose driver has changed values before anybody can read
// them. DuckDB's own does: it reads JSON as Go does, with numbers as float64, makes maps of
// STRUCTs, which have no order, and a date of infinity. The connector of drivers/duckdb has DuckDB
// write these values. For what Firebird's does see checkFirebird.
func CheckExact(rows driver.Rows) error {
	for ; rows != nil; rows = unwrapped(rows) {
		switch driverOf(rows) {
		case "github.com/duckdb/duckdb-go/v2":
			return errors.New("DuckDB's driver changes values, such as numbers in JSON: open the " +
				"database by sql.OpenDB with a connector of github.com/moresql/moresql/drivers/duckdb")
		case nakagami:
			return checkFirebird(rows)
		}
	}
	return nil
}
