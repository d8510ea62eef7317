package quirk

import (
	"database/sql/driver"
	"testing"
)

// Results as drivers have them: drivers/pgx, and lib/pq, which takes the number off a tag that it
// knows.
type (
	tagged   struct{ driver.Rows }
	numbered struct {
		driver.Rows
		tag string
		n   driver.RowsAffected
	}
)

func (tagged) CommandTag() string        { return "INSERT 0 3" }
func (r numbered) Tag() string           { return r.tag }
func (r numbered) Result() driver.Result { return r.n }

// TestAffectedReadsTheTag of PostgreSQL's documentation, "Message Formats", CommandComplete. That
// the drivers still keep it there is seen with a server, in internal/dbtest.
func TestAffectedReadsTheTag(t *testing.T) {
	for _, test := range []struct {
		reason string
		rows   driver.Rows
		n      int64
		known  bool
	}{
		{reason: "a connector's own", rows: tagged{}, n: 3, known: true},
		{reason: "an insert of lib/pq", rows: numbered{tag: "INSERT", n: 2}, n: 2, known: true},
		{reason: "a delete of nothing", rows: numbered{tag: "DELETE"}, known: true},
		{reason: "a merge, unknown to lib/pq", rows: numbered{tag: "MERGE 4"}, n: 4, known: true},
		{reason: "rows are not changed by a query", rows: numbered{tag: "SELECT", n: 7}},
		{reason: "a call", rows: numbered{tag: "CALL"}},
		{reason: "nothing has been read", rows: numbered{}},
		{reason: "another driver", rows: nil},
	} {
		if n, known := Affected(test.rows); n != test.n || known != test.known {
			t.Errorf("%s: %d, %v; want %d, %v", test.reason, n, known, test.n, test.known)
		}
	}
}
