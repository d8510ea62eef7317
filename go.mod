module github.com/moresql/moresql

go 1.24

require (
	github.com/DATA-DOG/go-sqlmock v1.5.2
	github.com/goccy/go-json v0.12.0
	github.com/lib/pq v1.12.3
)
