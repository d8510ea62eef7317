package dialect

import (
	"encoding/json"
	"fmt"
)

var _ planner = postgresFilters{}

func (postgresFilters) estimate(w *selector) {
	w.source = w.relation(w.node.Relation)
	w.write("EXPLAIN (FORMAT JSON) SELECT")
	w.rows()
}

func (postgresFilters) countTo(w *selector, most int64) {
	w.source = w.relation(w.node.Relation)
	w.write("SELECT pg_catalog.count(*) FROM (SELECT")
	w.rows()
	w.write(" LIMIT ")
	w.value(most)
	w.write("::bigint) AS c")
}

// estimated reads what EXPLAIN (FORMAT JSON) returns (PostgreSQL manual, EXPLAIN).
func (postgresFilters) estimated(plan []byte) (rows int64, err error) {
	var plans []struct {
		Plan struct {
			Rows int64 `json:"Plan Rows"`
		}
	}
	switch err := json.Unmarshal(plan, &plans); {
	case err != nil:
		return 0, err
	case len(plans) != 1:
		return 0, fmt.Errorf("EXPLAIN has returned %d plans instead of one", len(plans))
	}
	return plans[0].Plan.Rows, nil
}
