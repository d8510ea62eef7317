package dbtest

import (
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
)

// TestFidelityWithoutCatalogMatchesToJSON compares the JSON of every built-in type with what the
// server's to_json writes. No catalog is used.
func TestFidelityWithoutCatalogMatchesToJSON(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		m := moresql.New(db, moresql.CallBy(query{}))
		total := 0
		for typ := range pgtest.Samples {
			scalars, arrays := pgtest.Expressions(typ)
			for _, e := range slices.Concat(scalars, arrays) {
				total++
				want := queryText(t, db, "SELECT json_build_array(json_build_object('v', "+e+"))::text")
				if got := stream(t, m, "SELECT "+e+" AS v"); !sameJSON(t, got, want) {
					t.Errorf("%s\n got %.300s\nwant %.300s", e, got, want)
				}
			}
		}
		if total < 1500 {
			t.Errorf("%d cases", total)
		}
	})
}

// TestSamplesAreOfEveryType finds the types that a newer server has.
func TestSamplesAreOfEveryType(t *testing.T) {
	const query = `SELECT string_agg(typname, ' ' ORDER BY typname) FROM pg_type
		WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm')
		AND typcategory <> 'A' AND typname <> ALL ($1)`
	names := slices.Collect(maps.Keys(pgtest.Samples))
	got := queryText(t, openPostgres(t), query, pq.Array(names))
	// Only indexes and statistics have these.
	const want = "gtsvector pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_dependencies " +
		"pg_mcv_list pg_ndistinct"
	if got != want {
		t.Errorf("without samples are %s, want %s", got, want)
	}
}

// TestAnyArrayIsAnArray reads what only the catalogs of the server have. The type of the elements
// is not sent, so that each is its text.
func TestAnyArrayIsAnArray(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "DROP TABLE IF EXISTS anyarrays", `CREATE TABLE anyarrays AS SELECT g % 3 AS n,
			(ARRAY['a "b"', '', 'c,d', 'NULL'])[g % 4 + 1] AS s, g % 2 / 3.0::float8 AS f
			FROM generate_series(1, 100) g`, "ANALYZE anyarrays")
		m := moresql.New(db, moresql.CallBy(query{}))
		const from = " FROM pg_stats WHERE tablename = 'anyarrays' ORDER BY attname"
		want := queryText(t, db,
			"SELECT json_agg(json_build_object('v', most_common_vals::text::text[]) ORDER BY attname)"+
				strings.TrimSuffix(from, " ORDER BY attname"))
		check(t, "pg_stats", stream(t, m, "SELECT most_common_vals AS v"+from), want)
	})
}
