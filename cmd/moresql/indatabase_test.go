package main

import (
	"fmt"
	"strings"
	"testing"
)

// The order of sources is that of PostgREST: the login's settings for this database, those for all,
// what the function sets, and then the variables (its documentation, "In-Database Configuration",
// and the comment on queryDbSettings in its source).
func TestConfigurationInTheDatabase(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `
		CREATE SCHEMA api; CREATE SCHEMA private;
		CREATE FUNCTION api.three() RETURNS SETOF int LANGUAGE sql STABLE
			AS 'SELECT generate_series(1, 3)';
		CREATE FUNCTION private.configure() RETURNS void LANGUAGE sql AS $$
			SELECT set_config('pgrst.db_schemas', 'overridden', true),
				set_config('pgrst.db_anon_role', 'anon{}', true),
				set_config('pgrst.jwt_role_claim_key', '.app.role', true) $$;
		CREATE ROLE "anon{}"; GRANT USAGE ON SCHEMA api TO "anon{}";
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "anon{}" TO "authenticator{}";
		GRANT USAGE ON SCHEMA private TO "authenticator{}";
		ALTER ROLE "authenticator{}" SET pgrst.db_schemas = 'overridden, too';
		ALTER ROLE "authenticator{}" IN DATABASE "{}" SET pgrst.db_schemas = 'api, public';
		ALTER ROLE "authenticator{}" SET pgrst.jwt_secret = '`+strings.Repeat(secret, 9)+`';
		ALTER ROLE "authenticator{}" SET pgrst.db_max_rows = '2';
		ALTER ROLE "authenticator{}" SET pgrst.db_plan_enabled = 'true';
		ALTER ROLE "authenticator{}" SET pgrst.server_port = 'not for the database';
		ALTER DATABASE "{}" SET pgrst.db_tx_end = 'rollback'`)
	environ := []string{"PGRST_DB_URI=" + login + "?sslmode=disable", "PGRST_DB_SCHEMAS=wrong",
		"PGRST_DB_PRE_CONFIG=private.configure", "PGRST_SERVER_PORT=0",
		"PGRST_SERVER_HOST=127.0.0.1", "PGRST_DB_MAX_ROWS=9", "PGRST_JWT_AUD=films",
		"PGRST_DB_ANON_ROLE=nobody", "PGRST_DB_EXTRA_SEARCH_PATH="}
	out, warnings, status := configured(t, environ, "-log-level", "warn")
	for _, line := range []string{
		"schema = api,public # pgrst.db_schemas in the database",
		"jwt-secret = *** # pgrst.jwt_secret in the database",
		"anon-role = anon" + suffix + " # pgrst.db_anon_role in the database",
		"jwt-role-claim-key = .app.role # pgrst.jwt_role_claim_key in the database",
		"max-rows = 2 # pgrst.db_max_rows in the database",
		"jwt-aud = films # PGRST_JWT_AUD",
		"addr = 127.0.0.1:0 # PGRST_SERVER_PORT",
		"log-level = warn # the flag -log-level",
		`# extra-search-path = "" # default`, // and not public, which it is unless it is set
	} {
		if !hasLine(out, line) {
			t.Errorf("no line %q in:\n%s", line, out)
		}
	}
	if status != 0 || strings.Count(warnings, "\n") != 1 ||
		!strings.Contains(warnings, "no meaning here has pgrst.db_plan_enabled in the database") {
		t.Errorf("exit status %d: %s", status, warnings)
	}
	out, _, _ = configured(t, append(environ, "PGRST_DB_CONFIG=false"))
	if !hasLine(out, "schema = wrong # PGRST_DB_SCHEMAS") {
		t.Errorf("it is read though it should not be:\n%s", out)
	}

	c, db := launchBare(t, environ), connect(t, uri)
	rows := func(n string) {
		mustExec(t, db, fmt.Sprintf(`ALTER ROLE "authenticator%s" SET pgrst.db_max_rows = %s`,
			suffix, n))
	}
	first := listening(t, db, "pgrst", 0)
	c.becomes("/rpc/three", 200, "[1,2]")
	rows("1")
	mustExec(t, db, "NOTIFY pgrst, 'reload config'")
	c.becomes("/rpc/three", 200, "[1]")
	second := listening(t, db, "pgrst", first)
	rows("7")
	c.hangUp("")
	c.becomes("/rpc/three", 200, "[1,2,3]")
	rows("many")
	listening(t, db, "pgrst", second)
	mustExec(t, db, "NOTIFY pgrst, 'reload config'")
	c.await(c.stderr, "the configuration and the routes stay as they were")
	c.await(c.stderr, "pgrst.db_max_rows in the database has no valid value for -max-rows")
	c.becomes("/rpc/three", 200, "[1,2,3]")
	c.stop()
}

