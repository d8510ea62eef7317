package dataset

import "net/http"

// NarrowTable has three small columns, so that the cost of a row counts more than that of its
// bytes.
var NarrowTable = Table{"narrow", []string{`
CREATE TABLE IF NOT EXISTS narrow AS
	SELECT i AS id, i * int8 '10000000019' AS total, 'item ' || i %% 1000 AS name
FROM generate_series(1, %[1]d) i`, `
CREATE OR REPLACE FUNCTION get_narrow() RETURNS SETOF narrow LANGUAGE sql STABLE
	AS 'SELECT * FROM narrow'`, `
CREATE OR REPLACE FUNCTION many(n int) RETURNS SETOF narrow LANGUAGE sql STABLE
	AS 'SELECT * FROM narrow LIMIT n'`, createRole, `
GRANT SELECT ON narrow TO ` + Role}}

// Narrow is a row of get_narrow.
type Narrow struct {
	ID    int32  `db:"id" json:"id"`
	Total int64  `db:"total" json:"total"`
	Name  string `db:"name" json:"name"`
}

func scanNarrow(s Scanner, v *Narrow) error { return s.Scan(&v.ID, &v.Total, &v.Name) }

// GetNarrow returns all of NarrowTable.
var GetNarrow = Function[Narrow]{Name: "get_narrow", Args: noArgs, Scan: scanNarrow}

// GetMany returns the first n rows of NarrowTable, where n is a parameter of the query.
var GetMany = Function[Narrow]{
	Name:   "many",
	Params: []string{"n"},
	Args:   func(r *http.Request) ([]any, error) { return intArg(r, "n") },
	Scan:   scanNarrow,
}
