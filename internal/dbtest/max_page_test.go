package dbtest

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestMaxPageLimitsEveryRequest checks that no request gets more rows than MaxPage, on any database
// and by any kind of call.
func TestMaxPageLimitsEveryRequest(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, formatSchema...)
	setUp(t, db, `CREATE PROCEDURE formats.nothing() LANGUAGE sql AS ''`,
		`CREATE FUNCTION formats.records() RETURNS SETOF record LANGUAGE sql STABLE
			AS 'SELECT i, i FROM generate_series(1, 50) i'`)
	cat := load(t, db, "formats")
	m := moresql.New(db, quiet, rest.MaxPage(10))
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
	mux.Handle("/rows", m.Handler("formats.rows", moresql.Fields("n")))
	lite := openSQLite(t)
	const many = "SELECT value AS id FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13]')"
	statements := loadStatements(t, fstest.MapFS{
		"rows.sql":  {Data: []byte(many)},
		"named.sql": {Data: []byte("WITH r AS (" + many + ") SELECT * FROM r")},
		"add.sql":   {Data: []byte("CREATE TABLE IF NOT EXISTS added (n)")},
	}, moresql.SQLite)
	l := moresql.New(lite, quiet, rest.MaxPage(10), moresql.CallBy(statements))
	mux.Handle("/lite/rpc/", http.StripPrefix("/lite/rpc", rest.Routines(l, statements.Catalog())))
	mux.Handle("/lite/rows", l.Handler("rows"))
	base := listen(t, mux)
	for _, test := range []struct {
		method, target, ranged string
		status, rows           int
	}{
		{method: "GET", target: "/rows?n=50", status: 200, rows: 10},
		{method: "GET", target: "/rows?n=50&limit=9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/rows?n=50&offset=45", status: 200, rows: 5},
		{method: "GET", target: "/rows?n=50&offset=9223372036854775807&limit=9223372036854775807",
			status: 200},
		{method: "GET", target: "/rows?n=50", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/rpc/rows?n=50", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/rpc/rows?n=50", ranged: "5-", status: 200, rows: 10},
		{method: "GET", target: "/rpc/records", status: 200, rows: 10},
		{method: "POST", target: "/rpc/nothing", status: 204},
		{method: "GET", target: "/lite/rows", status: 200, rows: 10},
		{method: "GET", target: "/lite/rows", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/lite/rows?offset=9223372036854775807", status: 200},
		{method: "GET", target: "/lite/rpc/rows", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "POST", target: "/lite/rpc/named", status: 200, rows: 10},
		{method: "POST", target: "/lite/rpc/add", status: 204},
	} {
		a := send(t, test.method, base+test.target, "", "Range", test.ranged)
		var rows []any
		if a.body != "" {
			if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
				t.Errorf("%s: %d %s", test.target, a.status, a.body)
			}
		}
		if a.status != test.status || len(rows) != test.rows {
			t.Errorf("%s, Range %q: %d with %d rows, want %d with %d", test.target, test.ranged, a.status,
				len(rows), test.status, test.rows)
		}
	}
	// The link leads to the next page however the client escapes the names.
	link := send(t, "GET", base+"/rows?n=50&%6Cimit=3&id=gt.1", "").header.Get("Link")
	if link != `<?n=50&id=gt.1&limit=3&offset=3>; rel="next"` {
		t.Errorf("Link %s", link)
	}
}
