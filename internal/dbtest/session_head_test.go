package dbtest

import (
	"database/sql"
	"errors"
	"net/http"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// TestHeadHasTheEffectsOfGet compares what HEAD and GET change: a call that succeeds is committed,
// and one that fails in a transaction is not.
func TestHeadHasTheEffectsOfGet(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	setUp(t, openPostgres(t), `CREATE FUNCTION talk.sneak(a int) RETURNS SETOF int
		LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT n FROM talk.add(a, 1); END $$`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		cat := load(t, db, "talk")
		session := rest.Session(func(*http.Request) (rest.Identity, error) {
			return rest.Identity{Role: "talk_user"}, nil
		})
		fails := moresql.Hooks{Row: func(*row.Row) error { return errors.New("no") }}
		m, fields := moresql.New(db, quiet), moresql.Fields("a", "rows")
		mux := http.NewServeMux()
		mux.Handle("GET /bare", m.Handler("talk.add", fields))
		mux.Handle("GET /session", m.Handler("talk.add", fields, session))
		mux.Handle("GET /speaking", m.Handler("talk.add", fields, session, rest.HTTPSettings()))
		mux.Handle("GET /reading", m.Handler("talk.add", fields, session, moresql.ReadOnly()))
		mux.Handle("GET /failing", m.Handler("talk.add", fields, session, fails))
		mux.Handle("GET /raising", m.Handler("talk.fail", session))
		mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
		mux.Handle("/s/", http.StripPrefix("/s", rest.Routines(m, cat, session)))
		mux.Handle("/r/", http.StripPrefix("/r", rest.Routines(m, cat, moresql.ReadOnly())))
		base := listen(t, mux)
		for _, test := range []struct {
			reason, target string
			status, added  int
		}{
			{reason: "a bare call", target: "/bare?a=1&rows=1", status: 200, added: 1},
			{reason: "in a session", target: "/session?a=1&rows=1", status: 200, added: 1},
			{reason: "without rows", target: "/session?a=1&rows=0", status: 200, added: 1},
			{reason: "with many rows", target: "/session?a=1&rows=10000", status: 200, added: 1},
			{reason: "with settings", target: "/speaking?a=1&rows=1", status: 200, added: 1},
			{reason: "a constraint that COMMIT checks", target: "/session?a=0&rows=1", status: 409},
			{reason: "a read-only transaction", target: "/reading?a=1&rows=1", status: 405},
			{reason: "an error of a hook", target: "/failing?a=1&rows=1", status: 500},
			{reason: "an error of the function", target: "/raising", status: 400},
			{reason: "a routine that may write", target: "/rpc/add?a=1&rows=1", status: 405},
			{reason: "a STABLE routine that writes", target: "/rpc/sneak?a=1", status: 405},
			{reason: "the same in a session", target: "/s/sneak?a=1", status: 405},
			{reason: "the same, read-only", target: "/r/sneak?a=1", status: 405},
		} {
			for _, method := range []string{"GET", "HEAD"} {
				setUp(t, db, "TRUNCATE talk.runs", "INSERT INTO talk.runs VALUES (0)")
				a := send(t, method, base+test.target, "")
				if a.status != test.status {
					t.Errorf("%s, %s: %d %.300s, want %d", test.reason, method, a.status, a.body, test.status)
				}
				if method == "HEAD" && a.body != "" {
					t.Errorf("%s: the response to HEAD has a body: %.300s", test.reason, a.body)
				}
				if n := queryInt(t, db, "SELECT count(*) FROM talk.runs") - 1; n != test.added {
					t.Errorf("%s, %s: %d rows are added, want %d", test.reason, method, n, test.added)
				}
			}
		}
	})
}
