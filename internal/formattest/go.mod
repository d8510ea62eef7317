module github.com/moresql/moresql/internal/formattest

go 1.26.0

replace github.com/moresql/moresql => ../..

require (
	github.com/moresql/moresql v0.0.0
	golang.org/x/net v0.62.0
)
