package encoder_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/gojson"
	"github.com/moresql/moresql/row"
)

var mixedColumns = []row.Column{
	{Name: "id", Kind: row.Int},
	{Name: "name", Kind: row.Text},
	{Name: "comment", Kind: row.Text},
	{Name: "price", Kind: row.Numeric},
	{Name: "weight", Kind: row.Float64},
	{Name: "sold", Kind: row.Bool},
	{Name: "tags", Kind: row.Array, Elem: row.Text},
	{Name: "details", Kind: row.JSON},
	{Name: "created", Kind: row.TimestampTZ},
	{Name: "key", Kind: row.UUID},
	{Name: "picture", Kind: row.Bytes},
	{Name: "owner", Kind: row.Text},
}

// mixedValues returns rows as lib/pq returns them.
func mixedValues(n int) [][]any {
	values := make([][]any, n)
	created := time.Date(2024, 2, 29, 23, 59, 59, 123456e3, time.FixedZone("", 3600))
	for i := range values {
		values[i] = []any{
			int64(i) << 20,
			"Volkswagen Käfer",
			"She said: \"drives like new\".\n" +
				"Öl und Reifen gewechselt, 漢字, nothing else was to be done.",
			[]byte("12345678901234567890.1200"),
			float64(i) * 1234.5,
			i%2 == 0,
			[]byte(`{red,"two doors",NULL,"\"quoted\""}`),
			[]byte(`{"doors": 2, "fuel": "petrol", ` +
				`"history": [{"year": 1967, "km": 120000}, {"year": 1968, "km": null}]}`),
			created.Add(time.Duration(i) * time.Second),
			[]byte("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
			[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
			nil,
		}
	}
	return values
}

func mixed(n int) *row.Rows { return row.Of(mixedColumns, mixedValues(n)...) }

// BenchmarkEncode encodes 1000 rows of 12 columns.
func BenchmarkEncode(b *testing.B) {
	const n = 1000
	values := mixedValues(n)
	for _, bench := range []struct {
		name    string
		encoder encoder.Encoder
	}{
		{"JSON", encoder.JSON()},
		{"StdJSON", encoder.StdJSON()},
		{"gojson", gojson.JSON()},
		{"NDJSON", encoder.NDJSON()},
		{"CSV", encoder.CSV()},
		{"HTML", encoder.HTML()},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var document bytes.Buffer
			if err := bench.encoder.Encode(&document, row.Of(mixedColumns, values...)); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(document.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.encoder.Encode(io.Discard, row.Of(mixedColumns, values...)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
