module github.com/moresql/moresql/examples/plproxy

go 1.25.0

require (
	github.com/lib/pq v1.12.3
	github.com/moresql/moresql v0.1.0
)
