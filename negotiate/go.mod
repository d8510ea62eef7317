module github.com/moresql/moresql/negotiate

go 1.26.0

require github.com/go-openapi/runtime/server-middleware v0.33.4
