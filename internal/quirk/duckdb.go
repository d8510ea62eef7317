package quirk

import (
	"database/sql/driver"
	"errors"
)

// CheckDuckDB returns an error for a result of DuckDB's own driver, which has changed values before
// anybody can read them: it reads JSON as Go does, with numbers as float64, makes maps of STRUCTs,
// which have no order, and a date of infinity. The connector of drivers/duckdb has DuckDB write
// these values.
func CheckDuckDB(rows driver.Rows) error {
	for ; rows != nil; rows = unwrapped(rows) {
		if driverOf(rows) == "github.com/duckdb/duckdb-go/v2" {
			return errors.New("DuckDB's driver changes values, such as numbers in JSON: open the " +
				"database by sql.OpenDB with a connector of github.com/moresql/moresql/drivers/duckdb")
		}
	}
	return nil
}
