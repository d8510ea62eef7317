package main

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

// The command serves what its user may do in the database, and no more.
func TestCommandServesWhatItsUserMayDo(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	const member = "moresql_limited"
	mustExec(t, db, "DROP ROLE IF EXISTS "+member+"; CREATE ROLE "+member+" LOGIN")
	t.Cleanup(func() { db.Exec("DROP OWNED BY " + member + "; DROP ROLE " + member) })
	mustExec(t, db, `CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO moresql_limited;
		CREATE TABLE api.notes (owner name, note text);
		INSERT INTO api.notes VALUES ('moresql_limited', 'mine'), ('postgres', 'of others');
		ALTER TABLE api.notes ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON api.notes USING (owner = current_user);
		GRANT SELECT, INSERT ON api.notes TO moresql_limited;
		CREATE TABLE api.closed (secret text);
		CREATE FUNCTION api.notes() RETURNS SETOF text LANGUAGE sql AS 'SELECT note FROM api.notes';
		CREATE FUNCTION api.forge() RETURNS void LANGUAGE sql
			AS $$ INSERT INTO api.notes VALUES ('postgres', 'forged') $$;
		CREATE FUNCTION api.closed() RETURNS SETOF text LANGUAGE sql AS 'SELECT secret FROM api.closed';
		CREATE FUNCTION api.hidden() RETURNS int LANGUAGE sql AS 'SELECT 1';
		REVOKE EXECUTE ON FUNCTION api.hidden() FROM PUBLIC;
		CREATE FUNCTION api.through() RETURNS int LANGUAGE sql AS 'SELECT api.hidden()';
		CREATE FUNCTION api.insert() RETURNS text LANGUAGE sql
			AS $$ INSERT INTO api.notes VALUES ('moresql_limited', 'x') RETURNING note $$;
		CREATE FUNCTION api.writes() RETURNS text LANGUAGE sql STABLE AS $$ SELECT api.insert() $$`)
	c := launchPlainly(t, replace(t, uri, member, "/"+databaseOf(uri)), "-addr", "localhost:0",
		"-schema", "api")
	c.await(c.stdout, "listening on ")
	for _, test := range []struct {
		method, path, field string
		status              int
		body                string
	}{
		{method: "GET", path: "/notes", status: 200, body: `["mine"]`},
		{method: "POST", path: "/notes", status: 200, body: `["mine"]`},
		{method: "POST", path: "/forge", status: 401},
		{method: "POST", path: "/forge", field: "Bearer x", status: 403},
		{method: "GET", path: "/closed", status: 401},
		{method: "POST", path: "/closed", field: "Bearer x", status: 403},
		{method: "GET", path: "/hidden", status: 404},
		{method: "POST", path: "/through", field: "Bearer x", status: 403},
		{method: "GET", path: "/writes", status: 405},
	} {
		r := c.newRequest(test.method, "/rpc"+test.path, "")
		if test.field != "" {
			r.Header.Set("Authorization", test.field)
		}
		status, _, body := c.do(r)
		if status != test.status || test.body != "" && body != test.body {
			t.Errorf("%s %s, %q: %d %s", test.method, test.path, test.field, status, body)
		}
	}
	if strings.Contains(c.stdout.String(), "/rpc/hidden") {
		t.Errorf("what nobody may call is printed:\n%s", c.stdout)
	}
	if n := count(t, db, "SELECT count(*) FROM api.notes"); n != 2 {
		t.Errorf("%d notes", n)
	}
	c.stop()
}

// HEAD has the status and the header of GET, and no body.
func TestCommandHeadIsGetWithoutBody(t *testing.T) {
	c, _ := startSchemas(t, "-init", "-max-rows", "5")
	for _, path := range []string{
		"/", "/health", "/ready", "/cars", "/cars?select=id&limit=1", "/cars/1", "/cars/99", "/cars/x",
		"/user", "/films?title=the", "/nowhere", "/rpc/scalar", "/rpc/trips", "/rpc/trips?place=is.null",
		"/rpc/trips?nope=eq.1", "/rpc/quiet", "/rpc/nowhere", "/rpc/teapot", "/rpc/refuse",
		"/rpc/numbers?n=9", "/rpc/numbers?n=x", "/rpc/bytes",
	} {
		for _, accept := range []string{"*/*", "text/csv", "image/png"} {
			status, header, body := c.send("GET", path, "Accept", accept)
			headStatus, head, none := c.send("HEAD", path, "Accept", accept)
			for _, h := range []http.Header{header, head} {
				for _, own := range []string{"Date", "Connection", "Content-Length", "X-Request-Id"} {
					h.Del(own) // of each response, or of the length of what HEAD does not send
				}
			}
			if status != headStatus || !reflect.DeepEqual(header, head) || none != "" {
				t.Errorf("%s as %s: GET %d %v %.100s, HEAD %d %v %q", path, accept, status, header, body,
					headStatus, head, none)
			}
		}
	}
	c.stop()
}

