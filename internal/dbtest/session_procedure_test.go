package dbtest

import (
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// endingSchema has procedures that end the transaction in which they run, and with it the role and
// the settings of a session, and write down who they are before and afterwards.
var endingSchema = []string{
	`DROP SCHEMA IF EXISTS ending CASCADE`, `CREATE SCHEMA ending`,
	`DO $$ BEGIN CREATE ROLE ending_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
	`CREATE TABLE ending.log (who text)`, `GRANT USAGE ON SCHEMA ending TO ending_user`,
	`GRANT INSERT ON ending.log TO ending_user`,
	`CREATE PROCEDURE ending.commits() LANGUAGE plpgsql AS $$ BEGIN
		INSERT INTO ending.log VALUES (current_user); COMMIT;
		INSERT INTO ending.log VALUES (current_user); END $$`,
	`CREATE PROCEDURE ending.undoes() LANGUAGE plpgsql AS $$ BEGIN
		ROLLBACK; INSERT INTO ending.log VALUES (current_user); END $$`,
	`CREATE PROCEDURE ending.gives(INOUT n int DEFAULT 1) LANGUAGE plpgsql AS $$ BEGIN
		COMMIT; INSERT INTO ending.log VALUES (current_user); END $$`,
	`CREATE PROCEDURE ending.nested() LANGUAGE plpgsql AS $$ BEGIN CALL ending.commits(); END $$`,
}

// who returns those who have written to ending.log, which it empties.
func who(t *testing.T, db *sql.DB) string {
	t.Helper()
	return queryText(t, db, `WITH gone AS (DELETE FROM ending.log RETURNING who)
		SELECT coalesce(string_agg(who, ' '), '') FROM gone`)
}

// TestSessionEndsWithNoProcedure calls procedures that would go on as the login role after their
// COMMIT. Every call with settings or a transaction of its own is refused by PostgreSQL.
func TestSessionEndsWithNoProcedure(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, endingSchema...)
	statements := loadStatements(t, fstest.MapFS{
		"named.sql": {Data: []byte("CALL ending.commits()")},
	}, moresql.PostgreSQL)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		plain := moresql.New(db, quiet, moresql.CallBy(moresql.Procedure{}))
		m := plain.With(rest.Session(byHeader))
		routines := http.StripPrefix("/rpc", rest.Routines(m, load(t, db, "ending")))
		named := moresql.New(db, quiet, moresql.CallBy(statements), rest.Session(byHeader))
		for _, test := range []struct {
			reason, target string
			h              http.Handler
		}{
			{"COMMIT", "/", m.Handler("ending.commits")},
			{"ROLLBACK", "/", m.Handler("ending.undoes")},
			{"a CALL in a CALL", "/", m.Handler("ending.nested")},
			{"READ ONLY", "/", m.Handler("ending.undoes", moresql.ReadOnly())},
			{"READ ONLY without a session", "/", plain.Handler("ending.undoes", moresql.ReadOnly())},
			{"settings of HTTP", "/", m.Handler("ending.commits", rest.HTTPSettings())},
			{"settings of HTTP alone", "/", plain.Handler("ending.commits", rest.HTTPSettings())},
			{"Atomic", "/", plain.Handler("ending.commits", moresql.Atomic())},
			{"a named statement", "/", named.Handler("named")},
			{"a routine", "/rpc/commits", routines},
			{"a routine that returns something", "/rpc/gives", routines},
			{"a routine in a routine", "/rpc/nested", routines},
		} {
			// The second call finds the statement where the connection has kept it.
			for range 2 {
				a := send(t, "POST", listen(t, test.h)+test.target, "", "X-Role", "ending_user",
					"X-User", "ann")
				if log := who(t, admin); a.status != 500 || !strings.Contains(a.body, "2D000") || log != "" {
					t.Errorf("%s: %d %s; written by %q", test.reason, a.status, a.body, log)
				}
				// The text is PostgreSQL's, to which the hint adds what to do.
				if p := problemOf(t, a); p.Message != "invalid transaction termination" ||
					!strings.Contains(p.Hint, "leave COMMIT and ROLLBACK out of the procedure") {
					t.Errorf("%s: %s", test.reason, a.body)
				}
			}
		}
	})
}

// TestImplicitTransactionEndsWithTheRole shows what an explicit BEGIN prevents. The statements
// before a Sync are one implicit transaction, in which PostgreSQL lets a procedure COMMIT and go on
// as the login role; since version 18 it refuses that.
func TestImplicitTransactionEndsWithTheRole(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, endingSchema...)
	conn, err := pgx.Connect(t.Context(), pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	pipeline := conn.PgConn().StartPipeline(t.Context())
	pipeline.SendQueryParams("SELECT set_config('role', 'ending_user', true)", nil, nil, nil, nil)
	pipeline.SendQueryParams("CALL ending.commits()", nil, nil, nil, nil)
	if err := pipeline.Sync(); err != nil {
		t.Fatal(err)
	}
	err = pipeline.Close() // reads the results
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code != "2D000" || err != nil && refused == nil {
		t.Fatal(err)
	}
	want := "ending_user " + queryText(t, db, "SELECT current_user")
	if queryInt(t, db, "SELECT current_setting('server_version_num')::int") >= 180000 {
		want = ""
	}
	if log := who(t, db); log != want || (refused != nil) != (want == "") {
		t.Errorf("written by %q, %v; want %q", log, err, want)
	}
}
