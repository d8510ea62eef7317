package contender

import (
	"slices"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
)

// drivers are the drivers of database/sql.
var drivers = []string{database.PQ, database.PGX}

// Lists returns the contenders that serve all rows of a function. The drivers in swapped also
// serve them through moresql with other encoders.
func Lists[T any](f dataset.Function[T], swapped ...string) []Contender {
	var all []Contender
	for _, driver := range drivers {
		all = append(all, drain(driver, f), moreSQL(driver, f))
		if slices.Contains(swapped, driver) {
			all = append(all, moreSQLWith(driver, f)...)
		}
		for _, l := range libraries {
			all = append(all, buffered(driver, f, l), rowByRow(driver, f, l))
		}
		all = append(all,
			mapScan(driver, f), scanStructs(driver, f), aggregated(driver, f), documents(driver, f))
	}
	return append(all, moreSQL(database.Direct, f), nativeMaps(f), nativeStructs(f))
}

// Singles returns the contenders that serve the only row of a function.
func Singles[T any](f dataset.Function[T]) []Contender {
	var all []Contender
	for _, driver := range drivers {
		all = append(all, moreSQLRow(driver, f),
			preparedRow(driver, f), unpreparedRow(driver, f), mapScanRow(driver, f))
	}
	return append(all,
		moreSQLRow(database.Kept, f), moreSQLRow(database.Direct, f), nativeRow(f))
}