// Nothing of a row and no statement is in the response to an error, and nothing of the database's
// login is in a response or the log, whatever becomes of the connections.
func TestCommandDisclosesNothing(t *testing.T) {
	const row, user = "s3cretrow", "moresql_ann"
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	db.SetMaxOpenConns(1) // and stays connected where nobody else may
	mustExec(t, db, "DROP ROLE IF EXISTS "+user+"; CREATE ROLE "+user+" LOGIN")
	t.Cleanup(func() { db.Exec("DROP OWNED BY " + user + "; DROP ROLE " + user) })
	script := `CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO ` + user + `;
		CREATE TABLE api.hidden (id int PRIMARY KEY, word text UNIQUE NOT NULL,
		data jsonb, CHECK (id < 100)); INSERT INTO api.hidden VALUES (1, '` + row + `');
		CREATE FUNCTION api.works() RETURNS int LANGUAGE sql AS 'SELECT 1';`
	bodies := []string{
		"INSERT INTO api.hidden SELECT 2, word FROM api.hidden",
		"INSERT INTO api.hidden SELECT 3, NULL, to_jsonb(word) FROM api.hidden",
		"INSERT INTO api.hidden SELECT 300, word || 'x' FROM api.hidden",
		"PERFORM word::int FROM api.hidden", "PERFORM word::date FROM api.hidden",
		"PERFORM (word || '{')::jsonb FROM api.hidden", "PERFORM word::regclass FROM api.hidden",
		"EXECUTE 'SELEC ' || word FROM api.hidden", "PERFORM nowhere FROM api.hidden",
		"ASSERT false, (SELECT word FROM api.hidden)",
		"PERFORM set_config('statement_timeout', word, true) FROM api.hidden",
		"PERFORM ('{' || word)::text[] FROM api.hidden",
		"EXECUTE format('SET LOCAL ROLE %I', word) FROM api.hidden",
	}
	for i, body := range bodies {
		script += fmt.Sprintf(`CREATE FUNCTION api.f%d() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
			AS $$ BEGIN %s; END $$;`, i, body)
	}
	mustExec(t, db, script)
	c := start(t, replace(t, uri, user, "/"+databaseOf(uri)), "-schema", "api", "-channel", "")
	var responses strings.Builder
	post := func(path string) int {
		status, header, body := c.request("POST", path, "", "")
		fmt.Fprintln(&responses, header, body)
		return status
	}
	for i, body := range bodies {
		if status := post(fmt.Sprintf("/rpc/f%d", i)); status < 400 {
			t.Errorf("%s: %d", body, status)
		}
	}
	// A login that is refused is a fault of the program and not of its client.
	name := databaseOf(uri)
	for _, change := range []struct{ reason, refuse, allow string }{
		{"a role that may not log in", "ALTER ROLE " + user + " NOLOGIN",
			"ALTER ROLE " + user + " LOGIN"},
		{"a role that is missing", "ALTER ROLE " + user + " RENAME TO moresql_away",
			"ALTER ROLE moresql_away RENAME TO " + user},
		{"a database that takes no connections", "ALTER DATABASE " + name + " CONNECTION LIMIT 0",
			"ALTER DATABASE " + name + " CONNECTION LIMIT -1"},
	} {
		mustExec(t, db, change.refuse)
		endBackends(t, db)
		for range database.PoolSize + 1 { // after the connections that have ended
			if status := post("/rpc/works"); status != 503 {
				t.Errorf("%s: %d", change.reason, status)
			}
		}
		if status, _, body := c.get("/ready"); status != 503 {
			t.Errorf("%s: ready: %d %s", change.reason, status, body)
		}
		mustExec(t, db, change.allow)
		c.becomes("/ready", 200, "")
	}
	c.stop()
	for _, private := range []string{row, "SELE", "api.", "127.0.0.1", user, name, secret} {
		if strings.Contains(responses.String(), private) {
			t.Errorf("a response has %q:\n%s", private, responses.String())
		}
	}
	if out := c.stdout.String() + c.stderr.String(); strings.Contains(out, secret) {
		t.Errorf("the password is printed:\n%s", out)
	}
}
