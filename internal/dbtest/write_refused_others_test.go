package dbtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// TestTablesOfOthersRefuseWhatTheyCannot do, and have changed nothing.
func TestTablesOfOthersRefuseWhatTheyCannot(t *testing.T) {
	const back = "return=representation"
	for name, open := range others {
		t.Run(name, func(t *testing.T) {
			db, cat := open(t, "CREATE TABLE t (id int NOT NULL PRIMARY KEY, n int, e int UNIQUE)",
				"CREATE TABLE plain (n int)", "CREATE VIEW v AS SELECT id, n FROM t",
				"CREATE VIEW counts AS SELECT count(*) AS n FROM t",
				"CREATE TABLE twice (a int, b int GENERATED ALWAYS AS (a * 2) STORED)",
				"CREATE VIEW seen AS SELECT a, b, a + 1 AS c FROM twice",
				`INSERT INTO t (id, n) WITH d AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL
					SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL
					SELECT 8 UNION ALL SELECT 9) SELECT a.n + 10 * b.n + 100 * c.n + 1000 * e.n + 10000 * f.n, 0
					FROM d a, d b, d c, d e, d f WHERE f.n < 4`)
			url := listen(t, rest.Tables(moresql.New(db, quiet), cat, moresql.Encoders(encoder.JSON())))
			for _, test := range []struct {
				reason, method, target, prefer, body string
				status                               map[string]int
				want                                 string // in an error, or a header
			}{
				{"more rows than it has keys of in memory", "PATCH", "/t?id=gte.0", back, `{"n": 1}`,
					map[string]int{"SQLite": 400, "MariaDB": 400}, "changed rows at most"},
				{"the same without them", "PATCH", "/t?id=gte.0", "count=exact", `{"n": 0}`,
					map[string]int{"SQLite": 204, "MariaDB": 204}, "0-39999/40000"},
				{"rows that are not found again", "POST", "/plain", back, `{"n": 1}`,
					map[string]int{"SQLite": 201, "MariaDB": 400}, ""},
				{"a view", "POST", "/v", "return=minimal", `{"id": -1, "n": 0}`,
					map[string]int{"SQLite": 405, "MariaDB": 201}, ""},
				{"a view, and what it has", "PATCH", "/v?id=eq.1", back, `{"n": 0}`,
					map[string]int{"SQLite": 405, "MariaDB": 400}, ""},
				{"a view of no rows", "POST", "/counts", "return=minimal", `{"n": 0}`,
					map[string]int{"SQLite": 405, "MariaDB": 405}, "PGRST117"},
				{"what is computed", "POST", "/twice", "return=minimal", `{"a": 1, "b": 0}`,
					map[string]int{"SQLite": 400, "MariaDB": 400}, "428C9"},
				{"what it is computed of", "POST", "/twice", "return=minimal", `{"a": 1}`,
					map[string]int{"SQLite": 201, "MariaDB": 201}, ""},
				{"what the table of a view computes", "PATCH", "/seen?a=eq.1", "return=minimal", `{"b": 0}`,
					map[string]int{"SQLite": 405, "MariaDB": 400}, ""},
				{"what a view computes", "PATCH", "/seen?a=eq.1", "return=minimal", `{"c": 0}`,
					map[string]int{"SQLite": 405, "MariaDB": 400}, ""},
				{"what it does not", "PATCH", "/seen?a=eq.1", "return=minimal", `{"a": 1}`,
					map[string]int{"SQLite": 405, "MariaDB": 204}, ""},
				{"a version", "PATCH", "/t?id=eq.1", "return=minimal", `{"n": 1}`,
					map[string]int{"SQLite": 412, "MariaDB": 412}, ""},
			} {
				header := []string{"Prefer", test.prefer, "Content-Type", jsonType}
				if test.reason == "a version" {
					header = append(header, "If-Match", `"1.a"`)
				}
				got := send(t, test.method, url+test.target, test.body, header...)
				if status := test.status[name]; got.status != status ||
					!strings.Contains(got.body+got.header.Get("Content-Range"), test.want) {
					t.Errorf("%s: %d %s, want %d %s", test.reason, got.status, got.body, status, test.want)
				}
				if n := queryInt(t, db, "SELECT count(*) FROM t WHERE n <> 0"); n != 0 {
					t.Errorf("%s: %d rows have changed", test.reason, n)
				}
			}
		})
	}
}
