package dbtest

import (
	"database/sql"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// TestOffsetAfterTheLastRowIs416 counts the rows of each kind of result, in each format, of a
// request whose page begins after the last of them (RFC 9110, 15.5.17).
func TestOffsetAfterTheLastRowIs416(t *testing.T) {
	setUp(t, openPostgres(t), callersSchema...)
	const object = "application/vnd.pgrst.object+json"
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, quiet, moresql.Encoders(encoder.JSON(), encoder.CSV(), encoder.NDJSON()))
		base := listen(t, rest.Routines(m, load(t, db, "callers")))
		for target, total := range map[string]string{
			"/scalar?a=1": "1", "/outs?a=1": "1", "/list?n=3": "3",
		} {
			for _, accept := range []string{"*/*", object, "text/csv", "application/x-ndjson"} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					for _, page := range [][]string{{"", "Range", "40-50"}, {"&offset=40"}} {
						if method == http.MethodHead && len(page) > 1 {
							continue // Range is for GET alone (RFC 9110, 14.2)
						}
						header := append(page[1:], "Prefer", "count=exact", "Accept", accept)
						a := send(t, method, base+target+page[0], "", header...)
						if a.status != 416 || a.header.Get("Content-Range") != "*/"+total {
							t.Errorf("%s %s, Accept %s: %d, Content-Range %q, %s", method, target+page[0],
								accept, a.status, a.header.Get("Content-Range"), a.body)
						}
					}
				}
			}
		}
		// Without a count nobody knows, and what is not one row has the status of that.
		for accept, status := range map[string]int{"*/*": 200, object: 406} {
			a := send(t, "GET", base+"/list?n=3&offset=40", "", "Accept", accept)
			if a.status != status {
				t.Errorf("not counted, Accept %s: %d %s", accept, a.status, a.body)
			}
		}
	})
}
