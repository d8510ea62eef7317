package dbtest

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/rest"
)

// rolesSchema has a login without rights of its own, as PostgREST is deployed.
var rolesSchema = []string{
	`DROP SCHEMA IF EXISTS roles CASCADE`, `DROP SCHEMA IF EXISTS roles_closed CASCADE`,
	`DO $$ BEGIN
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'roles_login') THEN
			DROP OWNED BY roles_login, roles_anon, roles_user, roles_deep, roles_stranger;
			DROP ROLE roles_login, roles_anon, roles_user, roles_deep, roles_stranger;
		END IF;
	END $$`,
	`CREATE ROLE roles_login LOGIN NOINHERIT`, `CREATE ROLE roles_anon`, `CREATE ROLE roles_user`,
	`CREATE ROLE roles_deep`, `CREATE ROLE roles_stranger`,
	`GRANT roles_anon, roles_user TO roles_login`, `GRANT roles_deep TO roles_user`,
	`CREATE SCHEMA roles`, `CREATE SCHEMA roles_closed`,
	`CREATE FUNCTION roles.anon() RETURNS text LANGUAGE sql AS 'SELECT current_user::text'`,
	`CREATE FUNCTION roles.only_user() RETURNS int LANGUAGE sql AS 'SELECT 2'`,
	`CREATE FUNCTION roles.deep() RETURNS int LANGUAGE sql AS 'SELECT 3'`,
	`CREATE FUNCTION roles.stranger() RETURNS int LANGUAGE sql AS 'SELECT 4'`,
	`CREATE FUNCTION roles.nobody() RETURNS int LANGUAGE sql AS 'SELECT 5'`,
	`CREATE PROCEDURE roles.did() LANGUAGE sql AS ''`,
	`CREATE FUNCTION roles_closed.split() RETURNS int LANGUAGE sql AS 'SELECT 6'`,
	`REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA roles, roles_closed FROM PUBLIC`,
	`GRANT USAGE ON SCHEMA roles TO roles_anon, roles_user, roles_stranger`,
	`GRANT EXECUTE ON FUNCTION roles.anon() TO roles_anon`,
	`GRANT EXECUTE ON FUNCTION roles.only_user() TO roles_user`,
	`GRANT EXECUTE ON PROCEDURE roles.did() TO roles_user`,
	`GRANT EXECUTE ON FUNCTION roles.deep() TO roles_deep`,
	`GRANT EXECUTE ON FUNCTION roles.stranger() TO roles_stranger`,
	// one role may use the schema, the other execute what is in it
	`GRANT USAGE ON SCHEMA roles_closed TO roles_anon`,
	`GRANT EXECUTE ON FUNCTION roles_closed.split() TO roles_user`,
}

// openAs opens the test server as another login.
func openAs(t *testing.T, driver, login string) *sql.DB {
	t.Helper()
	u, err := url.Parse(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(login)
	return open(t, driver, u.String())
}

// The catalog has what some role of the login may call. That this is so is what the database says
// when the login takes each role and calls each function.
func TestCatalogHasWhatAnyRoleOfTheLoginMayCall(t *testing.T) {
	setUp(t, openPostgres(t), rolesSchema...)
	for _, driver := range []string{"postgres", "pgx"} {
		db := openAs(t, driver, "roles_login")
		db.SetMaxOpenConns(1)
		want := map[string]bool{}
		for _, role := range []string{"roles_login", "roles_anon", "roles_user", "roles_deep"} {
			setUp(t, db, "SET ROLE "+role)
			for _, call := range []string{
				"SELECT roles.anon()", "SELECT roles.only_user()", "SELECT roles.deep()",
				"SELECT roles.stranger()", "SELECT roles.nobody()", "CALL roles.did()",
				"SELECT roles_closed.split()",
			} {
				if _, err := db.Exec(call); err == nil {
					want[strings.TrimSuffix(strings.Fields(call)[1], "()")] = true
				}
			}
		}
		setUp(t, db, "RESET ROLE")
		snapshot := load(t, db, "roles_closed", "roles").Current()
		for _, r := range snapshot.Routines() {
			if name := r.Schema + "." + r.Name; !want[name] {
				t.Errorf("%s: %s is there, which no role may call", driver, name)
			} else {
				delete(want, name)
			}
		}
		if len(want) > 0 {
			t.Errorf("%s: these are missing: %v", driver, want)
		}
		if got := snapshot.Schemas(); !slices.Equal(got, []string{"roles_closed", "roles"}) {
			t.Errorf("the schemas are %q", got)
		}
	}
}

// What the role of a request may not call, the database refuses: 401 without claims, 403 with them.
func TestRoutinesOfALoginWithoutRights(t *testing.T) {
	setUp(t, openPostgres(t), rolesSchema...)
	for _, driver := range []string{"postgres", "pgx"} {
		db := openAs(t, driver, "roles_login")
		cat := load(t, db, "roles")
		session := rest.Session(func(r *http.Request) (rest.Identity, error) {
			id := rest.Identity{Role: r.Header.Get("Role")}
			if id.Role != "roles_anon" {
				id.Claims = map[string]string{"role": id.Role}
			}
			return id, nil
		})
		url := listen(t, rest.Routines(moresql.New(db, quiet, session), cat))
		for _, test := range []struct {
			role, target string
			status       int
			body         string
		}{
			{"roles_anon", "/anon", 200, `"roles_anon"`},
			{"roles_user", "/only_user", 200, `2`},
			{"roles_user", "/deep", 200, `3`}, // it inherits
			{"roles_anon", "/only_user", 401, ""},
			{"roles_user", "/anon", 403, ""},
			{"roles_user", "/nobody", 404, ""},
		} {
			got := send(t, "GET", url+test.target, "", "Role", test.role)
			if got.status != test.status || test.body != "" && got.body != test.body {
				t.Errorf("%s, %s as %s: %d %s", driver, test.target, test.role, got.status, got.body)
			}
		}
	}
}

// A role that is granted without SET, as PostgreSQL 16 can, cannot be taken by a session.
func TestCatalogLeavesOutRolesThatCannotBeTaken(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, rolesSchema...)
	if queryInt(t, db, "SELECT current_setting('server_version_num')::int") < 160000 {
		t.Log("the server has no GRANT … WITH SET")
		return
	}
	setUp(t, db, "GRANT roles_stranger TO roles_login WITH SET FALSE, INHERIT FALSE")
	cat, err := catalog.Load(t.Context(), openAs(t, "postgres", "roles_login"), "roles")
	if found := fmt.Sprint(cat.Current().Named("stranger")); err != nil || found != "[]" {
		t.Errorf("%v, %v", found, err)
	}
}
