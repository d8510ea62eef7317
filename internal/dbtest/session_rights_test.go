package dbtest

import (
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// byHeader is the function of a rest.Session that takes role and user from the request's header.
func byHeader(r *http.Request) (rest.Identity, error) {
	id := rest.Identity{Role: r.Header.Get("X-Role")}
	if user := r.Header.Get("X-User"); user != "" {
		id.Claims = map[string]string{"sub": user}
	}
	return id, nil
}

// TestSessionWithoutClaimsIs401WithClaims403 calls a function that the role may not call.
func TestSessionWithoutClaimsIs401WithClaims403(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		base := listen(t, moresql.New(db, quiet, rest.Session(byHeader)).Handler("talk.hidden"))
		for _, test := range []struct {
			reason string
			header []string
			status int
		}{
			{"no claims", []string{"X-Role", "talk_user"}, 401},
			{"claims", []string{"X-Role", "talk_user", "X-User", "ann"}, 403},
			{"Authorization alone, which is not a claim",
				[]string{"X-Role", "talk_user", "Authorization", "Bearer x"}, 401},
			{"a missing role", []string{"X-Role", "talk_nobody'; RESET ROLE; --", "X-User", "ann"},
				400},
			{"the role of the connection", nil, 200},
		} {
			a := send(t, "GET", base, "", test.header...)
			if a.status != test.status || (a.header.Get("WWW-Authenticate") != "") != (test.status == 401) {
				t.Errorf("%s: %d %v %s", test.reason, a.status, a.header, a.body)
			}
			if test.status == 401 || test.status == 403 {
				if strings.Contains(a.body, "secret") || !strings.Contains(a.body, "42501") {
					t.Errorf("%s: %s", test.reason, a.body)
				}
			}
		}
	})
}

// TestSessionErrorPreventsCall has Session fail, after which nothing may reach the database.
func TestSessionErrorPreventsCall(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, test := range []struct {
			reason string
			err    error
			status int
			shown  string
		}{
			{reason: "a status with a message",
				err: &moresql.Error{Status: 401, Message: "log in", Public: true}, status: 401,
				shown: "log in"},
			{reason: "a status with a code", err: &moresql.Error{Status: 429, Code: "slow", Public: true},
				status: 429, shown: "slow"},
			{reason: "a message that is not public", err: &moresql.Error{Status: 403, Message: "teapot"},
				status: 403},
			{reason: "an error without a status", err: &moresql.Error{Message: "teapot"}, status: 500},
			{reason: "a status of success", err: &moresql.Error{Status: 200, Message: "teapot"},
				status: 500},
			{reason: "an error that is not a *moresql.Error", err: errors.New("teapot"), status: 500},
		} {
			session := moresql.Session(func(*http.Request) (moresql.Settings, error) {
				return moresql.Settings{}, test.err
			})
			base := listen(t, moresql.New(db, quiet, session).
				Handler("talk.add", moresql.Fields("a", "rows")))
			a := send(t, "POST", base+"/?a=1&rows=1", "")
			if a.status != test.status || !strings.Contains(a.body, test.shown) ||
				strings.Contains(a.body, "teapot") {
				t.Errorf("%s: %d %s", test.reason, a.status, a.body)
			}
			if (a.header.Get("WWW-Authenticate") != "") != (test.status == 401) {
				t.Errorf("%s: %v", test.reason, a.header)
			}
		}
		unmarshalable := rest.Session(func(*http.Request) (rest.Identity, error) {
			return rest.Identity{Claims: func() {}}, nil
		})
		base := listen(t, moresql.New(db, quiet, unmarshalable).
			Handler("talk.add", moresql.Fields("a", "rows")))
		if a := send(t, "POST", base+"/?a=1&rows=1", ""); a.status != 500 {
			t.Errorf("claims that JSON cannot represent: %d %s", a.status, a.body)
		}
		if n := queryInt(t, db, "SELECT count(*) FROM talk.runs"); n != 0 {
			t.Errorf("%d calls have reached the database", n)
		}
	})
}

