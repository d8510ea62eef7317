package dbtest

import (
	"context"
	"database/sql"
	"sync"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// TestRPCCallsItsOverloadDespiteRevokedOne calls an overload, while the server would prefer another
// one that the role may not call.
func TestRPCCallsItsOverloadDespiteRevokedOne(t *testing.T) {
	admin := openPostgres(t)
	setUp(t, admin, "DROP SCHEMA IF EXISTS revoked CASCADE", "CREATE SCHEMA revoked",
		"CREATE FUNCTION revoked.h(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'int' $$",
		"CREATE FUNCTION revoked.h(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'text' $$",
		"DO $$ BEGIN CREATE ROLE rpc_guest; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
		"GRANT USAGE ON SCHEMA revoked TO rpc_guest",
		"REVOKE EXECUTE ON FUNCTION revoked.h(text) FROM PUBLIC")
	conn, err := admin.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SET ROLE rpc_guest"); err != nil {
		t.Fatal(err)
	}
	defer conn.ExecContext(context.Background(), "RESET ROLE")
	cat := load(t, conn, "revoked")
	h := rest.Routines(moresql.New(conn, quiet), cat)
	if status, body := do(h, "GET", "/h?a=1", "", ""); status != 200 || body != `"int"` {
		t.Errorf("%d %s", status, body)
	}
}

// TestRPCFollowsChangedSignature changes a signature: a statement that pgx has cached must not
// outlive it.
func TestRPCFollowsChangedSignature(t *testing.T) {
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		setUp(t, db, "DROP SCHEMA IF EXISTS changed CASCADE", "CREATE SCHEMA changed",
			"CREATE FUNCTION changed.g(a int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a::text $$")
		cat := load(t, db, "changed")
		h := rest.Routines(moresql.New(db, quiet), cat)
		if status, body := do(h, "GET", "/g?a=7", "", ""); status != 200 || body != `"7"` {
			t.Fatalf("%d %s", status, body)
		}
		setUp(t, db, "DROP FUNCTION changed.g(int)",
			"CREATE FUNCTION changed.g(a text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a $$")
		if err := cat.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, body := do(h, "GET", "/g?a=x", "", ""); status != 200 || body != `"x"` {
			t.Errorf("%d %s", status, body)
		}
	})
}

// TestRPCReloadUnderLoadFailsNoRequest reloads the catalog during requests, and then calls changed
// functions by their new signatures.
func TestRPCReloadUnderLoadFailsNoRequest(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, "DROP SCHEMA IF EXISTS reload CASCADE", "CREATE SCHEMA reload",
		"CREATE FUNCTION reload.stays(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a'",
		"CREATE FUNCTION reload.goes() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'",
		"CREATE FUNCTION reload.changes(a int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a'")
	cat := load(t, db, "reload")
	h := rest.Routines(moresql.New(db, quiet), cat)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for ctx.Err() == nil {
				if status, body := do(h, "GET", "/stays?a=7", "", ""); status != 200 || body != "7" {
					t.Errorf("%d %s", status, body)
					return
				}
			}
		})
	}
	for range 100 {
		if err := cat.Reload(context.Background()); err != nil {
			t.Error(err)
		}
	}
	cancel()
	group.Wait()

	setUp(t, db, "DROP FUNCTION reload.goes()", "DROP FUNCTION reload.changes(int)",
		`CREATE FUNCTION reload.changes(b text, c text) RETURNS text LANGUAGE sql STABLE
			AS 'SELECT b || c'`)
	if err := cat.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
	if status, _ := do(h, "GET", "/goes", "", ""); status != 404 {
		t.Errorf("a dropped function: %d", status)
	}
	if status, body := do(h, "GET", "/changes?b=x&c=y", "", ""); status != 200 || body != `"xy"` {
		t.Errorf("a changed function: %d %s", status, body)
	}
}
