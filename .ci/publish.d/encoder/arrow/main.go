// This program writes a row as a stream of Arrow, with the module got alone.
package main

import (
	"bytes"
	"log"

	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/row"
)

func main() {
	rows := row.Of([]row.Column{{Name: "id", Kind: row.Int}}, []any{int64(7)})
	var b bytes.Buffer
	if err := arrow.Encoder().Encode(&b, rows); err != nil {
		log.Fatal(err)
	}
	// A stream begins with the mark of a message and ends with an empty one.
	if !bytes.HasPrefix(b.Bytes(), []byte("\xff\xff\xff\xff")) ||
		!bytes.HasSuffix(b.Bytes(), []byte("\xff\xff\xff\xff\x00\x00\x00\x00")) {
		log.Fatalf("%x", b.Bytes())
	}
}
