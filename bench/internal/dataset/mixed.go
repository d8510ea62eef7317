package dataset

import "encoding/json"

// MixedTable has twelve columns: numbers, short and long texts with quotes and characters beyond
// ASCII, NULLs and more.
var MixedTable = Table{"mixed", []string{`
CREATE TABLE IF NOT EXISTS mixed AS SELECT
	i AS id,
	'name ' || i AS name,
	'He said "naïve" \ and left, ' || repeat('lorem ipsum 日本 ', 8) || i AS notes,
	date '2020-01-01' + i %% 2000 AS day,
	(i * 1.01)::numeric(12,2) AS price,
	i / 7.0::float8 AS ratio,
	i %% 2 = 0 AS active,
	array['a b', 'c"d', 'e' || i] AS tags,
	jsonb_build_object('id', i, 'list', jsonb_build_array(1, 2, i)) AS data,
	timestamptz '2020-01-01 00:00:00.123456+00' + i * interval '1 minute' AS at,
	md5(i::text)::uuid AS key,
	CASE WHEN i %% 3 = 0 THEN i END AS maybe
FROM generate_series(1, %[1]d) i`, `
CREATE OR REPLACE FUNCTION get_mixed() RETURNS SETOF mixed LANGUAGE sql STABLE
	AS 'SELECT * FROM mixed'`}}

// Mixed is a row of get_mixed.
type Mixed struct {
	ID     int32           `db:"id" json:"id"`
	Name   string          `db:"name" json:"name"`
	Notes  string          `db:"notes" json:"notes"`
	Day    Date            `db:"day" json:"day"`
	Price  json.Number     `db:"price" json:"price"`
	Ratio  float64         `db:"ratio" json:"ratio"`
	Active bool            `db:"active" json:"active"`
	Tags   Strings         `db:"tags" json:"tags"`
	Data   json.RawMessage `db:"data" json:"data"`
	At     Time            `db:"at" json:"at"`
	Key    string          `db:"key" json:"key"`
	Maybe  *int32          `db:"maybe" json:"maybe"`
}

// GetMixed returns all of MixedTable.
var GetMixed = Function[Mixed]{
	Name: "get_mixed",
	Args: noArgs,
	Scan: func(s Scanner, v *Mixed) error {
		return s.Scan(&v.ID, &v.Name, &v.Notes, &v.Day, &v.Price, &v.Ratio, &v.Active,
			&v.Tags, &v.Data, &v.At, &v.Key, &v.Maybe)
	},
}
