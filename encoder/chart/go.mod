module github.com/moresql/moresql/encoder/chart

go 1.25.0

require (
	github.com/go-analyze/charts v0.6.4
	github.com/moresql/moresql v0.1.0
)

require (
	github.com/golang/freetype v0.0.0-20170609003504-e2365dfdc4a0 // indirect
	golang.org/x/image v0.45.0 // indirect
)
