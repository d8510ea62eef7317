// Package bench measures moresql beside the floor that the driver sets.
package bench

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	pgtest.Stop()
	os.Exit(code)
}

// mixed returns rows of twelve columns: numbers, texts short and long with quotes and beyond ASCII, NULLs and the rest.
const mixed = `
CREATE TABLE IF NOT EXISTS mixed AS SELECT
	i AS id,
	'name ' || i AS name,
	'He said "naïve" \ and left, ' || repeat('lorem ipsum 日本 ', 8) || i AS notes,
	date '2020-01-01' + i %% 2000 AS day,
	(i * 1.01)::numeric(12,2) AS price,
	i / 7.0::float8 AS ratio,
	i %% 2 = 0 AS active,
	array['a b', 'c"d', 'e' || i] AS tags,
	jsonb_build_object('id', i, 'list', jsonb_build_array(1, 2, i)) AS data,
	timestamptz '2020-01-01 00:00:00.123456+00' + i * interval '1 minute' AS at,
	md5(i::text)::uuid AS key,
	CASE WHEN i %% 3 = 0 THEN i END AS maybe
FROM generate_series(1, %d) i;
CREATE OR REPLACE FUNCTION get_mixed() RETURNS SETOF mixed LANGUAGE sql STABLE AS 'SELECT * FROM mixed'`

// BenchmarkHandler prints what Handler, and RPC with the catalog, into a discarding writer take as a multiple of a bare rows.Next
// loop over the same query and driver, measured in turns: the median of the rounds of each.
func BenchmarkHandler(b *testing.B) {
	rows := 200_000
	if testing.Short() {
		rows = 5_000
	}
	for _, driver := range []string{"postgres", "pgx"} {
		b.Run(driver, func(b *testing.B) {
			db, err := sql.Open(driver, pgtest.URI(b))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(fmt.Sprintf(mixed, rows)); err != nil {
				b.Fatal(err)
			}
			cat, err := catalog.Load(context.Background(), db, "public")
			if err != nil {
				b.Fatal(err)
			}
			handler, routine := moresql.New(db).Handler("get_mixed"), moresql.New(db).RPC(cat)
			var drained, handled, called []time.Duration
			for b.Loop() {
				drained = append(drained, timed(func() { drain(b, db, rows) }))
				handled = append(handled, timed(func() { handle(b, handler) }))
				called = append(called, timed(func() { handle(b, routine) }))
			}
			floor := median(drained)
			b.ReportMetric(0, "ns/op") // of all together it would say nothing
			b.ReportMetric(float64(floor.Microseconds())/1000, "drain-ms")
			b.ReportMetric(float64(median(handled))/float64(floor), "handler/drain")
			b.ReportMetric(float64(median(called))/float64(floor), "rpc/drain")
		})
	}
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// drain is the floor: the rows are taken from the driver and nothing is scanned.
func drain(b *testing.B, db *sql.DB, want int) {
	rows, err := db.QueryContext(context.Background(), "SELECT * FROM get_mixed()")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil || n != want {
		b.Fatal(n, err)
	}
}

func handle(b *testing.B, h http.Handler) {
	w := &discard{header: http.Header{}}
	h.ServeHTTP(w, httptest.NewRequest("GET", "/get_mixed", nil))
	if w.status != http.StatusOK {
		b.Fatal(w.status)
	}
	b.SetBytes(w.bytes)
}

// discard is a ResponseWriter that counts.
type discard struct {
	header http.Header
	status int
	bytes  int64
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(s int)   { d.status = s }
func (d *discard) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	return len(p), nil
}
