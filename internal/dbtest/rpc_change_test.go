package dbtest

import (
	"context"
	"database/sql"
	"strings"
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
	eachConnector(t, func(t *testing.T, db *sql.DB) {
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

// TestRPCFollowsReloadedResults changes what functions return, by their row type or by new ones of
// the same name. After a reload the first response has the new columns, on connections that keep
// statements too.
func TestRPCFollowsReloadedResults(t *testing.T) {
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		setUp(t, db, "DROP SCHEMA IF EXISTS renewed CASCADE", "CREATE SCHEMA renewed",
			"CREATE TABLE renewed.cats (id int, name text)", "INSERT INTO renewed.cats VALUES (1, 'Tom')",
			`CREATE FUNCTION renewed.read() RETURNS SETOF renewed.cats LANGUAGE sql STABLE
				AS 'SELECT * FROM renewed.cats'`,
			`CREATE FUNCTION renewed.slow() RETURNS SETOF renewed.cats LANGUAGE plpgsql STABLE
				AS 'BEGIN RETURN QUERY SELECT * FROM renewed.cats; END'`,
			`CREATE FUNCTION renewed.first() RETURNS renewed.cats LANGUAGE sql STABLE
				AS 'SELECT * FROM renewed.cats LIMIT 1'`,
			`CREATE FUNCTION renewed.made() RETURNS TABLE (a int) LANGUAGE sql STABLE AS 'SELECT 1'`,
			`CREATE FUNCTION renewed.value() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`)
		cat := load(t, db, "renewed")
		h := rest.Routines(moresql.New(db, quiet), cat)
		const paths = "read slow first made value read?limit=9 slow?limit=1"
		check := func(step, cats, made, value string) {
			t.Helper()
			for range 3 {
				for _, path := range strings.Fields(paths) {
					want := "[" + cats + "]"
					switch path {
					case "first":
						want = cats
					case "made":
						want = made
					case "value":
						want = value
					}
					for _, method := range []string{"GET", "POST"} {
						if status, body := do(h, method, "/"+path, "", ""); status != 200 || body != want {
							t.Errorf("%s: %s %s: %d %s, want %s", step, method, path, status, body, want)
						}
					}
				}
			}
		}
		check("at first", `{"id":1,"name":"Tom"}`, `[{"a":1}]`, `1`)
		for _, change := range []struct{ statements, cats, made, value string }{
			{"ALTER TABLE renewed.cats ADD COLUMN more int DEFAULT 5",
				`{"id":1,"name":"Tom","more":5}`, `[{"a":1}]`, `1`},
			{"ALTER TABLE renewed.cats DROP COLUMN name", `{"id":1,"more":5}`, `[{"a":1}]`, `1`},
			{"ALTER TABLE renewed.cats ALTER COLUMN id TYPE text", `{"id":"1","more":5}`, `[{"a":1}]`, `1`},
			{"ALTER TABLE renewed.cats RENAME COLUMN id TO key", `{"key":"1","more":5}`, `[{"a":1}]`, `1`},
			{`DROP FUNCTION renewed.made(); CREATE FUNCTION renewed.made() RETURNS TABLE (a text, b int)
				LANGUAGE sql STABLE AS $$ SELECT 'x', 2 $$; DROP FUNCTION renewed.value();
				CREATE FUNCTION renewed.value() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'y' $$`,
				`{"key":"1","more":5}`, `[{"a":"x","b":2}]`, `"y"`},
		} {
			setUp(t, openPostgres(t), change.statements)
			if err := cat.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			check(change.statements, change.cats, change.made, change.value)
		}
		// What is prepared between a change and its reload is not used when the change is taken back.
		for _, change := range []string{"int USING key::int", "text"} {
			setUp(t, openPostgres(t), "ALTER TABLE renewed.cats ALTER COLUMN key TYPE "+change)
			for range 3 {
				do(h, "GET", "/slow", "", "") // may fail, or have the old columns
			}
			if err := cat.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		check("a change that was taken back", `{"key":"1","more":5}`, `[{"a":"x","b":2}]`, `"y"`)
	})
}
