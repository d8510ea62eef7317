package dbtest

import (
	"database/sql"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestEstimatedCountsAreExactForFewRows has views of which the planner expects other numbers of
// rows than there are: what it says counts only where there are more than the limit indeed.
func TestEstimatedCountsAreExactForFewRows(t *testing.T) {
	setUp(t, openPostgres(t), `DROP SCHEMA IF EXISTS estimates CASCADE`, `CREATE SCHEMA estimates`,
		`CREATE FUNCTION estimates.few() RETURNS SETOF int ROWS 5000 LANGUAGE plpgsql STABLE AS
			'BEGIN RETURN QUERY SELECT generate_series(1, 3); END'`,
		`CREATE FUNCTION estimates.many() RETURNS SETOF int ROWS 5000 LANGUAGE plpgsql STABLE AS
			'BEGIN RETURN QUERY SELECT generate_series(1, 1500); END'`,
		`CREATE FUNCTION estimates.more() RETURNS SETOF int ROWS 2 LANGUAGE plpgsql STABLE AS
			'BEGIN RETURN QUERY SELECT generate_series(1, 1500); END'`,
		`CREATE VIEW estimates.few_rows AS SELECT n FROM estimates.few() n`,
		`CREATE VIEW estimates.many_rows AS SELECT n FROM estimates.many() n`,
		`CREATE VIEW estimates.more_rows AS SELECT n FROM estimates.more() n`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "estimates")
		m := moresql.New(db, quiet)
		for limit, wants := range map[int64]map[string]string{
			0: {"/few_rows?limit=1": "0-0/3", "/many_rows?limit=1": "0-0/5000",
				"/more_rows?limit=1": "0-0/1500"},
			2: {"/few_rows": "0-1/5000", "/few_rows?n=lt.3": "0-1/2", "/more_rows?n=lt.2": "0-0/1",
				"/more_rows": "0-1/1500"},
		} {
			var options []moresql.Option
			if limit > 0 {
				options = append(options, rest.MaxPage(limit))
			}
			url := listen(t, rest.Tables(m, cat, options...))
			for target, want := range wants {
				got := send(t, "GET", url+target, "", "Prefer", "count=estimated")
				if r := got.header.Get("Content-Range"); r != want {
					t.Errorf("%s of pages of %d: %d, Content-Range %q, want %q", target, limit, got.status, r,
						want)
				}
			}
			for target, want := range map[string]string{
				"/few_rows?limit=1": "0-0/5000", "/more_rows?limit=1": "0-0/2",
			} {
				got := send(t, "GET", url+target, "", "Prefer", "count=planned")
				if r := got.header.Get("Content-Range"); r != want {
					t.Errorf("%s, planned: Content-Range %q, want %q", target, r, want)
				}
			}
		}
	})
}
