package dataset

import (
	"time"

	"github.com/moresql/moresql/row"
)

// InMemoryRows is the number of rows of InMemory.
const InMemoryRows = 1000

var inMemoryColumns = []row.Column{
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

// InMemory returns a function that returns the rows of the benchmark in the package encoder:
// twelve columns, as lib/pq returns them. Rows can be read once, so each call makes new ones.
func InMemory() func() *row.Rows {
	values := make([][]any, InMemoryRows)
	created := time.Date(2024, 2, 29, 23, 59, 59, 123456e3, time.FixedZone("", 3600))
	for i := range values {
		values[i] = []any{
			int64(i) << 20,
			"Volkswagen Käfer",
			"She said: \"drives like new\".\nÖl und Reifen gewechselt, 漢字, " +
				"nothing else was to be done.",
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
	return func() *row.Rows { return row.Of(inMemoryColumns, values...) }
}
