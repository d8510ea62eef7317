package main

import (
	"strings"
	"testing"
)

// Relations that have the names of the command's own paths are reached by requests that name their
// schema, as PostgREST's clients may, and the log says so.
func TestCommandServesRelationsNamedAsItsOwnPaths(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE SCHEMA two`)
	names := []string{"health", "ready", "openapi.json", "mcp", "favicon.ico", "rpc", "explorer"}
	for _, name := range names {
		mustExec(t, db, `CREATE TABLE api."`+name+`" (a text);
			INSERT INTO api."`+name+`" VALUES ('`+name+`'); CREATE VIEW two."`+name+`" AS SELECT 2 AS b;
			CREATE FUNCTION api."`+name+`"() RETURNS text LANGUAGE sql AS 'SELECT 1::text'`)
	}
	c := start(t, uri, "-schema", "api", "-schema", "two", "-tables", "-mcp")
	c.await(c.stdout, "listening on ")
	_, _, index := c.get("/")
	for _, name := range names {
		own := name != "rpc" && name != "explorer"
		status, _, body := c.get("/" + name)
		if isOwn := body != `[{"a":"`+name+`"}]`; isOwn != own {
			t.Errorf("%s without a profile: %d %s", name, status, body)
		}
		for schema, want := range map[string]string{"api": `[{"a":"` + name + `"}]`, "two": `[{"b":2}]`} {
			r := c.newRequest("GET", "/"+name, "")
			r.Header.Set("Accept-Profile", schema)
			if status, _, body := c.do(r); status != 200 || body != want {
				t.Errorf("%s of %s: %d %s, want %s", name, schema, status, body, want)
			}
		}
		r := c.newRequest("PATCH", "/"+name+"?a=eq."+name, `{"a": "x"}`)
		r.Header.Set("Content-Profile", "api")
		if status, _, body := c.do(r); status != 204 {
			t.Errorf("PATCH of %s: %d %s", name, status, body)
		}
		if status, _, body := c.get("/rpc/" + name); status != 200 || body != `"1"` {
			t.Errorf("the function %s: %d %s", name, status, body)
		}
		warning := "/" + name + " is a path of the command's own"
		if warns := strings.Contains(c.stderr.String(), warning); warns != own {
			t.Errorf("%s is warned of: %v\n%s", name, warns, c.stderr)
		}
		curl := "curl -H 'Accept-Profile: api' '" + c.url() + "/" + name + "?limit=10'"
		if listed := strings.Contains(index, curl); listed != own {
			t.Errorf("%s is listed: %v\n%s", curl, listed, index)
		}
	}
	c.stop()

	// Where no relation has the name the path is the command's, whatever profile a request names.
	mustExec(t, db, `DROP SCHEMA api, two CASCADE; CREATE SCHEMA api`)
	c = start(t, uri, "-schema", "api", "-tables")
	for _, path := range []string{"/health", "/ready", "/openapi.json", "/rpc"} {
		r := c.newRequest("GET", path, "")
		r.Header.Set("Accept-Profile", "api")
		if status, _, body := c.do(r); status != 200 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if strings.Contains(c.stderr.String(), "of the command's own") {
		t.Errorf("a warning of nothing:\n%s", c.stderr)
	}
	c.stop()
}
