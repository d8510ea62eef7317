package dbtest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
)

// uploaded is how many rows of an upload have a key of their own. Their names make it longer than
// what is written at once.
const uploaded = 4_000

var uploadedName = strings.Repeat("name ", 20)

var uploadSchema = []string{
	`DROP SCHEMA IF EXISTS uploaded CASCADE`, `CREATE SCHEMA uploaded`,
	`CREATE TABLE uploaded.rows (id int PRIMARY KEY, name text NOT NULL, price numeric(9,1), doc json,
		of int REFERENCES uploaded.rows DEFERRABLE INITIALLY DEFERRED)`,
	`CREATE TABLE uploaded.body (n int, id int, name text, price numeric(9,1))`,
	fmt.Sprintf(`CREATE FUNCTION uploaded.reset() RETURNS void LANGUAGE sql AS $$
		TRUNCATE uploaded.rows, uploaded.body;
		INSERT INTO uploaded.rows (id, name, price)
			SELECT i, '%s' || i, i %% 7 / 2.0 FROM generate_series(1, %d, 2) AS i;
		UPDATE uploaded.rows SET name = 'another' WHERE id < 1000 $$`, uploadedName, uploaded),
}

// An uploadFormat is a format of a body of lines.
type uploadFormat struct {
	mediaType string
	line      func(id int) string
	first     string
}

var uploadFormats = []uploadFormat{
	{"text/csv", func(id int) string {
		return fmt.Sprintf("%d,\"%s%d\",%d.%d\r\n", id, uploadedName, id, id%7/2, id%7%2*5)
	}, "id,name,price\r\n"},
	{"application/x-ndjson", func(id int) string {
		return fmt.Sprintf(`{"id": %d, "name": "%s%d", "price": %d.%d}`+"\n", id, uploadedName, id,
			id%7/2, id%7%2*5)
	}, ""},
}

// body returns the rows, the first fourth of which comes again after them; changes replaces lines.
func (f uploadFormat) body(changes map[int]string) string {
	var b strings.Builder
	b.WriteString(f.first)
	for i := range uploaded * 5 / 4 {
		if line, ok := changes[i]; ok {
			b.WriteString(line)
			continue
		}
		b.WriteString(f.line(i%uploaded + 1))
	}
	return b.String()
}

// sameInSQL are the rows of the body, written by hand.
var sameInSQL = fmt.Sprintf(`INSERT INTO uploaded.body SELECT n, id, '%s' || id, id %% 7 / 2.0
	FROM (SELECT n, n %% %d + 1 AS id FROM generate_series(0, %d) AS n) s`,
	uploadedName, uploaded, uploaded*5/4-1)

const uploadState = `SELECT count(*) || ' ' || md5(string_agg(r::text, '' ORDER BY id))
	FROM uploaded.rows r`

