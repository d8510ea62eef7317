package dbtest

import (
	"database/sql"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// A wrapping Caller has only a statement of its own, and another Caller.
type wrapping struct{ inner moresql.Caller }

func (w wrapping) Unwrap() moresql.Caller { return w.inner }

func (w wrapping) Statement(proc string, params []moresql.Param) (moresql.Statement, error) {
	s, err := w.inner.Statement(proc, params)
	s.Query = "/* wrapped */ " + s.Query
	return s, err
}

// TestSessionAndQueryWorkWithEveryCaller calls in a session, with settings and with a filter, by
// Callers that say by Describe, or by that of the Caller that they wrap, what their statements are.
func TestSessionAndQueryWorkWithEveryCaller(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	setUp(t, openPostgres(t), `CREATE FUNCTION talk.seen_by(tag text)
		RETURNS TABLE (n int, who text, path text, sub text, tag text) LANGUAGE sql STABLE AS $$
		SELECT n, current_user::text, current_setting('request.path', true),
		current_setting('request.jwt.claims', true)::json ->> 'sub', tag FROM generate_series(1, 9) n $$`)
	statements := loadStatements(t, fstest.MapFS{
		"talk.seen_by.sql": {Data: []byte("SELECT * FROM talk.seen_by(:tag) -- all of them\n")},
	}, moresql.PostgreSQL)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		cat := load(t, db, "talk")
		m := moresql.New(db, quiet, rest.Session(byHeader), rest.HTTPSettings())
		for name, caller := range map[string]moresql.Caller{
			"a function":                       moresql.Function{},
			"a named statement":                statements,
			"a wrapped function":               wrapping{moresql.Function{}},
			"a function that is wrapped twice": wrapping{wrapping{moresql.Function{Named: true}}},
			"a wrapped named statement":        wrapping{statements},
		} {
			m, routines, rpc := m.With(moresql.CallBy(caller)), cat, "/rpc/seen_by"
			if caller == moresql.Caller(statements) || caller == moresql.Caller(wrapping{statements}) {
				routines, rpc = statements.Catalog(), "/rpc/talk.seen_by"
			}
			mux := http.NewServeMux()
			mux.Handle("/seen_by", m.Handler("talk.seen_by", moresql.Fields("tag"), rest.Query()))
			mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, routines)))
			base := listen(t, mux)
			for _, path := range []string{"/seen_by", rpc} {
				const query = "?tag=x&n=gt.2&order=n.desc&limit=1"
				want := `[{"n":9,"who":"talk_user","path":"` + path + `","sub":"ann","tag":"x"}]`
				a := send(t, "GET", base+path+query, "", "X-Role", "talk_user", "X-User", "ann",
					"Prefer", "count=exact")
				if a.status != 206 || a.body != want || a.header.Get("Content-Range") != "0-0/7" {
					t.Errorf("%s, %s: %d %v %s", name, path, a.status, a.header, a.body)
				}
			}
		}
	})
}
