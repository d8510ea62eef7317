package main

import (
	"strconv"
	"strings"
	"testing"
)

// A call that leaves another role, other claims or settings leaves them to nobody: those after it
// have the ones of the request, and the function of -pre-request before them, which sees the path
// that the call has alone.
func TestCallsOfABatchHaveTheRoleOfTheRequest(t *testing.T) {
	uri := newPostgreSQL(t)
	login, suffix := roles(t, uri, `CREATE SCHEMA api;
		CREATE ROLE "web_anon{}" NOLOGIN; CREATE ROLE "auditor{}" NOLOGIN;
		CREATE ROLE "authenticator{}" NOINHERIT LOGIN PASSWORD '`+secret+`';
		GRANT "web_anon{}", "auditor{}" TO "authenticator{}";
		GRANT USAGE ON SCHEMA api TO "web_anon{}", "auditor{}";
		CREATE FUNCTION api.who() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_user || ' ' ||
			(current_setting('request.jwt.claims')::json ->> 'role') || ' ' || current_setting('app.n') $$;
		CREATE FUNCTION api.refuses() RETURNS text LANGUAGE sql AS
			$$ SELECT set_config('response.status', '409', true) $$;
		CREATE FUNCTION api.closed() RETURNS text LANGUAGE sql AS $$ SELECT 'closed' $$;
		CREATE FUNCTION api.note() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
			PERFORM set_config('role', 'auditor{}', true), set_config('request.jwt.claims', '{}', true);
			RETURN current_user; END $$;
		CREATE TABLE api.kept (n int); GRANT INSERT ON api.kept TO "web_anon{}";
		CREATE FUNCTION api.keep() RETURNS void LANGUAGE sql AS $$ INSERT INTO api.kept VALUES (1) $$;
		CREATE FUNCTION api.pre() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
			IF current_setting('request.path') = '/rpc/' THEN
				PERFORM set_config('response.headers', '[{"X-Pre": "seen"}]', true),
					set_config('response.status', current_setting('request.headers')::json ->> 'x-status', true);
			END IF;
			IF current_setting('request.path') = '/rpc/closed' THEN
				RAISE insufficient_privilege USING MESSAGE = 'closed'; END IF;
			PERFORM set_config('app.n', current_setting('app.n', true) ||
				current_setting('request.path'), true); END $$`)
	db := connect(t, uri)
	for i, driver := range []string{"pgx", "pq"} {
		at := "MORESQL_DATABASE_URI=" + login + "?sslmode=disable&driver=" + driver
		c := launchIn(t, append(environ(), at), "-addr", "localhost:0", "-anon-role", "web_anon"+suffix,
			"-schema", "api", "-pre-request", "api.pre", "-http-settings")
		c.await(c.stdout, "listening on ")
		anon := "web_anon" + suffix
		status, _, body := c.request("POST", "/rpc/", jsonType,
			`[{"call":"who"},{"call":"note"},{"call":"who"},{"call":"note"},{"call":"who"}]`)
		note, who := `"auditor`+suffix+`"`, `"`+anon+" "+anon+` /rpc/who"`
		want := "[" + strings.Join([]string{who, note, who, note, who}, ",") + "]"
		if status != 200 || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %s, want %s", driver, status, body, want)
		}
		calls := `[{"call":"who"},{"call":"refuses"},{"call":"who"}]`
		if status, _, body := c.request("POST", "/rpc/", jsonType, calls); status != 409 {
			t.Errorf("%s: %s is %d %s", driver, calls, status, body)
		}
		for _, calls := range []string{`[{"call":"closed"}]`, `[{"call":"who"},{"call":"closed"}]`} {
			if status, _, body := c.request("POST", "/rpc/", jsonType, calls); status != 401 {
				t.Errorf("%s: %s is %d %s", driver, calls, status, body)
			}
		}
		// What it sets of the response for the batch itself counts as for a call.
		for _, want := range []int{202, 403} {
			r := c.newRequest("POST", "/rpc/", `[{"call":"keep"}]`)
			r.Header.Set("Content-Type", jsonType)
			r.Header.Set("X-Status", strconv.Itoa(want))
			status, header, body := c.do(r)
			kept := count(t, db, `SELECT count(*) FROM api.kept`)
			if status != want || header.Get("X-Pre") != "seen" || kept != i+1 {
				t.Errorf("%s, %d: %d %v %s, %d rows are kept", driver, want, status, header, body, kept)
			}
		}
		c.stop()
	}
}