// PostgREST starts then, and refuses each request by these codes (its documentation, "Minimum
// parameters" and "Errors"), until its configuration in the database names a role.
func TestConfigurationOfPostgRESTThatLetsNobodyIn(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `
		CREATE SCHEMA api; CREATE TABLE api.films (id int); CREATE ROLE "anon{}";
		CREATE FUNCTION api.one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		GRANT USAGE ON SCHEMA api TO "anon{}";
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "anon{}" TO "authenticator{}"; GRANT ALL ON SCHEMA api TO "authenticator{}";
		GRANT ALL ON api.films TO "authenticator{}"`)
	environ := []string{"PGRST_DB_URI=" + login + "?sslmode=disable", "PGRST_DB_SCHEMAS=api",
		"PGRST_JWT_SECRET=", "PGRST_SERVER_PORT=0", "PGRST_SERVER_HOST=127.0.0.1"}
	const warning = "lets nobody in: set PGRST_DB_ANON_ROLE or PGRST_JWT_SECRET"
	if _, stderr, status := configured(t, environ); status != 0 || !strings.Contains(stderr, warning) {
		t.Errorf("exit status %d: %s", status, stderr)
	}
	c, db := launchBare(t, environ, "-events", "news", "-mcp"), connect(t, uri)
	c.await(c.stderr, warning)
	paths := []string{"/", "/films", "/rpc/one", "/rpc/", "/openapi.json", "/events/news", "/nothing"}
	for _, path := range paths {
		if status, _, body := c.get(path); status != 401 || !strings.Contains(body, "PGRST302") {
			t.Errorf("%s: %d %s", path, status, body)
		}
		status, _, body := c.get(path, "Authorization", bearer(strings.Repeat("k", 32), `{}`))
		if status != 500 || !strings.Contains(body, "PGRST300") {
			t.Errorf("%s with a token: %d %s", path, status, body)
		}
	}
	call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one"}}`
	status, _, body := c.request("POST", "/mcp", jsonType, call)
	if status != 401 || !strings.Contains(body, "PGRST302") {
		t.Errorf("/mcp: %d %s", status, body)
	}
	listening(t, db, "pgrst", 0)
	mustExec(t, db, `ALTER ROLE "authenticator`+suffix+`" SET pgrst.db_anon_role = 'anon`+suffix+`';
		NOTIFY pgrst, 'reload config'`)
	c.becomes("/rpc/one", 200, "1")
	c.stop()
}

// The function that the database names goes before that of the variable (PostgREST's documentation,
// "db-pre-config"; it takes a reload there).
func TestDatabaseNamesThePreConfigFunction(t *testing.T) {
	uri := newPostgreSQL(t)
	login, _ := roles(t, uri, `
		CREATE FUNCTION public.named() RETURNS void LANGUAGE sql
			AS $$ SELECT set_config('pgrst.db_anon_role', 'web', true) $$;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		ALTER ROLE "authenticator{}" SET pgrst.db_pre_config = 'public.named'`)
	environ := []string{"PGRST_DB_URI=" + login + "?sslmode=disable", "PGRST_DB_SCHEMAS=api",
		"PGRST_DB_PRE_CONFIG=public.missing"}
	out, stderr, status := configured(t, environ)
	const want = "anon-role = web # pgrst.db_anon_role in the database"
	if status != 0 || stderr != "" || !hasLine(out, want) {
		t.Errorf("exit status %d: %s%s", status, stderr, out)
	}
}

// Without the database nobody knows what it says, so that nothing is served; what the other sources
// say can be shown.
func TestConfigurationInTheDatabaseCannotBeRead(t *testing.T) {
	uri := newPostgreSQL(t)
	login, _ := roles(t, uri, `
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`'`)
	for reason, environ := range map[string][]string{
		"no server": {"PGRST_DB_URI=postgres://me:" + secret + "@127.0.0.1:1/films"},
		"no function": {"PGRST_DB_URI=" + login + "?sslmode=disable",
			"PGRST_DB_PRE_CONFIG=private.configure"},
		"no name": {"PGRST_DB_URI=" + login + "?sslmode=disable",
			"PGRST_DB_PRE_CONFIG=a.b.c; DROP TABLE films"},
	} {
		environ = append(environ, "PGRST_SERVER_PORT=0", "PGRST_DB_SCHEMAS=api")
		out, warnings, status := configured(t, environ)
		if status != 0 || !hasLine(out, "schema = api # PGRST_DB_SCHEMAS") ||
			!strings.Contains(warnings, "the configuration in the database") {
			t.Errorf("%s: exit status %d: %s%s", reason, status, warnings, out)
		}
		launchIn(t, environ).refused("the configuration in the database")
	}
}
