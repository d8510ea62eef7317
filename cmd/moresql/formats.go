package main

import (
	"net/http"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/chart"
	"github.com/moresql/moresql/encoder/msgpack"
)

// Who gets CSV in which no text can be a formula. Browsers hand a file on to a spreadsheet, and
// programs would have to remove the mark again.
const (
	guardBrowsers = "browsers"
	guardAlways   = "always"
	guardNever    = "never"
)

var csvGuards = []string{guardBrowsers, guardAlways, guardNever}

// isBrowser reports whether a browser has sent the request. The field Sec-Fetch-Site is theirs
// alone (W3C, Fetch Metadata); where they do not send it, without TLS, there is the name that all
// of them have kept.
func isBrowser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") != "" ||
		strings.HasPrefix(r.Header.Get("User-Agent"), "Mozilla/")
}

// formats lets a request choose a format by its Accept field. A client that accepts anything gets
// JSON, a browser, which names text/html, a table, and its <img> a chart. Object, charts and
// more, which cannot represent every result, come last, so that only clients that name them get
// them.
func formats(guarded bool, more ...encoder.Encoder) moresql.Option {
	csv := encoder.CSV()
	if guarded {
		csv = encoder.CSV(encoder.CSVGuard())
	}
	return moresql.Encoders(append([]encoder.Encoder{
		encoder.JSON(), encoder.Compact(), encoder.NDJSON(), csv, encoder.HTML(),
		msgpack.Encoder(), arrow.Encoder(), encoder.Object(), chart.SVG(), chart.PNG(),
	}, more...)...)
}

// values adds bare values to the formats. The sample's procedures return none.
func values(guarded bool) moresql.Option {
	return formats(guarded, encoder.Text(), encoder.Binary())
}
