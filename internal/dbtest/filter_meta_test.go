package dbtest

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/dialect"
)

// TestFilterMetadataColumnsSurviveEmptyResults selects metadata columns, the count and the response
// settings of a function, also where a filter leaves no row. The function runs once.
func TestFilterMetadataColumnsSurviveEmptyResults(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS counting CASCADE", "CREATE SCHEMA counting",
		"CREATE TABLE counting.calls (at timestamptz)",
		`CREATE FUNCTION counting.numbers(n int) RETURNS TABLE (i int) LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO counting.calls VALUES (now());
			RETURN QUERY SELECT * FROM generate_series(1, n);
			PERFORM set_config('response.status', '201', true),
			set_config('response.headers', '[{"X-N": "' || n || '"}]', true); END $$`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		inner := relation(t, db, "counting", "numbers")
		for _, c := range []struct {
			query, reason string
			n             int
			rows          []string // each after its count
		}{
			{query: "order=i.desc", reason: "all rows", n: 3, rows: []string{"3|3", "3|2", "3|1"}},
			{query: "i=gt.1&order=i&limit=1", reason: "filtered and limited", n: 3, rows: []string{"2|2"}},
			{query: "i=gt.9", reason: "no row passes the filter", n: 3, rows: []string{"0|NULL"}},
			{query: "offset=9", reason: "an offset after the last row", n: 3, rows: []string{"3|NULL"}},
			{reason: "a function without rows", rows: []string{"0|NULL"}},
		} {
			for _, h := range metas {
				setUp(t, db, "TRUNCATE counting.calls")
				s, err := dialect.PostgreSQL.Select(inner, parseFilter(t, c.query), h)
				if err != nil {
					t.Fatal(err)
				}
				got, err := run(db, s, c.n)
				if err != nil {
					t.Fatalf("%s: %v", s.Query, err)
				}
				if want := withMeta(h, c.rows, c.n); !slices.Equal(got, want) {
					t.Errorf("%s (%s): %q, want %q", c.query, c.reason, got, want)
				}
				if n := queryText(t, db, "SELECT count(*)::text FROM counting.calls"); n != "1" {
					t.Errorf("%s (%s): the function ran %s times\n%s", c.query, c.reason, n, s.Query)
				}
			}
		}
	})
}

// withMeta returns rows, given after their counts, with the metadata columns of h before them.
func withMeta(h dialect.Meta, rows []string, n int) (list []string) {
	for _, row := range rows {
		count, value, _ := strings.Cut(row, "|")
		var cells []string
		if h.Count {
			cells = append(cells, count)
		}
		if h.Settings {
			cells = append(cells, "201", fmt.Sprintf(`[{"X-N": "%d"}]`, n))
		}
		switch {
		case value != "NULL" && h != dialect.Meta{}:
			cells = append(cells, "true", value)
		case value != "NULL":
			cells = append(cells, value)
		case h != dialect.Meta{}:
			cells = append(cells, "NULL", "NULL")
		default:
			continue
		}
		list = append(list, strings.Join(cells, "|"))
	}
	return list
}

// TestFilterUsesIndex checks that a filter on the result of an inlined function uses the index of
// the table that the function reads.
func TestFilterUsesIndex(t *testing.T) {
	setUp(t, openPostgres(t), "DROP SCHEMA IF EXISTS indexed CASCADE", "CREATE SCHEMA indexed",
		"CREATE TABLE indexed.cars (id int PRIMARY KEY, name text, data jsonb, made date)",
		`INSERT INTO indexed.cars SELECT i, 'car ' || i, jsonb_build_object('vin', 'v' || i),
			date '2000-01-01' + i FROM generate_series(1, 20000) i`,
		"CREATE INDEX ON indexed.cars (name)", "CREATE INDEX ON indexed.cars ((data->>'vin'))",
		"CREATE INDEX ON indexed.cars USING gin (to_tsvector('english', name))", "ANALYZE indexed.cars",
		`CREATE FUNCTION indexed.cars(since date) RETURNS SETOF indexed.cars LANGUAGE sql STABLE
			AS 'SELECT * FROM indexed.cars WHERE made >= since'`,
		`CREATE FUNCTION indexed.opaque(since date) RETURNS SETOF indexed.cars LANGUAGE plpgsql STABLE AS
			$$ BEGIN RETURN QUERY SELECT * FROM indexed.cars WHERE made >= since; END $$`)
	plan := func(t *testing.T, db *sql.DB, function, query string, h dialect.Meta) string {
		s, err := dialect.PostgreSQL.Select(relation(t, db, "indexed", function),
			parseFilter(t, query), h)
		if err != nil {
			t.Fatal(err)
		}
		s.Query = "EXPLAIN " + s.Query
		lines, err := run(db, s, "2000-01-01")
		if err != nil {
			t.Fatalf("%s: %v", s.Query, err)
		}
		return strings.Join(lines, "\n")
	}
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, c := range []struct{ query, condition string }{
			{"name=eq.car 77", "(name = "},
			{"name=in.(car 77,car 78)", "(name = ANY ("},
			{"id=lt.9&order=id&limit=3", "(id < 9)"},
			{"order=id.desc&limit=3", "Index Scan Backward using cars_pkey"},
			{"data->>vin=eq.v77", "((data ->> 'vin'::text) = "},
			{"name=plfts(english).unheard", "(to_tsvector('english'::regconfig, name) @@ "},
		} {
			for _, h := range metas {
				// A count reads all that passes the filter, before it is ordered.
				if h.Count && !strings.Contains(c.query, "eq") {
					continue
				}
				if p := plan(t, db, "cars", c.query, h); !strings.Contains(p, "Index") ||
					!strings.Contains(p, c.condition) {
					t.Errorf("%s: no index is used for %s\n%s", c.query, c.condition, p)
				}
			}
		}
		// To show that this proves something: the server cannot inline PL/pgSQL, so it filters its rows.
		if p := plan(t, db, "opaque", "name=eq.car 77", dialect.Meta{}); strings.Contains(p, "Index") ||
			!strings.Contains(p, "Function Scan") {
			t.Errorf("a plan of a function that is not inlined:\n%s", p)
		}
	})
}