func TestUploadsReportEveryRow(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, uploadSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet, moresql.Limits{Body: -1}),
			load(t, db, "uploaded"), moresql.Encoders(encoder.JSON())))
		for _, f := range uploadFormats {
			for _, test := range []struct {
				prefer, by, counts string
				status             int
			}{
				{"resolution=merge-duplicates", `INSERT INTO uploaded.rows SELECT DISTINCT ON (id) id, name,
					price FROM uploaded.body ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name,
					price = EXCLUDED.price`, `SELECT format('new=%s, changed=%s, same=%s, duplicates=%s',
					(SELECT count(DISTINCT id) FROM uploaded.body WHERE id NOT IN (SELECT id FROM uploaded.rows)),
					(SELECT count(DISTINCT b.id) FROM uploaded.body b JOIN uploaded.rows r USING (id)
						WHERE b.name <> r.name),
					(SELECT count(DISTINCT b.id) FROM uploaded.body b JOIN uploaded.rows r USING (id)
						WHERE b.name = r.name),
					(SELECT count(*) - count(DISTINCT id) FROM uploaded.body))`, 201},
			} {
				setUp(t, admin, "SELECT uploaded.reset()", sameInSQL)
				counts := queryText(t, admin, test.counts)
				setUp(t, admin, test.by)
				want := queryText(t, admin, uploadState)
				setUp(t, admin, "SELECT uploaded.reset()")
				got := send(t, "POST", url+"/rows", f.body(nil), "Content-Type", f.mediaType,
					"Prefer", "return=headers-only, "+test.prefer)
				if got.status != test.status || got.header.Get("Written-Rows") != counts {
					t.Errorf("%s: %d %s, Written-Rows %q, want %q", f.mediaType, got.status, got.body,
						got.header.Get("Written-Rows"), counts)
				}
				if state := queryText(t, admin, uploadState); state != want {
					t.Errorf("%s: written %s, want %s", f.mediaType, state, want)
				}
				got = send(t, "POST", url+"/rows", f.body(nil), "Content-Type", f.mediaType,
					"Prefer", "return=headers-only, "+test.prefer)
				again := fmt.Sprintf("new=0, changed=0, same=%d, duplicates=%d", uploaded, uploaded/4)
				if got.status != 200 || got.header.Get("Written-Rows") != again {
					t.Errorf("%s again: %d %q", f.mediaType, got.status, got.header.Get("Written-Rows"))
				}
			}
		}
	})
}

// What fails in the middle of an upload names its line and leaves nothing.
func TestUploadsNameTheLineAtFault(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, uploadSchema...)
	at := uploaded * 17 / 20
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		url := listen(t, rest.Tables(moresql.New(db, quiet, moresql.Limits{Body: -1}),
			load(t, db, "uploaded"), moresql.Encoders(encoder.JSON())))
		for _, test := range []struct {
			reason      string
			csv, ndjson string
			status      int
			code        string
			line        bool // the message names it
		}{
			{"no number", "x,n,1\n", `{"id": "x", "name": "n", "price": 1}` + "\n", 400, "22P02", true},
			{"NULL", "99999,NULL,1\n", `{"id": 99999, "name": null, "price": 1}` + "\n", 400, "23502",
				true},
			{"a key of a line before", "5,n,1\n", `{"id": 5, "name": "n", "price": 1}` + "\n", 409, "23505",
				true},
			{"no such line", "7,n\n", `{"id": 7, "name": "n"`, 400, "PGRST102", true},
			{"other keys", "", `{"id": 99999, "name": "n"}` + "\n", 400, "PGRST102", true},
		} {
			for i, f := range uploadFormats {
				line, first := test.csv, 2
				if i == 1 {
					line, first = test.ndjson, 1
				}
				if line == "" {
					continue
				}
				setUp(t, admin, "TRUNCATE uploaded.rows")
				body := strings.SplitAfter(f.body(map[int]string{at: line}), "\n")
				got := send(t, "POST", url+"/rows", strings.Join(body[:uploaded], ""), "Content-Type",
					f.mediaType)
				p := problemOf(t, got)
				named := strings.Contains(p.Message+p.Details, fmt.Sprintf("Line %d", at+first))
				if got.status != test.status || p.Code != test.code || named != test.line {
					t.Errorf("%s, %s: %d %s, want %d %s", test.reason, f.mediaType, got.status, got.body,
						test.status, test.code)
				}
				if n := queryInt(t, admin, "SELECT count(*) FROM uploaded.rows"); n != 0 {
					t.Errorf("%s, %s: %d rows are left", test.reason, f.mediaType, n)
				}
			}
		}
		setUp(t, admin, "TRUNCATE uploaded.rows")
		var lines strings.Builder
		lines.WriteString("id,name,of\n1,n,999999\n")
		for i := range uploaded {
			fmt.Fprintf(&lines, "%d,%s,1\n", i+2, uploadedName)
		}
		got := send(t, "POST", url+"/rows", lines.String(), "Content-Type", "text/csv")
		if got.status != 409 || queryInt(t, admin, "SELECT count(*) FROM uploaded.rows") != 0 {
			t.Errorf("refused when it commits: %d %s", got.status, got.body)
		}
	})
}
