// This program draws a row as a chart, with the module got alone.
package main

import (
	"log"
	"strings"

	"github.com/moresql/moresql/encoder/chart"
	"github.com/moresql/moresql/row"
)

func main() {
	rows := row.Of(
		[]row.Column{{Name: "model", Kind: row.Text}, {Name: "doors", Kind: row.Int}},
		[]any{"2CV", int64(4)},
	)
	var b strings.Builder
	if err := chart.SVG().Encode(&b, rows); err != nil {
		log.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "<svg ") || !strings.HasSuffix(b.String(), "</svg>") {
		log.Fatal(b.String())
	}
}
