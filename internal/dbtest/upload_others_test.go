package dbtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// TestUploadsOfOthers inserts bodies that are larger than one statement, within one transaction:
// what fails names its line and leaves nothing.
func TestUploadsOfOthers(t *testing.T) {
	const rows, at = uploaded, uploaded * 17 / 20
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			db, cat := open(t, "CREATE TABLE `rows` (id int NOT NULL PRIMARY KEY,"+
				" name varchar(200) NOT NULL, price decimal(9,1) CHECK (price < 99))")
			url := listen(t, rest.Tables(moresql.New(db, quiet, moresql.Limits{Body: -1}), cat,
				moresql.Encoders(encoder.JSON())))
			count := func(where string) int {
				return queryInt(t, db, "SELECT count(*) FROM `rows` WHERE "+where)
			}
			for i, f := range uploadFormats {
				post := func(body, prefer string) received {
					return send(t, "POST", url+"/rows", body, "Content-Type", f.mediaType, "Prefer", prefer)
				}
				body := strings.Join(strings.SplitAfter(f.body(nil), "\n")[:rows+1-i], "")
				setUp(t, db, "DELETE FROM `rows`")
				got := post(body, "count=exact")
				right := count("name = concat('" + uploadedName + "', id) AND price = (id % 7) / 2.0")
				if got.status != 201 || got.header.Get("Content-Range") != fmt.Sprintf("*/%d", rows) ||
					right != rows {
					t.Errorf("%s: %d %s, %d rows", f.mediaType, got.status, got.body, right)
				}
				setUp(t, db, fmt.Sprint("DELETE FROM `rows` WHERE id > ", rows/2),
					"UPDATE `rows` SET name = 'other'")
				for _, test := range []struct {
					prefer, counted string
					status          int
					kept            bool
				}{
					{"resolution=ignore-duplicates, count=exact", fmt.Sprint("*/", rows/2), 201, true},
					{"resolution=merge-duplicates, count=exact", fmt.Sprint("*/", rows), 200, false},
					{"resolution=merge-duplicates, return=headers-only", "*/*", 200, false},
				} {
					got := post(body, test.prefer)
					kept := count("name = 'other'") == rows/2
					if got.status != test.status || got.header.Get("Content-Range") != test.counted ||
						kept != test.kept || count("true") != rows {
						t.Errorf("%s, %s: %d %s %v, kept %v", f.mediaType, test.prefer, got.status, got.body,
							got.header, kept)
					}
				}
				for _, test := range []struct {
					reason      string
					csv, ndjson string
					status      int
					code        string
				}{
					{"NULL", "99999,NULL,1\n", `{"id": 99999, "name": null, "price": 1}` + "\n", 400, "23502"},
					{"a check", "99999,n,99\n", `{"id": 99999, "name": "n", "price": 99}` + "\n", 400, "23514"},
					{"a key of a line before", "5,n,1\n", `{"id": 5, "name": "n", "price": 1}` + "\n", 409,
						"23505"},
					{"no such line", "7,n\n", `{"id": 7, "name": "n"`, 400, "PGRST102"},
				} {
					line := []string{test.csv, test.ndjson}[i]
					setUp(t, db, "DELETE FROM `rows`")
					got := post(f.body(map[int]string{at: line}), "")
					p := problemOf(t, got)
					if got.status != test.status || p.Code != test.code ||
						!strings.Contains(p.Message+p.Details, fmt.Sprintf("Line %d", at+2-i)) {
						t.Errorf("%s, %s: %d %s, want %d %s", test.reason, f.mediaType, got.status, got.body,
							test.status, test.code)
					}
					if n := count("true"); n != 0 {
						t.Errorf("%s, %s: %d rows are left", test.reason, f.mediaType, n)
					}
				}
			}
		})
	}
}
