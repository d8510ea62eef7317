// This program writes a row as MessagePack, with the module got alone.
package main

import (
	"bytes"
	"log"

	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/row"
)

func main() {
	rows := row.Of([]row.Column{{Name: "id", Kind: row.Int}}, []any{int64(7)})
	var b bytes.Buffer
	if err := msgpack.Encoder().Encode(&b, rows); err != nil {
		log.Fatal(err)
	}
	if b.String() != "\x81\xa2id\x07" { // a map of one pair, id and 7
		log.Fatalf("%x", b.Bytes())
	}
}
