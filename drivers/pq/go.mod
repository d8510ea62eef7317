module github.com/moresql/moresql/drivers/pq

go 1.24

require (
	github.com/lib/pq v1.12.3
	github.com/moresql/moresql v0.1.0
)