// TestSessionRowsFollowRowLevelSecurity checks that row-level security sees the role and the claims
// of each call, also with a plan that was made for another role.
func TestSessionRowsFollowRowLevelSecurity(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	setUp(t, openPostgres(t), `CREATE TABLE talk.notes (owner text, note text)`,
		`INSERT INTO talk.notes VALUES ('ann', 'a'), ('bob', 'b')`,
		`ALTER TABLE talk.notes ENABLE ROW LEVEL SECURITY`,
		`GRANT SELECT ON talk.notes TO talk_user, talk_other`,
		`CREATE POLICY own ON talk.notes TO talk_user
			USING (owner = nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')`,
		`CREATE FUNCTION talk.notes(pattern text) RETURNS SETOF text LANGUAGE sql STABLE
			AS 'SELECT note FROM talk.notes WHERE note LIKE pattern ORDER BY note'`)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		for name, option := range map[string]moresql.Option{
			"plain":         moresql.CallBy(moresql.Function{}),
			"with settings": rest.HTTPSettings(),
			"reading only":  moresql.ReadOnly(),
		} {
			base := listen(t, moresql.New(db, quiet, rest.Session(byHeader), option).
				Handler("talk.notes", moresql.Fields("pattern")))
			for range 7 { // PostgreSQL may keep a generic plan from the sixth time on (manual, PREPARE)
				for _, test := range []struct{ role, user, body string }{
					{"talk_user", "ann", `[{"notes":"a"}]`}, {"talk_user", "bob", `[{"notes":"b"}]`},
					{"talk_user", "", `[]`},
					{"talk_other", "ann", `[]`}, // a role without a policy
					{"", "ann", `[{"notes":"a"},{"notes":"b"}]`},
				} {
					a := send(t, "GET", base+"/?pattern=%25", "", "X-Role", test.role, "X-User", test.user)
					if a.status != 200 || a.body != test.body {
						t.Fatalf("%s: %q as %q gets %d %s, want %s", name, test.user, test.role, a.status, a.body,
							test.body)
					}
				}
			}
		}
	})
}

// TestSessionLeavesCallersTransactionOpen calls within a transaction of the caller, who ends it.
// The settings are those of the latest call.
func TestSessionLeavesCallersTransactionOpen(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		for _, commits := range []bool{false, true} {
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			m := moresql.New(tx, quiet, rest.Session(byHeader), rest.HTTPSettings())
			mux := http.NewServeMux()
			mux.Handle("/add", m.Handler("talk.add", moresql.Fields("a", "rows")))
			mux.Handle("/seen", m.Handler("talk.seen", moresql.Shape(row.Scalar)))
			base := listen(t, mux)
			for _, n := range []string{"1", "2"} {
				a := send(t, "POST", base+"/add?rows=1&a="+n, "", "X-Role", "talk_user", "X-User", "ann")
				if a.status != 200 {
					t.Errorf("%d %s", a.status, a.body)
				}
			}
			a := send(t, "GET", base+"/seen", "", "X-Role", "talk_other", "X-User", "bob")
			if !strings.Contains(a.body, `"role" : "talk_other"`) ||
				!strings.Contains(a.body, `{"sub":"bob"}`) {
				t.Errorf("the next call: %d %s", a.status, a.body)
			}
			end, want := tx.Rollback, 0
			if commits {
				end, want = tx.Commit, 2
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if n := queryInt(t, db, "SELECT count(*) FROM talk.runs"); n != want {
				t.Errorf("%d rows are kept, want %d", n, want)
			}
			setUp(t, db, "TRUNCATE talk.runs")
		}
	})
}

// TestSessionHeadMatchesGetAndEndsTransaction compares the response to HEAD with that to GET.
func TestSessionHeadMatchesGetAndEndsTransaction(t *testing.T) {
	setUp(t, openPostgres(t), sessionSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		m := moresql.New(db, quiet, rest.Session(byHeader), rest.HTTPSettings())
		fields := moresql.Fields("status", "headers")
		mux := http.NewServeMux()
		for _, name := range []string{"many", "none", "void"} {
			mux.Handle("/"+name, m.Handler("talk."+name, fields))
		}
		mux.Handle("/secret", m.Handler("talk.hidden"))
		base := listen(t, mux)
		for _, path := range []string{"/many", "/none", "/void", "/secret"} {
			url := base + path + "?status=203&headers=" + url.QueryEscape(`[{"X-Set":"a"}]`)
			get, head := send(t, "GET", url, "", "X-Role", "talk_user"),
				send(t, "HEAD", url, "", "X-Role", "talk_user")
			for _, name := range []string{"Content-Type", "X-Set", "WWW-Authenticate"} {
				if head.header.Get(name) != get.header.Get(name) {
					t.Errorf("%s: %s is %q, of GET %q", path, name, head.header.Get(name), get.header.Get(name))
				}
			}
			if head.status != get.status || head.body != "" {
				t.Errorf("%s: %d %q, of GET %d", path, head.status, head.body, get.status)
			}
			role := queryText(t, db, "SELECT current_user || current_setting('response.status', true)")
			if role != "postgres" {
				t.Errorf("%s leaves the session as %s", path, role)
			}
		}
	})
}
