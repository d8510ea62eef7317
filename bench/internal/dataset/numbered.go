package dataset

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// CreateNumbered creates the function of GetNumbered. It has no table: the server generates rows
// while they are read. A generate_series in the select list generates one row at a time, one in
// FROM is stored whole before the first.
const CreateNumbered = `
CREATE OR REPLACE FUNCTION get_numbered(n int)
RETURNS TABLE (
	id int, name text, price numeric, ratio float8, active bool, at timestamptz, maybe int
) LANGUAGE sql STABLE AS $$
	SELECT i, 'name ' || i, i / 100.0, i / 7.0::float8, i % 2 = 0,
		timestamptz '2020-01-01 00:00:00+00' + i * interval '1 minute', CASE WHEN i % 3 = 0 THEN i END
	FROM (SELECT generate_series(1, n) AS i) s $$`

// Numbered is a row of get_numbered.
type Numbered struct {
	ID     int32       `db:"id" json:"id"`
	Name   string      `db:"name" json:"name"`
	Price  json.Number `db:"price" json:"price"`
	Ratio  float64     `db:"ratio" json:"ratio"`
	Active bool        `db:"active" json:"active"`
	At     Time        `db:"at" json:"at"`
	Maybe  *int32      `db:"maybe" json:"maybe"`
}

// GetNumbered returns n rows, where n is a parameter of the query.
var GetNumbered = Function[Numbered]{
	Name:   "get_numbered",
	Params: []string{"n"},
	Args:   func(r *http.Request) ([]any, error) { return intArg(r, "n") },
	Scan: func(s Scanner, v *Numbered) error {
		return s.Scan(&v.ID, &v.Name, &v.Price, &v.Ratio, &v.Active, &v.At, &v.Maybe)
	},
}

func intArg(r *http.Request, name string) ([]any, error) {
	n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("parameter %s: %w", name, err)
	}
	return []any{n}, nil
}
