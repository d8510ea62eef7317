//go:build !duckdb || !cgo

package main

import (
	"database/sql/driver"
	"errors"
)

// newDuckDB says how to get a command with DuckDB, whose library is larger than everything else
// here together and needs cgo.
func newDuckDB(string) (driver.Connector, error) {
	return nil, errors.New("this moresql has no DuckDB in it, which needs cgo and a C++ compiler: " +
		"install one that has it by CGO_ENABLED=1 go install -tags duckdb " +
		"github.com/moresql/moresql/cmd/moresql@latest")
}
