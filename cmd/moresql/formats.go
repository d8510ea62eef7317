package main

import (
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/negotiate"
)

// formats lets requests choose a format by Accept. Who takes anything gets JSON, and a browser, which names text/html, a table. Those
// that do not fit every result come last, where only who means them gets them: Object, and more.
func formats(more ...encoder.Encoder) moresql.Option {
	return moresql.Offer(negotiate.Accept, append([]encoder.Encoder{
		encoder.JSON(), encoder.Compact(), encoder.NDJSON(), encoder.CSV(), encoder.HTML(), msgpack.Encoder(), arrow.Encoder(),
		encoder.Object(),
	}, more...)...)
}

// values adds the bare value, which the sample's procedures have none of.
func values() moresql.Option { return formats(encoder.Text(), encoder.Binary()) }
