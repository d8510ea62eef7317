package dbtest

import (
	"database/sql"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestSessionPlansGrantNoRights checks that a role gains no right from a plan that was made for
// another role. PostgreSQL checks the right to EXECUTE an inlined function when it plans, and a
// plan without parameters serves all roles.
func TestSessionPlansGrantNoRights(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	setUp(t, openPostgres(t), `CREATE FUNCTION talk.closed() RETURNS SETOF int LANGUAGE sql STABLE
		AS 'SELECT generate_series(1, 3)'`,
		`REVOKE EXECUTE ON FUNCTION talk.closed FROM PUBLIC`,
		`GRANT EXECUTE ON FUNCTION talk.closed TO talk_user`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		for name, option := range map[string]moresql.Option{
			"plain": moresql.CallBy(moresql.Function{}), "with settings": rest.HTTPSettings(),
		} {
			base := listen(t, moresql.New(db, quiet, rest.Session(byHeader), option).
				Handler("talk.closed"))
			for range 7 { // PostgreSQL may keep a generic plan from the sixth time on (manual, PREPARE)
				for role, status := range map[string]int{
					"talk_user": http.StatusOK, "talk_other": http.StatusForbidden,
				} {
					if a := send(t, "GET", base, "", "X-Role", role, "X-User", "ann"); a.status != status {
						t.Fatalf("%s, %s: %d %s", name, role, a.status, a.body)
					}
				}
			}
		}
	})
}
