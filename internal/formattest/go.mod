module github.com/moresql/moresql/internal/formattest

go 1.26.0

require (
	github.com/moresql/moresql v0.1.0
	golang.org/x/net v0.62.0
)
