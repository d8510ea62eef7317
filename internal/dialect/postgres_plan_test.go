package dialect

import "testing"

// The plan is one that PostgreSQL 15 returned, shortened.
func TestEstimatedReadsThePlan(t *testing.T) {
	for _, test := range []struct {
		d     *Dialect
		plan  string
		rows  int64
		fails bool
	}{
		{d: PostgreSQL, plan: `[{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 2550}}]`, rows: 2550},
		{d: PostgreSQL, plan: `[]`, fails: true},
		{d: PostgreSQL, plan: `Seq Scan`, fails: true},
		{d: SQLServer, plan: `[{"Plan": {"Plan Rows": 1}}]`, fails: true},
	} {
		rows, err := test.d.Estimated([]byte(test.plan))
		if rows != test.rows || test.fails != (err != nil) {
			t.Errorf("%s, %s: %d, %v", test.d, test.plan, rows, err)
		}
	}
	if SQLServer.Estimates() || !PostgreSQL.Estimates() {
		t.Error("PostgreSQL alone has estimates")
	}
}
