package main

import (
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/msgpack"
)

// formats lets a request choose a format by its Accept field. A client that accepts anything gets
// JSON, and a browser, which names text/html, a table. Object and more, which cannot represent
// every result, come last, so that only clients that name them get them.
func formats(more ...encoder.Encoder) moresql.Option {
	return moresql.Encoders(append([]encoder.Encoder{
		encoder.JSON(), encoder.Compact(), encoder.NDJSON(), encoder.CSV(), encoder.HTML(),
		msgpack.Encoder(), arrow.Encoder(), encoder.Object(),
	}, more...)...)
}

// values adds bare values to the formats. The sample's procedures return none.
func values() moresql.Option { return formats(encoder.Text(), encoder.Binary()) }
