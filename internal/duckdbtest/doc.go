// Package duckdbtest tests the library, the connector of drivers/duckdb and the command against
// DuckDB, which the connector links in: a module of its own, since it needs cgo.
package duckdbtest
