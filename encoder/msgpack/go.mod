module github.com/moresql/moresql/encoder/msgpack

go 1.24

require (
	github.com/moresql/moresql v0.1.0
	github.com/vmihailenco/msgpack/v5 v5.4.1
)

require github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
